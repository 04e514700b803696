// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Activations that a layer fuses: epilogue stages that keep element and scale and mean the same on real numbers (float
/// reading) and on codes (integer reading, after requantization).

#include "../gemm/clamp.hpp"
#include "../gemm/epilogue.hpp"
#include "../scale/affine.hpp"
#include "../scale/per_tensor.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// No activation.
struct Identity {
    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V value, const Cell&) const { return value; }
};

namespace detail {
using RealValues = Incoming<float, 1, Unscaled>;
using CodeValues = Incoming<std::int8_t, 1, Affine<>>;
template <class A, class In>
concept keeps_element = (binds<A, In> || calls<A>) && requires(const In& in, const A& stage) {
    { bind_stages(in, stage) };
    requires std::same_as<typename decltype(bind_stages(in, stage))::element, typename In::element>;
};
}  // namespace detail

template <class A>
concept ActivationStage =
    (std::is_default_constructible_v<A> && detail::keeps_element<A, detail::RealValues> &&
     detail::keeps_element<A, detail::CodeValues>) ||
    unsatisfied<"not an activation: use Identity, Relu, or a default-constructible epilogue stage "
                "that works on real numbers and on codes alike">();

namespace detail {
template <class A> constexpr bool must_be_activation() {
    static_assert(ActivationStage<A>, "not an activation: use Identity, Relu, or a default-constructible epilogue "
                                      "stage that works on real numbers and on codes alike");
    return true;
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
