// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>

#include <cmath>
#include <vector>

#include "support/arches.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Random;
using qtensor_test::Tally;

using Matrix = Shape<dyn, dyn>;
using Cube = Shape<dyn, dyn, dyn>;

struct Sizes {
    std::size_t m, n, groups, depth;
};
constexpr Sizes sizes[] = {{1, 1, 1, 1}, {3, 17, 4, 32}, {7, 70, 2, 64}, {13, 33, 5, 7}, {2, 129, 1, 100}};

alignas(64) std::byte memory[1 << 18];
alignas(64) std::byte workspace[1 << 16];

/// x * w^T on Arch.
template <class Arch, class WT>
std::vector<float> product(const std::vector<float>& x, const WT& w, std::size_t m, std::size_t k) {
    std::vector<float> y(m * w.extent(0));
    using Packed = packed_for<Arch, float, WT>;
    REQUIRE(Packed::bytes(w.extent(0), k) <= sizeof memory);
    const Packed packed(w, memory);
    const Linear linear(packed, Unscaled{});
    linear(QTensor<const float, Unscaled, Matrix>(x.data(), Matrix(m, k)),
           QTensor<float, Product<Unscaled, Unscaled>, Matrix>(y.data(), Matrix(m, w.extent(0))), workspace);
    return y;
}
template <class Arch, class WT> std::vector<float> grouped(const std::vector<float>& x, const WT& w, std::size_t m) {
    std::vector<float> y(m * w.extent(0));
    using Packed = grouped_for<Arch, float, WT>;
    REQUIRE(Packed::bytes(w.extent(0), w.extent(1), w.extent(2)) <= sizeof memory);
    const Packed packed(w, memory);
    multiply_groups(QTensor<const float, Unscaled, Matrix>(x.data(), Matrix(m, w.extent(1) * w.extent(2))), packed,
                    QTensor<float, Unscaled, Matrix>(y.data(), Matrix(m, w.extent(0))), workspace);
    return y;
}

template <class W, class S> void codes_as_weights() {
    Tally exact;
    long long compared = 0;
    for (const Sizes& s : sizes) {
        Random random(s.n);
        const std::size_t k = s.groups * s.depth;
        std::vector<float> x(s.m * k), real(s.m * k), scales(s.n * s.groups);
        std::vector<std::int32_t> zeros(s.n * s.groups);
        for (float& value : x) value = static_cast<float>(random.between(-100, 100));
        for (float& value : real) value = random.real(-1.0, 1.0);
        // Powers of two and whole numbers: every product and sum is exact, in whatever order.
        for (float& scale : scales) scale = std::ldexp(1.0f, static_cast<int>(random.between(-2, 2)));
        for (auto& zero : zeros) zero = static_cast<std::int32_t>(random.between(-3, 9));
        std::vector<cell_of<W>> cells(cells_for<W>(s.n * k));
        for (std::size_t i = 0; i < s.n * k; ++i)
            element<W>::store(cells.data(), i,
                              static_cast<value_of<W>>(random.between(element<W>::lowest, element<W>::highest)));
        const S scale = [&] {
            if constexpr (has_zero_point<S>)
                return S{{scales.data(), zeros.data()}};
            else
                return S{{scales.data()}};
        }();
        const auto weight = [&](std::size_t j, std::size_t at) {
            const std::size_t c = j * s.groups + at / s.depth;
            const std::int64_t zero = has_zero_point<S> ? zeros[c] : 0;
            return static_cast<double>(element<W>::load(cells.data(), j * k + at) - zero) *
                   static_cast<double>(scales[c]);
        };
        const QTensor<const W, S, Cube> w(cells.data(), Cube(s.n, s.groups, s.depth), scale);
        qtensor_test::EveryArch::each([&]<class Arch>() {
            const auto y = grouped<Arch>(x, w, s.m), z = grouped<Arch>(real, w, s.m);
            for (std::size_t i = 0; i < s.m; ++i) {
                for (std::size_t j = 0; j < s.n; ++j) {
                    double sum = 0.0, other = 0.0, size = 0.0;
                    for (std::size_t at = 0; at < k; ++at) {
                        sum += static_cast<double>(x[i * k + at]) * weight(j, at);
                        other += static_cast<double>(real[i * k + at]) * weight(j, at);
                        size += std::fabs(static_cast<double>(real[i * k + at]) * weight(j, at));
                    }
                    exact.same_real(static_cast<double>(y[i * s.n + j]), sum, Arch::name, i, j);
                    // k products and sums in float, one product and one sum per group.
                    const double bound = static_cast<double>(k + 2 * s.groups) * 0x1p-24 * size;
                    REQUIRE(std::fabs(static_cast<double>(z[i * s.n + j]) - other) <= bound * 1.001);
                    ++compared;
                }
            }
        });
    }
    exact.require_all_equal(compared);
}

}  // namespace

