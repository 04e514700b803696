// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Post-training quantization: run the float network on samples, observe every edge, choose scales, quantize
/// parameters.
///
///     const Net::Quantized quantized = calibrate(float_net, samples);                 // min-max
///     const Net::Quantized quantized = calibrate(float_net, samples, MyObserver{});   // every edge starts from a copy

#include <array>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "../heap/aligned_bytes.hpp"
#include "../net/sequential.hpp"
#include "min_max.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class O>
concept observes = std::copyable<O> && requires(O observer, const O seen, std::span<const float> values) {
    observer.observe(values);
    { seen.range() } -> std::same_as<Range>;
};

inline void require_finite(std::span<const float> values, std::size_t width, const char* place) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw std::invalid_argument("calibrate: " + std::string(place) + ", sample " + std::to_string(i / width) +
                                        ", value " + std::to_string(i % width) + " is " + std::to_string(values[i]) +
                                        ": only finite numbers can be calibrated");
        }
    }
}
}  // namespace detail

template <class O>
concept Observer =
    detail::observes<O> ||
    unsatisfied<"not an observer: it needs void observe(std::span<const float>) and Range range() const">();

namespace detail {

template <class O> constexpr bool must_be_observer() {
    static_assert(Observer<O>,
                  "not an observer: it needs void observe(std::span<const float>) and Range range() const");
    return true;
}

/// Observes the edge behind layer I, then the ones behind it, and collects the quantized layers.
template <class Net, std::size_t I, class Packed, class Input, class Obs, class... Done>
auto calibrate_from(const typename Net::Float& real, const Packed& packed, std::vector<float> inputs,
                    std::size_t samples, const Input& input, const Obs& fresh, const Done&... done) {
    if constexpr (I == Net::depth) {
        return typename Net::Quantized(done...);
    } else {
        using L = typename Net::template layer<I>;
        using T = typename L::activation_element;
        if constexpr (requires { get<I>(real).weights.data(); }) {  // a Relu behind them could hide a NaN
            const auto& weights = get<I>(real).weights;
            require_finite({weights.data(), weights.size()}, input_size<L>,
                           ("the weights of layer " + std::to_string(I)).c_str());
        }
        std::vector<float> outputs(checked_product(samples, output_size<L>));
        const auto& layer = packed.template at<I>();
        const AlignedBytes workspace(layer.workspace_bytes(samples));
        layer.run(inputs.data(), outputs.data(), samples, workspace.span());
        require_finite(outputs, output_size<L>, ("the output of layer " + std::to_string(I)).c_str());
        const auto output = [&] {
            if constexpr (requires { L::fixed_output(input); }) {
                return L::fixed_output(input);  // pooling keeps its scale, softmax has one of its own
            } else {
                Obs observer = fresh;
                observer.observe(outputs);
                return fit_scale_to<typename L::activation_scale, T>(observer.range());
            }
        }();
        return calibrate_from<Net, I + 1>(real, packed, std::move(outputs), samples, output, fresh, done...,
                                          L::quantized(get<I>(real), input, output));
    }
}

}  // namespace detail

/// Quantizes a trained network after the fact. `samples` are whole inputs, one behind the other, of the kind the
/// network will see. Throws std::invalid_argument on an empty set, a size that is not a multiple of the input's, or
/// numbers that are not finite.
template <class FloatNet, class O = MinMax>
auto calibrate(const FloatNet& net, std::span<const float> samples, const O& observer = {}) {
    static_assert(detail::must_be_observer<O>());
    using Net = typename FloatNet::layer;
    constexpr std::size_t width = input_size<Net>;
    if (samples.empty())
        throw std::invalid_argument("calibrate: the calibration set is empty; it needs at least one sample");
    if (samples.size() % width != 0) {
        throw std::invalid_argument("calibrate: " + std::to_string(samples.size()) +
                                    " numbers are no whole samples of " + std::to_string(width));
    }
    detail::require_finite(samples, width, "the samples");
    O at_input = observer;
    at_input.observe(samples);
    using First = typename Net::template layer<0>;
    const auto input =
        fit_scale_to<typename First::activation_scale, typename First::activation_element>(at_input.range());
    const auto packed = pack<arch::native>(net);
    return detail::calibrate_from<Net, 0>(net, packed, std::vector<float>(samples.begin(), samples.end()),
                                          samples.size() / width, input, observer);
}

}  // namespace qtensor::inline QTENSOR_ABI
