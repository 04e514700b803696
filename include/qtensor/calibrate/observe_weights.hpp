// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The scales of a layer's weights from an observer, one copy of it for every output, or for every gate of a recurrent
/// layer:
///
///     calibrate(net, samples, MinMax{}, MeanSquaredError{})
///
/// Codes of weights lie evenly around zero, so an observer sees each weight and its mirror image, and is asked for as
/// many codes as there are in [-highest, highest]. A scale is the range over the highest code; what an observer leaves
/// outside saturates. A policy of one scale per tensor takes the largest of them. Of MinMax come the scales that a
/// layer chooses by itself.

#include <vector>

#include "../layer/recurrent.hpp"
#include "observer.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// The largest magnitude that codes of weights T should reach, of those at(0) to at(count - 1).
template <IntegerElement T, class O, class At> float observed_reach(const O& fresh, std::size_t count, At&& at) {
    std::vector<float> both(2 * count);
    for (std::size_t i = 0; i < count; ++i) {
        both[2 * i] = at(i);
        both[2 * i + 1] = -both[2 * i];
    }
    O observer = fresh;
    observer.observe(both);
    constexpr auto levels = static_cast<std::size_t>(2 * static_cast<std::int64_t>(element<T>::highest) + 1);
    const Range range = [&] {
        if constexpr (requires { observer.range(levels); }) {
            return observer.range(levels);
        } else {
            return observer.range();
        }
    }();
    return lane::max(range.highest, -range.lowest);
}

/// The scales of gates [rows][count], each from all weights of its gate.
template <class Scale, IntegerElement T, class Real, class O>
Scale observed_gates(const Real& weights, const O& fresh) {
    Scale scale{};
    const std::size_t each = weights.size() / scale.values.size();
    for (std::size_t gate = 0; gate < scale.values.size(); ++gate) {
        const float reach =
            observed_reach<T>(fresh, each, [&](std::size_t i) { return weights.data()[gate * each + i]; });
        scale.values[gate] = reach > 0.0f ? reach / static_cast<float>(element<T>::highest) : 1.0f;
    }
    return scale;
}

}  // namespace detail

/// The scales of the weights of a layer described by sums (layer/weighted.hpp), as fit_weight_scale chooses them but
/// from what an observer says of each output. Throws what the observer throws.
template <class L, class O>
typename L::weight_scale observed_weight_scale(const typename L::Float& real, const O& fresh, float input_scale) {
    using Sums = typename L::sums;
    const auto weight = [&](std::size_t j, std::size_t i) {
        return real.weights.data()[Sums::weight_axis == 0 ? j * Sums::depth + i : i * Sums::outputs + j];
    };
    std::vector<float> reach(Sums::outputs);
    for (std::size_t j = 0; j < Sums::outputs; ++j) {
        reach[j] = detail::observed_reach<typename L::weight_element>(fresh, Sums::depth,
                                                                      [&](std::size_t i) { return weight(j, i); });
    }
    return typename L::weight_scale(fit_weight_scale<typename L::numerics, Sums::outputs>(
        1, [&](std::size_t j, std::size_t) { return reach[j]; }, [&](std::size_t j) { return real.bias(j); },
        input_scale));
}

/// The codes of a layer's parameters with scales of weights from an observer; of a layer that has none to choose, those
/// that it makes by itself. Throws what the observer throws.
template <class L, class Scale, class O>
typename L::Quantized quantized_by(const O& fresh, const typename L::Float& real, const Scale& input,
                                   const Scale& output) {
    if constexpr (requires { typename L::sums; }) {
        return L::quantized(real, observed_weight_scale<L>(real, fresh, input.scale(0)), input, output);
    } else if constexpr (detail::is_gated<L>) {
        using Gates = std::remove_cvref_t<decltype(std::declval<typename L::Quantized>().input_weights.scale())>;
        using W = typename L::weight_element;
        return L::quantized(real, detail::observed_gates<Gates, W>(real.input_weights, fresh),
                            detail::observed_gates<Gates, W>(real.hidden_weights, fresh), input, output);
    } else {
        return L::quantized(real, input, output);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
