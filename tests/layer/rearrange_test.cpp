// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/rearrange.hpp>

#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;

namespace {

/// y[i] = x[source[i]], or the zero point where source[i] is -1, sample by sample; in real numbers too.
template <class L> void check(const std::vector<int>& source) {
    static_assert(Layer<L>);
    REQUIRE(source.size() == output_size<L>);
    const Affine<> scale{0.3f, -11};
    const auto moved = [&](const auto& x, std::size_t batch, auto zero) {
        std::vector<std::remove_cvref_t<decltype(zero)>> y;
        for (std::size_t n = 0; n < batch; ++n) {
            for (const int at : source)
                y.push_back(at < 0 ? zero : x[n * input_size<L> + static_cast<std::size_t>(at)]);
        }
        return y;
    };
    const auto input = [](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (std::size_t i = 0; i < count; ++i) x[i] = static_cast<std::int8_t>(37 * i + 5);
        return x;
    };
    qtensor_test::check_layer_codes<L, EveryArch>(
        L::quantized({}, scale, L::fixed_output(scale)), input,
        [&](const auto& x, std::size_t batch) { return moved(x, batch, std::int8_t{-11}); });
    std::vector<float> x(2 * input_size<L>);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = 0.5f * static_cast<float>(i) + 1.0f;
    qtensor_test::check_layer_reals<L, EveryArch>({}, x, 2, [&](const auto& from, std::size_t batch, auto& bounds) {
        const auto y = moved(from, batch, 0.0f);
        bounds.assign(y.size(), 0.0);
        return std::vector<double>(y.begin(), y.end());
    });
}

}  // namespace

TEST_CASE("Layers that move codes", "[layer][rearrange]") {
    check<Reshape<Shape<2, 3>, Shape<3, 2>>>({0, 1, 2, 3, 4, 5});
    check<Flatten<Shape<2, 1, 3>>>({0, 1, 2, 3, 4, 5});
    check<Transpose<Shape<2, 3>, 1, 0>>({0, 3, 1, 4, 2, 5});
    check<Transpose<Shape<2, 1, 3>, 2, 0, 1>>({0, 3, 1, 4, 2, 5});
    check<Slice<Shape<3, 4>, Begin<1, 1>, Shape<2, 2>>>({5, 6, 9, 10});
    check<Pad<Shape<2, 2>, Begin<1, 2>, Shape<3, 5>>>({-1, -1, -1, -1, -1, -1, -1, 0, 1, -1, -1, -1, 2, 3, -1});
    STATIC_REQUIRE(std::is_same_v<Flatten<Shape<2, 1, 3>>::output_shape, Shape<6>>);
    STATIC_REQUIRE(std::is_same_v<Transpose<Shape<2, 5, 3>, 2, 0, 1>::output_shape, Shape<3, 2, 5>>);
}
