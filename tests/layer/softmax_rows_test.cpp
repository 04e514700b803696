// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/softmax_rows.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::EveryArch;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

template <class Arch, class Y, class X>
std::vector<Y> run(const SoftmaxScaling& scaling, const std::vector<X>& x, std::size_t rows, Flush flush) {
    BetweenGuards<X> from(x.size(), flush);
    std::copy(x.begin(), x.end(), from.data());
    BetweenGuards<Y> to(x.size(), flush);
    softmax_rows<X, Y, TfLiteDoubleRounding, Arch>(scaling, from.data(), to.data(), rows, x.size() / rows);
    CHECK((from.clean() && to.clean()));
    return {to.data(), to.data() + to.size()};
}

}  // namespace

TEST_CASE("Equal logits share alike, also where TFLite ends the program", "[layer][softmax]") {
    const SoftmaxScaling scaling = SoftmaxScaling::of_bytes(0.1f);
    EveryArch::each([&]<class Arch>() {
        const auto of = [&](std::size_t n) {
            const auto y = run<Arch, std::int8_t>(scaling, std::vector<std::int8_t>(n, 5), 1, Flush::back);
            for (const auto code : y) REQUIRE(code == y[0]);
            return y[0] + 128;
        };
        INFO(Arch::name);
        CHECK(of(1) == 255);  // 256 does not fit
        CHECK(of(2) == 128);
        CHECK(of(3) == 85);
        CHECK(of(511) == 1);  // 0.50098
        CHECK(of(512) == 0);  // 0.5, just below in fixed point
        CHECK(of(1000) == 0);
        CHECK(of(4095) == 0);
        const auto wide = run<Arch, std::int16_t>(scaling, std::vector<std::int8_t>(1000, 5), 1, Flush::back);
        CHECK(wide[999] == -32768 + 66);  // 65.536
        CHECK(says(refused([&] { of(4096); }), "more logits in a row"));
    });
}

TEST_CASE("Softmax is within a code of the function, 8 and 16 bits", "[layer][softmax]") {
    oracle::Random random(4);
    double worst_byte = 0.0, worst_word = 0.0;
    for (int round = 0; round < 400; ++round) {
        const auto n = static_cast<std::size_t>(random.between(1, 60));
        const float scale = 0.002f * static_cast<float>(random.between(1, 100));
        std::vector<std::int8_t> bytes(n);
        std::vector<std::int16_t> words(n);
        for (std::size_t i = 0; i < n; ++i) {
            bytes[i] = static_cast<std::int8_t>(random.between(-128, 127));
            words[i] = static_cast<std::int16_t>(random.between(-32768, 32767));
        }
        const auto y = run<arch::native, std::int8_t>(SoftmaxScaling::of_bytes(scale), bytes, 1, Flush::back);
        const auto z = run<arch::native, std::int16_t>(SoftmaxScaling::of_words(scale / 256.0f), words, 1, Flush::back);
        double sum = 0.0, wide_sum = 0.0;
        for (std::size_t i = 0; i < n; ++i) {
            sum += std::exp(static_cast<double>(scale) * bytes[i]);
            wide_sum += std::exp(static_cast<double>(scale) / 256.0 * words[i]);
        }
        for (std::size_t i = 0; i < n; ++i) {
            const double want = std::min(256.0 * std::exp(static_cast<double>(scale) * bytes[i]) / sum, 255.0);
            worst_byte = std::max(worst_byte, std::fabs(y[i] + 128.0 - want));
            const double wide =
                std::min(32768.0 * std::exp(static_cast<double>(scale) / 256.0 * words[i]) / wide_sum, 32767.0);
            worst_word = std::max(worst_word, std::fabs(z[i] - wide));
        }
    }
    CHECK(worst_byte < 0.51);
    CHECK(worst_word < 100.0);  // of 32768: each of 60 logits far below counts for e^-10, up to 1.5 codes
}
