// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Batch normalisation (Ioffe and Szegedy 2015) between the sums of a layer with weights and its activation, while it
/// learns:
///
///     Sequential<BatchNormed<Conv2d<Shape<28, 28, 1>, 8, Kernel<3, 3>, Relu>>, ...>
///
/// It is the layer itself in every other way: what training finds is folded into weights and bias (layer/fold.hpp), so
/// parameters, codes and code of the deployed layer are those of L. Quantization-aware training of it is that of L:
/// fold first.

#include <cmath>

#include "../layer/fold.hpp"
#include "weighted.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <class L> struct BatchNormed : L {};

template <class L>
    requires detail::is_weighted<L>
class Trainable<BatchNormed<L>, Real> {
    static constexpr std::size_t outputs = L::sums::outputs;

public:
    using Edge = detail::edge_of<L, Real>;
    static constexpr float momentum = 0.1f;  // running = running + momentum (batch - running), as PyTorch's default

    /// Starts from weights whose normalisation is still to come: gain 1, shift the layer's bias.
    explicit Trainable(const typename L::Float& start, const Real& = {}) : learnt_(start) {
        shift_.assign(start.bias.data(), start.bias.data() + outputs);
        for (std::size_t j = 0; j < outputs; ++j) learnt_.value().bias(j) = 0.0f;
    }

    /// Folded by the running statistics.
    typename L::Float parameters() const {
        BatchNorm<outputs> norm{{}, {}, {}, {}, epsilon};
        for (std::size_t j = 0; j < outputs; ++j) {
            norm.gain[j] = gain_[j];
            norm.shift[j] = shift_[j];
            norm.mean[j] = mean_[j];
            norm.variance[j] = variance_[j];
        }
        return folded(learnt_.value(), norm);
    }

    const Edge& forward(const Edge& x, const Pass& pass) {
        x_ = &x;
        before_.resize(pass.batch * output_size<L>);
        y_.values.resize(before_.size());
        detail::real_sums<L>(learnt_.value(), x.values.data(), before_.data(), pass.batch);
        if (pass.learns) measure();
        const detail::RealActivation<typename L::activation> activation;
        for (std::size_t i = 0; i < before_.size(); ++i) {
            const std::size_t j = i % outputs;
            const auto mean = static_cast<double>(pass.learns ? batch_mean_[j] : mean_[j]);
            const auto power = static_cast<double>(pass.learns ? batch_variance_[j] : variance_[j]) + epsilon;
            const double u = (static_cast<double>(before_[i]) - mean) / std::sqrt(power);
            before_[i] = static_cast<float>(u);  // what backward needs
            y_.values[i] = activation(static_cast<float>(u * static_cast<double>(gain_[j])) + shift_[j]);
        }
        learnt_from_batch_ = pass.learns;
        return y_;
    }

    void backward(std::span<const float> dy, std::span<float> dx) {
        const double rows = static_cast<double>(dy.size() / outputs);
        rising_.resize(dy.size());
        std::vector<double> mean(outputs), along(outputs);
        for (std::size_t i = 0; i < dy.size(); ++i) {
            const std::size_t j = i % outputs;
            rising_[i] = dy[i] * ActivationSlope<typename L::activation>::at(before_[i] * gain_[j] + shift_[j]);
            mean[j] += static_cast<double>(rising_[i]);
            along[j] += static_cast<double>(rising_[i]) * static_cast<double>(before_[i]);
        }
        for (std::size_t j = 0; j < outputs; ++j) {
            gain_slope_[j] += static_cast<float>(along[j]);
            shift_slope_[j] += static_cast<float>(mean[j]);
        }
        for (std::size_t i = 0; i < dy.size(); ++i) {
            const std::size_t j = i % outputs;
            const auto variance = static_cast<double>(learnt_from_batch_ ? batch_variance_[j] : variance_[j]);
            const double factor = static_cast<double>(gain_[j]) / std::sqrt(variance + epsilon);
            const double taken =
                learnt_from_batch_ ? (mean[j] + static_cast<double>(before_[i]) * along[j]) / rows : 0.0;
            rising_[i] = static_cast<float>(factor * (static_cast<double>(rising_[i]) - taken));
        }
        detail::pull_back_sums<L>(x_->values.data(), learnt_.value().weights.data(), rising_,
                                  dx.empty() ? nullptr : dx.data(), learnt_.slope(), dy.size() / output_size<L>);
    }

    /// Weights, gain and shift; the bias of the sums would be taken out with the mean.
    template <class F> void each_parameter(F&& f) {
        detail::each_weighted<L>(learnt_.value(), learnt_.slope(), [&](const Parameter& p) {
            if (p.is_weight) f(p);
        });
        f(Parameter{gain_, gain_slope_});
        f(Parameter{shift_, shift_slope_});
    }

private:
    static constexpr double epsilon = 1e-3;

    void measure() {
        const double rows = static_cast<double>(before_.size() / outputs);
        std::vector<double> sum(outputs), squares(outputs);
        for (std::size_t i = 0; i < before_.size(); ++i) sum[i % outputs] += static_cast<double>(before_[i]);
        for (std::size_t i = 0; i < before_.size(); ++i) {
            const double apart = static_cast<double>(before_[i]) - sum[i % outputs] / rows;
            squares[i % outputs] += apart * apart;
        }
        for (std::size_t j = 0; j < outputs; ++j) {
            batch_mean_[j] = static_cast<float>(sum[j] / rows);
            batch_variance_[j] = static_cast<float>(squares[j] / rows);
            const double unbiased = rows > 1.0 ? squares[j] / (rows - 1.0) : 0.0;
            mean_[j] += momentum * (batch_mean_[j] - mean_[j]);
            variance_[j] += momentum * (static_cast<float>(unbiased) - variance_[j]);
        }
    }

    detail::Learnt<typename L::Float> learnt_;
    std::vector<float> gain_ = std::vector<float>(outputs, 1.0f), shift_, mean_ = std::vector<float>(outputs),
                       variance_ = std::vector<float>(outputs, 1.0f);
    std::vector<float> gain_slope_ = std::vector<float>(outputs), shift_slope_ = std::vector<float>(outputs);
    std::vector<float> batch_mean_ = std::vector<float>(outputs), batch_variance_ = std::vector<float>(outputs);
    std::vector<float> before_, rising_;
    bool learnt_from_batch_ = false;
    const Edge* x_ = nullptr;
    Edge y_;
};

}  // namespace qtensor::inline QTENSOR_ABI
