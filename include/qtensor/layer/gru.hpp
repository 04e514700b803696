// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// GRU over sequences [Steps][In], hidden states [Steps][Hidden] out (Cho et al. 2014); the gates stand in the order
/// update, reset, candidate, their weights are [3 Hidden][In] and [3 Hidden][Hidden], a bias for each.
///
///     z = logistic(W_z x + b_z + R_z h + c_z)        r = logistic(W_r x + b_r + R_r h + c_r)
///     n = tanh(W_n x + b_n + r (R_n h + c_n))        ResetAfter: PyTorch, Keras, ONNX with linear_before_reset
///     n = tanh(W_n x + b_n + R_n (r h) + c_n)        ResetBefore: the paper, ONNX
///     h = n + z (h - n)
///
///     Gru<20, 16, 32>          Gru<20, 16, 32, numerics::Dynamic>          Gru<20, 16, 32, numerics::TfLite,
///     ResetBefore>
///
/// Like an LSTM it also streams: initial_state() and step(x, state, y, workspace).
///
/// Integer reading, this library's own rule in the manner of TFLite's LSTM: gates in Q3.12, logistic and tanh by table
/// (Q0.15), products by powers of two rounded half away from zero. The hidden numbers are kept in Q0.15; the
/// activations that the next product sees are their codes at the scale of the output.

#include "../numeric/real_functions.hpp"
#include "lstm_gates.hpp"
#include "measured.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Where the reset gate acts: on the product of the hidden numbers, or on the numbers themselves.
struct ResetAfter {};
struct ResetBefore {};

template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N = numerics::TfLite, class Reset = ResetAfter>
struct Gru {
    static_assert(detail::must_be_numerics<N>());
    static_assert(Steps > 0 && In > 0 && Hidden > 0, "a GRU has at least one step, one input and one hidden number");
    static_assert(std::same_as<Reset, ResetAfter> || std::same_as<Reset, ResetBefore>,
                  "a GRU resets its hidden numbers by ResetAfter or ResetBefore");
    static constexpr bool before = std::same_as<Reset, ResetBefore>;
    using numerics = N;
    using input_shape = Shape<Steps, In>;
    using output_shape = Shape<Steps, Hidden>;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    using weight_element = typename N::weight;
    using bias_element = bias_of<N>;
    static constexpr std::size_t rows = 3 * Hidden;
    static constexpr std::size_t macs = Steps * rows * (In + Hidden);
    static constexpr std::size_t weight_bytes =
        cells_for<weight_element>(rows * In) + cells_for<weight_element>(rows * Hidden);

    template <class FromX, class FromH> class RealStep;
    template <class Arch> class IntegerStep;
    template <class Arch> struct real_steps;
    template <class Arch> using PackedFloat = Sequence<Gru, typename real_steps<Arch>::exact>;
    template <class Arch>
    using PackedQuantized = Sequence<Gru, typename std::conditional_t<detail::is_dynamic<N>, real_steps<Arch>,
                                                                      std::type_identity<IntegerStep<Arch>>>::type>;

    struct Float {
        using layer = Gru;
        template <class Arch> using packed = PackedFloat<Arch>;
        QTensor<float, Unscaled, Shape<rows, In>, Inline> input_weights{};
        QTensor<float, Unscaled, Shape<rows, Hidden>, Inline> hidden_weights{};
        QTensor<float, Unscaled, Shape<rows>, Inline> bias{};
        QTensor<float, Unscaled, Shape<rows>, Inline> hidden_bias{};
    };

    /// The biases are in units of s_x * s_w and s_y * s_r of their gates.
    struct Quantized {
        using layer = Gru;
        template <class Arch> using packed = PackedQuantized<Arch>;
        QTensor<weight_element, PerGate<Hidden, 3>, Shape<rows, In>, Inline> input_weights{};
        QTensor<weight_element, PerGate<Hidden, 3>, Shape<rows, Hidden>, Inline> hidden_weights{};
        QTensor<bias_element, Unscaled, Shape<rows>, Inline> bias{};
        QTensor<bias_element, Unscaled, Shape<rows>, Inline> hidden_bias{};
        activation_scale input{};
        activation_scale output{};
    };

