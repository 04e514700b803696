// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/weightless.hpp>

#include <array>
#include <cstdint>
#include <cstring>

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
