// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Codes of one scale become codes of another, by a dialect: q' = clamp(round((q - z) * s / s') + z'). This is TFLite's
/// QUANTIZE between integer types; inside a product the same rule is the epilogue stage `Requantize`. Accumulators that
/// were stored are taken too, with a scale per channel along any axis.

#include "../arch/lanes.hpp"
#include "../arch/narrowing.hpp"
#include "../numeric/dialect.hpp"
#include "../numeric/tflite.hpp"
#include "../scale/product.hpp"
#include "rows.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// What a dialect knows of one channel.
template <class D> struct ChannelConstants {
    std::array<std::int32_t, D::words> words;
    std::int32_t zero;
    std::int32_t limit;       ///< beyond what the dialect can shift, every code is saturated
    bool whole_fits = false;  ///< the dialect's quotient fits int32 before it is held in the codes' range

    template <class From, class To>
    constexpr ChannelConstants(const From& from, const To& to, std::size_t c)
        : words(D::derive(factors<typename From::scale_type>::first(from.scale(), c),
                          factors<typename From::scale_type>::second(from.scale(), c), to.scale().scale(0))),
          zero(zero_point_of(from.scale(), c)), limit(INT32_MAX) {
        if constexpr (requires { D::largest_accumulator(words); })
            limit = static_cast<std::int32_t>(D::largest_accumulator(words));
        if constexpr (requires { D::whole_fits(words); }) whole_fits = D::whole_fits(words);
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
};

/// A channel per element of a run of at most `Most`.
template <class D, std::size_t Most> struct EachChannel {
    std::int32_t words[D::words][Most]{};
    std::int32_t zeros[Most]{};
    std::int32_t limits[Most]{};
    bool any_limit = false;
    bool all_fit = true;
    constexpr void set(std::size_t i, const ChannelConstants<D>& channel) {
        for (std::size_t w = 0; w < D::words; ++w) words[w][i] = channel.words[w];
        zeros[i] = channel.zero;
        limits[i] = channel.limit;
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

/// A run of contiguous elements, in lanes. Unless `placed`, saturating packs hold the codes in the range of bytes, and
/// the zero point is added between them.
template <class I, class D, bool has_zero, bool limited, bool placed, class T, class U, class Channels>
QTENSOR_FORCE_INLINE void requantize_run(const T* from, U* to, std::size_t length, const Channels& channels,
                                         CodeRange range) {
    constexpr std::size_t width = lane::width<I>;
    const auto codes = [&](std::size_t i, std::size_t count) __attribute__((always_inline)) {
        return requantize_lanes<D, has_zero, limited>(lane::load<I>(from + i, count), channels, i, count, range);
    };
    std::size_t i = 0;
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
        for (; i + 4 * width <= length; i += 4 * width) {
            const auto first = two(i);
            N::template store<U>(to + i, first, two(i + 2 * width));
        }
    }
    for (; i + width <= length; i += width) lane::store(to + i, codes(i, width), width);
    if (i < length) lane::store(to + i, codes(i, length - i), length - i);
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
            const auto run = [&]<bool limited, bool placed>() {
                requantize_run<I, D, has_zero, limited, placed>(from.data() + first, target + first, length, channels,
                                                                range);
            };
            if (channels.limited()) return run.template operator()<true, true>();
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

}  // namespace detail

/// Requantizes `from` into `to`, whose scale and element type say how. Shapes must agree; both are contiguous; the
/// source holds codes of at most 16 bits, or int32 accumulators without a zero point; it has one scale, or one per
/// channel along any axis.
template <class D = TfLiteDoubleRounding, class From, class To>
constexpr void requantize_into(const From& from, To&& to) {
    static_assert(detail::must_be_dialect<D>());
    static_assert(detail::must_be_tensor<From>() && detail::must_be_tensor<To>());
    using T = typename From::element_type;
    using U = typename std::remove_cvref_t<To>::element_type;
    static_assert(detail::must_be_integer_element<T>() && detail::must_be_integer_element<U>());
    static_assert(detail::must_be_per_tensor_scale<typename std::remove_cvref_t<To>::scale_type>());
    static_assert(sizeof(value_of<T>) <= 2 || std::same_as<value_of<T>, std::int32_t>,
                  "requantize_into takes codes of at most 16 bits and accumulators of int32: no dialect multiplies "
                  "wider ones outside of the epilogue stage Requantize");
    static_assert(sizeof(value_of<T>) <= 2 || !has_zero_point<typename From::scale_type>,
                  "an accumulator has no zero point: the product has removed those of its operands, so give it a "
                  "scale without one, PerTensor{...} or PerChannel<N, Axis>{...}");
    static_assert(From::storage_type::contiguous && std::remove_cvref_t<To>::storage_type::contiguous,
                  "requantize_into takes contiguous tensors");
    QTENSOR_REQUIRE(from.shape() == to.shape(), "requantize_into: source and target have the same shape", from.size(),
                    to.size());
    using Factors = factors<typename From::scale_type>;
    const std::size_t channels = detail::channel_count(from);
    for (std::size_t c = 0; c < channels; ++c)
        require_environment(Factors::first(from.scale(), c), Factors::second(from.scale(), c), to.scale().scale(0));
    require_usable(from.scale(), channels);
    require_usable(to.scale(), 1);
    const CodeRange range{zero_point_of(to.scale(), 0), static_cast<std::int32_t>(element<U>::lowest),
                          static_cast<std::int32_t>(element<U>::highest)};
    auto* target = to.data();
    if constexpr (!scale_runs_along_row<From>) {
        for_each_row(from, [&](const Row& row) {
            const detail::OneChannel<D> channel{{from, to, row.channel}};
            detail::requantize_row<D, U>(from, row.first, target, row.length, channel, range);
        });
    } else {
        // Constants of some channels at a time, on the stack: few where memory is little.
        constexpr std::size_t most = lane::width<lanes<std::int32_t, arch::native>> == 1 ? 32 : 1024;
        for (std::size_t begin = 0; begin < channels; begin += most) {
            const std::size_t count = channels - begin < most ? channels - begin : most;
            detail::EachChannel<D, most> some;
            for (std::size_t c = 0; c < count; ++c) some.set(c, detail::ChannelConstants<D>(from, to, begin + c));
            for_each_row(from, [&](const Row& row) {
                detail::requantize_row<D, U>(from, row.first + begin, target, count, some, range);
            });
        }
    }
}

/// The codes of a static tensor at another scale.
template <class U, class D = TfLiteDoubleRounding, class From, class S>
constexpr auto requantize(const From& from, S scale) {
    static_assert(detail::must_be_tensor<From>() && detail::must_be_dialect<D>());
    static_assert(detail::must_be_integer_element<U>() && detail::must_be_per_tensor_scale<S>());
    static_assert(From::shape_type::is_static,
                  "requantize makes a tensor of static shape: use requantize_into for run-time sizes");
    require_usable(scale, 1);
    QTensor<U, S, typename From::shape_type, Inline> to(from.shape(), scale);
    requantize_into<D>(from, to);
    return to;
}

}  // namespace qtensor::inline QTENSOR_ABI
