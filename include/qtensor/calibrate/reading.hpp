// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Other readings of a float network: parameters in which layers of some kind are stored in another way and everything
/// else stays as it is. A kind is a type with
///
///     template <class L> static constexpr bool reads;      whether it has something for layer L
///     template <class L> struct Parameters;                 made from L::Float; has `layer` and `packed<Arch>`
///
/// float16_weights.hpp and dynamic_range.hpp have one each. What comes out is packed and run like any parameters.

#include "../net/concat.hpp"
#include "../net/merge.hpp"
#include "../net/sequential.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Has weights of the kind that weighted.hpp describes, multiplied by a matrix product.
template <class L>
concept is_product_layer = requires {
    typename L::sums;
    typename L::activation;
} && L::sums::weight_axis == 0;

/// A layer that the kind has nothing for.
template <class Kind, class L> struct ReadAs {
    using type = typename L::Float;
    static constexpr const type& of(const typename L::Float& real) { return real; }
};
template <class Kind, class L>
    requires(Kind::template reads<L>)
struct ReadAs<Kind, L> {
    using type = typename Kind::template Parameters<L>;
    static constexpr type of(const typename L::Float& real) { return type(real); }
};

/// Compositions: a chain of the readings of their layers, run by the packed form of the composition itself.
template <class Kind, class Real, class... Layers> struct ReadChain : Chain<typename ReadAs<Kind, Layers>::type...> {
    using Parts = Chain<typename ReadAs<Kind, Layers>::type...>;
    constexpr explicit ReadChain(const Real& real) : Parts(parts(real, std::index_sequence_for<Layers...>{})) {}
    static constexpr Unscaled output{};

private:
    template <std::size_t... I> static constexpr Parts parts(const Real& real, std::index_sequence<I...>) {
        return Parts(ReadAs<Kind, Layers>::of(get<I>(real))...);
    }
};

template <class Kind, class... Layers> struct ReadAs<Kind, Sequential<Layers...>> {
    struct type : ReadChain<Kind, typename Sequential<Layers...>::Float, Layers...> {
        using layer = Sequential<Layers...>;
        using ReadChain<Kind, typename layer::Float, Layers...>::ReadChain;
        template <class Arch>
        using packed =
            typename layer::template PackedChain<Arch, typename ReadAs<Kind, Layers>::type::template packed<Arch>...>;
    };
    static constexpr type of(const typename Sequential<Layers...>::Float& real) { return type(real); }
};
template <class Kind, class Op, class Activation, class A, class B, class N>
struct ReadAs<Kind, Merge<Op, Activation, A, B, N>> {
    struct type : ReadChain<Kind, typename Merge<Op, Activation, A, B, N>::Float, A, B> {
        using layer = Merge<Op, Activation, A, B, N>;
        using ReadChain<Kind, typename layer::Float, A, B>::ReadChain;
        template <class Arch>
        using packed = typename layer::template Packed<Arch, float, Unscaled,
                                                       typename ReadAs<Kind, A>::type::template packed<Arch>,
                                                       typename ReadAs<Kind, B>::type::template packed<Arch>>;
    };
    static constexpr type of(const typename type::layer::Float& real) { return type(real); }
};
template <class Kind, class... Sides> struct ReadAs<Kind, Concat<Sides...>> {
    struct type : ReadChain<Kind, typename Concat<Sides...>::Float, Sides...> {
        using layer = Concat<Sides...>;
        using ReadChain<Kind, typename layer::Float, Sides...>::ReadChain;
        template <class Arch>
        using packed = typename layer::template Ways<Arch, float, Unscaled,
                                                     typename ReadAs<Kind, Sides>::type::template packed<Arch>...>;
    };
    static constexpr type of(const typename Concat<Sides...>::Float& real) { return type(real); }
};

template <class Q>
inline constexpr std::size_t tensor_bytes = cells_for<typename Q::element_type>(static_size<typename Q::shape_type>) *
                                            sizeof(cell_of<typename Q::element_type>);
template <class P> struct WeightBytes {
    static constexpr std::size_t count() {
        if constexpr (requires(P part) { part.weights.size(); }) {
            return tensor_bytes<decltype(P::weights)>;
        } else if constexpr (requires(P part) { part.input_weights.size(), part.hidden_weights.size(); }) {
            return tensor_bytes<decltype(P::input_weights)> + tensor_bytes<decltype(P::hidden_weights)>;
        } else {
            return 0;
        }
    }
};
template <class... Parts> constexpr std::size_t chain_weight_bytes(const Chain<Parts...>*);
template <class P> constexpr std::size_t weight_bytes_in() {
    if constexpr (requires(const P* parts) { chain_weight_bytes(parts); }) {
        return chain_weight_bytes(static_cast<const P*>(nullptr));
    } else {
        return WeightBytes<P>::count();
    }
}
template <class... Parts> constexpr std::size_t chain_weight_bytes(const Chain<Parts...>*) {
    return (std::size_t{0} + ... + weight_bytes_in<Parts>());
}

}  // namespace detail

/// Bytes of the weights in parameters of any reading, biases and scales left out.
template <class Parameters> inline constexpr std::size_t weight_bytes = detail::weight_bytes_in<Parameters>();

}  // namespace qtensor::inline QTENSOR_ABI
