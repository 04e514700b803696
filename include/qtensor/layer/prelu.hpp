// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Parametric ReLU: x above zero, alpha x below, with an alpha that training finds for each channel (the last axis).
///
///     PRelu<Shape<28, 28, 16>>                  He et al. 2015
///
/// Integer reading: TFLite PRELU, x - z_x requantized by s_x / s_y where it is not negative, (x - z_x) (alpha - z_a) by
/// s_x s_a / s_y where it is, both in float (`reference/prelu.h`, `kernels/prelu_common.cc`).

#include "../gemm/store.hpp"
#include "combine.hpp"
#include "parameters.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The rule, made from the scales of codes X at both ends and of the alphas; called with lanes of codes of x and alpha.
template <class X, Dialect D> struct BoundPRelu {
    using Words = std::array<std::int32_t, D::words>;
    std::int32_t x_zero = 0, alpha_zero = 0;
    Words above{}, below{};
    CodeRange range{};

    constexpr BoundPRelu() = default;
    template <PerTensorScale In, PerTensorScale Alpha, PerTensorScale Out>
    constexpr BoundPRelu(const In& x, const Alpha& alpha, const Out& y)
        : x_zero(zero_point_of(x, 0)), alpha_zero(zero_point_of(alpha, 0)),
          above(D::derive(x.scale(0) / y.scale(0), 1.0f, 1.0f)),
          below(D::derive(lane::rounded(x.scale(0) * alpha.scale(0)) / y.scale(0), 1.0f, 1.0f)),
          range(detail::code_range<X>(y)) {
        require_usable(x, 1);
        require_usable(alpha, 1);
        require_usable(y, 1);
        std::uint64_t plain = INT32_MAX, product = INT32_MAX;
        if constexpr (requires { D::largest_accumulator(above); }) {
            plain = D::largest_accumulator(above);
            product = D::largest_accumulator(below);
        }
        const std::uint64_t largest = detail::reach<X>(x);
        QTENSOR_REQUIRE(largest <= plain && bound_product(largest, detail::reach<X>(alpha)) <= product,
                        "p-ReLU: s_x / s_y is too far above one for these codes", largest, plain);
    }

    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V x, V alpha) const {
        const V real = x - lane::broadcast<V>(x_zero);
        const auto negative = real < lane::broadcast<V>(std::int32_t{0});
        std::array<V, D::words> words{};
        for (std::size_t i = 0; i < D::words; ++i)
            words[i] = lane::select(negative, lane::broadcast<V>(below[i]), lane::broadcast<V>(above[i]));
        return D::apply(lane::select(negative, real * (alpha - lane::broadcast<V>(alpha_zero)), real), words, range);
    }
};

template <class Size, class N = numerics::TfLite> struct PRelu {
    static_assert(detail::must_be_numerics<N>());
    static_assert(Size::is_static && Size::rank > 0,
                  "p-ReLU takes a static shape with channels along its last axis: PRelu<Shape<28, 28, 16>>");
    static_assert(sizeof(value_of<typename N::activation>) == 1, "p-ReLU takes codes of 8 bits");
    static constexpr std::size_t channels = Size::static_extent(Size::rank - 1);
    using numerics = N;
    using input_shape = Size;
    using output_shape = Size;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    static constexpr std::size_t macs = static_size<Size>;
    static constexpr std::size_t weight_bytes = channels;

    template <class Arch> struct PackedFloat;
    template <class Arch> struct PackedQuantized;

    struct Float {
        using layer = PRelu;
        template <class Arch> using packed = PackedFloat<Arch>;
        std::array<float, channels> alpha{};
    };
    struct Quantized {
        using layer = PRelu;
        template <class Arch> using packed = PackedQuantized<Arch>;
        QTensor<std::int8_t, Affine<>, Shape<channels>, Inline> alpha{};
        activation_scale input{};
        activation_scale output{};
    };

    /// The alphas get one symmetric scale.
    static constexpr Quantized quantized(const Float& real, activation_scale input, activation_scale output) {
        float largest = 0.0f;
        for (const float alpha : real.alpha) largest = lane::max(largest, detail::magnitude(alpha));
        const Affine<> scale{largest > 0.0f ? largest / 127.0f : 1.0f, 0};
        Quantized codes{decltype(Quantized::alpha)({}, scale), input, output};
        quantize_into(std::span<const float>(real.alpha), codes.alpha, typename N::rounding{});
        return codes;
    }
};

/// The float reading.
template <class Size, class N> template <class Arch> struct PRelu<Size, N>::PackedFloat {
    using layer = PRelu;
    using input_element = float;
    using output_element = float;
    static constexpr bool in_place = true;

    constexpr explicit PackedFloat(const Float& real) : alpha_(real.alpha) {}
    static constexpr Unscaled input_scale() { return {}; }
    static constexpr Unscaled output_scale() { return {}; }
    static constexpr std::size_t workspace_bytes(std::size_t) { return 0; }
    constexpr void run(const float* x, float* y, std::size_t batch, std::span<std::byte>) const {
        for (std::size_t i = 0; i < batch * macs; ++i) y[i] = x[i] < 0.0f ? x[i] * alpha_[i % channels] : x[i];
    }

private:
    std::array<float, channels> alpha_;
};

/// The integer reading.
template <class Size, class N> template <class Arch> struct PRelu<Size, N>::PackedQuantized {
    using layer = PRelu;
    using input_element = activation_element;
    using output_element = activation_element;
    static constexpr bool in_place = true;

    constexpr explicit PackedQuantized(const Quantized& codes)
        : input_(codes.input), output_(codes.output), alpha_(codes.alpha),
          rule_(codes.input, codes.alpha.scale(), codes.output) {}
    constexpr activation_scale input_scale() const { return input_; }
    constexpr activation_scale output_scale() const { return output_; }
    static constexpr std::size_t workspace_bytes(std::size_t) { return 0; }
    constexpr void run(const cell_of<activation_element>* x, cell_of<activation_element>* y, std::size_t batch,
                       std::span<std::byte>) const {
        using V = lanes<std::int32_t, Arch>;
        constexpr std::size_t step = lane::width<V>;
        for (std::size_t row = 0; row < batch * (macs / channels); ++row, x += channels, y += channels) {
            for (std::size_t c = 0; c < channels; c += step) {
                const std::size_t count = channels - c < step ? channels - c : step;
                store_cells<activation_element>(
                    y + c, rule_(lane::load<V>(x + c, count), lane::load<V>(alpha_.data() + c, count)), count);
            }
        }
    }

private:
    activation_scale input_, output_;
    decltype(Quantized::alpha) alpha_;
    BoundPRelu<activation_element, typename N::dialect> rule_;
};

}  // namespace qtensor::inline QTENSOR_ABI
