// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// An activation of any scalar function by table, where a stage of the layer before cannot do it: what the table holds
/// is said in lookup_table.hpp.
///
///     Lookup<Shape<32>, Sigmoid>     Lookup<Shape<28, 28, 8>, HardSwish>     Lookup<Shape<32>, MyFunction>
///
/// Where the function names the scale of its output (functions.hpp) the layer has that one.

#include "functions.hpp"
#include "lookup_table.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// The function names the scale of its output for codes of T, and S can be it.
template <class F, class T, class S>
concept names_output = requires { F::template output<T>; } && requires { S{0.5f, std::int32_t{0}}; };

template <class Size, class F, class N> struct LookupShape {
    static_assert(must_be_scalar_function<F>());
    using input_shape = Size;
    using output_shape = Size;
    static constexpr std::size_t macs = static_size<Size>;

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        static constexpr bool in_place = true;
        LookupTable<X> table;
        constexpr Bound(const S& input, const S& output)
            : table(LookupTable<X>::template of<F, typename N::rounding>(input, output)) {}
        static constexpr std::size_t units = macs;
        constexpr void run_units(const cell_of<X>* x, cell_of<X>* y, std::size_t first, std::size_t last) const {
            for (std::size_t i = first; i < last; ++i) y[i] = table[x[i]];
        }
    };
    template <class Arch, class S> struct Bound<Arch, float, S> {
        using output_element = float;
        static constexpr bool in_place = true;
        constexpr Bound(const S&, const S&) {}
        static constexpr std::size_t units = macs;
        constexpr void run_units(const float* x, float* y, std::size_t first, std::size_t last) const {
            for (std::size_t i = first; i < last; ++i) y[i] = real_of<F>(x[i]);
        }
    };
};

/// With a scale of the function's own.
template <class Size, class F, class N> struct LookupOp : LookupShape<Size, F, N> {};
template <class Size, class F, class N>
    requires names_output<F, typename N::activation, typename N::activation_scale>
struct LookupOp<Size, F, N> : LookupShape<Size, F, N> {
    static constexpr typename N::activation_scale fixed_output(const typename N::activation_scale&) {
        constexpr Affine<> scale = F::template output<typename N::activation>;
        return {scale.value, scale.zero};
    }
};

}  // namespace detail

template <class Size, class F, class N = numerics::TfLite>
struct Lookup : WeightlessLayer<Lookup<Size, F, N>, detail::LookupOp<Size, F, N>, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
