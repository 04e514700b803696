// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Who chooses a scale while a network learns. For activations, one object per edge:
///
///     Observed<O>    the range that an observer saw in the first `passes` passes that learn; frozen from then on
///     LearnedStep    begins with the range of the first pass, then follows its slope (LSQ, Esser et al. 2020)
///     Pact           values are held in [0, alpha], alpha follows its slope (Choi et al. 2018)
///
/// and for the weights of a layer:
///
///     LargestWeight  the largest weight of each output, at every step (layer/parameters.hpp)
///     LearnedSteps   a step per output, or per gate of a recurrent layer, that follows its slope (LSQ)
///
/// What is learnt is kept as a logarithm to base 2 of its ratio to where it began, so that it stays positive and every
/// optimizer moves it by a fraction (Jain et al. 2019).

#include <array>
#include <cmath>
#include <vector>

#include "../calibrate/min_max.hpp"
#include "../layer/recurrent.hpp"
#include "fake_quantize.hpp"
#include "trainable.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// What happened on an edge: numbers, what their codes mean, and where those fell; `features` per sample.
template <class S> struct Seen {
    std::span<const float> before;
    std::span<const float> after;
    std::span<const Clip> clips;
    const S& scale;
    std::size_t features = 1;
};

namespace detail {

/// A policy of one scale with this step and zero point.
template <class S> S scale_of_step(float step, [[maybe_unused]] std::int32_t zero) {
    if constexpr (is_static_scale<S>) {
        return S{};
    } else if constexpr (has_zero_point<S>) {
        return S{step, zero};
    } else if constexpr (requires { S::fit(step); }) {
        return S::fit(step);
    } else {
        return S{step};
    }
}

/// dy passes where codes are inside.
inline void straight_through(std::span<const Clip> clips, std::span<float> dy) {
    for (std::size_t i = 0; i < dy.size(); ++i) dy[i] = clips[i] == Clip::inside ? dy[i] : 0.0f;
}

/// LSQ's factor for a step that n numbers share: 1 / sqrt(n highest).
template <class T> float step_factor(std::size_t n) {
    return 1.0f / std::sqrt(static_cast<float>(n) * static_cast<float>(element<T>::highest));
}

/// A positive number that learns, as first * 2^log.
struct Positive {
    float first = 0.0f;
    std::vector<float> log = std::vector<float>(1), slope = std::vector<float>(1);

    float value() const { return first * std::exp2(log[0]); }
    void add_slope(float of_value) { slope[0] += of_value * value() * 0.693147181f; }
    template <class F> void each_parameter(F&& f) { f(Parameter{log, slope}); }
};

}  // namespace detail

template <class O = MinMax> class Observed {
    static_assert(detail::must_be_observer<O>());

public:
    explicit Observed(const O& observer = {}, std::size_t passes = static_cast<std::size_t>(-1))
        : observer_(observer), passes_(passes) {}

    void observe(std::span<const float> values) {
        if (passes_ == 0) return;
        observer_.observe(values);
        --passes_;
    }
    template <class S, class T> S scale() const { return fit_scale_to<S, T>(range_for<T>(observer_)); }
    template <class T, class S> void backward(const Seen<S>& seen, std::span<float> dy) {
        detail::straight_through(seen.clips, dy);
    }
    template <class F> void each_parameter(F&&) {}

private:
    O observer_;
    std::size_t passes_;
};

