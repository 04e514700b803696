// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Real numbers become codes (TFLite's AffineQuantize, tflite-micro `reference/quantize.h`, with the default policies):
///
///     code = clamp(round(f32(x / scale)) + zero_point)
///
/// NaN becomes the zero point (real zero), infinities and everything out of range saturate. Elements wider than 16 bits
/// divide in double. A rounding policy may bring x to the scale in another way (numeric/reciprocal.hpp). The vector
/// path gives the bits of the scalar one; to bytes it goes without dividing (quantize_bytes).

#include <span>

#include "../arch/lanes.hpp"
#include "../arch/narrowing.hpp"
#include "../numeric/overflow.hpp"
#include "../numeric/reciprocal.hpp"
#include "../numeric/rounding.hpp"
#include "rows.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Codes of at most 16 bits: float and int32 hold them and every zero point of the range exactly.
template <class T> inline constexpr bool is_narrow = sizeof(value_of<T>) <= 2;

template <class V, class T, class R>
QTENSOR_FORCE_INLINE constexpr lane::ints<V> quantize_narrow(V x, V scale, std::int32_t zero_point, const R& rounding) {
    if constexpr (rounds_shifted<R>) {
        const V zero = lane::broadcast<V>(static_cast<float>(zero_point));
        const V shifted = rounding.shifted(x, scale, zero);
        const V defined = lane::select(shifted == shifted, shifted, zero);
        const V above = lane::max(defined, lane::broadcast<V>(static_cast<float>(element<T>::lowest)));
        return lane::to_int(lane::min(above, lane::broadcast<V>(static_cast<float>(element<T>::highest))));
    }
    const V quotient = detail::quotient(x, scale, rounding);
    const V defined = lane::select(quotient == quotient, quotient, lane::broadcast<V>(0.0f));
    const V lowest = lane::broadcast<V>(static_cast<float>(element<T>::lowest - zero_point));
    const V highest = lane::broadcast<V>(static_cast<float>(element<T>::highest - zero_point));
    const V whole = lane::min(lane::max(rounding.round(defined), lowest), highest);
    return lane::to_int(whole) + lane::broadcast<lane::ints<V>>(zero_point);
}

/// A published rounding, of quotients or of products with the reciprocal.
template <class R> struct rounding_of {
    using type = R;
    static constexpr bool divides = true;
};
template <class R> struct rounding_of<Reciprocal<R>> {
    using type = R;
    static constexpr bool divides = false;
};
template <class R, class... Known> inline constexpr bool is_one_of = (std::same_as<R, Known> || ...);
template <class R>
concept rounds_at_once = is_one_of<typename rounding_of<R>::type, Floor, Ceil, TowardZero, HalfEven, HalfAway, HalfUp>;

/// The whole number that R makes of a quotient, by one instruction or few.
template <class N, class R, class F> QTENSOR_FORCE_INLINE auto whole(F quotient) {
    if constexpr (std::same_as<R, HalfEven>) return N::half_even(quotient);
    if constexpr (std::same_as<R, HalfAway>) return N::half_away(quotient);
    if constexpr (std::same_as<R, HalfUp>) return N::half_up(quotient);
    if constexpr (std::same_as<R, Floor>) return N::floor(quotient);
    if constexpr (std::same_as<R, Ceil>) return N::ceil(quotient);
    if constexpr (std::same_as<R, TowardZero>) return N::toward_zero(quotient);
}

/// Where a quotient by this scale may be made of products: neither the scale's inverse nor what is left over in a
/// quotient near 1/2 or beyond is subnormal; and Floor and Ceil see the sign of the smallest x.
template <class R> constexpr bool divides_by_products(float scale) {
    if constexpr (!rounding_of<R>::divides) return true;
    constexpr bool sees_signs = is_one_of<R, Floor, Ceil>;
    return scale >= 0x1p-90f && scale <= (sees_signs ? 1.0f : 0x1p90f);
}

