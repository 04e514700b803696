// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Stage: accumulators become codes of type T and scale S, by a dialect. Multipliers are derived once, when bound.

#include <limits>

#include "../numeric/dialect.hpp"
#include "../numeric/tflite.hpp"
#include "../scale/affine.hpp"
#include "../scale/product.hpp"
#include "channel_table.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// The dialect has a rule for int64 accumulators.
template <class D>
concept takes_wide = requires(std::int64_t acc, const std::array<std::int32_t, D::words>& words, CodeRange range) {
    { D::apply(acc, words, range) } -> std::same_as<std::int32_t>;
    D::largest_wide_accumulator;
};

template <class T, class D, class S, class In> struct BoundRequantize {
    static_assert(sizeof(value_of<typename In::element>) != 8 || takes_wide<D>,
                  "Requantize takes int32 accumulators; these are int64, so the product is deeper than int32 can "
                  "prove: use a dialect of the TFLite family, whose 16x8 rule takes int64");
    using element = T;
    static constexpr bool uses_float = detail::uses_float<D>;
    S scale;
    ChannelTable<D::words, table_channels<In>> multipliers;
    std::uint64_t largest = std::numeric_limits<std::int32_t>::max();

    /// A multiplier above one is a shift to the left first: how large an accumulator may be for that.
    constexpr std::uint64_t limit() const { return largest; }

    /// The constants of channel c.
    constexpr void set(std::size_t c, const std::array<std::int32_t, D::words>& words) {
        for (std::size_t word = 0; word < D::words; ++word) multipliers.at(word, c) = words[word];
        if constexpr (sizeof(value_of<typename In::element>) == 8 && takes_wide<D>) {
            QTENSOR_REQUIRE(words[1] <= D::largest_wide_shift,
                            "requantizing int64 accumulators takes a multiplier below 2^7", words[1],
                            D::largest_wide_shift);
            largest = static_cast<std::uint64_t>(D::largest_wide_accumulator);
        } else if constexpr (requires { D::largest_accumulator(words); }) {
            const std::uint64_t most = D::largest_accumulator(words);
            largest = most < largest ? most : largest;
        }
    }

    /// I: the words of the dialect, one per accumulator.
    template <class I> struct Columns {
        std::array<I, D::words> words;
        CodeRange range;
        template <class V> QTENSOR_FORCE_INLINE constexpr auto operator()(V accumulator, const Cell&) const {
            return D::apply(accumulator, words, range);
        }
        static constexpr bool ends_unplaced =
            requires(I acc, CodeRange codes) { D::unplaced(acc, std::array<I, D::words>{}, codes); };
        template <class V> QTENSOR_FORCE_INLINE constexpr Unplaced<V> unplaced(V accumulator, const Cell&) const {
            return D::unplaced(accumulator, words, range);
        }
    };
    template <class V> QTENSOR_FORCE_INLINE constexpr auto for_columns(const Cell& cell) const {
        using I = std::conditional_t<std::same_as<V, std::int64_t>, std::int32_t, V>;
        return Columns<I>{multipliers.template load<I>(cell),
                          {zero_point_of(scale, 0), static_cast<std::int32_t>(qtensor::element<T>::lowest),
                           static_cast<std::int32_t>(qtensor::element<T>::highest)}};
    }
    template <class V> QTENSOR_FORCE_INLINE constexpr auto operator()(V accumulator, const Cell& cell) const {
        return for_columns<V>(cell)(accumulator, cell);
    }
};

}  // namespace detail

/// `Requantize<std::int8_t>{Affine{8 / 127.f, 0}}`. The dialect is TFLite's and the scale Affine unless named: a
/// partial argument list cannot deduce, so other scales are spelt, `Requantize<std::int8_t, XnnpackFp32,
/// PowerOfTwo<-7>>{}`.
template <class T, class D = TfLiteDoubleRounding, class S = Affine<>> struct Requantize {
    static_assert(detail::must_be_integer_element<T>() && detail::must_be_dialect<D>());
    static_assert(detail::must_be_per_tensor_scale<S>());
    S scale{};

    template <class In> constexpr auto bind(const In& in) const {
        static_assert(detail::is_accumulator<In>,
                      "Requantize takes accumulators: it stands before Dequantize and at most once, matmul(x, w, "
                      "AddBias{b}, Requantize<T>{scale})");
        static_assert(sizeof(value_of<T>) <= 2,
                      "Requantize makes codes of 16 bits at most: leave accumulators as they are, or Dequantize");
        require_usable(scale, 1);
        using Bound = detail::BoundRequantize<T, D, S, In>;
        const std::size_t channels = table_channels<In> == 1 ? 1 : in.columns;
        Bound bound{scale, {channels, in.memory}};
        for (std::size_t c = 0; c < channels; ++c) {
            const float first = factors<typename In::scale_type>::first(in.scale, c);
            const float second = factors<typename In::scale_type>::second(in.scale, c);
            require_environment(first, second, scale.scale(0));
            const auto words = D::derive(first, second, scale.scale(0));
            bound.set(c, words);
        }
        return bound;
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
