// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Normalisation over the last axis, n numbers x:
///
///     LayerNorm<Shape<128, 64>>    y = (x - mean) / sqrt(variance + epsilon) * gain + bias    (Ba et al. 2016)
///     RmsNorm<Shape<128, 64>>      y = x / sqrt(mean of x^2 + epsilon) * gain + bias          (Zhang and Sennrich
///     2019) L2Norm<Shape<64>>            y = x / sqrt(sum of x^2), 0 where all x are; worth 1/128, zero point 0
///     (TFLite)
///
/// Integer reading, this library's own rule: sums of codes and of their squares are exact integers; the quotient, the
/// root and what follows are in double, one rounding per operation; the result becomes a float, and a code by the
/// rounding of the bundle. The input's scale enters by epsilon / s_x^2 alone. Gains and biases stay float. Float
/// reading: sums in double in order, then the same.

#include "functions.hpp"
#include "parameters.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// (x - shift) * factor normalises a row: from the sums of n numbers and of their squares (about 0).
struct Normalizer {
    double shift = 0.0;
    double factor = 0.0;

    static constexpr Normalizer of(bool centered, double n, double sum, double squares, double epsilon) {
        const double mean = sum / n;
        const double spread = squares / n;
        const double power = lane::rounded((centered ? spread - lane::rounded(mean * mean) : spread) + epsilon);
        return {centered ? mean : 0.0, power > 0.0 ? 1.0 / real::sqrt(power) : 0.0};
    }
    /// For codes: n^2 variance = n sum q^2 - (sum q)^2 is an exact integer.
    static constexpr Normalizer of_codes(bool centered, std::int64_t n, std::int64_t sum, std::int64_t squares,
                                         double epsilon) {
        const double nn = static_cast<double>(n) * static_cast<double>(n);
        const std::int64_t exact = centered ? n * squares - sum * sum : n * squares;
        const double power = lane::rounded(static_cast<double>(exact) / nn) + epsilon;
        return {centered ? static_cast<double>(sum) / static_cast<double>(n) : 0.0,
                power > 0.0 ? 1.0 / real::sqrt(power) : 0.0};
    }
    constexpr float operator()(double x, float gain, float bias) const {
        const double scaled = lane::rounded(lane::rounded((x - shift) * factor) * static_cast<double>(gain));
        return static_cast<float>(scaled + static_cast<double>(bias));
    }
};

/// n, so that n sum (q - z)^2 fits an int64.
inline constexpr std::size_t longest_norm = 65536;

/// One row of codes worth s_x to codes of Out. gain(i) and bias(i) are floats.
template <class R, class X, class In, class Out, class Gain, class Bias>
constexpr void normalize_codes(bool centered, const In& in, const Out& out, double epsilon, const value_of<X>* x,
                               value_of<X>* y, std::size_t n, const Gain& gain, const Bias& bias) {
    const std::int64_t zero = zero_point_of(in, 0);
    std::int64_t sum = 0, squares = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const std::int64_t q = x[i] - zero;
        sum += q;
        squares += q * q;
    }
    const double unit = lane::rounded(static_cast<double>(in.scale(0)) * static_cast<double>(in.scale(0)));
    const auto norm = Normalizer::of_codes(centered, static_cast<std::int64_t>(n), sum, squares, epsilon / unit);
    for (std::size_t i = 0; i < n; ++i) {
        y[i] = quantize_one<X, Saturate>(norm(static_cast<double>(x[i] - zero), gain(i), bias(i)), out.scale(0),
                                         zero_point_of(out, 0), R{}, i);
    }
}

template <class Gain, class Bias>
constexpr void normalize_reals(bool centered, double epsilon, const float* x, float* y, std::size_t n, const Gain& gain,
                               const Bias& bias) {
    double sum = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        const auto value = static_cast<double>(x[i]);
        sum += value;
        squares += lane::rounded(value * value);
    }
    const auto norm = Normalizer::of(centered, static_cast<double>(n), sum, squares, epsilon);
    for (std::size_t i = 0; i < n; ++i) y[i] = norm(static_cast<double>(x[i]), gain(i), bias(i));
}