/// Bytes from floats, `count` (a multiple of four registers) at a time. False where some quotient was beyond int16 or
/// NaN: then the codes are to be made again, in the other way.
///
/// There is no division: r = RN(1/s), q = RN(x r), e = RN(x - q s), q' = RN(q + e r). q' need not be RN(x/s), but it is
/// on the same side of every integer and every half of one up to 2^16, so the codes are the same. Let b be such a
/// number and m the midpoint between it and its neighbour, where RN(x/s) changes sides. q + e r is x/s but for 2^-22
/// ulp, so q' is on the right side unless x/s is so near m. There q is one of m's two neighbours: it is off by less
/// than 1/2 + M_b M_s / 4 ulp, where M_b and M_s are the significands of b and s, and M_b <= 2 - 2^-16. Then e = x - q
/// s is exact and e r = (m - q)(1 + h) + (x/s - m)(1 + h) with |h| <= 2^-25 M_s and |m - q| = 1/2 ulp, while x - m s,
/// not zero, is a multiple of ulp(s) ulp / 2, so |x/s - m| >= 2^-24 / M_s ulp > 1/2 |h| ulp: the second term has the
/// last word, and it has the right sign (after Markstein 1990, Theorem 8.3, and Brisebarre, Muller and Raina 2004).
template <class N, class T, class R>
QTENSOR_FORCE_INLINE bool quantize_bytes(const float* from, cell_of<T>* to, std::size_t count, float scale,
                                         std::int32_t zero_point) {
    const auto divisor = N::all(scale);
    const auto inverse = N::all(1.0f / scale);
    const auto zero = N::all(static_cast<std::int16_t>(zero_point));
    const auto codes = [&](std::size_t at) {
        const auto x = N::load(from + at);
        if constexpr (rounding_of<R>::divides) {
            return whole<N, typename rounding_of<R>::type>(N::quotient(x, divisor, inverse));
        } else {
            return whole<N, typename rounding_of<R>::type>(N::product(x, inverse));
        }
    };
    const auto placed = [&](auto code) {
        auto sum = N::add(code, zero);
        if constexpr (promises_range<T>) {  // narrower than its bytes
            sum = N::max(sum, N::all(static_cast<std::int16_t>(element<T>::lowest)));
            sum = N::min(sum, N::all(static_cast<std::int16_t>(element<T>::highest)));
        }
        return sum;
    };
    auto lowest = N::all(std::int16_t{0});
    for (std::size_t i = 0; i < count; i += 4 * N::floats) {
        const auto ab = N::to_int16(codes(i), codes(i + N::floats));
        const auto cd = N::to_int16(codes(i + 2 * N::floats), codes(i + 3 * N::floats));
        lowest = N::min(lowest, N::min(ab, cd));
        N::store(to + i, placed(ab), placed(cd));
    }
    return !N::holds_lowest(lowest);
}

/// Every other element: in double, then the overflow policy. A double that int64 cannot hold is held at its end first.
template <class T, class O, class R, class F>
constexpr value_of<T> quantize_wide(F quotient, std::int32_t zero_point, const R& rounding, std::size_t index) {
    double whole = 0.0;
    if constexpr (rounds_by_index<R>) {
        whole = static_cast<double>(rounding.round(quotient, index));
    } else {
        whole = static_cast<double>(rounding.round(quotient));
    }
    constexpr double beyond = 9223372036854775808.0;  // 2^63
    std::int64_t code = whole >= beyond   ? INT64_MAX
                        : whole < -beyond ? INT64_MIN
                        : whole == whole  ? static_cast<std::int64_t>(whole)
                                          : 0;
    if (__builtin_add_overflow(code, std::int64_t{zero_point}, &code)) code = zero_point > 0 ? INT64_MAX : INT64_MIN;
    return O::template narrow<T>(code);
}

template <class T, class O, class R>
constexpr value_of<T> quantize_one(float x, float scale, std::int32_t zero_point, const R& rounding,
                                   std::size_t index) {
    static_assert(!rounds_shifted<R> || (is_narrow<T> && std::same_as<O, Saturate>),
                  "a rounding that adds the zero point itself makes codes of at most 16 bits, which saturate");
    if constexpr (is_narrow<T> && std::same_as<O, Saturate> && rounds_alone<R>) {
        return static_cast<value_of<T>>(quantize_narrow<float, T>(x, scale, zero_point, rounding));
    } else if constexpr (is_narrow<T> || requires { rounding.quotient(x, scale); }) {
        return quantize_wide<T, O>(quotient(x, scale, rounding), zero_point, rounding, index);
    } else {
        return quantize_wide<T, O>(static_cast<double>(x) / static_cast<double>(scale), zero_point, rounding, index);
    }
}

/// One row of contiguous elements and one scale, in lanes.
template <class V, class T, class R>
QTENSOR_FORCE_INLINE void quantize_row(const float* from, cell_of<T>* to, std::size_t length, float scale,
                                       std::int32_t zero_point, const R& rounding) {
    constexpr std::size_t block = 1024;  // what has to be done twice when one number is NaN or far outside
    const V divisor = lane::broadcast<V>(scale);
    std::size_t i = 0;
    while (i < length) {
        const std::size_t left = length - i;
        if constexpr (sizeof(value_of<T>) == 1 && lane::Narrows<arch::native> && rounds_at_once<R>) {
            using N = lane::narrowing<static_cast<int>(sizeof(V))>;
            const std::size_t count = left >= block ? block : left / (4 * N::floats) * (4 * N::floats);
            if (count != 0 && divides_by_products<R>(scale) &&
                quantize_bytes<N, T, R>(from + i, to + i, count, scale, zero_point)) {
                i += count;
                continue;
            }
        }
        const std::size_t end = left >= block ? i + block : length;
        for (; i < end; i += lane::width<V>) {
            const V x = lane::load<V>(from + i, end - i);
            lane::store(to + i, quantize_narrow<V, T>(x, divisor, zero_point, rounding), end - i);
        }
        i = end;
    }
}

