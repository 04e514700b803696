// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A scale per channel, moved to another axis: the filters of a depthwise convolution are [row][column][out], those of
/// others [out][row][column][in], and one numerics bundle serves both.

#include "scale.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Policy S with its channels along `Axis`.
template <Scale S, int Axis> struct OnAxis : S {
    static_assert(S::axis != per_tensor, "a scale per tensor has no axis to move: use it as it is");
    static constexpr int axis = Axis;

    constexpr OnAxis() = default;
    constexpr explicit OnAxis(const S& policy) : S(policy) {}
};

namespace detail {
template <class S, int Axis> struct on_axis {
    using type = OnAxis<S, Axis>;
};
template <class S, int Axis>
    requires(S::axis == Axis || S::axis == per_tensor)
struct on_axis<S, Axis> {
    using type = S;
};
template <class S, int Before, int Axis>
    requires(Before != Axis)
struct on_axis<OnAxis<S, Before>, Axis> : on_axis<S, Axis> {};
}  // namespace detail

/// S itself where its channels lie along `Axis` already, or where it has none.
template <int Axis, Scale S> using on_axis = typename detail::on_axis<S, Axis>::type;

}  // namespace qtensor::inline QTENSOR_ABI
