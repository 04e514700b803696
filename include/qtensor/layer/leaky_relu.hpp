// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Leaky ReLU: x above zero, alpha x below; alpha is a scale policy that the compiler knows, Ratio<3, 10> is 0.3.
///
///     LeakyRelu<Shape<2, 160, 8>, Ratio<3, 10>>
///
/// Integer reading: TFLite LEAKY_RELU, (x - z_x) requantized by s_x / s_y where it is not negative and by s_x alpha /
/// s_y where it is, both in float (tflite-micro `kernels/leaky_relu_common.cc`).

#include "../gemm/store.hpp"
#include "../scale/ratio.hpp"
#include "combine.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The rule, made from the scales of codes X at both ends; called with lanes of codes. alpha >= 0.
template <class X, Dialect D> struct BoundLeakyRelu {
    using Words = std::array<std::int32_t, D::words>;
    std::int32_t zero = 0;
    Words above{}, below{};
    CodeRange range{};

    template <PerTensorScale In, PerTensorScale Out>
    constexpr BoundLeakyRelu(const In& x, const Out& y, float alpha)
        : zero(zero_point_of(x, 0)), above(D::derive(x.scale(0) / y.scale(0), 1.0f, 1.0f)),
          below(D::derive(lane::rounded(x.scale(0) * alpha) / y.scale(0), 1.0f, 1.0f)),
          range(detail::code_range<X>(y)) {
        std::uint64_t most = INT32_MAX;
        if constexpr (requires { D::largest_accumulator(above); }) {
            most = D::largest_accumulator(above) < D::largest_accumulator(below) ? D::largest_accumulator(above)
                                                                                 : D::largest_accumulator(below);
        }
        QTENSOR_REQUIRE(detail::reach<X>(x) <= most, "leaky ReLU: s_x / s_y is too far above one for these codes",
                        detail::reach<X>(x), most);
    }

    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V x) const {
        const V real = x - lane::broadcast<V>(zero);
        std::array<V, D::words> words{};
        for (std::size_t i = 0; i < D::words; ++i)
            words[i] = lane::select(real < lane::broadcast<V>(std::int32_t{0}), lane::broadcast<V>(below[i]),
                                    lane::broadcast<V>(above[i]));
        return D::apply(real, words, range);
    }
};

namespace detail {
template <class Size, class Alpha, class N> struct LeakyReluOp {
    static_assert(is_static_scale<Alpha>, "alpha is known to the compiler: Ratio<3, 10> or PowerOfTwo<-3>");
    using input_shape = Size;
    using output_shape = Size;
    static constexpr std::size_t macs = static_size<Size>;
    static constexpr float alpha = Alpha{}.scale(0);

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        static constexpr bool in_place = true;
        BoundLeakyRelu<X, typename N::dialect> rule;
        constexpr Bound(const S& input, const S& output) : rule(input, output, alpha) {}
        constexpr void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch) const {
            using V = lanes<std::int32_t, Arch>;
            for (std::size_t i = 0; i < batch * macs; i += lane::width<V>) {
                const std::size_t count = batch * macs - i;
                store_cells<X>(y + i, rule(lane::load<V>(x + i, count)), count);
            }
        }
    };
    template <class Arch, class S> struct Bound<Arch, float, S> {
        using output_element = float;
        static constexpr bool in_place = true;
        constexpr Bound(const S&, const S&) {}
        constexpr void run(const float* x, float* y, std::size_t batch) const {
            for (std::size_t i = 0; i < batch * macs; ++i) y[i] = x[i] < 0.0f ? x[i] * alpha : x[i];
        }
    };
};
}  // namespace detail

template <class Size, class Alpha = Ratio<1, 100>, class N = numerics::TfLite>
struct LeakyRelu : WeightlessLayer<LeakyRelu<Size, Alpha, N>, detail::LeakyReluOp<Size, Alpha, N>, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
