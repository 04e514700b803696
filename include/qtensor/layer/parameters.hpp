// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Post-training quantization of what a layer with weights has learnt: a scale per output from the largest weight, and
/// a bias in units of input scale x weight scale.

#include <array>

#include "../tensor/quantize.hpp"
#include "numerics.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
constexpr float magnitude(float value) { return lane::max(value, -value); }
}  // namespace detail

/// The scale of the weights of `Outputs` outputs. weight(j, i) is the i-th of `count` weights of output j, bias(j) its
/// bias; a scale is not so small that the bias, in units of input x weight scale, would leave half of an int32. An
/// output without weights or bias takes the largest scale of the others.
template <class N, std::size_t Outputs, class Weight, class Bias>
constexpr auto fit_weight_scale(std::size_t count, Weight&& weight, Bias&& bias, float input_scale) {
    std::array<float, Outputs> wanted{};
    float largest_wanted = 0.0f;
    for (std::size_t j = 0; j < Outputs; ++j) {
        float largest = 0.0f;
        for (std::size_t i = 0; i < count; ++i) largest = lane::max(largest, detail::magnitude(weight(j, i)));
        const float least = detail::magnitude(bias(j)) / input_scale / 1073741824.0f;
        wanted[j] = lane::max(largest / static_cast<float>(element<typename N::weight>::highest), least);
        largest_wanted = lane::max(largest_wanted, wanted[j]);
    }
    for (float& scale : wanted) {
        if (!(scale > 0.0f)) scale = largest_wanted > 0.0f ? largest_wanted : 1.0f;
    }
    return fit_scale<typename N::template weight_scale<Outputs>>(wanted);
}

/// The bias of output j in units of input scale x weight scale, held inside int32 even where it is stored in more; the
/// quotient in double. A real bias is left as it is.
template <class N, class T = std::int32_t>
constexpr T quantize_bias(float bias, float input_scale, float weight_scale, std::size_t j) {
    if constexpr (!detail::is_integer_element<T>) {
        return bias;
    } else {
        const double unit = static_cast<double>(input_scale) * static_cast<double>(weight_scale);
        return detail::quantize_wide<std::int32_t, Saturate>(static_cast<double>(bias) / unit, 0,
                                                             typename N::rounding{}, j);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
