// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One row of floats becomes codes of at most 16 bits, a register or several at a time, with the bits of the scalar
/// rule (quantize.hpp). To bytes there are three ways, from the quickest to the one that takes every float.

#include <bit>
#include <cstdint>

#include "../arch/lanes.hpp"
#include "../arch/narrowing.hpp"
#include "../numeric/element.hpp"
#include "../numeric/reciprocal.hpp"
#include "../numeric/rounding.hpp"

namespace qtensor::inline QTENSOR_ABI::detail {

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

/// The estimate pays: a product that is rounded by one instruction is no slower.
template <class R>
concept estimates = rounds_at_once<R> && !std::same_as<R, Reciprocal<HalfEven>>;

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

/// Words in the range of T, where that is narrower than the bytes to which they are packed next.
template <class N, class T, class Words> QTENSOR_FORCE_INLINE Words held(Words codes) {
    if constexpr (promises_range<T>) {
        codes = N::max(codes, N::all(static_cast<std::int16_t>(element<T>::lowest)));
        codes = N::min(codes, N::all(static_cast<std::int16_t>(element<T>::highest)));
    }
    return codes;
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
    auto lowest = N::all(std::int16_t{0});
    for (std::size_t i = 0; i < count; i += 4 * N::floats) {
        const auto ab = N::to_int16(codes(i), codes(i + N::floats));
        const auto cd = N::to_int16(codes(i + 2 * N::floats), codes(i + 3 * N::floats));
        lowest = N::min(lowest, N::min(ab, cd));
        N::store(to + i, held<N, T>(N::add(ab, zero)), held<N, T>(N::add(cd, zero)));
    }
    return !N::holds_lowest(lowest);
}

/// What R makes of a number is the floor of the number plus this, away from where R steps from one code to the next.
template <class R> constexpr float step_offset() {
    if constexpr (is_one_of<R, Floor, TowardZero>) return 0.0f;  // TowardZero: and 1 more for negative numbers
    if constexpr (std::same_as<R, Ceil>) return 1.0f;
    return 0.5f;
}

/// Numbers that are in doubt together.
inline constexpr std::size_t estimate_group = 64;

/// Bytes from numbers with 16 bits of fraction, `count` (whole groups, at most 64) at a time: `fixed(i)` makes a
/// register of them, `held` sees their upper halves as words. A bit per group, the last one lowest, says where some
/// lower half is below `bound`.
template <class N, class Cell, class Fixed, class Held>
QTENSOR_FORCE_INLINE std::uint64_t store_upper_halves(Cell* to, std::size_t count, std::int16_t bound,
                                                      const Fixed& fixed, const Held& held) {
    std::uint64_t doubts = 0;
    const auto four = [&](std::size_t i) __attribute__((always_inline)) {
        const auto a = fixed(i), b = fixed(i + N::floats);
        const auto c = fixed(i + 2 * N::floats), d = fixed(i + 3 * N::floats);
        N::store_upper(to + i, held(N::upper(a, b)), held(N::upper(c, d)));
        return N::unsigned_min(N::unsigned_min(a, b), N::unsigned_min(c, d));
    };
    for (std::size_t i = 0; i < count; i += estimate_group) {
        auto least = four(i);
        if constexpr (8 * N::floats == estimate_group) least = N::unsigned_min(least, four(i + 4 * N::floats));
        doubts = 2 * doubts + (N::any_lower_below(least, bound) ? 1 : 0);
    }
    return doubts;
}

/// f(i) for the first number of every group in doubt; `end` is where the last group ends.
template <class F> QTENSOR_FORCE_INLINE void for_each_doubt(std::uint64_t doubts, std::size_t end, const F& f) {
    for (; doubts != 0; doubts &= doubts - 1)
        f(end - estimate_group * (static_cast<std::size_t>(std::countr_zero(doubts)) + 1));
}

/// Bytes from floats as they nearly always are, `count` (whole groups, at most 64) at a time. A bit per group, the last
/// one lowest, says which are in doubt: those are to be made again. For scales from 2^-90 to 2^90 and zero points
/// within
/// +-255.
///
/// One product makes x / s + offset + zero point with 16 bits of fraction: j = RI(RN(x * 2^16 r + c)) with r = RN(1/s).
/// Of |x / s| <= 512, and as long as |j| <= 2^24, j is off by less than 4 beside 2^16 times the number in which x / s
/// is rounded to float, as R sees it: that rounding is worth at most 1, the one of r at most 2, the two of j at most
/// 3/4. c holds a window of 4 more. So where the lower half of j is 8 or more, the number lies strictly between two
/// steps of R, and the upper half is the code. All else saturates, in j as it does in the code; of NaN and of what
/// leaves int32 the conversion makes -2^31, whose lower half is 0.
template <class N, class T, class R>
QTENSOR_FORCE_INLINE std::uint64_t estimate_bytes(const float* from, cell_of<T>* to, std::size_t count, float scale,
                                                  std::int32_t zero_point) {
    using Rounding = typename rounding_of<R>::type;
    constexpr std::int16_t window = 4;
    const auto factor = N::all(65536.0f * (1.0f / scale));
    const auto offset =
        N::all(65536.0f * (step_offset<Rounding>() + static_cast<float>(zero_point)) + static_cast<float>(window));
    return store_upper_halves<N>(
        to, count, 2 * window,
        [&](std::size_t i) __attribute__((always_inline)) { return N::fixed(N::load(from + i), factor, offset); },
        [&](auto code) __attribute__((always_inline)) {
            if constexpr (std::same_as<Rounding, TowardZero>)
                code = N::up_below(code, N::all(static_cast<std::int16_t>(zero_point)));
            return held<N, T>(code);
        });
}

/// Any floats, `length` of them.
template <class V, class T, class R>
QTENSOR_FORCE_INLINE void quantize_exactly(const float* from, cell_of<T>* to, std::size_t length, float scale,
                                           std::int32_t zero_point, const R& rounding) {
    std::size_t i = 0;
    if constexpr (sizeof(value_of<T>) == 1 && lane::Narrows<arch::native> && rounds_at_once<R>) {
        using N = lane::narrowing<static_cast<int>(sizeof(V))>;
        const std::size_t whole = length / (4 * N::floats) * (4 * N::floats);
        if (divides_by_products<R>(scale) && quantize_bytes<N, T, R>(from, to, whole, scale, zero_point)) i = whole;
    }
    const V divisor = lane::broadcast<V>(scale);
    for (; i < length; i += lane::width<V>) {
        const V x = lane::load<V>(from + i, length - i);
        lane::store(to + i, quantize_narrow<V, T>(x, divisor, zero_point, rounding), length - i);
    }
}

/// One row of contiguous elements and one scale, in lanes.
template <class V, class T, class R>
QTENSOR_FORCE_INLINE void quantize_row(const float* from, cell_of<T>* to, std::size_t length, float scale,
                                       std::int32_t zero_point, const R& rounding) {
    const auto exactly = [&](std::size_t first, std::size_t count) {
        quantize_exactly<V, T>(from + first, to + first, count, scale, zero_point, rounding);
    };
    constexpr std::size_t block = 1024;  // what has to be done twice when one number is NaN or far outside
    const bool bounded = scale >= 0x1p-90f && scale <= 0x1p90f && zero_point >= -255 && zero_point <= 255;
    std::size_t blocks_off = bounded ? 0 : length;  // how many blocks will not be estimated
    [[maybe_unused]] std::size_t groups = 8;        // how many groups of four registers will: few at first
    for (std::size_t i = 0; i < length;) {
        const std::size_t left = length - i;
        if constexpr (sizeof(value_of<T>) == 1 && lane::Narrows<arch::native> && estimates<R>) {
            using N = lane::narrowing<static_cast<int>(sizeof(V))>;
            constexpr std::size_t group = estimate_group;
            if (blocks_off == 0 && left >= group) {
                const std::size_t count = left >= groups * group ? groups * group : left / group * group;
                const auto doubts = estimate_bytes<N, T, R>(from + i, to + i, count, scale, zero_point);
                i += count;
                // What lies on steps does so for long. Then the estimate is not worth its time.
                const bool often = 8 * static_cast<std::size_t>(std::popcount(doubts)) * group > 3 * count;
                blocks_off = often ? 8 : 0;
                groups = often ? 8 : 64;
                for_each_doubt(doubts, i, [&](std::size_t first) { exactly(first, group); });
                continue;
            }
        }
        const std::size_t count = left >= block ? block : left;
        exactly(i, count);
        i += count;
        if (blocks_off != 0) --blocks_off;
    }
}

}  // namespace qtensor::inline QTENSOR_ABI::detail