class LearnedStep {
public:
    void observe(std::span<const float> values) {
        if (begun_) return;
        MinMax seen;
        seen.observe(values);
        range_ = seen.range();
        begun_ = true;
    }
    template <class S, class T> S scale() {
        if (step_.first == 0.0f) {
            const auto fitted = fit_scale_to<S, T>(range_);
            if (!begun_) return fitted;  // nothing has been seen
            step_.first = fitted.scale(0);
            zero_ = zero_point_of(fitted, 0);
        }
        return detail::scale_of_step<S>(step_.value(), zero_);
    }
    template <class T, class S> void backward(const Seen<S>& seen, std::span<float> dy) {
        const float scale = seen.scale.scale(0);
        float sum = 0.0f;
        for (std::size_t i = 0; i < dy.size(); ++i) {
            const auto slopes =
                fake_quantize_slopes<T>(seen.before[i], {seen.after[i], seen.clips[i]}, dy[i], scale, zero_);
            dy[i] = slopes.x;
            sum += slopes.scale;
        }
        step_.add_slope(sum * detail::step_factor<T>(seen.features));
    }
    template <class F> void each_parameter(F&& f) { step_.each_parameter(f); }

private:
    bool begun_ = false;
    Range range_{};
    std::int32_t zero_ = 0;
    detail::Positive step_{};
};

class Pact {
public:
    /// Where alpha begins; the largest value of the first pass for 0.
    explicit Pact(float alpha = 0.0f) { alpha_.first = alpha; }

    void observe(std::span<const float> values) {
        if (alpha_.first > 0.0f) return;
        for (const float value : values) alpha_.first = value > alpha_.first ? value : alpha_.first;
    }
    template <class S, class T> S scale() const {
        return fit_scale_to<S, T>(Range{0.0f, alpha_.first > 0.0f ? alpha_.value() : 0.0f});
    }
    /// dalpha = dy where the value is alpha or more.
    template <class T, class S> void backward(const Seen<S>& seen, std::span<float> dy) {
        const float alpha = alpha_.value();
        float sum = 0.0f;
        for (std::size_t i = 0; i < dy.size(); ++i) sum += seen.before[i] >= alpha ? dy[i] : 0.0f;
        alpha_.add_slope(sum);
        for (std::size_t i = 0; i < dy.size(); ++i)
            dy[i] = seen.before[i] >= 0.0f && seen.before[i] < alpha ? dy[i] : 0.0f;
    }
    template <class F> void each_parameter(F&& f) { alpha_.each_parameter(f); }

private:
    detail::Positive alpha_{};
};

struct LargestWeight {
    template <class L, class S>
    typename L::Quantized quantized(const typename L::Float& real, const S& input, const S& output) {
        return L::quantized(real, input, output);
    }
    /// No weight is beyond the largest one: slopes stay as they are.
    template <class L> void backward(const typename L::Float&, const typename L::Quantized&, typename L::Float&) {}
    template <class F> void each_parameter(F&&) {}
};

namespace detail {

/// Which weights of a tensor share a step: those of an output, or all where the scale has no channels,
template <class L> struct StepsOf {
    static constexpr std::size_t outputs = L::sums::outputs;
    static constexpr std::size_t count = L::weight_scale::axis == per_tensor ? 1 : outputs;
    static constexpr std::size_t of(std::size_t i, std::size_t) {
        return count == 1 ? 0 : L::sums::weight_axis == 0 ? i / L::sums::depth : i % outputs;
    }
    static float step(const auto& codes, std::size_t c) { return codes.scale().scale(c); }
};
/// and those of a gate.
template <class L>
    requires is_gated<L>
struct StepsOf<L> {
    static constexpr std::size_t count = L::rows / L::output_shape::static_extent(1);
    static constexpr std::size_t of(std::size_t i, std::size_t size) { return i / (size / count); }
    static float step(const auto& codes, std::size_t c) { return codes.scale().values[c]; }
};

/// The steps of one tensor of weights.
class TensorSteps {
public:
    bool begun() const { return !first_.empty(); }
    float operator[](std::size_t c) const { return first_[c] * std::exp2(logs_[c]); }

