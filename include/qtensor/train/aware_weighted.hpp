// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Layers with weights in the integer reading:
///
///     q = clamp(dialect(b + sum (x - z_x) w)), then the activation          straight through the rounding
///
/// Exact sums come from the layer's kernel without its stages, then every one goes through the dialect alone,
/// unclamped, so that slopes know which codes were clipped. Deployed kernels fuse all of it; that both give equal codes
/// is what the tests ask.

#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "../tensor/dequantize.hpp"
#include "batch_norm.hpp"
#include "quantization_aware.hpp"
#include "weighted.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// Stage: sums as plain integers. What they are worth, output by output, is kept aside.
struct PlainSums {
    template <class In> struct Bound {
        using element = typename In::element;
        Unscaled scale{};
        template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V sum, const Cell&) const { return sum; }
    };
    template <class In> constexpr Bound<In> bind(const In&) const { return {}; }
};
}  // namespace detail

template <class L, class Activations, class Weights>
    requires detail::is_weighted<L>
class Trainable<L, QuantizationAware<Activations, Weights>> {
    using How = QuantizationAware<Activations, Weights>;
    using N = typename L::numerics;
    using X = typename L::activation_element;
    using S = typename L::activation_scale;
    using A = typename L::activation;
    using D = typename N::dialect;

public:
    using Edge = detail::edge_of<L, How>;

    explicit Trainable(const typename L::Float& start, const How& how = {})
        : learnt_(start), fresh_(1), activations_(how.activations), weights_(how.weights) {}
    typename L::Float parameters() const { return learnt_.value(); }
    /// The last codes that this layer made.
    const Edge& edge() const { return y_; }

    auto frozen(const S& x) {
        const S y = activations_.template scale<S, X>();
        return std::pair(weights_.template quantized<L>(learnt_.value(), x, y), y);
    }

    const Edge& forward(const Edge& x, const Pass& pass) {
        using Packed = typename L::template Packed<arch::native, X, S, decltype(L::Quantized::weights),
                                                   typename L::IntegerBias, detail::PlainSums>;
        x_ = &x;
        codes_.assign(1, weights_.template quantized<L>(learnt_.value(), x.scale, S{}));
        auto& codes = codes_[0];
        std::vector<cell_of<typename Packed::output_element>> sums(pass.batch * output_size<L>);
        {
            const std::vector<Packed> packed{Packed(codes.weights, x.scale, typename L::IntegerBias{codes.bias}, {})};
            detail::run_sums(packed[0], x.codes.data(), sums.data(), pass.batch);
        }
        constexpr std::size_t outputs = L::sums::outputs;
        const auto& steps = codes.weights.scale();
        std::array<float, outputs> unit{};
        for (std::size_t j = 0; j < outputs; ++j)
            unit[j] = static_cast<float>(static_cast<double>(x.scale.scale(0)) *
                                         static_cast<double>(steps.scale(channel(j))));
        before_.resize(sums.size());
        after_.resize(sums.size());
        const detail::RealActivation<A> activation;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            before_[i] = static_cast<float>(sums[i]) * unit[i % outputs];
            after_[i] = activation(before_[i]);
        }
        if (pass.learns) activations_.observe(after_);
        y_.scale = codes.output = activations_.template scale<S, X>();
        requantize(sums, codes, x.scale);
        y_.read();
        return y_;
    }

    void backward(std::span<const float> dy, std::span<float> dx) {
        rising_.assign(dy.begin(), dy.end());
        const Seen<S> seen{after_, y_.values, clips_, y_.scale, output_size<L>};
        activations_.template backward<X>(seen, std::span<float>(rising_));
        for (std::size_t i = 0; i < dy.size(); ++i) rising_[i] *= ActivationSlope<A>::at(before_[i]);
        auto& fresh = fresh_[0] = typename L::Float{};
        const auto& codes = codes_[0];
        meant_.resize(codes.weights.size());
        dequantize_into(codes.weights, meant_);
        detail::pull_back_sums<L>(x_->values.data(), meant_.data(), rising_, dx.empty() ? nullptr : dx.data(), fresh,
                                  dy.size() / output_size<L>);
        weights_.template backward<L>(learnt_.value(), codes, fresh);
        auto& slope = learnt_.slope();
        for (std::size_t i = 0; i < slope.weights.size(); ++i) slope.weights.data()[i] += fresh.weights.data()[i];
        for (std::size_t i = 0; i < slope.bias.size(); ++i) slope.bias.data()[i] += fresh.bias.data()[i];
    }

    template <class F> void each_parameter(F&& f) {
        detail::each_weighted<L>(learnt_.value(), learnt_.slope(), f);
        weights_.each_parameter(f);
        activations_.each_parameter(f);
    }

private:
    static constexpr std::size_t channel(std::size_t output) {
        return L::weight_scale::axis == per_tensor ? 0 : output;
    }

    template <class Sums> void requantize(const Sums& sums, const typename L::Quantized& codes, const S& x) {
        constexpr std::size_t outputs = L::sums::outputs;
        std::array<std::array<std::int32_t, D::words>, outputs> words{};
        for (std::size_t j = 0; j < outputs; ++j)
            words[j] = D::derive(x.scale(0), codes.weights.scale().scale(channel(j)), y_.scale.scale(0));
        require_rule_takes(sums, words);
        const CodeRange wide{zero_point_of(y_.scale, 0), -detail::unclamped, detail::unclamped};
        const detail::CodeActivation<A, X, S> activation(y_.scale);
        clips_.resize(sums.size());
        y_.codes.resize(sums.size());
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const std::int32_t code = D::apply(sums[i], words[i % outputs], wide);
            clips_[i] = detail::clip_of<X>(code);
            y_.codes[i] = static_cast<cell_of<X>>(activation(detail::clamped<X>(code)));
        }
    }

    /// A multiplier above one leaves less room for sums; the packed layer refuses by its proof, this by the sums at
    /// hand.
    template <class Sums, class Words> static void require_rule_takes(const Sums& sums, const Words& words) {
        if constexpr (requires { D::largest_accumulator(words[0]); }) {
            for (std::size_t i = 0; i < sums.size(); ++i) {
                const auto size =
                    static_cast<std::uint64_t>(sums[i] < 0 ? -std::int64_t{sums[i]} : std::int64_t{sums[i]});
                if (size > D::largest_accumulator(words[i % words.size()])) {
                    throw std::runtime_error("QuantizationAware: a sum of " + std::to_string(sums[i]) +
                                             " is beyond what the dialect takes at the scale of the output: its range "
                                             "is far too narrow");
                }
            }
        }
    }

    detail::Learnt<typename L::Float> learnt_;
    std::vector<typename L::Float> fresh_;
    std::vector<typename L::Quantized> codes_;
    Activations activations_;
    Weights weights_;
    const Edge* x_ = nullptr;
    std::vector<float> before_, after_, rising_, meant_;
    std::vector<Clip> clips_;
    Edge y_;
};

/// A batch normalisation is folded before quantization: from then on it is the layer.
template <class L, class Activations, class Weights>
class Trainable<BatchNormed<L>, QuantizationAware<Activations, Weights>>
    : public Trainable<L, QuantizationAware<Activations, Weights>> {
    using Trainable<L, QuantizationAware<Activations, Weights>>::Trainable;
};

}  // namespace qtensor::inline QTENSOR_ABI