/// Rounding makes 0 of what is next to 0, so that a flushed quotient makes no difference.
template <class R>
concept drops_tiny = std::derived_from<R, HalfEven> || std::derived_from<R, HalfAway> || std::derived_from<R, HalfUp> ||
    std::derived_from<R, TowardZero>;

/// Quotients are rounded by the machine. A flush to zero changes codes where x is subnormal beside a scale so small
/// that x / s is not, where 1 / s is subnormal, and where the rounding sees a tiny number.
template <class R> constexpr void require_quantize_environment(float scale) {
    require_nearest();
    if (!drops_tiny<R> || scale < 0x1p-124f || scale > 0x1p126f) require_subnormals();
}

}  // namespace detail

/// Quantizes values[0 … size) (row-major) into `codes`, whose scale says how. Sizes must agree.
template <class O = Saturate, class R = HalfAway, class Q>
constexpr void quantize_into(std::span<const float> values, Q&& codes, const R& rounding = {}) {
    static_assert(detail::must_be_tensor<Q>());
    static_assert(detail::must_be_overflow_policy<O>() && detail::must_be_rounding_policy<R>());
    using T = typename std::remove_cvref_t<Q>::element_type;
    static_assert(detail::must_be_integer_element<T>());
    static_assert(!std::is_const_v<T>,
                  "these codes are read-only: quantize_into writes, so make the tensor's element type non-const");
    using V = lanes<float, arch::native>;
    QTENSOR_REQUIRE(values.size() == codes.size(), "as many values as codes", values.size(), codes.size());
    const auto& scale = codes.scale();
    for (std::size_t c = 0; c < detail::channel_count(codes); ++c)
        detail::require_quantize_environment<R>(scale.scale(c));
    require_usable(scale, detail::channel_count(codes));
    auto* cells = codes.data();
    for_each_row(codes, [&](const Row& row) {
        const float* from = values.data() + row.first;
        std::size_t i = 0;
        if constexpr (detail::is_narrow<T> && element<T>::per_cell == 1 && std::same_as<O, Saturate> &&
                      detail::rounds_alone<R> && !scale_runs_along_row<std::remove_cvref_t<Q>> && lane::width<V> != 1 &&
                      requires(V x) { rounding.round(x); }) {
            if (!std::is_constant_evaluated() && row.stride == 1) {
                detail::quantize_row<V, T>(from, cells + row.offset, row.length, scale.scale(row.channel),
                                           zero_point_of(scale, row.channel), rounding);
                return;
            }
        }
        for (; i < row.length; ++i) {
            const std::size_t c = scale_runs_along_row<std::remove_cvref_t<Q>> ? i : row.channel;
            const auto code =
                detail::quantize_one<T, O>(from[i], scale.scale(c), zero_point_of(scale, c), rounding, row.first + i);
            element<T>::store(cells, row.offset + static_cast<std::ptrdiff_t>(i) * row.stride, code);
        }
    });
}

/// Quantizes a list of numbers of a static shape: `quantize<int8_symmetric>({.5f, -.25f}, Shape<1, 2>{},
/// PerTensor{1/127.f})`.
template <class T, class R = HalfAway, class O = Saturate, std::size_t N, std::size_t... Extents, class S>
constexpr auto quantize(const float (&values)[N], Shape<Extents...> shape, S scale, const R& rounding = {}) {
    static_assert(detail::must_be_integer_element<T>() && detail::must_be_scale<S>());
    static_assert(detail::must_be_rounding_policy<R>() && detail::must_be_overflow_policy<O>());
    static_assert(((Extents != dyn) && ...),
                  "a list of numbers has a static shape: write Shape<2, 4>{}, or use quantize_into for run-time sizes");
    static_assert(N == (Extents * ... * 1), "the list has as many numbers as the shape has elements");
    require_usable(scale,
                   S::axis == per_tensor ? 1 : shape.extent(static_cast<std::size_t>(S::axis < 0 ? 0 : S::axis)));
    QTensor<T, S, Shape<Extents...>, Inline> codes(shape, scale);
    quantize_into<O>(std::span<const float>(values, N), codes, rounding);
    return codes;
}

}  // namespace qtensor::inline QTENSOR_ABI
