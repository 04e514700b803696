// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Layers that move codes and change none; input and output have the same scale.
///
///     Reshape<Shape<7, 7, 64>, Shape<49, 64>>    Flatten<Shape<7, 7, 64>>
///     Transpose<Shape<7, 9, 64>, 2, 0, 1>        axis a of the output is axis order[a] of the input
///     Slice<Shape<8, 8, 3>, Begin<2, 0, 0>, Shape<4, 8, 3>>
///     Pad<Shape<8, 8, 3>, Begin<1, 1, 0>, Shape<10, 10, 3>>     where the input begins in the output; real zeros
///     around

#include "../tensor/copy.hpp"
#include "../tensor/transposed.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Where something begins, an index per axis.
template <std::size_t... Indices> struct Begin {
    static constexpr std::array<std::size_t, sizeof...(Indices)> value{Indices...};
};

namespace detail {

template <std::size_t... Extents>
constexpr std::array<std::size_t, sizeof...(Extents)> extents_of(const Shape<Extents...>&) {
    return {Extents...};
}

/// Codes that are moved. `Move` has input_shape, output_shape and move(from, to): tensors of one sample.
template <class Move> struct MoveOp {
    using input_shape = typename Move::input_shape;
    using output_shape = typename Move::output_shape;
    static constexpr std::size_t macs = 0;
    template <class S> static constexpr S fixed_output(const S& input) { return input; }

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        static constexpr bool in_place = requires { Move::in_place; };
        static_assert(must_be_whole_bytes<X>());
        S scale;
        constexpr Bound(const S& input, const S&) : scale(input) {}
        constexpr void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch) const {
            if (in_place && x == y) return;
            for (std::size_t i = 0; i < batch; ++i) {
                const QTensor<const X, S, input_shape> from(x + i * static_size<input_shape>, {}, scale);
                const QTensor<X, S, output_shape> to(y + i * static_size<output_shape>, {}, scale);
                Move::move(from, to);
            }
        }
    };
};

template <class In, class Out> struct ReshapeMove {
    static_assert(static_size<In> == static_size<Out>, "a shape is changed into one with as many elements");
    using input_shape = In;
    using output_shape = Out;
    static constexpr bool in_place = true;  // nothing moves
    template <class From, class To> static constexpr void move(const From& from, const To& to) {
        for (std::size_t i = 0; i < from.size(); ++i) to.data()[i] = from.data()[i];
    }
};

template <class In, std::size_t... Order> struct TransposeMove {
    static_assert(names_every_axis<In::rank>(std::array<std::size_t, sizeof...(Order)>{Order...}),
                  "a transposition names every axis once");
    using input_shape = In;
    using output_shape = Shape<In::static_extent(Order)...>;
    template <class From, class To> static constexpr void move(const From& from, const To& to) {
        copy_into(transposed(from, {Order...}), to);
    }
};

template <class Whole, class First, class Part> constexpr bool holds_slice() {
    if (Whole::rank != Part::rank || First::value.size() != Part::rank) return false;
    for (std::size_t axis = 0; axis < Part::rank && axis < Whole::rank; ++axis) {
        if (First::value[axis] + Part{}.extent(axis) > Whole{}.extent(axis)) return false;
    }
    return true;
}

template <class In, class First, class Out> struct SliceMove {
    static_assert(holds_slice<In, First, Out>(), "a slice lies inside its input");
    using input_shape = In;
    using output_shape = Out;
    template <class From, class To> static constexpr void move(const From& from, const To& to) {
        copy_into(sliced(from, First::value, extents_of(Out{})), to);
    }
};

template <class In, class First, class Out> struct PadMove {
    static_assert(holds_slice<Out, First, In>(), "the input lies inside its padded output");
    using input_shape = In;
    using output_shape = Out;
    template <class From, class To> static constexpr void move(const From& from, const To& to) {
        using T = typename To::element_type;
        const std::int64_t zero = zero_point_of(to.scale(), 0);
        if constexpr (is_integer_element<T>) {
            QTENSOR_REQUIRE(zero >= element<T>::lowest && zero <= element<T>::highest,
                            "padding is real zero, but the zero point of x is no code of its element", zero, 0);
        }
        fill(to, static_cast<value_of<T>>(zero));
        copy_into(from, sliced(to, First::value, extents_of(In{})));
    }
};

}  // namespace detail

template <class In, class Out, class N = numerics::TfLite>
struct Reshape : WeightlessLayer<Reshape<In, Out, N>, detail::MoveOp<detail::ReshapeMove<In, Out>>, N> {};

template <class In, class N = numerics::TfLite> using Flatten = Reshape<In, Shape<static_size<In>>, N>;

template <class In, std::size_t... Order>
struct Transpose
    : WeightlessLayer<Transpose<In, Order...>, detail::MoveOp<detail::TransposeMove<In, Order...>>, numerics::TfLite> {
};

template <class In, class First, class Out, class N = numerics::TfLite>
struct Slice : WeightlessLayer<Slice<In, First, Out, N>, detail::MoveOp<detail::SliceMove<In, First, Out>>, N> {};

template <class In, class First, class Out, class N = numerics::TfLite>
struct Pad : WeightlessLayer<Pad<In, First, Out, N>, detail::MoveOp<detail::PadMove<In, First, Out>>, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
