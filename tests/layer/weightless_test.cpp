// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/functions.hpp>
#include <qtensor/layer/lookup.hpp>
#include <qtensor/layer/pool2d.hpp>
#include <qtensor/layer/softmax.hpp>
#include <qtensor/layer/weightless.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "support/backwards.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

/// Doubles its input by doubling the scale: codes are copied through scratch.
struct Twice {
    using input_shape = Shape<3>;
    using output_shape = Shape<3>;
    static constexpr std::size_t macs = 3;
    template <class S> static constexpr S fixed_output(const S& input) { return {2.0f * input.value, input.zero}; }

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        constexpr Bound(const S&, const S&) {}
        static constexpr std::size_t workspace_bytes(std::size_t batch) { return batch * 3; }
        void run(const X* x, X* y, std::size_t batch, std::span<std::byte> workspace) const {
            std::memcpy(workspace.data(), x, batch * 3 * sizeof(X));
            std::memcpy(y, workspace.data(), batch * 3 * sizeof(X));
        }
    };
};
struct Layer3 : WeightlessLayer<Layer3, Twice, numerics::TfLite> {};
/// The layer in so many parts, and what one part makes.
template <class L> void check_parts(std::size_t batch, std::size_t workers, std::size_t parts) {
    const Affine<> scale{0.05f, -7};
    auto out = scale;
    if constexpr (requires { L::fixed_output(scale); }) out = L::fixed_output(scale);
    const auto layer = pack<arch::native>(typename L::Quantized{scale, out});
    std::vector<std::int8_t> x(batch * input_size<L>);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int8_t>(i * i / 7 % 251);
    std::vector<std::int8_t> whole(batch * output_size<L>, 1), divided(batch * output_size<L>, 2);
    layer.run(x.data(), whole.data(), batch, {});
    std::vector<std::size_t> asked;
    layer.run(x.data(), divided.data(), batch, {}, qtensor_test::Backwards{workers, &asked});
    CHECK(asked == std::vector<std::size_t>{parts});
    CHECK(divided == whole);
}
static_assert(Layer<Layer3>);
static_assert(Layer3::weight_bytes == 0 && Layer3::macs == 3);

}  // namespace

TEST_CASE("A layer without weights carries its scales and is given its scratch", "[layer][weightless]") {
    const Affine<> in{0.5f, 3}, out{1.0f, 3};
    CHECK(Layer3::fixed_output(in) == out);
    const auto layer = pack<arch::native>(Layer3::quantized({}, in, out));
    CHECK((layer.input_scale() == in && layer.output_scale() == out));
    CHECK(layer.workspace_bytes(2) == 6);
    const std::array<std::int8_t, 6> x{1, 2, 3, 4, 5, 6};
    std::array<std::int8_t, 6> y{};
    std::array<std::byte, 6> scratch{};
    layer.run(x.data(), y.data(), 2, scratch);
    CHECK(y == x);
    CHECK(says(refused([&] { layer.run(x.data(), y.data(), 2, std::span(scratch).first(5)); }),
               "the workspace is smaller"));
    CHECK(says(refused([&] { pack<arch::native>(Layer3::quantized({}, in, in)); }), "this layer decides itself"));
}

TEST_CASE("A layer without weights divides elements, rows or samples among workers", "[layer][weightless]") {
    check_parts<Lookup<Shape<10007, 11>, Tanh>>(1, 4, 3);  // of 110077 elements 32769 are worth a thread
    check_parts<MaxPool2d<Shape<62, 60, 16>, Kernel<2, 2, Stride<2>>>>(3, 2, 2);  // 93 rows, the middle in an image
    check_parts<AveragePool2d<Shape<33, 128, 32>, Kernel<3, 3, Same>>>(1, 5, 5);
    check_parts<Softmax<Shape<8, 1000>>>(18, 3, 2);  // samples of 8000: nine at least
}
