// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rules of dynamic quantization: from the range that the values of a call have to the scale of their codes, and the
/// rounding that goes with it. A rule is a type with
///
///     template <IntegerElement T> static constexpr Affine<> fit(float lowest, float highest);
///     template <IntegerElement T> static constexpr R rounding(float lowest, float highest);      // a RoundingPolicy
///
/// where lowest <= 0 <= highest: every range is widened to hold zero. A range so narrow that its scale would be 0 (or
/// whose inverse would be infinite, where the rule takes one) counts as {0, 0}; one whose scale would be infinite gives
/// a scale that is refused where it is used.

#include "../numeric/element.hpp"
#include "../numeric/reciprocal.hpp"
#include "affine.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// ONNX DynamicQuantizeLinear (`reference/ops/op_dynamic_quantize_linear.py`), all in float:
///
///     s = (highest - lowest) / (qmax - qmin)      1 / (qmax - qmin) for {0, 0}
///     z = even(clamp(qmin - lowest / s))
///
/// ONNX defines it for std::uint8_t. The operator's published function body divides by zero where all values are zero;
/// this is the reference implementation, which does not.
struct OnnxDynamic {
    template <IntegerElement T> static constexpr Affine<> fit(float lowest, float highest) {
        constexpr auto qmin = static_cast<float>(element<T>::lowest);
        constexpr auto qmax = static_cast<float>(element<T>::highest);
        const float fitted = lane::rounded(highest - lowest) / (qmax - qmin);
        const bool empty = !(fitted > 0.0f);
        const float scale = empty ? 1.0f / (qmax - qmin) : fitted;
        const float zero = empty ? qmin : qmin - lane::rounded(lowest / scale);
        return {scale, lane::to_int(lane::nearest_even(lane::min(lane::max(zero, qmin), qmax)))};
    }
    template <IntegerElement T> static constexpr HalfEven rounding(float, float) { return {}; }
};

/// TFLite's hybrid kernels, symmetric activations (`portable_tensor_utils.cc`, SymmetricQuantizeFloats), T is
/// int8_symmetric: with r = max|x|, s = r / 127 and q = away(x * f32(127 / r)); s = 1 where r = 0.
struct TfLiteHybridSymmetric {
    template <class T> static constexpr float reach(float lowest, float highest) {
        const float r = lane::max(-lowest, highest);
        return r / static_cast<float>(element<T>::highest) > 0.0f && inverse<T>(r) <= 3.40282346638528859812e+38f
                   ? r
                   : 0.0f;
    }
    template <IntegerElement T> static constexpr Affine<> fit(float lowest, float highest) {
        const float r = reach<T>(lowest, highest);
        return {r > 0.0f ? r / static_cast<float>(element<T>::highest) : 1.0f, 0};
    }

    /// away(f32(x * factor))
    struct Factor : HalfAway {
        float factor = 0.0f;
        constexpr explicit Factor(float f) : factor(f) {}
        template <class F> QTENSOR_FORCE_INLINE constexpr F quotient(F x, F) const {
            return lane::rounded(x * lane::broadcast<F>(factor));
        }
    };
    template <IntegerElement T> static constexpr Factor rounding(float lowest, float highest) {
        const float r = reach<T>(lowest, highest);
        return Factor(r > 0.0f ? inverse<T>(r) : 0.0f);
    }

private:
    template <class T> static constexpr float inverse(float r) { return static_cast<float>(element<T>::highest) / r; }
};

/// TFLite's hybrid kernels, asymmetric activations (the same file, AsymmetricQuantizeFloats), T is std::int8_t:
///
///     s = (highest - lowest) / 255 in double; z from the end of the range where |q| + |x / s| is smaller, away,
///     clamped q = away(f32(z + f32(x * f32(1 / f32(s)))))
///
/// s = 1 and z = 0 where the range is {0, 0}.
struct TfLiteHybridAsymmetric {
    template <IntegerElement T> static constexpr Affine<> fit(float lowest, float highest) {
        constexpr auto qmin = static_cast<double>(element<T>::lowest);
        constexpr auto qmax = static_cast<double>(element<T>::highest);
        const double scale = (static_cast<double>(highest) - static_cast<double>(lowest)) / (qmax - qmin);
        const auto stored = static_cast<float>(scale);
        if (!(stored > 0.0f && 1.0f / stored <= 3.40282346638528859812e+38f)) return {1.0f, 0};
        const double below = lane::rounded(static_cast<double>(lowest) / scale);
        const double above = lane::rounded(static_cast<double>(highest) / scale);
        const bool from_below = magnitude(qmin) + magnitude(below) < magnitude(qmax) + magnitude(above);
        const double zero = HalfAway::round(from_below ? qmin - below : qmax - above);
        return {stored, static_cast<std::int32_t>(lane::min(lane::max(zero, qmin), qmax))};
    }

    struct Shifted : Reciprocal<HalfAway> {
        template <class F> QTENSOR_FORCE_INLINE static constexpr F shifted(F x, F scale, F zero_point) {
            return HalfAway::round(lane::rounded(zero_point + quotient(x, scale)));
        }
    };
    template <IntegerElement T> static constexpr Shifted rounding(float, float) { return {}; }

private:
    static constexpr double magnitude(double x) { return x < 0.0 ? -x : x; }
};

namespace detail {
template <class D>
concept is_dynamic_rule = requires {
    { D::template fit<std::int8_t>(0.0f, 0.0f) } -> std::same_as<Affine<>>;
    D::template rounding<std::int8_t>(0.0f, 0.0f);
};
}  // namespace detail

template <class D>
concept DynamicRule =
    detail::is_dynamic_rule<D> ||
    unsatisfied<
        "not a rule of dynamic quantization: use OnnxDynamic, TfLiteHybridSymmetric, TfLiteHybridAsymmetric, or "
        "a type with fit<T>(lowest, highest) and rounding<T>(lowest, highest)">();

namespace detail {
template <class D> constexpr bool must_be_dynamic_rule() {
    static_assert(DynamicRule<D>, "not a rule of dynamic quantization: use OnnxDynamic, TfLiteHybridSymmetric, "
                                  "TfLiteHybridAsymmetric, or a type with fit<T>(lowest, highest) and "
                                  "rounding<T>(lowest, highest)");
    return true;
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
