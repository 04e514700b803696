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
#include "gated.hpp"
#include "lstm_gates.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Where the reset gate acts: on the product of the hidden numbers, or on the numbers themselves.
struct ResetAfter {};
struct ResetBefore {};

namespace detail {

template <std::size_t Hidden, class N, class Reset> struct GruOp {
    static_assert(std::same_as<Reset, ResetAfter> || std::same_as<Reset, ResetBefore>,
                  "a GRU resets its hidden numbers by ResetAfter or ResetBefore");
    static constexpr std::size_t gates = 3, candidate = 2 * Hidden;
    static constexpr bool has_hidden_bias = true, before = std::same_as<Reset, ResetBefore>;
    struct Settings {};

    template <class Products> struct RealStep : Products {
        using Products::rows;
        using State = std::array<float, Hidden>;

        constexpr explicit RealStep(const typename Products::Parameters& p) : Products(p, Unscaled{}, Unscaled{}) {}
        static constexpr State initial_state() { return {}; }

        constexpr void step(const float* x, State& state, float* y, std::span<std::byte> workspace) const {
            typename Products::Sums from_x{}, from_h{};
            this->from_x_.run(x, from_x.data(), workspace);
            this->from_h_.run(state.data(), from_h.data(), workspace, 0, before ? candidate : rows);
            const auto gate = [&](std::size_t number, std::size_t j) {
                const std::size_t at = number * Hidden + j;
                return real::logistic(static_cast<double>(from_x[at] + from_h[at]));
            };
            std::array<float, Hidden> reset{};
            for (std::size_t j = 0; j < Hidden; ++j) reset[j] = static_cast<float>(gate(1, j));
            if constexpr (before) {
                std::array<float, Hidden> kept{};
                for (std::size_t j = 0; j < Hidden; ++j) kept[j] = reset[j] * state[j];
                this->from_h_.run(kept.data(), from_h.data(), workspace, candidate, rows);
            }
            for (std::size_t j = 0; j < Hidden; ++j) {
                const std::size_t at = candidate + j;
                const float recalled = before ? from_h[at] : lane::rounded(reset[j] * from_h[at]);
                const double made = real::tanh(static_cast<double>(from_x[at] + recalled));
                const double moved = lane::rounded(gate(0, j) * (static_cast<double>(state[j]) - made));
                y[j] = static_cast<float>(made + moved);
            }
            for (std::size_t j = 0; j < Hidden; ++j) state[j] = y[j];
        }
    };

    template <class Products> class IntegerStep : public Products {
        using D = typename N::dialect;
        static_assert(
            multiplies<D>,
            "the integer GRU computes like TFLite: take a bundle whose dialect is of its family, numerics::TfLite");
        using Words = std::array<std::int32_t, D::words>;
        using Codes = typename Products::Parameters;
        using X = typename Products::input_element;
        using Code = cell_of<X>;

    public:
        using Products::rows;
        /// Hidden numbers in Q0.15.
        using State = std::array<std::int16_t, Hidden>;

        constexpr explicit IntegerStep(const Codes& codes) : Products(codes, codes.input, codes.output) {
            for (std::size_t gate = 0; gate < gates; ++gate) {
                x_words_[gate] = D::derive(codes.input.scale(0), codes.input_weights.scale().values[gate], 0x1p-12f);
                h_words_[gate] = D::derive(codes.output.scale(0), codes.hidden_weights.scale().values[gate], 0x1p-12f);
            }
            to_code_ = D::derive(0x1p-15f, 1.0f, codes.output.scale(0));
            product_to_code_ = D::derive(0x1p-15f, 0x1p-15f, codes.output.scale(0));
            QTENSOR_REQUIRE(to_code_[1] <= 15, "a GRU's output has too fine a scale: it is worth 2^-30 or more",
                            to_code_[1], 15);
        }
        static constexpr State initial_state() { return {}; }

        constexpr void step(const Code* x, State& state, Code* y, std::span<std::byte> workspace) const {
            typename Products::Sums from_x{}, from_h{};
            std::array<Code, Hidden> codes{};
            for (std::size_t j = 0; j < Hidden; ++j) codes[j] = code(state[j], to_code_);
            this->from_x_.run(x, from_x.data(), workspace);
            this->from_h_.run(codes.data(), from_h.data(), workspace, 0, before ? candidate : rows);
            const auto gate = [&](std::size_t number, std::size_t j) -> std::int32_t {
                const std::size_t at = number * Hidden + j;
                return table_logistic(gate_of<D>(from_x[at], from_h[at], x_words_[number], h_words_[number]));
            };
            if constexpr (before) {
                for (std::size_t j = 0; j < Hidden; ++j) codes[j] = code(gate(1, j) * state[j], product_to_code_);
                this->from_h_.run(codes.data(), from_h.data(), workspace, candidate, rows);
            }
            for (std::size_t j = 0; j < Hidden; ++j) {
                const std::size_t at = candidate + j;
                const auto own = static_cast<std::int32_t>(held_word(gate_product<D>(from_x[at], x_words_[2])));
                auto recalled = static_cast<std::int32_t>(held_word(gate_product<D>(from_h[at], h_words_[2])));
                if constexpr (!before) recalled = rounding_divide_by_power_of_two(gate(1, j) * recalled, 15);
                const std::int32_t made = table_tanh(static_cast<std::int16_t>(held_word(own + recalled)));
                const std::int32_t moved = rounding_divide_by_power_of_two(gate(0, j) * (state[j] - made), 15);
                state[j] = static_cast<std::int16_t>(held_word(made + moved));
                y[j] = code(state[j], to_code_);
            }
        }

    private:
        constexpr Code code(std::int32_t number, const Words& words) const {
            const std::int64_t made =
                D::multiply(number, words[0], words[1]) + std::int64_t{zero_point_of(this->output_, 0)};
            constexpr std::int64_t lowest = element<X>::lowest, highest = element<X>::highest;
            return static_cast<Code>(made < lowest ? lowest : made > highest ? highest : made);
        }

        std::array<Words, gates> x_words_{}, h_words_{};
        Words to_code_{}, product_to_code_{};
    };
};

}  // namespace detail

template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N = numerics::TfLite, class Reset = ResetAfter>
struct Gru : GatedLayer<Gru<Steps, In, Hidden, N, Reset>, detail::GruOp<Hidden, N, Reset>, Steps, In, Hidden, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
