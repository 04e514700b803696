// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/layer.hpp>
#include <qtensor/net/sequential.hpp>

#include "support/probe_layer.hpp"

using namespace qtensor;
using qtensor_test::Probe;

namespace {

struct Minimal {
    using input_shape = Shape<2, 3>;
    using output_shape = Shape<>;
    struct Float {};
    struct Quantized {};
    static constexpr std::size_t macs = 6, weight_bytes = 6;
};
struct RunTimeShape : Minimal {
    using input_shape = Shape<dyn>;
};
struct RunTimeOutput : Minimal {
    using output_shape = Shape<1, dyn>;
};
struct NoShapes {
    struct Float {};
    struct Quantized {};
    [[maybe_unused]] static constexpr std::size_t macs = 6, weight_bytes = 6;
};
struct NoQuantized {
    using input_shape = Shape<2>;
    using output_shape = Shape<2>;
    struct Float {};
    [[maybe_unused]] static constexpr std::size_t macs = 6, weight_bytes = 6;
};
struct NoMacs {
    using input_shape = Shape<2>;
    using output_shape = Shape<2>;
    struct Float {};
    struct Quantized {};
    [[maybe_unused]] static constexpr std::size_t weight_bytes = 6;
};
struct NoBytes {
    using input_shape = Shape<2>;
    using output_shape = Shape<2>;
    struct Float {};
    struct Quantized {};
    [[maybe_unused]] static constexpr std::size_t macs = 6;
};

template <class P>
concept packs = requires(const P& parameters) { pack<arch::scalar>(parameters); };

}  // namespace

static_assert(Layer<Minimal> && Layer<Dense<3, 2>> && Layer<Sequential<Dense<3, 2>>> && Layer<Probe<1, 2, 3>>);
static_assert(!Layer<RunTimeShape> && !Layer<RunTimeOutput> && !Layer<NoShapes> && !Layer<NoQuantized>);
static_assert(!Layer<NoMacs> && !Layer<NoBytes> && !Layer<int> && !Layer<Shape<3>>);

static_assert(input_size<Minimal> == 6 && output_size<Minimal> == 1);
static_assert(input_size<Dense<3, 2>> == 3 && output_size<Dense<3, 2>> == 2);
static_assert(input_size<Sequential<Dense<3, 2>, Dense<2, 7>>> == 3);
static_assert(output_size<Sequential<Dense<3, 2>, Dense<2, 7>>> == 7);

TEST_CASE("pack makes the packed form of either reading for the architecture asked for", "[layer]") {
    using L = Dense<3, 2>;
    STATIC_REQUIRE(std::is_same_v<L::Float::layer, L>);
    STATIC_REQUIRE(std::is_same_v<L::Quantized::layer, L>);
    const L::Float real{};
    STATIC_REQUIRE(std::is_same_v<decltype(pack<arch::scalar>(real)), L::PackedFloat<arch::scalar>>);
    STATIC_REQUIRE(std::is_same_v<decltype(pack<arch::native>(real)), L::PackedFloat<arch::native>>);
    const auto codes = L::quantized(real, Affine{0.5f, 1}, Affine{0.25f, 2});
    const auto layer = pack<arch::scalar>(codes);
    STATIC_REQUIRE(std::is_same_v<std::remove_const_t<decltype(layer)>, L::PackedQuantized<arch::scalar>>);
    CHECK(layer.input_scale() == Affine{0.5f, 1});
    CHECK(layer.output_scale() == Affine{0.25f, 2});
    CHECK(pack<arch::scalar>(real).input_scale() == Unscaled{});
    STATIC_REQUIRE(L::PackedQuantized<arch::scalar>::workspace_bytes(1000) == 0);

    STATIC_REQUIRE(packs<L::Float>);
    STATIC_REQUIRE(packs<Sequential<L>::Quantized>);
    STATIC_REQUIRE_FALSE(packs<int>);
}