    /// LSQ's start, 2 mean |w| / sqrt(highest), where it is finer than the step of the largest weight.
    template <class L, class Real, class Codes> void begin(const Real& real, const Codes& largest) {
        using Steps = StepsOf<L>;
        first_.assign(Steps::count, 0.0f);
        logs_.assign(Steps::count, 0.0f);
        slopes_.assign(Steps::count, 0.0f);
        for (std::size_t i = 0; i < real.size(); ++i) first_[Steps::of(i, real.size())] += std::fabs(real.data()[i]);
        const auto share = 2.0f * static_cast<float>(Steps::count) / static_cast<float>(real.size()) /
                           std::sqrt(static_cast<float>(element<typename L::weight_element>::highest));
        for (std::size_t c = 0; c < Steps::count; ++c) {
            const float wanted = first_[c] * share, most = Steps::step(largest, c);
            first_[c] = wanted > 0.0f && wanted < most ? wanted : most;
        }
    }
    /// Turns slopes of what the codes mean into slopes of the weights, and adds those of the steps.
    template <class L, class Real, class Codes> void backward(const Real& real, const Codes& codes, Real& slope) {
        using Steps = StepsOf<L>;
        using W = typename L::weight_element;
        const float factor = step_factor<W>(real.size() / Steps::count);
        for (std::size_t i = 0; i < real.size(); ++i) {
            const std::size_t c = Steps::of(i, real.size());
            const float scale = Steps::step(codes, c), value = real.data()[i];
            float& dw = slope.data()[i];
            const auto made = fake_quantize<W>(value, scale, 0, typename L::numerics::rounding{});
            const auto slopes = fake_quantize_slopes<W>(value, made, dw, scale, 0);
            dw = slopes.x;
            slopes_[c] += slopes.scale * factor * (*this)[c] * 0.693147181f;
        }
    }
    template <class F> void each_parameter(F&& f) {
        if (begun()) f(Parameter{logs_, slopes_});
    }

private:
    std::vector<float> first_, logs_, slopes_;
};

}  // namespace detail

class LearnedSteps {
public:
    template <class L, class S>
    typename L::Quantized quantized(const typename L::Float& real, const S& input, const S& output) {
        if constexpr (detail::is_gated<L>) {
            using Gates = std::remove_cvref_t<decltype(std::declval<typename L::Quantized>().input_weights.scale())>;
            if (!steps_.begun()) {
                const auto codes = L::quantized(real, input, output);
                steps_.template begin<L>(real.input_weights, codes.input_weights);
                hidden_steps_.template begin<L>(real.hidden_weights, codes.hidden_weights);
            }
            Gates x{}, h{};
            for (std::size_t gate = 0; gate < x.values.size(); ++gate) {
                x.values[gate] = steps_[gate];
                h.values[gate] = hidden_steps_[gate];
            }
            return L::quantized(real, x, h, input, output);
        } else {
            constexpr std::size_t outputs = L::sums::outputs;
            using Policy = typename L::numerics::template weight_scale<outputs>;
            if (!steps_.begun()) steps_.template begin<L>(real.weights, L::quantized(real, input, output).weights);
            std::array<float, outputs> wanted{};
            for (std::size_t j = 0; j < outputs; ++j) wanted[j] = steps_[Policy::axis == per_tensor ? 0 : j];
            return L::quantized(real, typename L::weight_scale(fit_scale<Policy>(wanted)), input, output);
        }
    }
    /// Turns slopes of what the codes mean into slopes of the weights, and adds those of the steps.
    template <class L>
    void backward(const typename L::Float& real, const typename L::Quantized& codes, typename L::Float& slope) {
        if constexpr (detail::is_gated<L>) {
            steps_.template backward<L>(real.input_weights, codes.input_weights, slope.input_weights);
            hidden_steps_.template backward<L>(real.hidden_weights, codes.hidden_weights, slope.hidden_weights);
        } else {
            steps_.template backward<L>(real.weights, codes.weights, slope.weights);
        }
    }
    template <class F> void each_parameter(F&& f) {
        steps_.each_parameter(f);
        hidden_steps_.each_parameter(f);
    }

private:
    detail::TensorSteps steps_, hidden_steps_;
};

}  // namespace qtensor::inline QTENSOR_ABI
