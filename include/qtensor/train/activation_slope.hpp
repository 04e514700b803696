// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Activations in training: what they make of a real number, and their slope there. For one of your own:
///
///     template <> struct qtensor::ActivationSlope<Relu6> {
///         static float at(float before) { return before > 0 && before < 6 ? 1.0f : 0.0f; }
///     };

#include "../base/concepts.hpp"
#include "../layer/activation.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The slope of activation A where its input is `before`. Relu has none at 0, as in PyTorch.
template <class A> struct ActivationSlope {
    static_assert(never<A>, "nobody has said how this activation learns: specialise ActivationSlope<A> with static "
                            "float at(float before)");
};
template <> struct ActivationSlope<Identity> {
    static constexpr float at(float) { return 1.0f; }
};
template <> struct ActivationSlope<Relu> {
    static constexpr float at(float before) { return before > 0.0f ? 1.0f : 0.0f; }
};

namespace detail {
/// An activation on real numbers, one at a time: the stage of the float reading.
template <class A> class RealActivation {
public:
    float operator()(float before) const { return stage_(before, Cell{}); }

private:
    using In = Incoming<float, 1, Unscaled>;
    decltype(bind_stages(std::declval<In>(), A{})) stage_ = bind_stages(In{Unscaled{}, 1}, A{});
};
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
