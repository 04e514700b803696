// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Stage: Requantize by constants that are given instead of derived from scales: the multipliers and shifts of a
/// CMSIS-NN model, or the offset, multiplier and shift of gemmlowp's legacy output stage. What the scales of the
/// operands say is not looked at.

#include <span>

#include "requantize.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `words`: what D::derive would yield, once where the accumulator has one scale, once per column where it has one per
/// column. They need not outlive the binding. `scale` says what the codes are worth behind this stage.
template <class T, class D, class S = Affine<>> struct RequantizeBy {
    static_assert(detail::must_be_integer_element<T>() && detail::must_be_dialect<D>());
    static_assert(detail::must_be_per_tensor_scale<S>());
    S scale{};
    std::span<const std::array<std::int32_t, D::words>> words{};

    template <class In> constexpr auto bind(const In& in) const {
        static_assert(detail::is_accumulator<In> && sizeof(value_of<T>) <= 2,
                      "RequantizeBy takes accumulators and makes codes of 16 bits at most, as Requantize does");
        require_usable(scale, 1);
        const std::size_t channels = table_channels<In> == 1 ? 1 : in.columns;
        QTENSOR_REQUIRE(words.size() == channels, "RequantizeBy: constants for every scale of the accumulator",
                        words.size(), channels);
        detail::BoundRequantize<T, D, S, In> bound{scale, {channels, in.memory}};
        for (std::size_t c = 0; c < channels; ++c) bound.set(c, words[c]);
        return bound;
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
