// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Dense (fully connected): y = activation(x * w^T + b), weights [Out][In].
///
///     integer reading   acc = b + sum_k (x_k - z_x) w_k ;  y = activation(requantize(acc))     (TFLite
///     FULLY_CONNECTED)
///
/// The bias is int32 in units of s_x * s_w[c], zero point 0.

#include "../gemm.hpp"
#include "weighted.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <std::size_t In, std::size_t Out> struct DenseSums {
    static_assert(In > 0 && Out > 0, "a Dense layer has at least one input and one output");
    using input_shape = Shape<In>;
    using output_shape = Shape<Out>;
    using weight_shape = Shape<Out, In>;
    static constexpr int weight_axis = 0;
    static constexpr std::size_t outputs = Out, depth = In, macs = In * Out;

    template <class Arch, class X, class Weights> static constexpr auto packed(const Weights& weights) {
        return packed_for<Arch, X, Weights>(weights);
    }
    template <class Acc, class Packed, class XScale, class... Stages>
    using Bound = BoundLinear<Packed, XScale, Acc, Stages...>;
    template <class Acc, class Packed, class XScale, class... Stages>
    static constexpr auto bind(const Packed& weights, XScale x_scale, const Stages&... stages) {
        return Bound<Acc, Packed, XScale, Stages...>(weights, x_scale, BindMemory{}, stages...);
    }
    template <class Bound> static constexpr std::size_t workspace_bytes(std::size_t batch, std::size_t workers) {
        return Bound::workspace_bytes(batch, In, workers);
    }
};
}  // namespace detail

template <std::size_t In, std::size_t Out, class Activation = Identity, class N = numerics::TfLite>
struct Dense : WeightedLayer<Dense<In, Out, Activation, N>, detail::DenseSums<In, Out>, Activation, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
