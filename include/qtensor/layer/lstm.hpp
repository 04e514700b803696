// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// LSTM over sequences [Steps][In], hidden states [Steps][Hidden] out; the gates stand in the order input, forget,
/// cell, output, their weights are [4 Hidden][In] and [4 Hidden][Hidden].
///
///     Lstm<20, 16, 32>                       20 steps as one sample; starts from a state of zeros
///     Lstm<20, 16, 32, numerics::Dynamic>    real numbers between the steps, 8 bits in the products (PyTorch's
///                                            quantize_dynamic of an LSTM)
///
/// The packed form also streams, with a state that the caller holds: same bits, step by step.
///
///     auto state = lstm.initial_state();
///     lstm.step(x, state, y, workspace);            one step: x [In], y [Hidden]
///
/// Integer reading: TFLite's UNIDIRECTIONAL_SEQUENCE_LSTM with 8-bit (or 16-bit) activations and 16-bit gates, as in
/// tflite-micro `kernels/lstm_eval.cc` and CMSIS-NN arm_lstm_unidirectional_s8: gates in Q3.12, logistic and tanh by
/// table, the cell a 16-bit number worth 2^cell_power.

#include "../numeric/real_functions.hpp"
#include "lstm_gates.hpp"
#include "measured.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N = numerics::TfLite> struct Lstm {
    static_assert(detail::must_be_numerics<N>());
    static_assert(Steps > 0 && In > 0 && Hidden > 0, "an LSTM has at least one step, one input and one hidden number");
    using numerics = N;
    using input_shape = Shape<Steps, In>;
    using output_shape = Shape<Steps, Hidden>;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    using weight_element = typename N::weight;
    using bias_element = bias_of<N>;
    static constexpr std::size_t rows = 4 * Hidden;
    static constexpr std::size_t macs = Steps * rows * (In + Hidden);
    static constexpr std::size_t weight_bytes =
        cells_for<weight_element>(rows * In) + cells_for<weight_element>(rows * Hidden);

    template <class FromX, class FromH> class RealStep;
    template <class Arch> class IntegerStep;
    template <class Arch> struct real_steps;
    template <class Arch> using PackedFloat = Sequence<Lstm, typename real_steps<Arch>::exact>;
    template <class Arch>
    using PackedQuantized = Sequence<Lstm, typename std::conditional_t<detail::is_dynamic<N>, real_steps<Arch>,
                                                                       std::type_identity<IntegerStep<Arch>>>::type>;

    /// What training finds.
    struct Float {
        using layer = Lstm;
        template <class Arch> using packed = PackedFloat<Arch>;
        QTensor<float, Unscaled, Shape<rows, In>, Inline> input_weights{};
        QTensor<float, Unscaled, Shape<rows, Hidden>, Inline> hidden_weights{};
        QTensor<float, Unscaled, Shape<rows>, Inline> bias{};
    };

    /// What is deployed; the bias is in units of s_x * s_w of the input weights of its gate.
    struct Quantized {
        using layer = Lstm;
        template <class Arch> using packed = PackedQuantized<Arch>;
        QTensor<weight_element, PerGate<Hidden>, Shape<rows, In>, Inline> input_weights{};
        QTensor<weight_element, PerGate<Hidden>, Shape<rows, Hidden>, Inline> hidden_weights{};
        QTensor<bias_element, Unscaled, Shape<rows>, Inline> bias{};
        activation_scale input{};
        activation_scale output{};
        std::int32_t cell_power = -11;  // cells of up to 16
    };

    /// Post-training quantization: one scale for each gate's input weights and one for its hidden weights.
    static constexpr Quantized quantized(const Float& real, activation_scale input, activation_scale output) {
        const auto x_scale = fit_gates<weight_element, Hidden, 4>(real.input_weights.data(), In);
        const auto h_scale = fit_gates<weight_element, Hidden, 4>(real.hidden_weights.data(), Hidden);
        Quantized codes{decltype(Quantized::input_weights)({}, x_scale),
                        decltype(Quantized::hidden_weights)({}, h_scale),
                        {},
                        input,
                        output};
        quantize_into(std::span<const float>(real.input_weights.data(), rows * In), codes.input_weights,
                      typename N::rounding{});
        quantize_into(std::span<const float>(real.hidden_weights.data(), rows * Hidden), codes.hidden_weights,
                      typename N::rounding{});
        for (std::size_t j = 0; j < rows; ++j)
            codes.bias(j) = quantize_bias<N, bias_element>(real.bias(j), input.scale(0), x_scale.scale(j), j);
        return codes;
    }
};