TEMPLATE_TEST_CASE("Codes as weights beside float activations, with a scale per group", "[gemm]", int4, std::int8_t,
                   int8_symmetric, std::uint8_t, uint4, ternary, binary) {
    codes_as_weights<TestType, PerGroup<dyn>>();
    codes_as_weights<TestType, PerGroupAffine<dyn>>();
}

TEMPLATE_TEST_CASE("Half-precision weights beside float activations", "[gemm]", float16, bfloat16) {
    Tally exact;
    long long compared = 0;
    for (const Sizes& s : sizes) {
        Random random(s.n + 1);
        const std::size_t k = s.groups * s.depth;
        std::vector<float> x(s.m * k), real(s.m * k);
        for (float& value : x) value = static_cast<float>(random.between(-100, 100));
        for (float& value : real) value = random.real(-1.0, 1.0);
        std::vector<TestType> weights(s.n * k), fractions(s.n * k);
        for (auto& weight : weights) weight = TestType(static_cast<float>(random.between(-128, 128)));
        for (auto& weight : fractions) weight = TestType(random.real(-1.0, 1.0));
        using WT = QTensor<const TestType, Unscaled, Matrix>;
        qtensor_test::EveryArch::each([&]<class Arch>() {
            const auto y = product<Arch>(x, WT(weights.data(), Matrix(s.n, k)), s.m, k);
            const auto z = product<Arch>(real, WT(fractions.data(), Matrix(s.n, k)), s.m, k);
            for (std::size_t i = 0; i < s.m; ++i) {
                for (std::size_t j = 0; j < s.n; ++j) {
                    double sum = 0.0, other = 0.0, size = 0.0;
                    for (std::size_t at = 0; at < k; ++at) {
                        const auto w = static_cast<double>(static_cast<float>(fractions[j * k + at]));
                        sum += static_cast<double>(x[i * k + at] * static_cast<float>(weights[j * k + at]));
                        other += static_cast<double>(real[i * k + at]) * w;
                        size += std::fabs(static_cast<double>(real[i * k + at]) * w);
                    }
                    exact.same_real(static_cast<double>(y[i * s.n + j]), sum, Arch::name, i, j);
                    REQUIRE(std::fabs(static_cast<double>(z[i * s.n + j]) - other) <=
                            static_cast<double>(k) * 0x1p-24 * size * 1.001);
                    ++compared;
                }
            }
        });
    }
    exact.require_all_equal(compared);
}

TEST_CASE("Every half-precision number and every code is loaded as the float that it is", "[gemm]") {
    // Depth 1 and x = 1: y is the weight.
    std::vector<float16> halves;
    std::vector<bfloat16> upper;
    for (std::uint32_t bits = 0; bits < 65536; ++bits) {
        if ((bits & 0x7c00u) != 0x7c00u) halves.push_back(std::bit_cast<float16>(static_cast<std::uint16_t>(bits)));
        if ((bits & 0x7f80u) != 0x7f80u) upper.push_back(std::bit_cast<bfloat16>(static_cast<std::uint16_t>(bits)));
    }
    const std::vector<float> one{1.0f};
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto each = [&]<class W>(const std::vector<W>& all) {
            for (std::size_t first = 0; first < all.size(); first += 1024) {
                const std::size_t n = std::min<std::size_t>(1024, all.size() - first);
                const auto y =
                    product<Arch>(one, QTensor<const W, Unscaled, Matrix>(all.data() + first, Matrix(n, 1)), 1, 1);
                for (std::size_t i = 0; i < n; ++i)
                    tally.same_real(static_cast<double>(y[i]), static_cast<double>(static_cast<float>(all[first + i])),
                                    i);
            }
        };
        each(halves);
        each(upper);
    });
    tally.require_all_equal(120000);
}

TEST_CASE("Half-precision weights in the one-call product", "[gemm]") {
    QTensor<float, Unscaled, Shape<1, 3>, Inline> x;
    QTensor<float16, Unscaled, Shape<2, 3>, Inline> w;
    for (std::size_t i = 0; i < 3; ++i) x.data()[i] = static_cast<float>(i + 1);
    for (std::size_t i = 0; i < 6; ++i) w.data()[i] = float16(static_cast<float>(i) * 0.5f);
    const auto y = matmul(x, w);
    CHECK((y(0, 0) == 4.0f && y(0, 1) == 13.0f));
}
