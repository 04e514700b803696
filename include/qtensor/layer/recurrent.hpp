// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What recurrent layers share. One describes a step, for each reading and architecture:
///
///     using input_element, output_element, State
///     input_scale(), output_scale()
///     static constexpr std::size_t in, out            numbers per step
///     static constexpr std::size_t workspace_bytes()
///     constexpr State initial_state() const
///     constexpr void step(const in* x, State& state, out* y, std::span<std::byte> workspace) const
///
/// and `Sequence` makes a layer's packed form of it: every sample a sequence of steps from the initial state. The step
/// itself stays callable, with a state that the caller holds, so streaming gives the bits of a whole sequence.
///
/// `RowProduct` is one of the products of a step: of what comes in, or of what was hidden.

#include <array>

#include "../gemm/add_bias.hpp"
#include "../gemm/bound_linear.hpp"
#include "parameters.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The packed form of layer `Self` whose samples are sequences of `Step`.
template <class Self, class Step> struct Sequence : Step {
    using layer = Self;
    using Step::Step;
    using typename Step::input_element;
    using typename Step::output_element;

    static constexpr std::size_t workspace_bytes(std::size_t = 1) { return Step::workspace_bytes(); }
    constexpr void run(const cell_of<input_element>* x, cell_of<output_element>* y, std::size_t batch,
                       std::span<std::byte> workspace) const {
        for (std::size_t n = 0; n < batch; ++n) {
            auto state = Step::initial_state();
            for (std::size_t t = 0; t < Self::input_shape::static_extent(0); ++t, x += Step::in, y += Step::out)
                Step::step(x, state, y, workspace);
        }
    }
};

namespace detail {
/// Gates of two products, of what comes in and of what was hidden (Lstm, Gru).
template <class L>
concept is_gated = requires(const typename L::Float& real) { real.input_weights, real.hidden_weights; };
}  // namespace detail

/// A scale for each of the gates, `Hidden` rows each.
template <std::size_t Hidden, std::size_t Gates = 4> struct PerGate {
    static constexpr int axis = 0;
    static constexpr std::size_t channels = Gates * Hidden;
    std::array<float, Gates> values{};

    constexpr float scale(std::size_t c) const { return values[c / Hidden]; }
    constexpr bool operator==(const PerGate&) const = default;
};

/// The scales of gates' weights [Gates * Hidden][count], from the largest weight of each gate.
template <class T, std::size_t Hidden, std::size_t Gates>
constexpr PerGate<Hidden, Gates> fit_gates(const float* weights, std::size_t count) {
    PerGate<Hidden, Gates> scale{};
    for (std::size_t gate = 0; gate < Gates; ++gate) {
        float largest = 0.0f;
        for (std::size_t i = gate * Hidden * count; i < (gate + 1) * Hidden * count; ++i)
            largest = lane::max(largest, detail::magnitude(weights[i]));
        scale.values[gate] = largest > 0.0f ? largest / static_cast<float>(element<T>::highest) : 1.0f;
    }
    return scale;
}

/// A product x W^T + b of one row, bound once: integers sum in `Acc`, floats in float (void).
template <class Arch, class X, class Acc, class S, AnyTensor W, class... Bias> class RowProduct {
    /// Sums of 64 bits are the scalar architecture's.
    using Kernel = std::conditional_t<std::same_as<Acc, std::int64_t>, arch::scalar, Arch>;
    using Weights = packed_for<Kernel, X, W>;
    using Product = BoundLinear<Weights, S, Acc, AddBias<Bias>...>;

public:
    using Sum = typename Product::Sum;
    static constexpr std::size_t in = Weights::static_k, rows = Weights::static_n;

    constexpr RowProduct(const W& weights, S x_scale, const Bias&... bias)
        : weights_(weights), product_(weights_, x_scale, BindMemory{}, AddBias<Bias>{bias}...) {}

    static constexpr std::size_t workspace_bytes() { return Product::workspace_bytes(1, in); }
    constexpr void run(const value_of<X>* x, Sum* sums, std::span<std::byte> workspace) const {
        product_.check_range(x, 1, in, 0);
        product_.run_rows(weights_, Rows<value_of<X>>{x, 0, 1, in}, sums, 0, workspace);
    }
    /// Rows [first, last) of the result alone; the others are left as they are.
    constexpr void run(const value_of<X>* x, Sum* sums, std::span<std::byte> workspace, std::size_t first,
                       std::size_t last) const {
        product_.check_range(x, 1, in, 0);
        product_.run_outputs(weights_, Rows<value_of<X>>{x, 0, 1, in}, sums, 0, workspace, first, last);
    }

private:
    Weights weights_;
    Product product_;
};

/// The larger of two workspaces that are not needed at once.
constexpr std::size_t larger_workspace(std::size_t a, std::size_t b) { return a > b ? a : b; }

}  // namespace qtensor::inline QTENSOR_ABI
