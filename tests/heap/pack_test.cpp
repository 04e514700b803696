// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/linear.hpp>
#include <qtensor/heap/pack.hpp>
#include <qtensor/heap/storage.hpp>
#include <qtensor/scale/affine.hpp>

#include <optional>
#include <utility>
#include <vector>

#include "support/arches.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

using Weights = QTensor<int8_symmetric, PerTensor<>, Shape<dyn, dyn>, Heap>;
using Inputs = QTensor<std::int8_t, Affine<>, Shape<dyn, dyn>, Heap>;

Weights random_weights(std::size_t n, std::size_t k, std::uint64_t seed) {
    Weights w(Shape<dyn, dyn>(n, k), PerTensor{0.5f});
    oracle::Random random(seed);
    for (std::size_t i = 0; i < n * k; ++i) w.data()[i] = static_cast<std::int8_t>(random.between(-127, 127));
    return w;
}

template <class Arch, class Packed> std::vector<std::int32_t> product(const Packed& packed, const Inputs& x) {
    const Linear linear(packed, x.scale());
    std::vector<std::int32_t> sums(x.extent(0) * packed.n());
    const QTensor<std::int32_t, Product<Affine<>, PerTensor<>>, Shape<dyn, dyn>> y(
        sums.data(), Shape<dyn, dyn>(x.extent(0), packed.n()), linear.output_scale());
    const AlignedBytes workspace(linear.workspace_bytes(x.extent(0), x.extent(1)));
    linear(x, y, workspace.span());
    return sums;
}

std::vector<std::int32_t> expected(const Weights& w, const Inputs& x) {
    const std::vector<std::int64_t> from(x.data(), x.data() + x.size()), weights(w.data(), w.data() + w.size());
    const auto sums = oracle::product(x.extent(0), w.extent(0), w.extent(1), from, weights, x.scale().zero, {});
    std::vector<std::int32_t> narrow;
    for (const std::int64_t sum : sums) narrow.push_back(static_cast<std::int32_t>(sum));
    return narrow;
}

Inputs random_inputs(std::size_t m, std::size_t k) {
    Inputs x(Shape<dyn, dyn>(m, k), Affine{0.25f, 3});
    oracle::Random random(m * 1000 + k);
    for (std::size_t i = 0; i < m * k; ++i) x.data()[i] = static_cast<std::int8_t>(random.between(-128, 127));
    return x;
}

}  // namespace

TEST_CASE("packed weights own their memory, wherever they are moved", "[heap pack]") {
    EveryArch::each([]<class Arch>() {
        const Weights w = random_weights(70, 37, 1);
        const Inputs x = random_inputs(9, 37);
        const auto want = expected(w, x);
        auto first = pack<Arch, std::int8_t>(w);
        using Packed = decltype(first);
        STATIC_REQUIRE_FALSE(std::is_copy_constructible_v<Packed>);
        STATIC_REQUIRE(std::is_move_constructible_v<Packed>);
        CHECK(product<Arch>(first.weights(), x) == want);

        std::optional<Packed> second(std::move(first));
        CHECK(product<Arch>(second->weights(), x) == want);
        const Weights small = random_weights(3, 2, 2);
        auto third = pack<Arch, std::int8_t>(small);
        if constexpr (!std::is_same_v<Arch, arch::scalar>) {
            third = std::move(*second);
            second.reset();
            CHECK(product<Arch>(third.weights(), x) == want);
        }
        std::vector<Packed> many;
        for (int i = 0; i < 5; ++i) many.push_back(pack<Arch, std::int8_t>(w));  // grows, so moves
        for (const auto& one : many) CHECK(product<Arch>(one.weights(), x) == want);
    });
}

TEST_CASE("vector kernels keep nothing of the tensor they packed, the scalar one reads it", "[heap pack]") {
    EveryArch::each([]<class Arch>() {
        Weights w = random_weights(5, 20, 3);
        const Inputs x = random_inputs(4, 20);
        const auto before = expected(w, x);
        const auto packed = pack<Arch, std::int8_t>(w);
        for (std::size_t i = 0; i < w.size(); ++i) w.data()[i] = 1;
        const auto want = std::is_same_v<Arch, arch::scalar> ? expected(w, x) : before;
        CHECK(product<Arch>(packed.weights(), x) == want);
    });
}

TEST_CASE("a weight outside its promised range is refused", "[heap pack]") {
    EveryArch::each([]<class Arch>() {
        Weights w = random_weights(5, 20, 4);
        w(4, 19) = -128;
        CHECK(says(refused([&] { static_cast<void>(pack<Arch, std::int8_t>(w)); }),
                   "a weight is outside the range that its element type promises (value -128, limit -127)"));
    });
}
