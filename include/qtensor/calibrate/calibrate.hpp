// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Post-training quantization: run the float network on samples, observe every edge, choose scales, quantize
/// parameters.
///
///     const Net::Quantized quantized = calibrate(float_net, samples);                      // min-max
///     const Net::Quantized quantized = calibrate(float_net, samples, Percentile{.9999});   // every edge starts from
///                                                                                          // a copy of the observer
///     calibrate(float_net, samples, Percentile{.9999}, MeanSquaredError{})                 // another one for weights

#include <array>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "../heap/aligned_bytes.hpp"
#include "../layer/numerics.hpp"
#include "../net/sequential.hpp"
#include "min_max.hpp"
#include "observe_weights.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Samples that an observer sees at a time.
inline constexpr std::size_t calibration_batch = 32;

namespace detail {
/// The bundle of the layer that sees a network's input first.
template <class L> struct entry_numerics : numerics_of<L> {};
template <class First, class... Rest> struct entry_numerics<Sequential<First, Rest...>> : entry_numerics<First> {};

inline void require_finite(std::span<const float> values, std::size_t width, const std::string& place,
                           const char* who = "calibrate") {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw std::invalid_argument(std::string(who) + ": " + place + ", sample " + std::to_string(i / width) +
                                        ", value " + std::to_string(i % width) + " is " + std::to_string(values[i]) +
                                        ": only finite numbers can be " + who + "d");
        }
    }
}
/// At least one sample, whole samples, finite numbers.
inline void require_samples(std::span<const float> samples, std::size_t width, const char* who = "calibrate") {
    const std::string name = who;
    if (samples.empty()) throw std::invalid_argument(name + ": there are no samples; it needs at least one");
    if (samples.size() % width != 0) {
        throw std::invalid_argument(name + ": " + std::to_string(samples.size()) + " numbers are no whole samples of " +
                                    std::to_string(width));
    }
    require_finite(samples, width, "the samples", who);
}

/// A copy of `fresh` that has seen samples of so many values, batch by batch.
template <class O> O observed(const O& fresh, std::span<const float> values, std::size_t width) {
    O observer = fresh;
    const std::size_t batch = checked_product(width, calibration_batch);
    for (std::size_t at = 0; at < values.size(); at += batch)
        observer.observe(values.subspan(at, values.size() - at < batch ? values.size() - at : batch));
    return observer;
}

/// What calibrating a layer gives: its codes, what the float reading made of the samples, and the scale of that.
template <class Codes, class Scale> struct Calibrated {
    Codes codes;
    std::vector<float> y;
    Scale output;
};

/// Runs layers on the samples and chooses scales. Compositions (Sequential, Merge, Concat) call it for their layers
/// from a static `calibrated`.
template <class Obs, class WeightObs> struct Calibrator {
    const Obs& fresh;
    const WeightObs& fresh_weights;
    std::size_t samples = 0;
    std::string path{};  // of the composition inside the network: "2." for what is inside layer 2

    /// Layer number `index` of a composition, its parameters and its packed float form; x is what flows in.
    template <class L, class Real, class Packed, class Scale>
    auto layer(std::size_t index, const Real& real, const Packed& packed, const std::vector<float>& x,
               const Scale& input) const {
        const std::string name = path + std::to_string(index);
        if constexpr (requires { L::calibrated(*this, real, packed, x, input); }) {
            return L::calibrated(Calibrator{fresh, fresh_weights, samples, name + "."}, real, packed, x, input);
        } else {
            if constexpr (requires { real.weights.data(); }) {  // a Relu behind them could hide a NaN
                require_finite({real.weights.data(), real.weights.size()}, input_size<L>,
                               "the weights of layer " + name);
            }
            auto y = values<L>(name, packed, x);
            const auto output = [&] {
                if constexpr (requires { L::fixed_output(input); }) {
                    return L::fixed_output(input);  // pooling keeps its scale, softmax has one of its own
                } else {
                    return scale<L>(y);
                }
            }();
            return Calibrated<typename L::Quantized, Scale>{codes<L>(real, input, output), std::move(y), output};
        }
    }

    /// The parameters of a layer as codes.
    template <class L, class Real, class Scale>
    auto codes(const Real& real, const Scale& input, const Scale& output) const {
        if constexpr (std::same_as<WeightObs, MinMax>) {  // what layers do by themselves
            return L::quantized(real, input, output);
        } else {
            return quantized_by<L>(fresh_weights, real, input, output);
        }
    }

    /// What the float reading of a layer makes of the samples.
    template <class L, class Packed>
    std::vector<float> values(const std::string& name, const Packed& packed, const std::vector<float>& x) const {
        std::vector<float> y(checked_product(samples, output_size<L>));
        const AlignedBytes workspace(packed.workspace_bytes(samples));
        packed.run(x.data(), y.data(), samples, workspace.span());
        require_finite(y, output_size<L>, "the output of layer " + name);
        return y;
    }

    /// The scale of an edge that held these values.
    template <class L> auto scale(const std::vector<float>& y) const {
        using T = typename L::activation_element;
        return fit_scale_to<typename L::activation_scale, T>(
            range_for<T>(observed(fresh, std::span(y), output_size<L>)));
    }

    /// A composition whose values and scale are those of its last layer.
    template <class Codes, class Last> static auto composed(Codes codes, Last&& last) {
        return Calibrated<Codes, decltype(last.output)>{std::move(codes), std::move(last.y), last.output};
    }
    template <class Codes, class Scale> static auto composed(Codes codes, std::vector<float> y, const Scale& output) {
        return Calibrated<Codes, Scale>{std::move(codes), std::move(y), output};
    }
};

template <class P> constexpr bool must_be_float_network() {
    static_assert(
        requires {
            P::layer::depth;
            requires std::same_as<P, typename P::layer::Float>;
        },
        "calibrate takes the float parameters of a network, Sequential<...>::Float, as model.parameters() gives them");
    return true;
}
}  // namespace detail

/// Quantizes a trained network after the fact. `samples` are whole inputs, one behind the other, of the kind the
/// network will see; `observer` says what the codes of activations cover, `of_weights` what those of weights do. Throws
/// std::invalid_argument on an empty set, a size that is not a multiple of the input's, or numbers that are not finite.
template <class FloatNet, class O = MinMax, class W = MinMax>
auto calibrate(const FloatNet& net, std::span<const float> samples, const O& observer = {}, const W& of_weights = {}) {
    static_assert(detail::must_be_float_network<FloatNet>() && detail::must_be_observer<O>() &&
                  detail::must_be_observer<W>());
    using Net = typename FloatNet::layer;
    static_assert(std::same_as<typename FloatNet::template packed<arch::native>::input_element, float>,
                  "calibrate observes real numbers: a network that begins with an Embedding is calibrated without it");
    constexpr std::size_t width = input_size<Net>;
    detail::require_samples(samples, width);
    using T = typename Net::activation_element;
    const auto input =
        fit_scale_to<typename Net::activation_scale, T>(range_for<T>(detail::observed(observer, samples, width)));
    const auto packed = pack<arch::native>(net);
    const detail::Calibrator<O, W> calibrator{observer, of_weights, samples.size() / width};
    return Net::calibrated(calibrator, net, packed, std::vector<float>(samples.begin(), samples.end()), input).codes;
}

}  // namespace qtensor::inline QTENSOR_ABI
