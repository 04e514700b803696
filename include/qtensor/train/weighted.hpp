// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Layers with weights (Dense, Conv2d, DepthwiseConv2d, TransposeConv2d) in float:
///
///     before = sums(x, w) + b,  y = activation(before)              the layer's own float kernels, the same bits
///     dbefore = dy activation'(before),  db += dbefore,  dx and dw as sums_gradient.hpp says

#include <cmath>

#include "activation_slope.hpp"
#include "sums_gradient.hpp"
#include "trainable.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

template <class L>
concept is_weighted = requires {
    typename L::sums;
    typename L::activation;
    typename L::FloatBias;
};

/// What a packed form without all of its stages makes of x: the sums of a layer.
template <class Packed, class X, class Y> void run_sums(const Packed& packed, const X* x, Y* y, std::size_t batch) {
    const AlignedBytes workspace(Packed::workspace_bytes(batch));
    packed.run(x, y, batch, workspace.span());
}

/// before = sums(x, w) + b in float.
template <class L> void real_sums(const typename L::Float& real, const float* x, float* before, std::size_t batch) {
    using Packed =
        typename L::template Packed<arch::native, float, Unscaled, decltype(L::Float::weights), typename L::FloatBias>;
    const std::vector<Packed> packed{Packed(real.weights, Unscaled{}, typename L::FloatBias{real.bias})};  // not small
    run_sums(packed[0], x, before, batch);
}

/// db, dw and dx from dbefore; `weights` are those that the forward pass multiplied by.
template <class L>
void pull_back_sums(const float* x, const float* weights, const std::vector<float>& before_slope, float* dx,
                    typename L::Float& slope, std::size_t batch) {
    constexpr std::size_t outputs = L::sums::outputs;
    float* bias = slope.bias.data();
    for (std::size_t i = 0; i < batch * output_size<L>; ++i) bias[i % outputs] += before_slope[i];
    SumsGradient<typename L::sums>::run(x, weights, before_slope.data(), dx, slope.weights.data(), batch);
}

/// f(Parameter) for weights and bias.
template <class L, class F> void each_weighted(typename L::Float& value, typename L::Float& slope, F&& f) {
    using Sums = typename L::sums;
    f(Parameter{{value.weights.data(), value.weights.size()},
                {slope.weights.data(), slope.weights.size()},
                true,
                Sums::outputs,
                Sums::weight_axis != 0,
                std::sqrt(6.0f / static_cast<float>(Sums::depth))});  // He et al. 2015: for a relu behind them
    f(Parameter{{value.bias.data(), value.bias.size()}, {slope.bias.data(), slope.bias.size()}});
}

}  // namespace detail

template <class L, std::derived_from<Real> How>
    requires detail::is_weighted<L>
class Trainable<L, How> {
public:
    using Edge = detail::edge_of<L, How>;

    explicit Trainable(const typename L::Float& start, const How& = {}) : learnt_(start) {}
    typename L::Float parameters() const { return learnt_.value(); }

    const Edge& forward(const Edge& x, const Pass& pass) {
        x_ = &x;
        before_.resize(pass.batch * output_size<L>);
        y_.values.resize(before_.size());
        detail::real_sums<L>(learnt_.value(), x.values.data(), before_.data(), pass.batch);
        const detail::RealActivation<typename L::activation> activation;
        for (std::size_t i = 0; i < before_.size(); ++i) y_.values[i] = activation(before_[i]);
        return y_;
    }

    void backward(std::span<const float> dy, std::span<float> dx) {
        rising_.resize(dy.size());
        for (std::size_t i = 0; i < dy.size(); ++i)
            rising_[i] = dy[i] * ActivationSlope<typename L::activation>::at(before_[i]);
        detail::pull_back_sums<L>(x_->values.data(), learnt_.value().weights.data(), rising_,
                                  dx.empty() ? nullptr : dx.data(), learnt_.slope(), dy.size() / output_size<L>);
    }

    template <class F> void each_parameter(F&& f) { detail::each_weighted<L>(learnt_.value(), learnt_.slope(), f); }

private:
    detail::Learnt<typename L::Float> learnt_;
    const Edge* x_ = nullptr;
    std::vector<float> before_, rising_;
    Edge y_;
};

}  // namespace qtensor::inline QTENSOR_ABI
