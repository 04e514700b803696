// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/depthwise_conv2d.hpp>
#include <qtensor/layer/weighted.hpp>

#include <array>
#include <concepts>
#include <cstdint>

using namespace qtensor;

namespace {

/// The sums of a Dense<3, 2>, under a name of their own and with weights [in][out].
struct Transposed {
    using input_shape = Shape<3>;
    using output_shape = Shape<2>;
    using weight_shape = Shape<3, 2>;
    static constexpr int weight_axis = 1;
    static constexpr std::size_t outputs = 2, depth = 3, macs = 6;

    /// Reads through a view that exchanges the axes.
    template <class Arch, class X, class W> static constexpr auto packed(const W& w) {
        using Policy = on_axis<0, typename W::scale_type>;
        const QTensor<const typename W::element_type, Policy, Shape<2, 3>, Strided> rows(w.data(), {}, {1, 2},
                                                                                         Policy(w.scale()));
        return packed_for<Arch, X, std::remove_const_t<decltype(rows)>>(rows);
    }
    template <class Acc, class Packed, class XScale, class... Stages>
    using Bound = BoundLinear<Packed, XScale, Acc, Stages...>;
    template <class Acc, class Packed, class XScale, class... Stages>
    static constexpr auto bind(const Packed& weights, XScale x_scale, const Stages&... stages) {
        return Bound<Acc, Packed, XScale, Stages...>(weights, x_scale, BindMemory{}, stages...);
    }
    template <class Bound> static constexpr std::size_t workspace_bytes(std::size_t batch) {
        return Bound::workspace_bytes(batch, 3);
    }
};
struct Mine : WeightedLayer<Mine, Transposed, Relu, numerics::TfLite> {};
static_assert(Layer<Mine>);
static_assert(std::same_as<Mine::Float::layer, Mine> && std::same_as<Mine::Quantized::layer, Mine>);
static_assert(Mine::macs == 6);
static_assert(std::same_as<Mine::weight_scale, OnAxis<PerChannel<2>, 1>>);

}  // namespace

TEST_CASE("A layer with weights of another order has the parameters and codes of its twin", "[layer][weighted]") {
    using Twin = Dense<3, 2, Relu>;
    Mine::Float real{};
    Twin::Float twin{};
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t j = 0; j < 2; ++j) {
            real.weights(i, j) = twin.weights(j, i) = (j == 0 ? 1.0f : -0.3f) * (static_cast<float>(i) - 0.7f);
            real.bias(j) = twin.bias(j) = 0.4f;
        }
    }
    const Affine<> in{0.02f, 5}, out{0.03f, -7};
    const auto mine = Mine::quantized(real, in, out);
    const auto its = Twin::quantized(twin, in, out);
    for (std::size_t j = 0; j < 2; ++j) {
        CHECK(mine.weights.scale().scale(j) == its.weights.scale().scale(j));
        CHECK(mine.bias(j) == its.bias(j));
        for (std::size_t i = 0; i < 3; ++i) CHECK(mine.weights(i, j) == its.weights(j, i));
    }
    const std::array<std::int8_t, 6> x{-128, 127, 3, 40, -50, 60};
    std::array<std::int8_t, 4> a{}, b{};
    alignas(64) std::array<std::byte, 256> scratch{};
    pack<arch::native>(mine).run(x.data(), a.data(), 2, scratch);
    pack<arch::native>(its).run(x.data(), b.data(), 2, scratch);
    CHECK(a == b);
    std::array<float, 6> rx{1.0f, -2.0f, 3.0f, 0.5f, 0.25f, -1.0f};
    std::array<float, 4> ra{}, rb{};
    pack<arch::native>(real).run(rx.data(), ra.data(), 2, scratch);
    pack<arch::native>(twin).run(rx.data(), rb.data(), 2, scratch);
    CHECK(ra == rb);
}
