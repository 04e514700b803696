// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Softmax over the last axis, TFLite's SOFTMAX with beta = 1; what the bits are is said in softmax_rows.hpp.
///
///     Softmax<Shape<10>>     Softmax<Shape<14, 14, 21>>       a distribution per position
///
/// The output is worth 1/256 with zero at the lowest code (8 bits), 1/32768 with zero at 0 (std::int16_t).

#include "functions.hpp"
#include "softmax_rows.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Softmax or log-softmax over the last axis. `Rule` says what its codes are worth, binds the scale of its input, and
/// knows rows of codes and a row of reals.
template <class Size, class N, class Rule> struct SoftmaxOp {
    static_assert(Size::is_static && Size::rank > 0, "softmax takes a static shape: Softmax<Shape<10>>");
    using input_shape = Size;
    using output_shape = Size;
    static constexpr std::size_t macs = static_size<Size>;
    static constexpr std::size_t logits = Size::static_extent(Size::rank - 1);
    static_assert(logits > 0, "softmax takes at least one logit");
    static_assert(logits <= most_logits<typename N::activation>,
                  "softmax: more logits in a row than the sum of exponentials holds");
    static_assert(is_dynamic<N> || has_zero_point<typename N::activation_scale>,
                  "softmax makes codes with a zero point of their own: take a bundle whose activation_scale is Affine");

    template <class S>
        requires has_zero_point<S>
    static constexpr S fixed_output(const S&) {
        constexpr Affine<> scale = Rule::output;
        return {scale.value, scale.zero};
    }

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        static constexpr bool in_place = true;
        decltype(Rule::scaling(0.0f)) scaling;
        constexpr Bound(const S& input, const S&) : scaling(Rule::scaling(input.scale(0))) {}
        constexpr void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch) const {
            Rule::template run<Arch>(scaling, x, y, batch * macs / logits, logits);
        }
    };
    template <class Arch, class S> struct Bound<Arch, float, S> {
        using output_element = float;
        static constexpr bool in_place = true;
        constexpr Bound(const S&, const S&) {}
        constexpr void run(const float* x, float* y, std::size_t batch) const {
            for (std::size_t i = 0; i < batch * macs; i += logits) Rule::run_reals(x + i, y + i, logits);
        }
    };
};

template <class N> struct SoftmaxRule {
    static constexpr Affine<> output = unit_scale<typename N::activation>;
    static constexpr SoftmaxScaling scaling(float scale) {
        return sizeof(value_of<typename N::activation>) == 1 ? SoftmaxScaling::of_bytes(scale)
                                                             : SoftmaxScaling::of_words(scale);
    }
    template <class Arch, class X>
    static constexpr void run(const SoftmaxScaling& scaling, const X* x, X* y, std::size_t rows, std::size_t n) {
        softmax_rows<X, X, typename N::dialect, Arch>(scaling, x, y, rows, n);
    }
    static constexpr void run_reals(const float* x, float* y, std::size_t n) { softmax_row_of_reals(x, y, n); }
};

}  // namespace detail

template <class Size, class N = numerics::TfLite>
struct Softmax : WeightlessLayer<Softmax<Size, N>, detail::SoftmaxOp<Size, N, detail::SoftmaxRule<N>>, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
