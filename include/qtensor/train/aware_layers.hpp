// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Layers that run as they are (backward.hpp) in the integer reading. Codes are made by the layer's own integers;
/// slopes are those of its float reading on what the codes mean, straight through. The scale of the output is the
/// layer's own where it leaves no choice, else it fits what the float reading makes of the same input.

#include <utility>

#include "../tensor/dequantize.hpp"
#include "backward.hpp"
#include "lstm.hpp"
#include "quantization_aware.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// The parameters that the integers compute with, as real numbers.
template <class L> struct Meant {
    static const typename L::Float& of(const typename L::Float& value, const typename L::Quantized&) { return value; }
};
template <class L>
    requires is_gated<L>
struct Meant<L> {
    static typename L::Float of(const typename L::Float& value, const typename L::Quantized& codes) {
        typename L::Float meant = value;
        dequantize_into(codes.input_weights, std::span(meant.input_weights.data(), meant.input_weights.size()));
        dequantize_into(codes.hidden_weights, std::span(meant.hidden_weights.data(), meant.hidden_weights.size()));
        return meant;
    }
};

}  // namespace detail

template <class L, class Activations, class Weights>
    requires detail::has_backward<L>
class Trainable<L, QuantizationAware<Activations, Weights>> {
    using How = QuantizationAware<Activations, Weights>;
    using X = typename L::activation_element;
    using S = typename L::activation_scale;
    static constexpr bool is_fixed = requires(const S& x) { L::fixed_output(x); };

public:
    using Edge = detail::edge_of<L, How>;

    explicit Trainable(const typename L::Float& start, const How& how = {})
        : learnt_(start), activations_(how.activations), weights_(how.weights) {}
    typename L::Float parameters() const { return learnt_.value(); }
    /// The last codes that this layer made.
    const Edge& edge() const { return y_; }

    auto frozen(const S& x) {
        const S y = output(x);
        return std::pair(quantized(x, y), y);
    }

    const Edge& forward(const Edge& x, const Pass& pass) {
        x_ = &x;
        const std::size_t size = pass.batch * output_size<L>;
        if constexpr (!is_fixed) {
            before_.resize(size);
            detail::run_layer(learnt_.value(), x.values.data(), before_.data(), pass.batch);
            if (pass.learns) activations_.observe(before_);
        }
        y_.scale = output(x.scale);
        codes_.assign(1, quantized(x.scale, y_.scale));
        y_.codes.resize(size);
        detail::run_layer(codes_[0], x.codes.data(), y_.codes.data(), pass.batch);
        y_.read();
        if constexpr (!is_fixed) detail::find_clips<X, typename L::numerics>(before_, y_.scale, clips_);
        return y_;
    }

    void backward(std::span<const float> dy, std::span<float> dx) {
        rising_.assign(dy.begin(), dy.end());
        if constexpr (!is_fixed) {
            activations_.template backward<X>(Seen<S>{before_, y_.values, clips_, y_.scale, output_size<L>},
                                              std::span<float>(rising_));
        }
        const auto pull_back = [&](typename L::Float& slope) {
            Backward<L>::run(detail::Meant<L>::of(learnt_.value(), codes_[0]), x_->values.data(), y_.values.data(),
                             rising_, dx, slope);
        };
        if constexpr (detail::is_gated<L>) {
            fresh_.assign(1, typename L::Float{});
            pull_back(fresh_[0]);
            weights_.template backward<L>(learnt_.value(), codes_[0], fresh_[0]);
            Backward<L>::each_parameter(fresh_[0], learnt_.slope(), [](const Parameter& p) {
                for (std::size_t i = 0; i < p.values.size(); ++i) p.slopes[i] += p.values[i];
            });
        } else {
            pull_back(learnt_.slope());
        }
    }

    template <class F> void each_parameter(F&& f) {
        learnt_.each_parameter(f);
        if constexpr (detail::is_gated<L>) weights_.each_parameter(f);
        if constexpr (!is_fixed) activations_.each_parameter(f);
    }

private:
    S output(const S& x) {
        if constexpr (is_fixed) {
            return L::fixed_output(x);
        } else {
            return activations_.template scale<S, X>();
        }
    }

    /// Of the layers here recurrent ones alone have weights in codes of their own scales.
    auto quantized(const S& x, const S& y) {
        if constexpr (detail::is_gated<L>) {
            return weights_.template quantized<L>(learnt_.value(), x, y);
        } else {
            return L::quantized(learnt_.value(), x, y);
        }
    }

    detail::LearntBackward<L> learnt_;
    Activations activations_;
    Weights weights_;
    std::vector<typename L::Float> fresh_;
    std::vector<typename L::Quantized> codes_;
    const Edge* x_ = nullptr;
    std::vector<float> before_, rising_;
    std::vector<Clip> clips_;
    Edge y_;
};

}  // namespace qtensor::inline QTENSOR_ABI
