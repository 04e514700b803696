// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One product x [m][k] * w [n][k]^T whose operands, packed weights, workspace and result all lie between guard pages,
/// with the exact sums beside it. `run` sends it through Linear on one architecture and compares every cell and every
/// byte that must not change.

#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>

#include <cstring>
#include <functional>
#include <vector>

#include "guard_pages.hpp"
#include "oracle.hpp"
#include "tally.hpp"

namespace qtensor_test {

/// Sizes, contents and strides of a case.
struct ProductCase {
    std::size_t m = 1, n = 1, k = 1;
    oracle::Fill fill = oracle::Fill::random;
    std::uint64_t seed = 0;
    std::size_t slack = 0;  ///< bytes between operands and guard pages
    std::int64_t most = 0;  ///< max|x - z_x| * sum|w - z_w| of every row is no larger; 0: whatever it is

    /// For objects of T.
    template <class T> std::size_t slack_of() const { return slack / sizeof(T) * sizeof(T); }
    Flush flush() const { return seed % 2 == 0 ? Flush::back : Flush::front; }
    /// Distance between rows: contiguous, wider, or backwards.
    std::ptrdiff_t stride(std::size_t length, std::uint64_t salt) const {
        const auto distance = static_cast<std::ptrdiff_t>(length + (seed / 2 + salt) % 3 * 3);
        return (seed / 3 + salt) % 3 == 0 ? -distance : distance;
    }
};

/// What the product is made of, as plain integers, and its exact sums. No template: it is compiled once.
struct ProductNumbers {
    std::vector<std::int64_t> x, w, sums;
    std::int32_t x_zero = 0;
    std::vector<std::int32_t> w_zeros;
    std::vector<float> w_scales;

