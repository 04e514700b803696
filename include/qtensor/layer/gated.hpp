// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What recurrent layers with gates share (lstm.hpp, gru.hpp): sequences [Steps][In] in, hidden states [Steps][Hidden]
/// out, weights [gates * Hidden][In] and [gates * Hidden][Hidden], one scale for each gate's. What a layer does with
/// the sums of its gates is described by a type:
///
///     gates                            how many
///     has_hidden_bias                  whether the product of the hidden numbers has a bias of its own
///     Settings                         what is deployed besides weights and biases
///     RealStep<Products>               a step (recurrent.hpp) in real numbers, made from `Products`
///     IntegerStep<Products>            a step in integers
///
/// `GatedProducts` has the rest of a step: both products, and the scales at its ends.

#include <array>
#include <type_traits>

#include "layer.hpp"
#include "lstm_gates.hpp"
#include "measured.hpp"
#include "recurrent.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

template <class Row, bool present> struct HiddenBias {};
template <class Row> struct HiddenBias<Row, true> {
    Row hidden_bias{};
};

/// The two products of a step by `Product::of<weights, bias>`, bound from parameters P between X and X.
template <class X, class S, class Product, class P> class GatedProducts {
    static constexpr bool has_hidden_bias = requires(P& p) { p.hidden_bias; };
    using FromX = typename Product::template of<decltype(P::input_weights), decltype(P::bias)>;
    using FromH = typename std::conditional_t<
        has_hidden_bias,
        std::type_identity<typename Product::template of<decltype(P::hidden_weights), decltype(P::bias)>>,
        std::type_identity<typename Product::template of<decltype(P::hidden_weights)>>>::type;

public:
    using input_element = X;
    using output_element = X;
    using Parameters = P;
    using Sum = typename FromX::Sum;
    using Sums = std::array<Sum, FromX::rows>;
    static constexpr std::size_t in = FromX::in, out = FromH::in, rows = FromX::rows;

    constexpr S input_scale() const { return input_; }
    constexpr S output_scale() const { return output_; }
    static constexpr std::size_t workspace_bytes() {
        return larger_workspace(FromX::workspace_bytes(), FromH::workspace_bytes());
    }

protected:
    constexpr GatedProducts(const P& p, const S& input, const S& output)
        : input_(input), output_(output), from_x_(p.input_weights, input, p.bias), from_h_([&] {
              if constexpr (has_hidden_bias) {
                  return FromH(p.hidden_weights, output, p.hidden_bias);
              } else {
                  return FromH(p.hidden_weights, output);
              }
          }()) {}

    [[no_unique_address]] S input_;
    [[no_unique_address]] S output_;
    FromX from_x_;
    FromH from_h_;
};

}  // namespace detail

