// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What takes zero points out of sums of products, modulo 2^32:
///
///     sum (x - z_x)(w - z_w) = sum x w - z_w sum x - z_x sum (w - z_w)
///
/// Terms of a row plus terms of a column are what accumulators start with (tile.hpp). A z_w per column is neither: its
/// products with the sums of the rows are subtracted behind the tile.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "gemm.hpp"
#include "stage.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// What a product's accumulators start with, a bias in front of the other stages included. `Bound`: the epilogue.
template <class Packed, class XScale, class Bound> class ZeroPointStart {
    using WScale = typename Packed::scale_type;
    using Sum = typename Packed::sum_type;
    static constexpr bool is_real = std::is_floating_point_v<Sum>;
    static constexpr bool x_zero = has_zero_point<XScale> && !is_real;
    static constexpr bool zero_per_row = has_zero_point<WScale> && WScale::axis == per_tensor && !is_real;

public:
    static constexpr bool is_zero = is_real || !(x_zero || Bound::adds_first);
    static constexpr bool needs_row_sums = zero_per_row;

    /// Columns are counted from `first_column` of the weights on.
    ZeroPointStart(const Packed& weights, const XScale& x_scale, const Bound& epilogue, std::size_t first_column)
        : weights_(&weights), epilogue_(&epilogue), zero_(zero_point_of(x_scale, 0)), first_(first_column) {}

    /// What the sum of a row of x is multiplied by.
    std::int32_t row_factor() const {
        if constexpr (zero_per_row) {
            return lane::wrapping_multiply(-1, zero_point_of(weights_->scale(), 0));
        } else {
            return 0;
        }
    }

    /// The terms of `count` columns from `column` on; `to` has room for a panel.
    QTENSOR_FORCE_INLINE void columns(std::size_t column, std::size_t count, Sum* to) const {
        using V = lanes<Sum, typename Packed::arch_type>;
        for (std::size_t c = 0; c < count; c += lane::width<V>) {
            const Cell cell{0, first_ + column + c, count - c < lane::width<V> ? count - c : lane::width<V>};
            V term = lane::broadcast<V>(0);
            if constexpr (x_zero) {
                term = term -
                       lane::broadcast<V>(zero_) * lane::load<V>(weights_->column_sums() + cell.column, lane::width<V>);
            }
            if constexpr (Bound::adds_first) term = term + epilogue_->template addend<V>(cell);
            lane::store(to + c, term, lane::width<V>);
        }
    }

private:
    const Packed* weights_;
    const Bound* epilogue_;
    std::int32_t zero_;
    std::size_t first_;
};

/// z_w per column, for `lane::width<V>` columns: subtracts z_w sum x from the sums of a row.
template <class V, class Packed> class ColumnZeros {
    using WScale = typename Packed::scale_type;

public:
    static constexpr bool needs_row_sums =
        has_zero_point<WScale> && WScale::axis != per_tensor && !std::is_floating_point_v<typename Packed::sum_type>;

    QTENSOR_FORCE_INLINE ColumnZeros([[maybe_unused]] const Packed& weights, [[maybe_unused]] const Cell& cell) {
        if constexpr (needs_row_sums) {
            std::int32_t zeros[lane::width<V>] = {};
            for (std::size_t i = 0; i < lane::width<V> && i < cell.count; ++i)
                zeros[i] = zero_point_of(weights.scale(), cell.column + i);
            zeros_ = lane::load<V>(zeros, lane::width<V>);
        }
    }

    QTENSOR_FORCE_INLINE V operator()(V sum, [[maybe_unused]] const std::int32_t* row_sum) const {
        if constexpr (needs_row_sums) {
            return sum - zeros_ * lane::broadcast<V>(*row_sum);
        } else {
            return sum;
        }
    }

private:
    V zeros_{};
};

}  // namespace qtensor::inline QTENSOR_ABI
