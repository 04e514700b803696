// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Numerics bundles: one set of numeric policies that a layer takes as a whole. Inherit one and override what you mean:
///
///     struct Mine : numerics::TfLite {
///         template <std::size_t N> using weight_scale = ShiftPerChannel<N>;
///         using rounding = HalfEven;
///     };

#include "../numeric/cmsis_nn.hpp"
#include "../numeric/element.hpp"
#include "../numeric/exact_rational.hpp"
#include "../numeric/fbgemm.hpp"
#include "../numeric/onnx.hpp"
#include "../numeric/power_of_two_shift.hpp"
#include "../numeric/reciprocal.hpp"
#include "../numeric/rounding.hpp"
#include "../numeric/tflite.hpp"
#include "../numeric/tflite_single.hpp"
#include "../numeric/xnnpack.hpp"
#include "../scale/affine.hpp"
#include "../scale/dynamic.hpp"
#include "../scale/per_channel.hpp"
#include "../scale/per_tensor.hpp"
#include "../scale/power_of_two_per_tensor.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace numerics {

/// The library's default: TFLite's int8 specification (lite/g3doc/performance/quantization_spec.md). Activations int8
/// with a zero point, weights int8 in [-127, 127] per output channel, integer-only requantization with two roundings.
struct TfLite {
    using activation = std::int8_t;
    using activation_scale = Affine<>;
    using weight = int8_symmetric;
    template <std::size_t N> using weight_scale = PerChannel<N>;
    using bias = std::int32_t;
    using rounding = HalfAway;
    using dialect = TfLiteDoubleRounding;
};

/// TFLite's 16x8 (the same specification): activations of 16 bits with zero point 0, weights of 8, a bias of 64 bits
/// and sums of 64 with it. A bundle that overrides `bias` with std::int32_t sums in 32 bits: other codes in the last
/// place, because the rule for wide sums is another one. Sums of 64 bits are the scalar architecture's, whatever the
/// tag: the parameters must outlive a packed layer.
struct TfLite16x8 : TfLite {
    using activation = std::int16_t;
    using activation_scale = PerTensor<>;
    using bias = std::int64_t;
};

/// TFLite with weights of 4 bits, [-7, 7] per output channel, two to a byte.
struct TfLiteInt4 : TfLite {
    using weight = int4_symmetric;
};

/// TFLite built with TFLITE_SINGLE_ROUNDING, and ruy.
struct TfLiteSingle : TfLite {
    using dialect = TfLiteSingleRounding;
};

/// CMSIS-NN's default build: TFLite's numbers, on microcontrollers.
struct CmsisNn : TfLite {
    using dialect = qtensor::CmsisNn;
};

/// XNNPACK's qs8 kernels: the same tensors, requantized by one float product, ties to even.
struct Xnnpack : TfLite {
    using rounding = HalfEven;
    using dialect = XnnpackFp32;
};

/// ONNX QuantizeLinear and QLinearMatMul: activations uint8 with a zero point, division, ties to even, the zero point
/// added before rounding.
struct Onnx : TfLite {
    using activation = std::uint8_t;
    using rounding = HalfEven;
    using dialect = OnnxQLinear<>;
};

/// PyTorch on x86 (FBGEMM): activations quint8, weights qint8 per channel, a product with the inverse of the scale.
struct Torch : TfLite {
    using activation = std::uint8_t;
    using weight = std::int8_t;
    using rounding = TorchReciprocal;
    using dialect = FbgemmFloat;
};

/// Every scale a power of two and no zero points: requantization is a shift, ties up.
struct Fixed : TfLite {
    using activation_scale = PowerOfTwoPerTensor;
    template <std::size_t N> using weight_scale = PowerOfTwoPerChannel<N>;
    using rounding = HalfUp;
    using dialect = PowerOfTwoShift<HalfUp>;
};

/// The basic transform of the article: int8, one scale per tensor, no zero point, everything rounded down. On average
/// each code is half a step too low.
struct Article : TfLite {
    using activation_scale = PerTensor<>;
    using weight = std::int8_t;
    template <std::size_t> using weight_scale = PerTensor<>;
    using rounding = Floor;
    using dialect = ExactRational<Floor>;
};

