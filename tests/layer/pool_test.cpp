// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/clamp.hpp>
#include <qtensor/layer/pool.hpp>
#include <qtensor/scale.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/pool_oracle.hpp"
#include "support/refused.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::EveryArch;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

using Four = Shape<dyn, dyn, dyn, dyn>;
std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

template <class How, class Arch, class T, class... Stages>
std::vector<T> run(const oracle::Conv& pool, const std::vector<T>& x, Flush flush, const Stages&... stages) {
    const auto axis = [](const oracle::ConvAxis& a) {
        return WindowAxis{size(a.kernel), size(a.stride), size(a.dilation), size(a.before), size(a.after)};
    };
    BetweenGuards<T> from(x.size(), flush), to(pool.outputs(), flush);
    std::copy(x.begin(), x.end(), from.data());
    const Four in(size(pool.batch), size(pool.height), size(pool.width), size(pool.channels));
    const Four out(size(pool.batch), size(pool.out_height()), size(pool.out_width()), size(pool.channels));
    using S = std::conditional_t<std::is_same_v<T, float>, Unscaled, Affine<>>;
    S scale{};
    if constexpr (!std::is_same_v<T, float>) scale = {0.3f, 2};
    pool_into<How, Arch>({axis(pool.y), axis(pool.x)}, QTensor<const T, S, Four>(from.data(), in, scale),
                         QTensor<T, S, Four>(to.data(), out, scale), stages...);
    CHECK((from.clean() && to.clean()));
    return {to.data(), to.data() + to.size()};
}

template <class T> void check(const oracle::Conv& pool, oracle::Random& random, qtensor_test::Tally& tally) {
    std::vector<T> x;
    const auto fill = oracle::fills[static_cast<std::size_t>(random.between(0, 7)) % 5];
    for (const std::int64_t code : oracle::codes(fill, pool.inputs(), element<T>::lowest, element<T>::highest, random))
        x.push_back(static_cast<T>(code));
    const auto mean = oracle::pooled(pool, x, true), largest = oracle::pooled(pool, x, false);
    EveryArch::each([&]<class Arch>() {
        for (const Flush flush : {Flush::front, Flush::back}) {
            const auto got_mean = run<Mean, Arch>(pool, x, flush), got_largest = run<Largest, Arch>(pool, x, flush);
            for (std::size_t i = 0; i < mean.size(); ++i) {
                tally.same(got_mean[i], mean[i], Arch::name, "mean", i);
                tally.same(got_largest[i], largest[i], Arch::name, "largest", i);
            }
        }
    });
}

oracle::Conv random_pool(oracle::Random& random) {
    oracle::Conv pool;
    pool.batch = random.between(1, 3);
    pool.height = random.between(1, 9);
    pool.width = random.between(1, 9);
    pool.channels = pool.out = random.between(1, 40);
    for (oracle::ConvAxis* axis : {&pool.y, &pool.x}) {
        axis->kernel = random.between(1, 4);
        axis->stride = random.between(1, 3);
        axis->before = random.between(0, axis->kernel - 1);
        axis->after = random.between(0, axis->kernel - 1);
    }
    return pool;
}

}  // namespace

TEST_CASE("Pooling of run-time shapes is exact on every architecture", "[layer][pool]") {
    qtensor_test::Tally tally;
    oracle::Random random(3);
    for (int round = 0; round < 200; ++round) {
        const oracle::Conv pool = random_pool(random);
        if (pool.outputs() == 0) continue;
        check<std::int8_t>(pool, random, tally);
        check<std::uint8_t>(pool, random, tally);
        check<std::int16_t>(pool, random, tally);
    }
    tally.require_all_equal(500000);
}

TEST_CASE("A mean of halves goes away from zero", "[layer][pool]") {
    const oracle::Conv pool{1, 1, 2, 3, 3, 1, {}, {2}};
    // (1 + 2) / 2, (-1 - 2) / 2, (-1 + 2) / 2
    CHECK((run<Mean, arch::scalar>(pool, std::vector<std::int8_t>{1, -1, -1, 2, -2, 2}, Flush::back) ==
           std::vector<std::int8_t>{2, -2, 1}));
}

TEST_CASE("Pooling in real numbers", "[layer][pool]") {
    const oracle::Conv pool{2, 3, 4, 21, 21, 1, {2, 1, 1, 1, 0}, {3, 2, 1, 1, 1}};
    oracle::Random random(9);
    std::vector<float> x(pool.inputs());
    for (float& value : x) value = random.real() - 5.0f;
    EveryArch::each([&]<class Arch>() {
        const auto mean = run<Mean, Arch>(pool, x, Flush::back), largest = run<Largest, Arch>(pool, x, Flush::back);
        std::size_t at = 0;
        oracle::for_each_window(pool, x, [&](const std::vector<float>& seen) {
            float sum = 0.0f;  // rows first, as documented
            for (const float value : seen) sum += value;
            REQUIRE(mean[at] == sum / static_cast<float>(seen.size()));
            REQUIRE(largest[at] == *std::max_element(seen.begin(), seen.end()));
            ++at;
        });
        REQUIRE(at == mean.size());
    });
}

TEST_CASE("Pooling that cannot be is refused in a sentence", "[layer][pool]") {
    std::vector<std::int8_t> cells(1000);
    const auto call = [&](const Window& window, Four out) {
        return refused([&] {
            pool_into<Mean>(window, QTensor<const std::int8_t, Affine<>, Four>(cells.data(), Four(1, 4, 4, 3)),
                            QTensor<std::int8_t, Affine<>, Four>(cells.data(), out));
        });
    };
    CHECK(call({{2, 2}, {2, 2}}, Four(1, 2, 2, 3)) == "nothing was refused");
    CHECK(says(call({{2, 2}, {2, 2}}, Four(1, 2, 2, 4)), "another number of channels"));
    CHECK(says(call({{2, 2, 1, 2, 0}, {2, 2}}, Four(1, 3, 2, 3)), "in the padding alone"));
    CHECK(says(call({{2, 2, 1, 0, 2}, {2, 2}}, Four(1, 3, 2, 3)), "in the padding alone"));
    CHECK(says(call({{5}, {2}}, Four(1, 1, 3, 3)), "larger than the padded image"));
}