/// LayerNorm and RmsNorm.
template <class Self, class Size, bool Centered, class N> struct NormLayer {
    static_assert(must_be_numerics<N>());
    static_assert(Size::is_static && Size::rank > 0, "a normalisation takes a static shape: LayerNorm<Shape<128, 64>>");
    static constexpr std::size_t length = Size::static_extent(Size::rank - 1);
    static_assert(length > 0 && length <= longest_norm, "a normalisation is over 1 to 65536 numbers");
    using numerics = N;
    using input_shape = Size;
    using output_shape = Size;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    static constexpr std::size_t macs = 2 * static_size<Size>;
    static constexpr std::size_t weight_bytes = 2 * length * sizeof(float);

    template <class Arch, class X, class S> struct Packed;

    struct Float {
        using layer = Self;
        template <class Arch> using packed = Packed<Arch, float, Unscaled>;
        std::array<float, length> gain = ones();
        std::array<float, length> bias{};
        double epsilon = 1e-5;
        static constexpr Unscaled input{}, output{};

        static constexpr std::array<float, length> ones() {
            std::array<float, length> made{};
            for (float& value : made) value = 1.0f;
            return made;
        }
    };
    struct Quantized {
        using layer = Self;
        template <class Arch> using packed = Packed<Arch, activation_element, activation_scale>;
        std::array<float, length> gain{};
        std::array<float, length> bias{};
        double epsilon = 1e-5;
        activation_scale input{};
        activation_scale output{};
    };
    static constexpr Quantized quantized(const Float& real, activation_scale input, activation_scale output) {
        return {real.gain, real.bias, real.epsilon, input, output};
    }

    /// Either reading; parameters are copied, so the originals may go.
    template <class Arch, class X, class S> struct Packed {
        using layer = Self;
        using input_element = X;
        using output_element = X;
        static constexpr bool in_place = true;

        template <class Parameters>
        constexpr explicit Packed(const Parameters& p)
            : gain_(p.gain), bias_(p.bias), epsilon_(p.epsilon), input_(p.input), output_(p.output) {
            QTENSOR_REQUIRE(p.epsilon >= 0.0, "a normalisation's epsilon is not negative", p.epsilon < 0.0 ? -1 : 0, 0);
            require_usable(input_, 1);
            require_usable(output_, 1);
        }
        constexpr S input_scale() const { return input_; }
        constexpr S output_scale() const { return output_; }
        static constexpr std::size_t workspace_bytes(std::size_t) { return 0; }

        constexpr void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch, std::span<std::byte>) const {
            const auto gain = [this](std::size_t i) { return gain_[i]; };
            const auto bias = [this](std::size_t i) { return bias_[i]; };
            for (std::size_t at = 0; at < batch * static_size<Size>; at += length) {
                if constexpr (is_integer_element<X>) {
                    normalize_codes<typename N::rounding, X>(Centered, input_, output_, epsilon_, x + at, y + at,
                                                             length, gain, bias);
                } else {
                    normalize_reals(Centered, epsilon_, x + at, y + at, length, gain, bias);
                }
            }
        }

    private:
        std::array<float, length> gain_, bias_;
        double epsilon_;
        S input_, output_;
    };
};

template <class Size, class N> struct L2NormOp {
    static_assert(Size::is_static && Size::rank > 0, "a normalisation takes a static shape: L2Norm<Shape<64>>");
    using input_shape = Size;
    using output_shape = Size;
    static constexpr std::size_t macs = 2 * static_size<Size>;
    static constexpr std::size_t length = Size::static_extent(Size::rank - 1);
    static_assert(length > 0 && length <= longest_norm, "a normalisation is over 1 to 65536 numbers");

    template <class S>
        requires has_zero_point<S>
    static constexpr S fixed_output(const S&) {
        constexpr Affine<> scale = signed_unit_scale<typename N::activation>;
        return {scale.value, scale.zero};
    }

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        static constexpr bool in_place = true;
        S input, output;
        constexpr Bound(const S& in, const S& out) : input(in), output(out) {}
        constexpr void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch) const {
            // sum x^2 = n mean x^2: the root of n is the gain's
            const auto gain = [](std::size_t) {
                return static_cast<float>(1.0 / real::sqrt(static_cast<double>(length)));
            };
            const auto none = [](std::size_t) { return 0.0f; };
            for (std::size_t at = 0; at < batch * macs / 2; at += length) {
                if constexpr (is_integer_element<X>) {
                    normalize_codes<typename N::rounding, X>(false, input, output, 0.0, x + at, y + at, length, gain,
                                                             none);
                } else {
                    normalize_reals(false, 0.0, x + at, y + at, length, gain, none);
                }
            }
        }
    };
};

}  // namespace detail

template <class Size, class N = numerics::TfLite>
struct LayerNorm : detail::NormLayer<LayerNorm<Size, N>, Size, true, N> {};

template <class Size, class N = numerics::TfLite>
struct RmsNorm : detail::NormLayer<RmsNorm<Size, N>, Size, false, N> {};

template <class Size, class N = numerics::TfLite>
struct L2Norm : WeightlessLayer<L2Norm<Size, N>, detail::L2NormOp<Size, N>, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
