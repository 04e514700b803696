// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// How parameters follow their slopes. An optimizer is told of every parameter in turn, always in the same order:
///
///     void begin_step()                                  once per step
///     void update(const Parameter& p, float rate)        for each parameter
///
///     Sgd     v = momentum v + slope + decay w;  w -= rate v                                  (PyTorch's SGD)
///     Adam    m, v: moving averages of slope and slope^2, corrected for their start;
///             w -= rate (m / (sqrt v + epsilon) + decay w)          (Kingma and Ba 2015; decay of Loshchilov and
///             Hutter
///                                                                   2019: AdamW)
///
/// Decay is for weights, not for biases, gains and steps. Schedules say what part of the rate a moment of training has,
/// progress from 0 to 1.

#include <cmath>
#include <vector>

#include "trainable.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// Numbers that an optimizer keeps for each parameter, in the order in which they come by.
class PerParameter {
public:
    void begin_step() { next_ = 0; }
    std::vector<float>& of(const Parameter& p) {
        if (next_ == kept_.size()) kept_.emplace_back(p.values.size());
        return kept_[next_++];
    }

private:
    std::vector<std::vector<float>> kept_;
    std::size_t next_ = 0;
};
}  // namespace detail

struct Sgd {
    float momentum = 0.9f;
    float decay = 0.0f;
    detail::PerParameter velocity{};

    void begin_step() { velocity.begin_step(); }
    void update(const Parameter& p, float rate) {
        std::vector<float>& v = velocity.of(p);
        const float shrink = p.is_weight ? decay : 0.0f;
        for (std::size_t i = 0; i < v.size(); ++i) {
            v[i] = momentum * v[i] + p.slopes[i] + shrink * p.values[i];
            p.values[i] -= rate * v[i];
        }
    }
};

struct Adam {
    float decay = 0.0f;
    float beta1 = 0.9f;
    float beta2 = 0.999f;
    float epsilon = 1e-8f;
    detail::PerParameter mean{}, square{};
    double steps = 0.0;

    void begin_step() {
        mean.begin_step();
        square.begin_step();
        steps += 1.0;
    }
    void update(const Parameter& p, float rate) {
        std::vector<float>& m = mean.of(p);
        std::vector<float>& v = square.of(p);
        const auto first = static_cast<float>(1.0 - std::pow(static_cast<double>(beta1), steps));
        const auto second = static_cast<float>(1.0 - std::pow(static_cast<double>(beta2), steps));
        const float shrink = p.is_weight ? decay : 0.0f;
        for (std::size_t i = 0; i < m.size(); ++i) {
            m[i] += (1.0f - beta1) * (p.slopes[i] - m[i]);
            v[i] += (1.0f - beta2) * (p.slopes[i] * p.slopes[i] - v[i]);
            const float moved = m[i] / first / (std::sqrt(v[i] / second) + epsilon);
            p.values[i] -= rate * (moved + shrink * p.values[i]);
        }
    }
};

/// The same rate from beginning to end.
struct Constant {
    float operator()(float) const { return 1.0f; }
};
/// From the whole rate in a straight line to none.
struct LinearDecay {
    float operator()(float progress) const { return 1.0f - progress; }
};
/// Half a cosine, from the whole rate to none (Loshchilov and Hutter 2017).
struct Cosine {
    float operator()(float progress) const { return 0.5f + 0.5f * std::cos(3.14159265f * progress); }
};
/// `factor` times as much after each of `steps` equal parts.
struct Steps {
    float steps = 3.0f;
    float factor = 0.1f;
    float operator()(float progress) const { return std::pow(factor, std::floor(progress * steps)); }
};

}  // namespace qtensor::inline QTENSOR_ABI
