// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One object per layer, in order: the parameters of a network, or its packed form. An aggregate-like tuple whose parts
/// can each be made from their counterpart in another chain, in place and in constant evaluation.

#include <cstddef>
#include <type_traits>
#include <utility>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <std::size_t I, class First, class... Rest> struct nth_type : nth_type<I - 1, Rest...> {};
template <class First, class... Rest> struct nth_type<0, First, Rest...> {
    using type = First;
};
/// The I-th of a list of types.
template <std::size_t I, class... Types> using nth = typename nth_type<I, Types...>::type;
}  // namespace detail

template <class... Parts> struct Chain {
    constexpr Chain() = default;
    template <class... Sources> constexpr explicit Chain(const Chain<Sources...>&) {}
};

template <class First, class... Rest> struct Chain<First, Rest...> {
    First first{};
    Chain<Rest...> rest{};

    constexpr Chain() = default;

    /// From the parts themselves.
    constexpr Chain(const First& head, const Rest&... tail) : first(head), rest(tail...) {}

    /// Each part made from its counterpart in another chain.
    template <class Source, class... Sources>
        requires(sizeof...(Sources) == sizeof...(Rest) && !std::is_same_v<Chain<Source, Sources...>, Chain>)
    constexpr explicit Chain(const Chain<Source, Sources...>& other) : first(other.first), rest(other.rest) {}
};

/// The I-th part.
template <std::size_t I, class First, class... Rest> constexpr auto& get(Chain<First, Rest...>& chain) {
    if constexpr (I == 0) {
        return chain.first;
    } else {
        return get<I - 1>(chain.rest);
    }
}
template <std::size_t I, class First, class... Rest> constexpr const auto& get(const Chain<First, Rest...>& chain) {
    if constexpr (I == 0) {
        return chain.first;
    } else {
        return get<I - 1>(chain.rest);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
