// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A run of codes or accumulators becomes codes, by a dialect, in lanes: with one channel's constants for the whole
/// run, or a channel's for each element (requantize.hpp). To bytes, rules of integers are estimated in float first.

#include "../arch/lanes.hpp"
#include "../arch/narrowing.hpp"
#include "../numeric/dialect.hpp"
#include "../numeric/tflite.hpp"
#include "../scale/product.hpp"
#include "quantize_row.hpp"

namespace qtensor::inline QTENSOR_ABI::detail {

/// A rule of integers that says what it is in real numbers.
template <class D>
concept has_estimate = lane::Narrows<arch::native> && requires(std::array<std::int32_t, D::words> words) {
    { D::nearly(words) } -> std::same_as<InFloat>;
};

/// What a dialect knows of one channel.
template <class D> struct ChannelConstants {
    std::array<std::int32_t, D::words> words;
    std::int32_t zero;
    std::int32_t limit;       ///< beyond what the dialect can shift, every code is saturated
    bool whole_fits = false;  ///< the dialect's quotient fits int32 before it is held in the codes' range
    InFloat nearly{};

    template <class From, class To>
    constexpr ChannelConstants(const From& from, const To& to, std::size_t c)
        : words(D::derive(factors<typename From::scale_type>::first(from.scale(), c),
                          factors<typename From::scale_type>::second(from.scale(), c), to.scale().scale(0))),
          zero(zero_point_of(from.scale(), c)), limit(INT32_MAX) {
        if constexpr (requires { D::largest_accumulator(words); })
            limit = static_cast<std::int32_t>(D::largest_accumulator(words));
        if constexpr (requires { D::whole_fits(words); }) whole_fits = D::whole_fits(words);
        if constexpr (has_estimate<D>) nearly = D::nearly(words);
    }
};

/// One channel for a whole run: the same constants in all lanes.
template <class D> struct OneChannel {
    ChannelConstants<D> constants;
    constexpr bool limited() const { return constants.limit != INT32_MAX; }
    constexpr bool whole_fits() const { return constants.whole_fits; }
    template <class I> QTENSOR_FORCE_INLINE constexpr I word(std::size_t w, std::size_t, std::size_t) const {
        return lane::broadcast<I>(constants.words[w]);
    }
    template <class I> QTENSOR_FORCE_INLINE constexpr I zero(std::size_t, std::size_t) const {
        return lane::broadcast<I>(constants.zero);
    }
    template <class I> QTENSOR_FORCE_INLINE constexpr I limit(std::size_t, std::size_t) const {
        return lane::broadcast<I>(constants.limit);
    }
    template <class N> QTENSOR_FORCE_INLINE auto factor(std::size_t) const { return N::all(constants.nearly.factor); }
    template <class N> QTENSOR_FORCE_INLINE auto nudge(std::size_t) const { return N::all(constants.nearly.nudge); }
};

/// A channel per element of a run of at most `Most`.
template <class D, std::size_t Most> struct EachChannel {
    // Aligned, so that no register of constants lies across two lines of the cache.
    alignas(lanes<std::int32_t, arch::native>) std::int32_t words[D::words][Most]{};
    alignas(lanes<std::int32_t, arch::native>) std::int32_t zeros[Most]{};
    alignas(lanes<std::int32_t, arch::native>) std::int32_t limits[Most]{};
    alignas(lanes<std::int32_t, arch::native>) float factors[has_estimate<D> ? Most : 1]{};
    alignas(lanes<std::int32_t, arch::native>) float nudges[has_estimate<D> ? Most : 1]{};
    bool any_limit = false;
    bool all_fit = true;
    constexpr void set(std::size_t i, const ChannelConstants<D>& channel) {
        for (std::size_t w = 0; w < D::words; ++w) words[w][i] = channel.words[w];
        zeros[i] = channel.zero;
        limits[i] = channel.limit;
        if constexpr (has_estimate<D>) {
            factors[i] = channel.nearly.factor;
            nudges[i] = channel.nearly.nudge;
        }
        any_limit = any_limit || channel.limit != INT32_MAX;
        all_fit = all_fit && channel.whole_fits;
    }
    constexpr bool limited() const { return any_limit; }
    constexpr bool whole_fits() const { return all_fit; }
    template <class I> QTENSOR_FORCE_INLINE constexpr I word(std::size_t w, std::size_t i, std::size_t count) const {
        return lane::load<I>(words[w] + i, count);
    }
    template <class I> QTENSOR_FORCE_INLINE constexpr I zero(std::size_t i, std::size_t count) const {
        return lane::load<I>(zeros + i, count);
    }
    template <class I> QTENSOR_FORCE_INLINE constexpr I limit(std::size_t i, std::size_t count) const {
        return lane::load<I>(limits + i, count);
    }
    template <class N> QTENSOR_FORCE_INLINE auto factor(std::size_t i) const { return N::load(factors + i); }
    template <class N> QTENSOR_FORCE_INLINE auto nudge(std::size_t i) const { return N::load(nudges + i); }
};

/// The codes of `count` elements, of which the first is the i-th of its run; `placed`: with the zero point, and held in
/// their range.
template <class D, bool has_zero, bool limited, bool placed = true, class I, class Channels>
QTENSOR_FORCE_INLINE constexpr I requantize_lanes(I code, const Channels& channels, std::size_t i, std::size_t count,
                                                  CodeRange range) {
    if constexpr (has_zero) code = code - channels.template zero<I>(i, count);
    if constexpr (limited) {
        const I limit = channels.template limit<I>(i, count);
        code = lane::min(lane::max(code, lane::broadcast<I>(0) - limit), limit);
    }
    std::array<I, D::words> words{};
    for (std::size_t w = 0; w < D::words; ++w) words[w] = channels.template word<I>(w, i, count);
    if constexpr (placed) {
        return D::apply(code, words, range);
    } else {
        return D::template whole<limited>(code, words);
    }
}

/// Elements [begin, end) of a contiguous run, in lanes. Unless `placed`, saturating packs hold the codes in the range
/// of bytes, and the zero point is added between them.
template <class I, class D, bool has_zero, bool limited, bool placed, class T, class U, class Channels>
QTENSOR_FORCE_INLINE void requantize_run(const T* from, U* to, std::size_t begin, std::size_t end,
                                         const Channels& channels, CodeRange range) {
    constexpr std::size_t width = lane::width<I>;
    const auto codes = [&](std::size_t i, std::size_t count) __attribute__((always_inline)) {
        return requantize_lanes<D, has_zero, limited>(lane::load<I>(from + i, count), channels, i, count, range);
    };
    std::size_t i = begin;
    if constexpr (sizeof(U) == 1 && lane::Narrows<arch::native>) {
        using N = lane::narrowing<static_cast<int>(sizeof(I))>;
        const auto zero = N::all(static_cast<std::int16_t>(range.zero_point));
        const auto one = [&](std::size_t at) __attribute__((always_inline)) {
            return lane::to_register(requantize_lanes<D, has_zero, limited, placed>(lane::load<I>(from + at, width),
                                                                                    channels, at, width, range));
        };
        const auto two = [&](std::size_t at) __attribute__((always_inline)) {
            const auto both = N::to_int16(one(at), one(at + width));
            if constexpr (placed) {
                return both;
            } else {
                return N::add(both, zero);
            }
        };
        for (; i + 4 * width <= end; i += 4 * width) {
            const auto first = two(i);
            N::template store<U>(to + i, first, two(i + 2 * width));
        }
    }
    for (; i + width <= end; i += width) lane::store(to + i, codes(i, width), width);
    if (i < end) lane::store(to + i, codes(i, end - i), end - i);
}

/// Bytes by a rule of integers as they nearly always are, elements [first, first + count) of a run, as in
/// estimate_bytes. For zero points within +-255.
///
/// For |acc * M| <= 512 rounding the accumulator and the multiplier to float costs at most 3 together (with
/// significands a and b of product at most 2, a + b), and as long as |j| <= 2^24 the rounding of the offset at most 1/2
/// and those of the sum and of the conversion 3/4.
template <class I, class D, bool has_zero, class U, class T, class Channels>
QTENSOR_FORCE_INLINE std::uint64_t estimate_requantized(const T* from, cell_of<U>* to, std::size_t first,
                                                        std::size_t count, const Channels& channels, CodeRange range) {
    using N = lane::narrowing<static_cast<int>(sizeof(I))>;
    constexpr std::int16_t window = 5;
    const auto offset = N::all(65536.0f * (0.5f + static_cast<float>(range.zero_point)) + static_cast<float>(window));
    const auto fixed = [&](std::size_t at) __attribute__((always_inline)) {
        const std::size_t i = first + at;
        I code = lane::load<I>(from + i, N::floats);
        if constexpr (has_zero) code = code - channels.template zero<I>(i, N::floats);
        const auto real = N::to_float(lane::to_register(code));
        if constexpr (D::moves_ties) {
            const auto moved = N::add(offset, N::with_sign(channels.template nudge<N>(i), real));
            return N::fixed(real, channels.template factor<N>(i), moved);
        } else {
            return N::fixed(real, channels.template factor<N>(i), offset);
        }
    };
    const auto held_words = [](auto code) __attribute__((always_inline)) { return held<N, U>(code); };
    return store_upper_halves<N>(to + first, count, 2 * window, fixed, held_words);
}

/// The same where elements share a byte, and in constant evaluation.
template <class D, class From, class U, class Cell, class Channels>
constexpr void requantize_one_by_one(const From& from, std::size_t first, Cell* target, std::size_t length,
                                     const Channels& channels, CodeRange range) {
    for (std::size_t i = 0; i < length; ++i) {
        const auto code = static_cast<std::int32_t>(element<typename From::element_type>::load(from.data(), first + i));
        const std::int32_t made = requantize_lanes<D, true, true>(code, channels, i, 1, range);
        element<U>::store(target, first + i, static_cast<value_of<U>>(made));
    }
}

/// Codes that fill their bytes, and a dialect that says what it makes before they are held in them.
template <class D, class U>
concept places_by_packing = sizeof(value_of<U>) == 1 && !promises_range<U> && lane::Narrows<arch::native> &&
                            requires(std::array<std::int32_t, D::words> words) { D::whole_fits(words); };

template <class D, class U, class From, class Cell, class Channels>
constexpr void requantize_row(const From& from, std::size_t first, Cell* target, std::size_t length,
                              const Channels& channels, CodeRange range) {
    using T = typename From::element_type;
    using I = lanes<std::int32_t, arch::native>;
    if constexpr (element<T>::per_cell == 1 && element<U>::per_cell == 1 && sizeof(value_of<U>) <= 2 &&
                  lane::width<I> != 1) {
        if (!std::is_constant_evaluated()) {
            constexpr bool has_zero = has_zero_point<typename From::scale_type>;
            std::size_t done = 0;
            const auto run = [&]<bool limited, bool placed>() {
                requantize_run<I, D, has_zero, limited, placed>(from.data() + first, target + first, done, length,
                                                                channels, range);
            };
            if (channels.limited()) return run.template operator()<true, true>();
            if constexpr (has_estimate<D> && sizeof(value_of<U>) == 1) {
                while (range.zero_point >= -255 && range.zero_point <= 255 && length - done >= estimate_group) {
                    const std::size_t groups = (length - done) / estimate_group;
                    const std::size_t count = (groups < 64 ? groups : 64) * estimate_group;
                    const auto doubts = estimate_requantized<I, D, has_zero, U>(from.data() + first, target + first,
                                                                                done, count, channels, range);
                    done += count;
                    for_each_doubt(doubts, done, [&](std::size_t at) {
                        requantize_run<I, D, has_zero, false, true>(from.data() + first, target + first, at,
                                                                    at + estimate_group, channels, range);
                    });
                }
            }
            if constexpr (places_by_packing<D, U>) {
                // Held in int16 first, and the zero point added there, a code saturates where it would have.
                constexpr std::int32_t furthest = 32000;
                if (channels.whole_fits() && range.zero_point >= -furthest && range.zero_point <= furthest)
                    return run.template operator()<false, false>();
            }
            run.template operator()<false, true>();
            return;
        }
    }
    requantize_one_by_one<D, From, U>(from, first, target, length, channels, range);
}

}  // namespace qtensor::inline QTENSOR_ABI::detail
