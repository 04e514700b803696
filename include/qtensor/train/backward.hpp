// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Layers that run as they are while they learn, pooling, normalisation, recurrence: all that is missing is the way
/// back,
///
///     Backward<L>::run(parameters, x, y, dy, dx, slopes)         adds to slopes; fills dx unless it is empty
///     Backward<L>::each_parameter(parameters, slopes, f)         f(Parameter) for all that training changes
///
/// parameters and slopes are of type L::Float; x went in, y came out, in real numbers. A layer of your own specialises
/// it and learns in both readings; one without parameters may specialise PullBack (weightless.hpp) instead.

#include <algorithm>

#include "../heap/aligned_bytes.hpp"
#include "trainable.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <class L> struct Backward;

namespace detail {

template <class L>
concept has_backward = requires(typename L::Float& parameters, const float* x, std::span<const float> dy,
                                std::span<float> dx) {
    Backward<L>::run(parameters, x, x, dy, dx, parameters);
};

/// One layer, packed for this machine, from x to y.
template <class Parameters, class X, class Y>
void run_layer(const Parameters& parameters, const X* x, Y* y, std::size_t batch) {
    const auto packed = pack<arch::native>(parameters);
    const AlignedBytes workspace(packed.workspace_bytes(batch));
    packed.run(x, y, batch, workspace.span());
}

/// Parameters and slopes of a layer; slopes begin at 0, whatever the type begins with.
template <class L> struct LearntBackward : Learnt<typename L::Float> {
    explicit LearntBackward(const typename L::Float& start) : Learnt<typename L::Float>(start) {
        each_parameter([](const Parameter& p) { std::fill(p.slopes.begin(), p.slopes.end(), 0.0f); });
    }
    template <class F> void each_parameter(F&& f) { Backward<L>::each_parameter(this->value(), this->slope(), f); }
};

}  // namespace detail

template <class L, std::derived_from<Real> How>
    requires detail::has_backward<L>
class Trainable<L, How> {
public:
    using Edge = detail::edge_of<L, How>;

    explicit Trainable(const typename L::Float& start, const How& = {}) : learnt_(start) {}
    typename L::Float parameters() const { return learnt_.value(); }

    const Edge& forward(const Edge& x, const Pass& pass) {
        x_ = &x;
        y_.values.resize(pass.batch * output_size<L>);
        detail::run_layer(learnt_.value(), x.values.data(), y_.values.data(), pass.batch);
        return y_;
    }
    void backward(std::span<const float> dy, std::span<float> dx) {
        Backward<L>::run(learnt_.value(), x_->values.data(), y_.values.data(), dy, dx, learnt_.slope());
    }
    template <class F> void each_parameter(F&& f) { learnt_.each_parameter(f); }

private:
    detail::LearntBackward<L> learnt_;
    const Edge* x_ = nullptr;
    Edge y_;
};

}  // namespace qtensor::inline QTENSOR_ABI