/// Dynamic quantization: real numbers flow between layers, and a layer with weights quantizes each sample that comes in
/// by a scale measured from it (scale/dynamic.hpp has the rules; `code` is what it makes), multiplies integers and
/// makes real numbers of the sums. Layers without weights compute with real numbers. No samples are needed to quantize
/// a network. (TFLite's hybrid kernels; PyTorch's quantize_dynamic.)
struct Dynamic : TfLite {
    using activation = float;
    using activation_scale = Unscaled;
    using bias = float;
    using code = int8_symmetric;
    using dynamic_rule = TfLiteHybridSymmetric;
};

/// The same with zero points, for activations that are all on one side of zero.
struct DynamicAsymmetric : Dynamic {
    using code = std::int8_t;
    using dynamic_rule = TfLiteHybridAsymmetric;
};

/// With the rule of PyTorch on x86, half the codes of quint8 (but a scale per sample and per channel of the weights).
struct DynamicTorch : Dynamic {
    using code = std::uint8_t;
    using dynamic_rule = TorchDynamic<>;
};

/// Half the memory between layers: float16 in and out, products of int8.
struct DynamicHalf : Dynamic {
    using activation = float16;
};

}  // namespace numerics

namespace detail {
/// Activations are real, and measured.
template <class N>
concept is_dynamic = is_element<typename N::activation> && !is_integer_element<typename N::activation> && requires {
    typename N::dynamic_rule;
    element<typename N::code>::lowest;
};
template <class N>
concept is_numerics =
    (is_integer_element<typename N::activation> || is_dynamic<N>) && is_integer_element<typename N::weight> &&
    is_scale<typename N::activation_scale> && is_scale<typename N::template weight_scale<1>> &&
    is_dialect<typename N::dialect> && (rounds_alone<typename N::rounding> || rounds_by_index<typename N::rounding>);
}  // namespace detail

template <class N>
concept Numerics =
    detail::is_numerics<N> ||
    unsatisfied<"not a numerics bundle: inherit numerics::TfLite and override activation, activation_scale, "
                "weight, weight_scale<N>, rounding or dialect">();

namespace detail {
template <class N> struct bias_of {
    using type = std::int32_t;
};
template <class N>
    requires requires { typename N::bias; }
struct bias_of<N> {
    using type = typename N::bias;
};
}  // namespace detail

/// The element of a bundle's biases; std::int32_t for one that names none.
template <class N> using bias_of = typename detail::bias_of<N>::type;

/// What a layer of this bundle sums in, as BoundSums takes it. Sums of 16-bit activations have the type of the bias, as
/// in TFLite and CMSIS-NN; others the narrowest that is proven.
template <class N>
using accumulator_of = std::conditional_t<detail::is_integer_element<typename N::activation> &&
                                              sizeof(value_of<typename N::activation>) == 2,
                                          bias_of<N>, void>;

namespace detail {
template <class N> constexpr bool must_be_numerics() {
    static_assert(Numerics<N>, "not a numerics bundle: inherit numerics::TfLite and override activation, "
                               "activation_scale, weight, weight_scale<N>, rounding or dialect");
    return true;
}
template <class L> struct numerics_of {
    using type = numerics::TfLite;
};
template <class L>
    requires requires { typename L::numerics; }
struct numerics_of<L> {
    using type = typename L::numerics;
};
}  // namespace detail

/// The bundle of a layer; TfLite for one that names none.
template <class L> using numerics_of = typename detail::numerics_of<L>::type;

/// The weight scale of a bundle that fits N channels, from the scale each channel would like. A policy that cannot take
/// any value (powers of two) says how it chooses in a static `fit`, and must not choose smaller: that would clip
/// weights.
template <class S, std::size_t N> constexpr S fit_scale(const std::array<float, N>& wanted) {
    if constexpr (requires { S::fit(wanted); }) {
        return S::fit(wanted);
    } else if constexpr (S::axis == per_tensor) {
        float largest = wanted[0];
        for (const float scale : wanted) largest = scale > largest ? scale : largest;
        return S{largest};
    } else {
        return S{wanted};
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