/// A step in real numbers, from either kind of products.
template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N>
template <class FromX, class FromH>
class Lstm<Steps, In, Hidden, N>::RealStep {
public:
    using input_element = float;
    using output_element = float;
    static constexpr std::size_t in = In, out = Hidden;
    struct State {
        std::array<float, Hidden> cell{};
        std::array<float, Hidden> hidden{};
    };

    template <class Parameters>
    constexpr explicit RealStep(const Parameters& p)
        : from_x_(p.input_weights, Unscaled{}, p.bias), from_h_(p.hidden_weights, Unscaled{}) {}
    static constexpr Unscaled input_scale() { return {}; }
    static constexpr Unscaled output_scale() { return {}; }
    static constexpr std::size_t workspace_bytes() {
        return larger_workspace(FromX::workspace_bytes(), FromH::workspace_bytes());
    }
    static constexpr State initial_state() { return {}; }

    constexpr void step(const float* x, State& state, float* y, std::span<std::byte> workspace) const {
        std::array<float, rows> from_x{}, from_h{};
        from_x_.run(x, from_x.data(), workspace);
        from_h_.run(state.hidden.data(), from_h.data(), workspace);
        const auto gate = [&](std::size_t number, std::size_t j) {
            return static_cast<double>(from_x[number * Hidden + j] + from_h[number * Hidden + j]);
        };
        for (std::size_t j = 0; j < Hidden; ++j) {
            const double kept = lane::rounded(real::logistic(gate(1, j)) * static_cast<double>(state.cell[j]));
            const double added = lane::rounded(real::logistic(gate(0, j)) * real::tanh(gate(2, j)));
            state.cell[j] = static_cast<float>(kept + added);
            y[j] = static_cast<float>(real::logistic(gate(3, j)) * real::tanh(static_cast<double>(state.cell[j])));
        }
        for (std::size_t j = 0; j < Hidden; ++j) state.hidden[j] = y[j];
    }

private:
    FromX from_x_;
    FromH from_h_;
};

/// The float reading (`exact`), and the dynamic form of the other (`type`).
template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N>
template <class Arch>
struct Lstm<Steps, In, Hidden, N>::real_steps {
    using exact =
        RealStep<RowProduct<Arch, float, void, Unscaled, decltype(Float::input_weights), decltype(Float::bias)>,
                 RowProduct<Arch, float, void, Unscaled, decltype(Float::hidden_weights)>>;
    using type = RealStep<MeasuredRowProduct<Arch, N, decltype(Quantized::input_weights), decltype(Quantized::bias)>,
                          MeasuredRowProduct<Arch, N, decltype(Quantized::hidden_weights)>>;
};

/// The integer reading.
template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N>
template <class Arch>
class Lstm<Steps, In, Hidden, N>::IntegerStep {
public:
    using input_element = activation_element;
    using output_element = activation_element;
    using Cells = LstmCells<activation_element, typename N::dialect, Hidden>;
    using State = typename Cells::State;
    static constexpr std::size_t in = In, out = Hidden;

    constexpr explicit IntegerStep(const Quantized& codes)
        : IntegerStep(codes, Cells(codes.input, codes.output, codes.input_weights.scale(), codes.hidden_weights.scale(),
                                   codes.cell_power)) {}
    /// With multipliers of the caller's own.
    constexpr IntegerStep(const Quantized& codes, const Cells& cells)
        : input_(codes.input), output_(codes.output), from_x_(codes.input_weights, codes.input, codes.bias),
          from_h_(codes.hidden_weights, codes.output), cells_(cells) {}

    constexpr activation_scale input_scale() const { return input_; }
    constexpr activation_scale output_scale() const { return output_; }
    static constexpr std::size_t workspace_bytes() {
        return larger_workspace(FromX::workspace_bytes(), FromH::workspace_bytes());
    }
    constexpr State initial_state() const { return cells_.initial_state(); }

    constexpr void step(const cell_of<input_element>* x, State& state, cell_of<output_element>* y,
                        std::span<std::byte> workspace) const {
        std::array<typename FromX::Sum, rows> from_x{}, from_h{};
        from_x_.run(x, from_x.data(), workspace);
        from_h_.run(state.hidden.data(), from_h.data(), workspace);
        cells_.step(from_x.data(), from_h.data(), state);
        for (std::size_t j = 0; j < Hidden; ++j) y[j] = state.hidden[j];
    }

private:
    using FromX = RowProduct<Arch, activation_element, typename Cells::Sum, activation_scale,
                             decltype(Quantized::input_weights), decltype(Quantized::bias)>;
    using FromH = RowProduct<Arch, activation_element, typename Cells::Sum, activation_scale,
                             decltype(Quantized::hidden_weights)>;
    activation_scale input_;
    activation_scale output_;
    FromX from_x_;
    FromH from_h_;
    Cells cells_;
};

}  // namespace qtensor::inline QTENSOR_ABI
