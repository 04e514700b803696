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

namespace detail {
constexpr double magnitude_of(double x) { return x < 0.0 ? -x : x; }
}  // namespace detail

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
        const bool from_below = detail::magnitude_of(qmin) + detail::magnitude_of(below) <
                                detail::magnitude_of(qmax) + detail::magnitude_of(above);
        const double zero = HalfAway::round(from_below ? qmin - below : qmax - above);
        return {stored, static_cast<std::int32_t>(lane::min(lane::max(zero, qmin), qmax))};
    }

    struct Shifted : Reciprocal<HalfAway> {
        template <class F> QTENSOR_FORCE_INLINE static constexpr F shifted(F x, F scale, F zero_point) {
            return HalfAway::round(lane::rounded(zero_point + quotient(x, scale)));
        }
    };
    template <IntegerElement T> static constexpr Shifted rounding(float, float) { return {}; }
};

/// PyTorch's dynamic linear layers on FBGEMM (`QuantUtils.h`, ChooseQuantizationParams; `qlinear_dynamic.cpp`), T is
/// std::uint8_t. With Reduced, as PyTorch has it on x86, the range is spread over half the codes, so that kernels whose
/// pairwise sums saturate do not (rounding may still reach half + 1); those here never do, so it is for equal numbers
/// alone:
///
///     qmin, qmax        each divided by 2, towards zero, when Reduced
///     s                 (highest - lowest) / (qmax - qmin) in double; 0.1 where f32(s) or its inverse is no number;
///                       at least f32(6.1e-5), lowest and highest growing with it in float
///     z                 even(clamp(qmin - lowest / s)) or from the highest, whichever end has the smaller
///                       |q| - |x / s|, in double
///     q                 even(x * f32(1 / f32(s)) + z), fused
template <bool Reduced = true> struct TorchDynamic {
    template <IntegerElement T> static constexpr Affine<> fit(float lowest, float highest) {
        constexpr std::int64_t first = element<T>::lowest / (Reduced ? 2 : 1);
        constexpr std::int64_t last = element<T>::highest / (Reduced ? 2 : 1);
        constexpr auto qmin = static_cast<double>(first), qmax = static_cast<double>(last);
        constexpr float least = 6.1e-5f;
        double scale = (static_cast<double>(highest) - static_cast<double>(lowest)) / (qmax - qmin);
        const auto stored = static_cast<float>(scale);
        if (!(stored > 0.0f && 1.0f / stored <= 3.40282346638528859812e+38f)) scale = 0.1;
        if (scale < static_cast<double>(least)) {
            const float growth = least / static_cast<float>(scale);
            const float whole = lane::rounded(least * static_cast<float>(last - first));
            const bool up = lowest == 0.0f, down = highest == 0.0f;
            lowest = down ? -whole : lane::rounded(lowest * growth);  // 0 stays 0
            highest = up ? whole : lane::rounded(highest * growth);
            scale = static_cast<double>(least);
        }
        const double below = lane::rounded(static_cast<double>(lowest) / scale);
        const double above = lane::rounded(static_cast<double>(highest) / scale);
        const bool from_below = detail::magnitude_of(qmin) - detail::magnitude_of(below) <
                                detail::magnitude_of(qmax) - detail::magnitude_of(above);
        const double zero = from_below ? qmin - below : qmax - above;
        return {static_cast<float>(scale),
                static_cast<std::int32_t>(HalfEven::round(lane::min(lane::max(zero, qmin), qmax)))};
    }
    template <IntegerElement T> static constexpr TorchFusedReciprocal rounding(float, float) { return {}; }
};

namespace detail {
template <class D>
concept is_dynamic_rule = requires {
    { D::template fit<std::int8_t>(0.0f, 0.0f) } -> std::same_as<Affine<>>;
    D::template rounding<std::int8_t>(0.0f, 0.0f);
};
}  // namespace detail

template <class D>
concept DynamicRule = detail::is_dynamic_rule<D> ||
    unsatisfied<"not a rule of dynamic quantization: use OnnxDynamic, TfLiteHybridSymmetric, TfLiteHybridAsymmetric, "
                "TorchDynamic, or a type with fit<T>(lowest, highest) and rounding<T>(lowest, highest)">();

namespace detail {
template <class D> constexpr bool must_be_dynamic_rule() {
    static_assert(DynamicRule<D>, "not a rule of dynamic quantization: use OnnxDynamic, TfLiteHybridSymmetric, "
                                  "TfLiteHybridAsymmetric, TorchDynamic, or a type with fit<T>(lowest, highest) "
                                  "and rounding<T>(lowest, highest)");
    return true;
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
