// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// How a layer learns. `Trainable<L, How>` is a layer with its parameters, what its last forward pass left behind, and
/// the slopes that its backward passes sum up. `How` is the reading: `Real`, or `QuantizationAware<...>`, which
/// computes the integers that will be deployed. A specialisation has
///
///     explicit Trainable(const typename L::Float& start, const How& how = {})
///     const Edge& forward(const Edge& x, const Pass& pass)          y, until the next pass; x has to stay until
///     backward void backward(std::span<const float> dy, std::span<float> dx) adds to the slopes; fills dx unless it is
///     empty template <class F> void each_parameter(F&& f)                 f(Parameter) for all that training changes
///     typename L::Float parameters() const                          what is deployed in float
///     auto frozen(const activation_scale& x)                        what is deployed in integers: codes and output
///     scale
///                                                                   (QuantizationAware alone)
///
/// where Edge is `typename How::template Edge<L>`: what flows between layers. Sequential, Merge and Concat are made of
/// those of their layers; `Model` (model.hpp) is a whole network.

#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

#include "../base/concepts.hpp"
#include "../layer/layer.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Numbers that training changes, and how fast the loss rises with each.
struct Parameter {
    std::span<float> values;
    std::span<float> slopes;
    /// Weights are decayed, pruned and measured filter by filter; biases, gains and steps are not.
    bool is_weight = false;
    /// Outputs that own values.size() / filters weights each, one filter behind the other, or interleaved.
    std::size_t filters = 1;
    bool interleaved = false;
    /// Weights start uniformly in [-reach, reach].
    float reach = 0.0f;

    std::size_t depth() const { return values.size() / filters; }
    /// Where weight k of filter j lies.
    std::size_t at(std::size_t j, std::size_t k) const { return interleaved ? k * filters + j : j * depth() + k; }
};

/// Samples that go through together. A pass that learns takes the statistics of its batch and shows observers its
/// values; one that does not, only answers.
struct Pass {
    std::size_t batch = 0;
    bool learns = false;
};

/// The float reading: real numbers flow. A reading of one's own that derives from it reads its layers as it does, but
/// for those that specialise Trainable.
struct Real {
    struct RealEdge {
        std::vector<float> values;
    };
    template <class> using Edge = RealEdge;

    /// What flows into a network.
    template <class Net> static void enter(std::span<const float> x, RealEdge& edge, const Pass&) {
        edge.values.assign(x.begin(), x.end());
    }
};

template <class L, class How = Real> class Trainable {
    static_assert(never<L, How>, "nobody has said how this layer learns: include its header of qtensor/train/, or "
                                 "specialise Trainable<L, How> (train/trainable.hpp lists what it needs)");
};

namespace detail {
/// An aggregate on the heap, twice: the parameters of a layer and their slopes have one form.
template <class Float> struct Learnt {
    explicit Learnt(const Float& start) : both{start, Float{}} {}
    Float& value() { return both[0]; }
    const Float& value() const { return both[0]; }
    Float& slope() { return both[1]; }

private:
    std::vector<Float> both;
};

/// What flows behind a layer.
template <class L, class How> using edge_of = typename How::template Edge<L>;
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