/// `Self` is the layer itself, named by its parameters.
template <class Self, class Op, std::size_t Steps, std::size_t In, std::size_t Hidden, class N> struct GatedLayer {
    static_assert(detail::must_be_numerics<N>());
    static_assert(Steps > 0 && In > 0 && Hidden > 0,
                  "a recurrent layer has at least one step, one input and one hidden number");
    using numerics = N;
    using input_shape = Shape<Steps, In>;
    using output_shape = Shape<Steps, Hidden>;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    using weight_element = typename N::weight;
    using bias_element = bias_of<N>;
    static constexpr std::size_t rows = Op::gates * Hidden;
    static constexpr std::size_t macs = Steps * rows * (In + Hidden);
    static constexpr std::size_t weight_bytes =
        cells_for<weight_element>(rows * In) + cells_for<weight_element>(rows * Hidden);

    /// The bias of the hidden numbers' product, a base of parameters: nothing where there is none.
    using FloatHiddenBias = detail::HiddenBias<QTensor<float, Unscaled, Shape<rows>, Inline>, Op::has_hidden_bias>;

    struct Float;
    struct Quantized;

private:
    template <class Arch> struct Exact {
        template <class W, class... B> using of = RowProduct<Arch, float, void, Unscaled, W, B...>;
        using Step = typename Op::template RealStep<detail::GatedProducts<float, Unscaled, Exact, Float>>;
    };
    template <class Arch> struct Measured {
        template <class W, class... B> using of = MeasuredRowProduct<Arch, N, W, B...>;
        using Step = typename Op::template RealStep<detail::GatedProducts<float, Unscaled, Measured, Quantized>>;
    };
    template <class Arch> struct Integer {
        template <class W, class... B>
        using of =
            RowProduct<Arch, activation_element, detail::gate_sum<activation_element>, activation_scale, W, B...>;
        using Step = typename Op::template IntegerStep<
            detail::GatedProducts<activation_element, activation_scale, Integer, Quantized>>;
    };
    template <class Arch>
    using DeployedStep = typename std::conditional_t<detail::is_dynamic<N>, Measured<Arch>, Integer<Arch>>::Step;

public:
    template <class Arch> using PackedFloat = Sequence<Self, typename Exact<Arch>::Step>;
    /// Real numbers with parameters P, whose weights are stored in another element than float.
    template <class Arch, class P>
    using PackedReal =
        Sequence<Self, typename Op::template RealStep<detail::GatedProducts<float, Unscaled, Exact<Arch>, P>>>;
    template <class Arch> using PackedQuantized = Sequence<Self, DeployedStep<Arch>>;

    /// What training finds.
    struct Float : FloatHiddenBias {
        using layer = Self;
        template <class Arch> using packed = PackedFloat<Arch>;
        QTensor<float, Unscaled, Shape<rows, In>, Inline> input_weights{};
        QTensor<float, Unscaled, Shape<rows, Hidden>, Inline> hidden_weights{};
        QTensor<float, Unscaled, Shape<rows>, Inline> bias{};
    };

    /// What is deployed; a bias is in units of the input scale (hidden_bias: of the output scale) times the scale of
    /// the weights of its gate.
    struct Quantized : detail::HiddenBias<QTensor<bias_element, Unscaled, Shape<rows>, Inline>, Op::has_hidden_bias>,
                       Op::Settings {
        using layer = Self;
        template <class Arch> using packed = PackedQuantized<Arch>;
        QTensor<weight_element, PerGate<Hidden, Op::gates>, Shape<rows, In>, Inline> input_weights{};
        QTensor<weight_element, PerGate<Hidden, Op::gates>, Shape<rows, Hidden>, Inline> hidden_weights{};
        QTensor<bias_element, Unscaled, Shape<rows>, Inline> bias{};
        activation_scale input{};
        activation_scale output{};
    };

    /// Post-training quantization: one scale for each gate's input weights and one for its hidden weights.
    static constexpr Quantized quantized(const Float& real, activation_scale input, activation_scale output) {
        return quantized(real, fit_gates<weight_element, Hidden, Op::gates>(real.input_weights.data(), In),
                         fit_gates<weight_element, Hidden, Op::gates>(real.hidden_weights.data(), Hidden), input,
                         output);
    }

    /// The same with scales of the gates that somebody else has chosen; weights beyond their codes saturate.
    static constexpr Quantized quantized(const Float& real, const PerGate<Hidden, Op::gates>& x,
                                         const PerGate<Hidden, Op::gates>& h, activation_scale input,
                                         activation_scale output) {
        Quantized codes{};
        codes.input = input;
        codes.output = output;
        quantize_gates(real.input_weights, x, codes.input_weights);
        quantize_gates(real.hidden_weights, h, codes.hidden_weights);
        quantize_gate_bias(real.bias, input, codes.input_weights.scale(), codes.bias);
        if constexpr (Op::has_hidden_bias)
            quantize_gate_bias(real.hidden_bias, output, codes.hidden_weights.scale(), codes.hidden_bias);
        return codes;
    }

private:
    template <class From, class To>
    static constexpr void quantize_gates(const From& real, const PerGate<Hidden, Op::gates>& scale, To& codes) {
        codes = To({}, scale);
        quantize_into(std::span<const float>(real.data(), real.size()), codes, typename N::rounding{});
    }
    template <class From, class To>
    static constexpr void quantize_gate_bias(const From& real, const activation_scale& x,
                                             const PerGate<Hidden, Op::gates>& w, To& codes) {
        for (std::size_t j = 0; j < rows; ++j)
            codes(j) = quantize_bias<N, bias_element>(real(j), x.scale(0), w.scale(j), j);
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
