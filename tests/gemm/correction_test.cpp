// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/gemm/correction.hpp>

#include <array>

#include "support/oracle.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Tally;

constexpr std::size_t n = 19, k = 7;

/// Terms of a row and of a column, added to the plain product, against the definition.
template <class Scale, class... Stages>
void starts_exactly(const Scale& w_scale, std::int64_t bias, const Stages&... stages) {
    if constexpr (arch::HasAtom<arch::native, std::int8_t, std::int8_t>) {
        oracle::Random random(5);
        std::array<std::int8_t, k> x{};
        std::array<std::int8_t, n * k> cells{};
        for (auto& cell : x) cell = static_cast<std::int8_t>(random.between(-128, 127));
        for (auto& cell : cells) cell = static_cast<std::int8_t>(random.between(-128, 127));
        const Affine<> x_scale{0.5f, -77};
        const QTensor<const std::int8_t, Scale, Shape<n, k>> w(cells.data(), Shape<n, k>{}, w_scale);
        const auto packed = pack<arch::native, std::int8_t>(w);
        using Packed = std::remove_const_t<decltype(packed)>;
        const auto epilogue =
            bind_stages(Incoming<std::int32_t, n, Product<Affine<>, Scale>>{{x_scale, w_scale}, n, nullptr}, stages...);
        const ZeroPointStart<Packed, Affine<>, std::remove_const_t<decltype(epilogue)>> start(packed, x_scale, epilogue,
                                                                                              0);
        std::array<std::int32_t, arch::panel_columns<typename Packed::Atom>> terms{};
        Tally tally;
        std::int64_t row_sum = 0;
        for (const auto cell : x) row_sum += cell;
        for (std::size_t first = 0; first < n; first += terms.size()) {
            const std::size_t count = n - first < terms.size() ? n - first : terms.size();
            start.columns(first, count, terms.data());
            for (std::size_t c = 0; c < count; ++c) {
                const std::size_t j = first + c;
                std::int64_t plain = 0, want = bias;
                for (std::size_t d = 0; d < k; ++d) {
                    plain += std::int64_t{x[d]} * cells[j * k + d];
                    want += (std::int64_t{x[d]} + 77) * (cells[j * k + d] - zero_point_of(w_scale, j));
                }
                tally.same(plain + terms[c] + start.row_factor() * row_sum, want, j);
            }
        }
        tally.require_all_equal(n);
    }
}

/// What sums of activations of this scale start with, with these stages behind them.
template <class Arch, class XScale, class... Stages>
using StartOf =
    ZeroPointStart<packed_for<Arch, std::int8_t, QTensor<const std::int8_t, PerTensor<>, Shape<n, k>>>, XScale,
                   decltype(bind_stages(std::declval<Incoming<std::int32_t, n, Product<XScale, PerTensor<>>>>(),
                                        std::declval<const Stages&>()...))>;

/// Where the native architecture has kernels, and nowhere else.
template <class Body> void on_kernels(const Body& body) {
    if constexpr (!std::same_as<arch::native, arch::scalar>) body.template operator()<arch::native>();
}

}  // namespace

TEST_CASE("Sums start with nothing where nothing is to be added") {
    using Bias = AddBias<QTensor<std::int32_t, Unscaled, Shape<n>, Inline>>;
    on_kernels([]<class Arch>() {
        STATIC_REQUIRE(StartOf<Arch, PerTensor<>>::is_zero);
        STATIC_REQUIRE(StartOf<Arch, PerTensor<>, Relu, Bias>::is_zero);
        STATIC_REQUIRE_FALSE(StartOf<Arch, PerTensor<>, Bias>::is_zero);
        STATIC_REQUIRE_FALSE(StartOf<Arch, Affine<>>::is_zero);
    });
}

TEST_CASE("Sums start with what takes zero points out, and with a bias that comes first") {
    starts_exactly(PerTensor{0.25f}, 0);
    starts_exactly(Affine{0.25f, 9}, 0);
    QTensor<std::int32_t, Unscaled, Shape<n>, Inline> bias({}, {});
    for (std::size_t j = 0; j < n; ++j) bias.data()[j] = 1234567;
    starts_exactly(Affine{0.25f, -3}, 1234567, AddBias{bias});
    starts_exactly(PerTensor{0.25f}, 0, Relu{}, AddBias{bias});  // behind another stage a bias waits for its turn
}

TEST_CASE("A zero point per column takes the row's sum from each column as often as it says") {
    on_kernels([]<class Arch>() {
        using V = lanes<std::int32_t, Arch>;
        std::array<float, n> scales{};
        std::array<std::int32_t, n> zeros{};
        for (std::size_t j = 0; j < n; ++j) {
            scales[j] = 1.0f;
            zeros[j] = static_cast<std::int32_t>(j) - 11;
        }
        std::array<std::int8_t, n * k> cells{};
        using Scale = PerChannelAffine<n>;
        const QTensor<const std::int8_t, Scale, Shape<n, k>> w(cells.data(), Shape<n, k>{}, Scale{scales, zeros});
        const auto packed = pack<Arch, std::int8_t>(w);
        using Zeros = ColumnZeros<V, std::remove_const_t<decltype(packed)>>;
        STATIC_REQUIRE(Zeros::needs_row_sums);
        const Cell cell{0, 3, lane::width<V> < 16 ? lane::width<V> : 16};
        const std::int32_t row_sum = 1000;
        std::int32_t got[lane::width<V>];
        lane::store(got, Zeros(packed, cell)(lane::broadcast<V>(7), &row_sum), lane::width<V>);
        Tally tally;
        for (std::size_t i = 0; i < cell.count; ++i) tally.same(got[i], 7 - 1000 * zeros[3 + i], i);
        tally.require_all_equal(1);
    });
}