    /// Post-training quantization: one scale for each gate's input weights and one for its hidden weights.
    static constexpr Quantized quantized(const Float& real, activation_scale input, activation_scale output) {
        const auto x_scale = fit_gates<weight_element, Hidden, 3>(real.input_weights.data(), In);
        const auto h_scale = fit_gates<weight_element, Hidden, 3>(real.hidden_weights.data(), Hidden);
        Quantized codes{decltype(Quantized::input_weights)({}, x_scale),
                        decltype(Quantized::hidden_weights)({}, h_scale),
                        {},
                        {},
                        input,
                        output};
        quantize_into(std::span<const float>(real.input_weights.data(), rows * In), codes.input_weights,
                      typename N::rounding{});
        quantize_into(std::span<const float>(real.hidden_weights.data(), rows * Hidden), codes.hidden_weights,
                      typename N::rounding{});
        for (std::size_t j = 0; j < rows; ++j) {
            codes.bias(j) = quantize_bias<N, bias_element>(real.bias(j), input.scale(0), x_scale.scale(j), j);
            codes.hidden_bias(j) =
                quantize_bias<N, bias_element>(real.hidden_bias(j), output.scale(0), h_scale.scale(j), j);
        }
        return codes;
    }
};

/// A step in real numbers, from either kind of products.
template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N, class Reset>
template <class FromX, class FromH>
class Gru<Steps, In, Hidden, N, Reset>::RealStep {
public:
    using input_element = float;
    using output_element = float;
    using State = std::array<float, Hidden>;
    static constexpr std::size_t in = In, out = Hidden;

    template <class Parameters>
    constexpr explicit RealStep(const Parameters& p)
        : from_x_(p.input_weights, Unscaled{}, p.bias), from_h_(p.hidden_weights, Unscaled{}, p.hidden_bias) {}
    static constexpr Unscaled input_scale() { return {}; }
    static constexpr Unscaled output_scale() { return {}; }
    static constexpr std::size_t workspace_bytes() {
        return larger_workspace(FromX::workspace_bytes(), FromH::workspace_bytes());
    }
    static constexpr State initial_state() { return {}; }

    constexpr void step(const float* x, State& state, float* y, std::span<std::byte> workspace) const {
        std::array<float, rows> from_x{}, from_h{};
        from_x_.run(x, from_x.data(), workspace);
        from_h_.run(state.data(), from_h.data(), workspace, 0, before ? 2 * Hidden : rows);
        const auto gate = [&](std::size_t number, std::size_t j) {
            const std::size_t at = number * Hidden + j;
            return real::logistic(static_cast<double>(from_x[at] + from_h[at]));
        };
        std::array<float, Hidden> reset{};
        for (std::size_t j = 0; j < Hidden; ++j) reset[j] = static_cast<float>(gate(1, j));
        if constexpr (before) {
            std::array<float, Hidden> kept{};
            for (std::size_t j = 0; j < Hidden; ++j) kept[j] = reset[j] * state[j];
            from_h_.run(kept.data(), from_h.data(), workspace, 2 * Hidden, rows);
        }
        for (std::size_t j = 0; j < Hidden; ++j) {
            const std::size_t at = 2 * Hidden + j;
            const float recalled = before ? from_h[at] : lane::rounded(reset[j] * from_h[at]);
            const double made = real::tanh(static_cast<double>(from_x[at] + recalled));
            const double moved = lane::rounded(gate(0, j) * (static_cast<double>(state[j]) - made));
            y[j] = static_cast<float>(made + moved);
        }
        for (std::size_t j = 0; j < Hidden; ++j) state[j] = y[j];
    }

private:
    FromX from_x_;
    FromH from_h_;
};

/// The float reading (`exact`), and the dynamic form of the other (`type`).
template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N, class Reset>
template <class Arch>
struct Gru<Steps, In, Hidden, N, Reset>::real_steps {
    using exact =
        RealStep<RowProduct<Arch, float, void, Unscaled, decltype(Float::input_weights), decltype(Float::bias)>,
                 RowProduct<Arch, float, void, Unscaled, decltype(Float::hidden_weights), decltype(Float::bias)>>;
    using type = RealStep<MeasuredRowProduct<Arch, N, decltype(Quantized::input_weights), decltype(Quantized::bias)>,
                          MeasuredRowProduct<Arch, N, decltype(Quantized::hidden_weights), decltype(Quantized::bias)>>;
};

/// The integer reading.
template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N, class Reset>
template <class Arch>
class Gru<Steps, In, Hidden, N, Reset>::IntegerStep {
    using D = typename N::dialect;
    static_assert(
        detail::multiplies<D>,
        "the integer GRU computes like TFLite: take a bundle whose dialect is of its family, numerics::TfLite");
    using Words = std::array<std::int32_t, D::words>;
    using Code = cell_of<activation_element>;

public:
    using input_element = activation_element;
    using output_element = activation_element;
    /// Hidden numbers in Q0.15.
    using State = std::array<std::int16_t, Hidden>;
    static constexpr std::size_t in = In, out = Hidden;

