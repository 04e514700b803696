// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A layer that has learnt nothing: pooling, activations, shape changes. Its parameters are the scales at its ends;
/// what it does is described by a type:
///
///     input_shape, output_shape, macs             of one sample; static
///     Bound<Arch, X, XScale>                      made from (input scale, output scale); has output_element,
///                                                 run(x, y, batch) and, where it needs scratch, workspace_bytes(batch)
///                                                 and run(x, y, batch, workspace); what else it has, the packed
///                                                 form has too. An executor divides samples among its workers; where
///                                                 a sample is made of independent units (rows, elements), Bound has
///                                                 `units` of them and run_units(x, y, first, last), numbered through
///                                                 the batch, and they are divided
///     fixed_output(input scale)                   the output scale, where the layer leaves no choice

#include "layer.hpp"
#include "numerics.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// The layer says itself what its output is worth.
template <class Op, class S>
concept fixes_output = requires(const S& input) { Op::fixed_output(input); };
}  // namespace detail

/// `Self` is the layer itself, named by its parameters.
template <class Self, class Op, class N> struct WeightlessLayer {
    static_assert(detail::must_be_numerics<N>());
    using numerics = N;
    using input_shape = typename Op::input_shape;
    using output_shape = typename Op::output_shape;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;

    static constexpr std::size_t macs = Op::macs;
    static constexpr std::size_t weight_bytes = 0;

private:
    /// Both readings: they differ in elements and scales.
    template <class Arch, class X, class S> struct Packed : Op::template Bound<Arch, X, S> {
        using layer = Self;
        using Bound = typename Op::template Bound<Arch, X, S>;
        using input_element = X;
        using output_element = typename Bound::output_element;

        constexpr Packed(S in, S out) : Bound(in, out), input_(in), output_(out) {}

        constexpr S input_scale() const { return input_; }
        constexpr S output_scale() const { return output_; }
        static constexpr std::size_t workspace_bytes([[maybe_unused]] std::size_t batch) {
            if constexpr (requires { Bound::workspace_bytes(batch); }) {
                return Bound::workspace_bytes(batch);
            } else {
                return 0;
            }
        }
        template <class E = Serial>
        constexpr void run(const cell_of<X>* x, cell_of<output_element>* y, std::size_t batch,
                           [[maybe_unused]] std::span<std::byte> workspace,
                           [[maybe_unused]] const E& executor = {}) const {
            static_assert(detail::must_be_executor<E>());
            if constexpr (requires { Bound::workspace_bytes(batch); }) {
                QTENSOR_REQUIRE(workspace.size() >= workspace_bytes(batch),
                                "the workspace is smaller than workspace_bytes(batch)", workspace.size(),
                                workspace_bytes(batch));
                Bound::run(x, y, batch, workspace);
            } else if constexpr (requires { Bound::units; }) {
                divide(executor, batch * Bound::units, least_of(Bound::units),
                       [&](std::size_t first, std::size_t last) { Bound::run_units(x, y, first, last); });
            } else {
                divide(executor, batch, least_of(1), [&](std::size_t first, std::size_t last) {
                    Bound::run(x + first * static_size<input_shape>, y + first * static_size<output_shape>,
                               last - first);
                });
            }
        }

    private:
        /// Of so many units per sample, how many are worth a thread: about ten microseconds of work.
        static constexpr std::size_t least_of(std::size_t units) {
            constexpr std::size_t operations = macs > static_size<output_shape> ? macs : static_size<output_shape>;
            return 1 + (std::size_t{1} << 16) / (1 + operations / units);
        }

        [[no_unique_address]] S input_;
        [[no_unique_address]] S output_;
    };

public:
    template <class Arch> struct PackedFloat;
    template <class Arch> struct PackedQuantized;

    struct Float {
        using layer = Self;
        template <class Arch> using packed = PackedFloat<Arch>;
    };
    struct Quantized {
        using layer = Self;
        template <class Arch> using packed = PackedQuantized<Arch>;
        activation_scale input{};
        activation_scale output{};
    };

    /// What the output is worth where the layer leaves no choice; calibration asks.
    static constexpr activation_scale fixed_output(const activation_scale& input)
        requires detail::fixes_output<Op, activation_scale>
    {
        return Op::fixed_output(input);
    }

    static constexpr Quantized quantized(const Float&, activation_scale input, activation_scale output) {
        return {input, output};
    }
};

template <class Self, class Op, class N>
template <class Arch>
struct WeightlessLayer<Self, Op, N>::PackedFloat : Packed<Arch, float, Unscaled> {
    constexpr explicit PackedFloat(const Float&) : PackedFloat::Packed(Unscaled{}, Unscaled{}) {}
};

template <class Self, class Op, class N>
template <class Arch>
struct WeightlessLayer<Self, Op, N>::PackedQuantized
    : Packed<Arch, typename N::activation, typename N::activation_scale> {
    constexpr explicit PackedQuantized(const Quantized& codes) : PackedQuantized::Packed(codes.input, codes.output) {
        if constexpr (detail::fixes_output<Op, typename N::activation_scale>) {
            QTENSOR_REQUIRE(same_meaning(codes.output, Op::fixed_output(codes.input), 1),
                            "this layer decides itself what its output is worth: take L::fixed_output(input)", 0, 0);
        }
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