    struct Range {
        std::int64_t lowest, highest;
        bool zero_point;
    };
    [[gnu::noinline]] ProductNumbers(const ProductCase& of, Range x_range, Range w_range, bool per_channel) {
        oracle::Random random(of.seed + 7);
        x = oracle::codes(of.fill, of.m * of.k, x_range.lowest, x_range.highest, random);
        w = oracle::codes(of.seed % 4 == 0 ? of.fill : oracle::Fill::random, of.n * of.k, w_range.lowest,
                          w_range.highest, random);
        constexpr std::int32_t x_zeros[] = {0, -128, 127, 128, 5, -300, 255};
        x_zero = x_range.zero_point ? x_zeros[of.seed % 7] : 0;
        for (std::size_t j = 0; j < of.n; ++j) {
            const bool own = per_channel || j == 0;
            w_zeros.push_back(own ? static_cast<std::int32_t>(random.between(-160, 160)) : w_zeros[0]);
            w_scales.push_back(own ? 0.002f * static_cast<float>(random.between(1, 50)) : w_scales[0]);
            if (!w_range.zero_point) w_zeros[j] = 0;
        }
        if (of.most > 0) {
            for (std::int32_t& zero : w_zeros)
                zero = static_cast<std::int32_t>(std::clamp<std::int64_t>(zero, w_range.lowest, w_range.highest));
            const std::int64_t reach = std::max(x_range.highest - x_zero, x_zero - x_range.lowest);
            oracle::limit_rows(w, of.k, of.most / reach, w_zeros);
        }
        sums = oracle::product(of.m, of.n, of.k, x, w, x_zero, {w_zeros.begin(), w_zeros.end()});
    }
};

/// Rows in guarded memory, `stride` elements apart; with a negative stride the last row comes first.
struct RowPlaces {
    std::size_t rows, length;
    std::ptrdiff_t stride;
    std::size_t distance() const { return static_cast<std::size_t>(stride < 0 ? -stride : stride); }
    std::size_t cells() const { return rows == 0 ? 0 : (rows - 1) * distance() + length; }
    std::size_t start() const { return stride < 0 && rows > 0 ? (rows - 1) * distance() : 0; }
    std::size_t at(std::size_t i, std::size_t j) const {
        return start() + static_cast<std::size_t>(static_cast<std::ptrdiff_t>(i) * stride) + j;
    }
};

/// Compares every cell of a result and every byte between its rows.
template <class Y>
[[gnu::noinline]] void compare_result(Tally& tally, BetweenGuards<Y>& memory, const RowPlaces& places,
                                      const ProductCase& of, const std::function<Y(std::size_t, std::size_t)>& want) {
    std::vector<bool> written(memory.size(), false);
    for (std::size_t i = 0; i < places.rows; ++i) {
        for (std::size_t j = 0; j < places.length; ++j) {
            const std::size_t cell = places.at(i, j);
            written[cell] = true;
            const Y got = memory[cell];
            const Y right = want(i, j);
            if constexpr (requires { got.bits; }) {
                tally.same(got.bits, right.bits, of.m, of.n, of.k, i, j, of.seed);
            } else if constexpr (std::is_floating_point_v<Y>) {
                tally.same_bits(got, right, of.m, of.n, of.k, i, j, of.seed);
            } else {
                tally.same(got, right, of.m, of.n, of.k, i, j, of.seed);
            }
        }
    }
    bool clean = memory.clean();
    for (std::size_t cell = 0; cell < memory.size(); ++cell) {
        if (written[cell]) continue;
        unsigned char bytes[sizeof(Y)];
        std::memcpy(bytes, &memory[cell], sizeof(Y));
        for (const unsigned char byte : bytes) clean = clean && byte == 0xA5;
    }
    tally.same(clean, true, of.m, of.n, of.k, of.seed);
}

template <class S> S scale_with(const float* values, const std::int32_t* zeros) {
    using namespace qtensor;
    if constexpr (std::same_as<S, PerTensor<>>) {
        return {values[0]};
    } else if constexpr (std::same_as<S, Affine<>>) {
        return {values[0], zeros[0]};
    } else if constexpr (std::same_as<S, PerChannel<dyn>>) {
        return {values};
    } else {
        return {values, zeros};
    }
}

template <class Arch, class X, class W, class XScale, class WScale> class GuardedProduct {
    using XCell = typename qtensor::element<X>::cell;
    using WCell = typename qtensor::element<W>::cell;
    using Matrix = qtensor::Shape<qtensor::dyn, qtensor::dyn>;
    using XT = qtensor::QTensor<const X, XScale, Matrix, qtensor::Strided>;
    using WT = qtensor::QTensor<const W, WScale, Matrix>;
    using Packed = qtensor::packed_for<Arch, X, WT>;

public:
    explicit GuardedProduct(const ProductCase& of)
        : case_(of), numbers_(of, range<X, XScale>(), range<W, WScale>(), WScale::axis == 0),
          x_places_{of.m, of.k, of.stride(of.k, 0)}, x_memory_(x_places_.cells(), of.flush(), of.slack_of<XCell>()),
          w_memory_(qtensor::cells_for<W>(of.n * of.k), of.flush(), of.slack_of<WCell>()),
          // packed weights are aligned to 64 bytes: only then can they end at a guard page
          packed_memory_(Packed::bytes(of.n, of.k), Packed::bytes(of.n, of.k) % 64 == 0 ? of.flush() : Flush::front) {
        for (std::size_t i = 0; i < of.m; ++i) {
            for (std::size_t d = 0; d < of.k; ++d) {
                x_memory_[x_places_.at(i, d)] = static_cast<XCell>(numbers_.x[i * of.k + d]);
            }
        }
        for (std::size_t i = 0; i < of.n * of.k; ++i) {
            qtensor::element<W>::store(w_memory_.data(), i, static_cast<qtensor::value_of<W>>(numbers_.w[i]));
        }
    }

    /// The exact sum of cell (i, j), and the scales it is worth.
    std::int64_t sum(std::size_t i, std::size_t j) const { return numbers_.sums[i * case_.n + j]; }
    float x_scale() const { return x_scale_; }
    float w_scale(std::size_t j) const { return numbers_.w_scales[j]; }

    /// The product with these stages; want(i, j) is what cell (i, j) must be. Y is the element of the result, Acc the
    /// accumulator.
    template <class Y, class Acc = void, class... Stages>
    void run(Tally& tally, const std::function<Y(std::size_t, std::size_t)>& want, qtensor::BindMemory memory,
             const Stages&... stages) {
        const auto& [m, n, k, fill, seed, slack, most] = case_;
        const WT w(w_memory_.data(), Matrix(n, k),
                   scale_with<WScale>(numbers_.w_scales.data(), numbers_.w_zeros.data()));
        const XT x(x_memory_.data() + x_places_.start(), Matrix(m, k), {x_places_.stride, 1},
                   scale_with<XScale>(&x_scale_, &numbers_.x_zero));
        const Packed packed(w, packed_memory_.span());
        using L = std::conditional_t<std::is_void_v<Acc>, qtensor::Linear<Packed, XScale, Stages...>,
                                     qtensor::BoundLinear<Packed, XScale, Acc, Stages...>>;
        const L linear(packed, x.scale(), memory, stages...);
        static_assert(std::same_as<typename L::element_type, Y>);

        const RowPlaces y_places{m, n, case_.stride(n, 1)};
        BetweenGuards<Y> y_memory(y_places.cells(), case_.flush(), case_.template slack_of<Y>());
        const qtensor::QTensor<Y, typename L::scale_type, Matrix, qtensor::Strided> y(
            y_memory.data() + y_places.start(), Matrix(m, n), {y_places.stride, 1}, linear.output_scale());
        const std::size_t bytes = L::workspace_bytes(m, k);
        BetweenGuards<std::byte> workspace(bytes, bytes % 4 == 0 ? case_.flush() : Flush::front,
                                           case_.template slack_of<std::int32_t>());
        if constexpr (std::is_void_v<Acc>) {
            linear(x, y, workspace.span());
        } else {
            linear.run(packed, x, y, workspace.span());
        }

        compare_result(tally, y_memory, y_places, case_, want);
        tally.same(workspace.clean() && packed_memory_.clean() && x_memory_.clean(), true, m, n, k, seed);
    }

private:
    template <class T, class S> static ProductNumbers::Range range() {
        return {qtensor::element<T>::lowest, qtensor::element<T>::highest, qtensor::has_zero_point<S>};
    }

    static constexpr float x_scale_ = 0.0123f;
    ProductCase case_;
    ProductNumbers numbers_;
    RowPlaces x_places_;
    BetweenGuards<XCell> x_memory_;
    BetweenGuards<WCell> w_memory_;
    BetweenGuards<std::byte> packed_memory_;
};

/// Sizes around the panels and atoms of every architecture, each of them at least once in `count` cases.
inline std::vector<ProductCase> product_cases(std::size_t count) {
    constexpr std::size_t ms[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 24, 25, 49, 97};
    constexpr std::size_t ns[] = {1, 2, 7, 8, 9, 15, 16, 17, 24, 31, 33, 48, 49, 63, 64, 65, 70, 80, 129};
    constexpr std::size_t ks[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 15, 16, 17, 19, 31, 32, 33, 48, 63, 64, 65, 127, 130};
    std::vector<ProductCase> cases;
    for (std::size_t i = 0; i < count; ++i) {
        // 17, 19 and 23 have no common divisor, so the three lists drift through all their combinations.
        cases.push_back({ms[i % 17], ns[i % 19], ks[i % 23], oracle::fills[i % 5], i, 0});
    }
    return cases;
}

}  // namespace qtensor_test