    constexpr explicit IntegerStep(const Quantized& codes)
        : input_(codes.input), output_(codes.output), from_x_(codes.input_weights, codes.input, codes.bias),
          from_h_(codes.hidden_weights, codes.output, codes.hidden_bias) {
        for (std::size_t gate = 0; gate < 3; ++gate) {
            x_words_[gate] = D::derive(codes.input.scale(0), codes.input_weights.scale().values[gate], 0x1p-12f);
            h_words_[gate] = D::derive(codes.output.scale(0), codes.hidden_weights.scale().values[gate], 0x1p-12f);
        }
        to_code_ = D::derive(0x1p-15f, 1.0f, codes.output.scale(0));
        product_to_code_ = D::derive(0x1p-15f, 0x1p-15f, codes.output.scale(0));
        QTENSOR_REQUIRE(to_code_[1] <= 15, "a GRU's output has too fine a scale: it is worth 2^-30 or more",
                        to_code_[1], 15);
    }
    constexpr activation_scale input_scale() const { return input_; }
    constexpr activation_scale output_scale() const { return output_; }
    static constexpr std::size_t workspace_bytes() {
        return larger_workspace(FromX::workspace_bytes(), FromH::workspace_bytes());
    }
    static constexpr State initial_state() { return {}; }

    constexpr void step(const Code* x, State& state, Code* y, std::span<std::byte> workspace) const {
        std::array<Sum, rows> from_x{}, from_h{};
        std::array<Code, Hidden> codes{};
        for (std::size_t j = 0; j < Hidden; ++j) codes[j] = code(state[j], to_code_);
        from_x_.run(x, from_x.data(), workspace);
        from_h_.run(codes.data(), from_h.data(), workspace, 0, before ? 2 * Hidden : rows);
        const auto gate = [&](std::size_t number, std::size_t j) -> std::int32_t {
            const std::size_t at = number * Hidden + j;
            return table_logistic(detail::gate_of<D>(from_x[at], from_h[at], x_words_[number], h_words_[number]));
        };
        if constexpr (before) {
            for (std::size_t j = 0; j < Hidden; ++j) codes[j] = code(gate(1, j) * state[j], product_to_code_);
            from_h_.run(codes.data(), from_h.data(), workspace, 2 * Hidden, rows);
        }
        for (std::size_t j = 0; j < Hidden; ++j) {
            const std::size_t at = 2 * Hidden + j;
            const auto own =
                static_cast<std::int32_t>(detail::held_word(detail::gate_product<D>(from_x[at], x_words_[2])));
            auto recalled =
                static_cast<std::int32_t>(detail::held_word(detail::gate_product<D>(from_h[at], h_words_[2])));
            if constexpr (!before) recalled = rounding_divide_by_power_of_two(gate(1, j) * recalled, 15);
            const std::int32_t made = table_tanh(static_cast<std::int16_t>(detail::held_word(own + recalled)));
            const std::int32_t moved = rounding_divide_by_power_of_two(gate(0, j) * (state[j] - made), 15);
            state[j] = static_cast<std::int16_t>(detail::held_word(made + moved));
            y[j] = code(state[j], to_code_);
        }
    }

private:
    using Sum = detail::gate_sum<activation_element>;
    using FromX = RowProduct<Arch, activation_element, Sum, activation_scale, decltype(Quantized::input_weights),
                             decltype(Quantized::bias)>;
    using FromH = RowProduct<Arch, activation_element, Sum, activation_scale, decltype(Quantized::hidden_weights),
                             decltype(Quantized::bias)>;

    constexpr Code code(std::int32_t number, const Words& words) const {
        const std::int64_t made = D::multiply(number, words[0], words[1]) + std::int64_t{zero_point_of(output_, 0)};
        constexpr std::int64_t lowest = element<activation_element>::lowest,
                               highest = element<activation_element>::highest;
        return static_cast<Code>(made < lowest ? lowest : made > highest ? highest : made);
    }

    activation_scale input_;
    activation_scale output_;
    FromX from_x_;
    FromH from_h_;
    std::array<Words, 3> x_words_{}, h_words_{};
    Words to_code_{}, product_to_code_{};
};

}  // namespace qtensor::inline QTENSOR_ABI
