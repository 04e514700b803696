// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Codes become real numbers: real = f32(code - zero_point) * scale, one rounding (TFLite computes the same product in
/// double and rounds once; the bits agree). To float16, that number is rounded once more, to nearest even. Cannot fail.

#include <span>

#include "../arch/lanes.hpp"
#include "../numeric/float16.hpp"
#include "rows.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class T> constexpr float dequantize_one(value_of<T> code, float scale, std::int32_t zero_point) {
    if constexpr (sizeof(value_of<T>) <= 2) {
        return static_cast<float>(static_cast<std::int32_t>(code) - zero_point) * scale;
    } else {  // more bits than a float holds: round once, at the end
        return static_cast<float>(static_cast<double>(static_cast<std::int64_t>(code) - zero_point) *
                                  static_cast<double>(scale));
    }
}
}  // namespace detail

namespace detail {
template <class Real, class Q> constexpr void dequantize_as(const Q& codes, std::span<Real> reals) {
    static_assert(must_be_tensor<Q>());
    static_assert(must_be_integer_element<typename Q::element_type>());
    using T = typename Q::element_type;
    using V = lanes<float, arch::native>;
    using I = lane::ints<V>;
    QTENSOR_REQUIRE(reals.size() == codes.size(), "as many values as codes", reals.size(), codes.size());
    const auto& scale = codes.scale();
    for (std::size_t c = 0; c < channel_count(codes); ++c) require_environment(scale.scale(c));
    require_usable(scale, channel_count(codes));
    const auto* cells = codes.data();
    for_each_row(codes, [&](const Row& row) {
        Real* to = reals.data() + row.first;
        std::size_t i = 0;
        if constexpr (sizeof(value_of<T>) <= 2 && element<T>::per_cell == 1 && !scale_runs_along_row<Q> &&
                      lane::width<V> != 1) {
            if (!std::is_constant_evaluated() && row.stride == 1) {
                const V factor = lane::broadcast<V>(scale.scale(row.channel));
                const I zero = lane::broadcast<I>(zero_point_of(scale, row.channel));
                const auto* codes_of_row = cells + row.offset;
                const auto some = [&](std::size_t at, std::size_t count) __attribute__((always_inline)) {
                    const I code = lane::load<I>(codes_of_row + at, count);
                    const V real = lane::to_float(code - zero) * factor;
                    if constexpr (std::same_as<Real, float16>) {
                        lane::store_half(&to[at].bits, real, count);
                    } else {
                        lane::store(to + at, real, count);
                    }
                };
                const std::size_t length = row.length;  // read behind each store, `row` could have been stored to
                constexpr std::size_t width = lane::width<V>;
                // Four at a time: the speed of a loop of ten instructions hangs on where the linker puts it.
                for (; i + 4 * width <= length; i += 4 * width) {
                    QTENSOR_UNROLL
                    for (std::size_t r = 0; r < 4; ++r) some(i + r * width, width);
                }
                for (; i < length; i += width) some(i, length - i < width ? length - i : width);
                return;
            }
        }
        for (; i < row.length; ++i) {
            const std::size_t c = scale_runs_along_row<Q> ? i : row.channel;
            const auto code = element<T>::load(cells, row.offset + static_cast<std::ptrdiff_t>(i) * row.stride);
            to[i] = static_cast<Real>(dequantize_one<T>(code, scale.scale(c), zero_point_of(scale, c)));
        }
    });
}
}  // namespace detail

/// Writes the real values of a tensor, row-major, to reals[0 … size). Sizes must agree.
template <class Q> constexpr void dequantize_into(const Q& codes, std::span<float> reals) {
    detail::dequantize_as(codes, reals);
}
template <class Q> constexpr void dequantize_into(const Q& codes, std::span<float16> reals) {
    detail::dequantize_as(codes, reals);
}

/// The real values of a tensor of static shape.
template <class Q> constexpr auto dequantize(const Q& codes) {
    static_assert(detail::must_be_tensor<Q>());
    static_assert(Q::shape_type::is_static,
                  "dequantize makes a tensor of static shape: use dequantize_into for run-time sizes");
    QTensor<float, Unscaled, typename Q::shape_type, Inline> reals{};
    dequantize_into(codes, std::span<float>(reals.data(), reals.size()));
    return reals;
}

}  // namespace qtensor::inline QTENSOR_ABI
