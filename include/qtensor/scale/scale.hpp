// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The contract of a scale policy: what a stored integer is worth,
///
///     real = (code - zero_point(c)) * scale(c)
///
/// where c is the index along `axis` (0 when the scale is per tensor). A policy is a small copyable type with
///
///     static constexpr int axis;                     // which axis has a scale of its own, or per_tensor
///     constexpr float scale(std::size_t c) const;    // > 0 and finite
///     constexpr std::int32_t zero_point(std::size_t c) const;   // leave it out: symmetric, no correction is computed
///
/// Optional: `static constexpr std::size_t channels` (compared with the extent at compile time), `tag` (a nominal type:
/// policies of different tags never mix), `is_static` (the values are part of the type and compared at compile time),
/// `over_leading_axes` (c counts the indices of all axes up to `axis`, in row-major order, not those of `axis` alone).

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "../arch/environment.hpp"
#include "../base/concepts.hpp"
#include "../base/config.hpp"
#include "../base/shape.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The axis of a policy that has one scale for the whole tensor.
inline constexpr int per_tensor = -1;

namespace detail {
template <class S>
concept is_scale = std::copyable<S> && requires(const S s, std::size_t c) {
    { S::axis } -> std::convertible_to<int>;
    { s.scale(c) } -> std::same_as<float>;
};
template <class S> struct channels_of : std::integral_constant<std::size_t, S::axis == per_tensor ? 1 : dyn> {};
template <class S>
    requires requires { S::channels; }
struct channels_of<S> : std::integral_constant<std::size_t, S::channels> {};
template <class S> struct tag_of {
    using type = void;
};
template <class S>
    requires requires { typename S::tag; }
struct tag_of<S> {
    using type = typename S::tag;
};
}  // namespace detail

template <class S>
concept Scale = detail::is_scale<S> ||
                unsatisfied<"not a scale policy: it needs a static constexpr int axis, float scale(std::size_t) const, "
                            "and, unless symmetric, std::int32_t zero_point(std::size_t) const">();

namespace detail {
template <class S> constexpr bool must_be_scale() {
    static_assert(Scale<S>, "not a scale policy: it needs a static constexpr int axis, float scale(std::size_t) const, "
                            "and, unless symmetric, std::int32_t zero_point(std::size_t) const");
    return true;
}
}  // namespace detail

/// The policy can have a zero point other than 0.
template <class S> inline constexpr bool has_zero_point = requires(const S s, std::size_t c) { s.zero_point(c); };

/// The zero point of channel c; 0 for symmetric policies.
template <class S> constexpr std::int32_t zero_point_of(const S& scale, std::size_t channel) {
    if constexpr (has_zero_point<S>) {
        return scale.zero_point(channel);
    } else {
        return 0;
    }
}

template <class S>
concept PerTensorScale = (detail::is_scale<S> && S::axis == per_tensor) ||
                         unsatisfied<"this operand needs one scale for the whole tensor: use PerTensor, Affine, "
                                     "PowerOfTwo or Ratio; per-channel scales belong to weights">();

namespace detail {
template <class S> constexpr bool must_be_per_tensor_scale() {
    static_assert(must_be_scale<S>());
    if constexpr (is_scale<S>) {
        static_assert(S::axis == per_tensor,
                      "this operand needs one scale for the whole tensor: use PerTensor, Affine, PowerOfTwo or Ratio; "
                      "per-channel scales belong to weights");
    }
    return true;
}
}  // namespace detail

/// How many scales a policy holds: a number, or dyn.
template <Scale S> inline constexpr std::size_t channels_of = detail::channels_of<S>::value;

/// The policy has a scale for each index of the axes [0, axis].
template <class S> inline constexpr bool spans_leading_axes = false;
template <class S>
    requires requires { S::over_leading_axes; }
inline constexpr bool spans_leading_axes<S> = S::over_leading_axes;

template <class S> using tag_of = typename detail::tag_of<S>::type;

/// A scale is usable: positive and finite. `place` is the channel, for the message.
constexpr void require_usable(float scale, std::size_t place) {
    QTENSOR_REQUIRE(scale > 0.0f && scale <= 3.40282346638528859812e+38f,
                    "a scale is positive and finite (value: the channel at fault)", place, 0);
}

/// A zero point may lie outside the codes (it is an int32 in the formulas), but a float has to hold code - zero_point.
inline constexpr std::int32_t farthest_zero_point = 8388608;

/// Every scale and zero point of a policy for `channels` channels is usable.
template <Scale S> constexpr void require_usable(const S& scale, std::size_t channels) {
    for (std::size_t c = 0; c < channels; ++c) {
        require_usable(scale.scale(c), c);
        const std::int32_t zero = zero_point_of(scale, c);
        QTENSOR_REQUIRE(zero >= -farthest_zero_point && zero <= farthest_zero_point,
                        "a zero point is at most 2^23 from 0", zero, farthest_zero_point);
    }
}

/// What is computed from these scales (two factors, and what divides them) needs the default rounding mode, and where
/// one of them or the product of the factors is subnormal, subnormal numbers too. Debug builds check it.
constexpr void require_environment(float first, float second = 1.0f, float divisor = 1.0f) {
    constexpr float normal = 0x1p-126f;
    detail::require_nearest();
    if (first < normal || second < normal || divisor < normal || first * second < normal) detail::require_subnormals();
}

/// Two policies give the same meaning to codes: equal scales and zero points, channel by channel.
template <Scale A, Scale B> constexpr bool same_meaning(const A& a, const B& b, std::size_t channels) {
    if (A::axis != B::axis) return false;
    for (std::size_t c = 0; c < channels; ++c) {
        if (a.scale(c) != b.scale(c) || zero_point_of(a, c) != zero_point_of(b, c)) return false;
    }
    return true;
}

namespace detail {
template <class S> inline constexpr bool is_static_scale = false;
template <class S>
    requires requires { S::is_static; }
inline constexpr bool is_static_scale<S> = S::is_static;
template <class A, class B> constexpr bool static_values_agree() {
    if constexpr (is_static_scale<A> && is_static_scale<B>) {
        return A{}.scale(0) == B{}.scale(0) && zero_point_of(A{}, 0) == zero_point_of(B{}, 0);
    } else {
        return true;
    }
}
}  // namespace detail

/// What can be said at compile time: equal axes, equal tags (or none on one side), equal values where the types know
/// them. Values that only the running program knows are compared by same_meaning, once, when operands are bound.
template <class A, class B>
concept CompatibleScales =
    (A::axis == B::axis &&
     (std::same_as<tag_of<A>, tag_of<B>> || std::is_void_v<tag_of<A>> || std::is_void_v<tag_of<B>>) &&
     detail::static_values_agree<A, B>()) ||
    unsatisfied<"these two scales mean different things (tag, axis or value): requantize one operand to the other's "
                "scale first">();

namespace detail {
template <class A, class B> constexpr bool must_be_compatible_scales() {
    static_assert(CompatibleScales<A, B>,
                  "these two scales mean different things (tag, axis or value): requantize one operand to the other's "
                  "scale first");
    return true;
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
