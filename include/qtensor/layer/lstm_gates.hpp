// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What the gates of an integer LSTM do to its state (lstm.hpp names the sources):
///
///     gate     held(requantized(b + sum (x - z_x) w)), then held(requantized(sum (h - z_h) r) + gate), Q3.12
///     cell     held(requantized(forget cell)), then clipped(requantized(input tanh) + cell), worth 2^cell_power
///     hidden   clamp(requantized(output tanh(cell)) + z_h)

#include "../numeric/table_functions.hpp"
#include "combine.hpp"
#include "recurrent.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// A sum times a multiplier, by the rule for its width.
template <class D> constexpr std::int64_t gate_product(std::int32_t sum, const std::array<std::int32_t, D::words>& m) {
    return D::multiply(sum, m[0], m[1]);
}
template <class D> constexpr std::int64_t gate_product(std::int64_t sum, const std::array<std::int32_t, D::words>& m) {
    return D::multiply_wide(sum, m[0], m[1]);
}
/// In the range of an int16.
constexpr std::int64_t held_word(std::int64_t x) { return x < -32768 ? -32768 : x > 32767 ? 32767 : x; }

/// A gate of either integer cell in Q3.12: both products, held on the way.
template <class D, class Sum>
constexpr std::int16_t gate_of(Sum from_x, Sum from_h, const std::array<std::int32_t, D::words>& x,
                               const std::array<std::int32_t, D::words>& h) {
    const std::int64_t first = held_word(gate_product<D>(from_x, x));
    return static_cast<std::int16_t>(held_word(gate_product<D>(from_h, h) + first));
}

/// Sums for gates of activations X.
template <class X> using gate_sum = std::conditional_t<sizeof(value_of<X>) == 1, std::int32_t, std::int64_t>;
}  // namespace detail

/// The integer state of `Hidden` cells with activations X, and its update by a dialect of TFLite's family.
template <class X, class D, std::size_t Hidden> struct LstmCells {
    static_assert(detail::multiplies<D>,
                  "the integer LSTM is TFLite's: take a bundle whose dialect is of its family, numerics::TfLite");
    using Words = std::array<std::int32_t, D::words>;
    using Sum = detail::gate_sum<X>;
    struct State {
        std::array<std::int16_t, Hidden> cell{};
        std::array<value_of<X>, Hidden> hidden{};
    };

    std::array<Words, 4> input{};   ///< s_x s_w / 2^-12 of each gate
    std::array<Words, 4> hidden{};  ///< s_h s_r / 2^-12
    Words forget_to_cell{};         ///< 2^-15
    Words input_to_cell{};          ///< 2^-30 / 2^cell_power
    Words to_hidden{};              ///< 2^-30 / s_h
    std::int32_t cell_power = 0;
    std::int32_t clip = 32767;
    std::int32_t zero = 0;

    constexpr LstmCells() = default;
    template <class S>
    constexpr LstmCells(const S& x, const S& h, const PerGate<Hidden>& w, const PerGate<Hidden>& r, std::int32_t power)
        : forget_to_cell(D::derive(0x1p-15f, 1.0f, 1.0f)), cell_power(power), zero(zero_point_of(h, 0)) {
        QTENSOR_REQUIRE(power >= -28 && power <= 0, "an LSTM's cell is worth 2^-28 to 1", power, 0);
        for (std::size_t gate = 0; gate < 4; ++gate) {
            input[gate] = D::derive(x.scale(0), w.values[gate], 0x1p-12f);
            hidden[gate] = D::derive(h.scale(0), r.values[gate], 0x1p-12f);
        }
        float cell = 1.0f;
        for (std::int32_t i = power; i < 0; ++i) cell *= 0.5f;
        input_to_cell = D::derive(0x1p-15f, 0x1p-15f, cell);
        to_hidden = D::derive(0x1p-15f, 0x1p-15f, h.scale(0));
    }

    /// Cells of zero, hidden numbers at real zero.
    constexpr State initial_state() const {
        State state{};
        for (auto& code : state.hidden) code = static_cast<value_of<X>>(zero);
        return state;
    }

    /// From the two products.
    constexpr void step(const Sum* from_x, const Sum* from_h, State& state) const {
        const auto product = [](std::int32_t sum, const Words& words) { return detail::gate_product<D>(sum, words); };
        const auto gate = [&](std::size_t number, std::size_t j) {
            const std::size_t at = number * Hidden + j;
            return detail::gate_of<D>(from_x[at], from_h[at], input[number], hidden[number]);
        };
        for (std::size_t j = 0; j < Hidden; ++j) {
            const std::int32_t forget = table_logistic(gate(1, j));
            const std::int64_t kept = detail::held_word(product(forget * state.cell[j], forget_to_cell));
            const std::int32_t added = table_logistic(gate(0, j)) * table_tanh(gate(2, j));
            const std::int64_t sum = product(added, input_to_cell) + kept;
            state.cell[j] = static_cast<std::int16_t>(sum < -clip ? -clip : sum > clip ? clip : sum);
            const std::int32_t shown = table_logistic(gate(3, j)) * table_tanh(state.cell[j], cell_power + 12);
            const std::int64_t code = product(shown, to_hidden) + zero;
            constexpr std::int64_t lowest = element<X>::lowest, highest = element<X>::highest;
            state.hidden[j] = static_cast<value_of<X>>(code < lowest ? lowest : code > highest ? highest : code);
        }
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
