// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The scales of a layer's weights from an observer, one copy of it for every output:
///
///     calibrate(net, samples, MinMax{}, MeanSquaredError{})
///
/// Codes of weights lie evenly around zero, so an observer sees each weight and its mirror image, and is asked for as
/// many codes as there are in [-highest, highest]. A scale is the range over the highest code; what an observer leaves
/// outside saturates. A policy of one scale per tensor takes the largest of them. Of MinMax come the scales that a
/// layer chooses by itself.

#include <vector>

#include "../layer/parameters.hpp"
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

}  // namespace qtensor::inline QTENSOR_ABI
