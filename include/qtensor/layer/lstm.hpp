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
#include "gated.hpp"
#include "lstm_gates.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

template <std::size_t Hidden, class N> struct LstmOp {
    static constexpr std::size_t gates = 4;
    static constexpr bool has_hidden_bias = false;
    struct Settings {
        std::int32_t cell_power = -11;  // cells of up to 16
    };

    template <class Products> struct RealStep : Products {
        struct State {
            std::array<float, Hidden> cell{};
            std::array<float, Hidden> hidden{};
        };

        constexpr explicit RealStep(const typename Products::Parameters& p) : Products(p, Unscaled{}, Unscaled{}) {}
        static constexpr State initial_state() { return {}; }

        constexpr void step(const float* x, State& state, float* y, std::span<std::byte> workspace) const {
            typename Products::Sums from_x{}, from_h{};
            this->from_x_.run(x, from_x.data(), workspace);
            this->from_h_.run(state.hidden.data(), from_h.data(), workspace);
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
    };

    template <class Products> class IntegerStep : public Products {
        using Codes = typename Products::Parameters;
        using X = typename Products::input_element;

    public:
        using Cells = LstmCells<X, typename N::dialect, Hidden>;
        using State = typename Cells::State;

        constexpr explicit IntegerStep(const Codes& codes)
            : IntegerStep(codes, Cells(codes.input, codes.output, codes.input_weights.scale(),
                                       codes.hidden_weights.scale(), codes.cell_power)) {}
        /// With multipliers of the caller's own.
        constexpr IntegerStep(const Codes& codes, const Cells& cells)
            : Products(codes, codes.input, codes.output), cells_(cells) {}
        constexpr State initial_state() const { return cells_.initial_state(); }

        constexpr void step(const cell_of<X>* x, State& state, cell_of<X>* y, std::span<std::byte> workspace) const {
            typename Products::Sums from_x{}, from_h{};
            this->from_x_.run(x, from_x.data(), workspace);
            this->from_h_.run(state.hidden.data(), from_h.data(), workspace);
            cells_.step(from_x.data(), from_h.data(), state);
            for (std::size_t j = 0; j < Hidden; ++j) y[j] = state.hidden[j];
        }

    private:
        Cells cells_;
    };
};

}  // namespace detail

template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N = numerics::TfLite>
struct Lstm : GatedLayer<Lstm<Steps, In, Hidden, N>, detail::LstmOp<Hidden, N>, Steps, In, Hidden, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
