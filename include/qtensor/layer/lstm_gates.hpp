// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The two halves of a step of an LSTM: the products that its gates are made of, and what the gates do to the state. In
/// integers (lstm.hpp names the sources):
///
///     gate     = held(requantized(b + sum (x - z_x) w)), then held(requantized(sum (h - z_h) r) + gate)      Q3.12
///     cell     = held(requantized(forget cell)), then clipped(requantized(input tanh) + cell) 2^cell_power hidden   =
///     clamp(requantized(output tanh(cell)) + z_h)

#include <array>

#include "../gemm/add_bias.hpp"
#include "../gemm/bound_linear.hpp"
#include "../numeric/table_functions.hpp"
#include "combine.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// A scale for each of the four gates, `Hidden` rows each.
template <std::size_t Hidden> struct PerGate {
    static constexpr int axis = 0;
    static constexpr std::size_t channels = 4 * Hidden;
    std::array<float, 4> values{};

    constexpr float scale(std::size_t c) const { return values[c / Hidden]; }
    constexpr bool operator==(const PerGate&) const = default;
};

/// b + x W^T and h R^T of all gates, one row each. `Sum` is the accumulator, or void for float.
template <class Arch, class X, class Acc, class S, AnyTensor W, AnyTensor R, AnyTensor Bias> class GateProducts {
    /// Sums of 64 bits are the scalar architecture's.
    using Kernel = std::conditional_t<std::same_as<Acc, std::int64_t>, arch::scalar, Arch>;
    using InputWeights = packed_for<Kernel, X, W>;
    using HiddenWeights = packed_for<Kernel, X, R>;
    using InputProduct = BoundLinear<InputWeights, S, Acc, AddBias<Bias>>;
    using HiddenProduct = BoundLinear<HiddenWeights, S, Acc>;
    static constexpr std::size_t rows = InputWeights::static_n;

public:
    using Sum = typename InputProduct::Sum;

    constexpr GateProducts(const W& input, const R& hidden, S x_scale, S h_scale, const Bias& bias)
        : input_(input), hidden_(hidden), from_x_(input_, x_scale, BindMemory{}, AddBias<Bias>{bias}),
          from_h_(hidden_, h_scale, BindMemory{}) {}

    static constexpr std::size_t workspace_bytes() {
        const std::size_t x = InputProduct::workspace_bytes(1, InputWeights::static_k);
        const std::size_t h = HiddenProduct::workspace_bytes(1, HiddenWeights::static_k);
        return x > h ? x : h;
    }
    constexpr void run(const value_of<X>* x, const value_of<X>* h, Sum* from_x, Sum* from_h,
                       std::span<std::byte> workspace) const {
        from_x_.check_range(x, 1, InputWeights::static_k, 0);
        const Rows<value_of<X>> input{x, 0, 1, InputWeights::static_k}, hidden{h, 0, 1, HiddenWeights::static_k};
        from_x_.run_rows(input_, input, from_x, 0, workspace, 0, rows);
        from_h_.run_rows(hidden_, hidden, from_h, 0, workspace, 0, rows);
    }

private:
    InputWeights input_;
    HiddenWeights hidden_;
    InputProduct from_x_;
    HiddenProduct from_h_;
};

/// The integer state of `Hidden` cells with activations X, and its update by a dialect of TFLite's family.
template <class X, class D, std::size_t Hidden> struct LstmCells {
    static_assert(detail::multiplies<D>,
                  "the integer LSTM is TFLite's: take a bundle whose dialect is of its family, numerics::TfLite");
    using Words = std::array<std::int32_t, D::words>;
    using Sum = std::conditional_t<sizeof(value_of<X>) == 1, std::int32_t, std::int64_t>;
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

    /// From the sums of GateProducts.
    constexpr void step(const Sum* from_x, const Sum* from_h, State& state) const {
        const auto gate = [&](std::size_t number, std::size_t j) {
            const std::size_t at = number * Hidden + j;
            const std::int64_t first = held(product(from_x[at], input[number]), 32767);
            return static_cast<std::int16_t>(held(product(from_h[at], hidden[number]) + first, 32767));
        };
        for (std::size_t j = 0; j < Hidden; ++j) {
            const std::int32_t forget = table_logistic(gate(1, j));
            const std::int64_t kept = held(product(forget * state.cell[j], forget_to_cell), 32767);
            const std::int32_t added = table_logistic(gate(0, j)) * table_tanh(gate(2, j));
            const std::int64_t sum = product(added, input_to_cell) + kept;
            state.cell[j] = static_cast<std::int16_t>(sum < -clip ? -clip : sum > clip ? clip : sum);
            const std::int32_t shown = table_logistic(gate(3, j)) * table_tanh(state.cell[j], cell_power + 12);
            const std::int64_t code = product(shown, to_hidden) + zero;
            constexpr std::int64_t lowest = element<X>::lowest, highest = element<X>::highest;
            state.hidden[j] = static_cast<value_of<X>>(code < lowest ? lowest : code > highest ? highest : code);
        }
    }

private:
    static constexpr std::int64_t product(std::int32_t sum, const Words& words) {
        return D::multiply(sum, words[0], words[1]);
    }
    static constexpr std::int64_t product(std::int64_t sum, const Words& words) {
        return D::multiply_wide(sum, words[0], words[1]);
    }
    /// In [-limit - 1, limit].
    static constexpr std::int64_t held(std::int64_t x, std::int64_t limit) {
        return x < -limit - 1 ? -limit - 1 : x > limit ? limit : x;
    }
};

namespace detail {
/// Every sample from the initial state, step by step.
template <std::size_t Steps, std::size_t In, std::size_t Hidden, class Packed, class X, class Y>
constexpr void run_sequences(const Packed& layer, const X* x, Y* y, std::size_t batch, std::span<std::byte> workspace) {
    for (std::size_t n = 0; n < batch; ++n) {
        auto state = layer.initial_state();
        for (std::size_t t = 0; t < Steps; ++t, x += In, y += Hidden) layer.step(x, state, y, workspace);
    }
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
