// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/pool2d.hpp>

#include <array>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/pool_oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

template <class L> void check(oracle::Conv pool, bool mean, bool relu) {
    static_assert(Layer<L>);
    oracle::Random random(L::macs);
    const Affine<> scale{0.1f, 9};
    const auto codes = L::quantized({}, scale, L::fixed_output(scale));
    CHECK((codes.input == scale && codes.output == scale));
    const auto input = [&](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        return x;
    };
    qtensor_test::check_layer_codes<L, EveryArch>(codes, input, [&](const auto& x, std::size_t batch) {
        pool.batch = static_cast<std::int64_t>(batch);
        auto y = oracle::pooled(pool, x, mean);
        for (auto& code : y) code = relu && code < 9 ? 9 : code;
        return y;
    });
    std::vector<float> x(3 * input_size<L>);
    for (float& value : x) value = random.real();
    qtensor_test::check_layer_reals<L, EveryArch>({}, x, 3, [&](const auto& from, std::size_t, auto& bounds) {
        pool.batch = 3;
        std::vector<double> y;
        oracle::for_each_window(pool, from, [&](const std::vector<float>& seen) {
            double sum = 0.0, largest = static_cast<double>(seen[0]);
            for (const float v : seen)
                sum += static_cast<double>(v), largest = std::max(largest, static_cast<double>(v));
            y.push_back(mean ? sum / static_cast<double>(seen.size()) : largest);
            bounds.push_back(mean ? static_cast<double>(seen.size() + 1) / 16777216.0 : 0.0);
            if (relu && y.back() < 0.0) y.back() = 0.0;
        });
        return y;
    });
}

}  // namespace

TEST_CASE("Pooling layers: both readings, every architecture", "[layer][pool]") {
    check<MaxPool2d<Shape<6, 8, 20>, Kernel<2, 2, Stride<2>>>>({1, 6, 8, 20, 20, 1, {2, 2}, {2, 2}}, false, false);
    check<MaxPool2d<Shape<5, 7, 3>, Kernel<3, 3, Stride<2>, Same>, Relu>>(
        {1, 5, 7, 3, 3, 1, {3, 2, 1, 1, 1}, {3, 2, 1, 1, 1}}, false, true);
    check<AveragePool2d<Shape<5, 6, 18>, Kernel<3, 2, Same>, Relu>>(
        {1, 5, 6, 18, 18, 1, {3, 1, 1, 1, 1}, {2, 1, 1, 0, 1}}, true, true);
    check<GlobalAveragePool2d<Shape<7, 5, 33>>>({1, 7, 5, 33, 33, 1, {7}, {5}}, true, false);
    check<GlobalMaxPool2d<Shape<7, 5, 33>>>({1, 7, 5, 33, 33, 1, {7}, {5}}, false, false);
}

TEST_CASE("Pooling keeps its scale, and is a constant of constants", "[layer][pool]") {
    using L = MaxPool2d<Shape<2, 2, 2>, Kernel<2, 1>>;
    STATIC_REQUIRE(std::is_same_v<L::output_shape, Shape<1, 2, 2>>);
    STATIC_REQUIRE(std::is_same_v<GlobalAveragePool2d<Shape<7, 5, 33>>::output_shape, Shape<1, 1, 33>>);
    CHECK(says(refused([] { pack<arch::native>(L::Quantized{{0.5f, 1}, {0.5f, 2}}); }),
               "this layer decides itself what its output is worth"));
    static constexpr L::Quantized codes{{0.5f, 1}, {0.5f, 1}};
    constexpr auto y = [] {
        constexpr std::array<std::int8_t, 8> x{1, 8, 3, 6, 5, 4, 7, 2};
        std::array<std::int8_t, 4> made{};
        pack<arch::scalar>(codes).run(x.data(), made.data(), 1, {});
        return made;
    }();
    STATIC_REQUIRE((y[0] == 5 && y[1] == 8 && y[2] == 7 && y[3] == 6));
}
