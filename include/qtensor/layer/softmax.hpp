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

template <class Size, class N> struct SoftmaxOp {
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
        constexpr Affine<> scale = unit_scale<typename N::activation>;
        return {scale.value, scale.zero};
    }

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        static constexpr bool in_place = true;
        SoftmaxScaling scaling;
        constexpr Bound(const S& input, const S&)
            : scaling(sizeof(X) == 1 ? SoftmaxScaling::of_bytes(input.scale(0))
                                     : SoftmaxScaling::of_words(input.scale(0))) {}
        constexpr void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch) const {
            softmax_rows<cell_of<X>, cell_of<X>, typename N::dialect, Arch>(scaling, x, y, batch * macs / logits,
                                                                            logits);
        }
    };
    template <class Arch, class S> struct Bound<Arch, float, S> {
        using output_element = float;
        static constexpr bool in_place = true;
        constexpr Bound(const S&, const S&) {}
        constexpr void run(const float* x, float* y, std::size_t batch) const {
            for (std::size_t i = 0; i < batch * macs; i += logits) softmax_row_of_reals(x + i, y + i, logits);
        }
    };
};

}  // namespace detail

template <class Size, class N = numerics::TfLite>
struct Softmax : WeightlessLayer<Softmax<Size, N>, detail::SoftmaxOp<Size, N>, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
