// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The epilogue: stages (stage.hpp) in the order in which accumulators go through them, bound to what flows into the
/// first one.

#include <cstdint>
#include <limits>

#include "../numeric/accumulator.hpp"
#include "stage.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// After the last stage.
struct Unchanging {
    static constexpr bool keeps_unplaced = true;
    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V value, const Cell&) const { return value; }
    template <class V> QTENSOR_FORCE_INLINE constexpr V unplaced(V code, const Cell&) const { return code; }
};

/// Two stages, the second fed by the first.
template <class First, class Rest> struct Composed {
    First first;
    Rest rest;
    template <class V> QTENSOR_FORCE_INLINE constexpr auto operator()(V value, const Cell& cell) const {
        return rest(first(value, cell), cell);
    }

    static constexpr bool keeps_unplaced = detail::keeps_unplaced<First> && detail::keeps_unplaced<Rest>;
    static constexpr bool ends_unplaced =
        (detail::ends_unplaced<First> && detail::keeps_unplaced<Rest>) || detail::ends_unplaced<Rest>;
    template <class V> QTENSOR_FORCE_INLINE constexpr auto unplaced(V value, const Cell& cell) const {
        if constexpr (detail::ends_unplaced<First>) {
            return rest.unplaced(first.unplaced(value, cell), cell);
        } else {
            return rest.unplaced(first(value, cell), cell);
        }
    }
};
}  // namespace detail

/// The bound stages as one: values in, values out.
template <class In, class... Bound> struct Epilogue {
    using element = typename In::element;
    using scale_type = typename In::scale_type;
    static constexpr bool uses_float = false;
    static constexpr bool adds_first = false;
    scale_type scale{};
    constexpr const Epilogue& behind_addend() const { return *this; }
    template <class V> QTENSOR_FORCE_INLINE constexpr V operator()(V value, const Cell&) const { return value; }
    template <class V> QTENSOR_FORCE_INLINE constexpr detail::Unchanging for_columns(const Cell&) const { return {}; }
    constexpr std::uint64_t magnitude() const { return 0; }
    constexpr std::uint64_t limit() const { return std::numeric_limits<std::uint64_t>::max(); }
};

template <class In, class First, class... Rest> struct Epilogue<In, First, Rest...> {
    First first;
    Epilogue<Incoming<typename First::element, In::static_columns, decltype(First::scale)>, Rest...> rest;

    /// Some stage computes with real numbers.
    static constexpr bool uses_float = detail::uses_float<First> || decltype(rest)::uses_float;

    /// The first stage adds a number per column to integers and does nothing else: it says which, and accumulators may
    /// start with it.
    static constexpr bool adds_first =
        requires(const First& f, const Cell& cell) { f.template addend<std::int32_t>(cell); };
    template <class V> QTENSOR_FORCE_INLINE constexpr V addend(const Cell& cell) const {
        return first.template addend<V>(cell);
    }
    /// The stages for accumulators that did.
    constexpr const auto& behind_addend() const {
        if constexpr (adds_first) {
            return rest;
        } else {
            return *this;
        }
    }

    using element = typename decltype(rest)::element;
    using scale_type = typename decltype(rest)::scale_type;

    template <class V> QTENSOR_FORCE_INLINE constexpr auto operator()(V value, const Cell& cell) const {
        return rest(first(value, cell), cell);
    }
    /// All stages as they stand in front of `cell.count` columns.
    template <class V> QTENSOR_FORCE_INLINE constexpr auto for_columns(const Cell& cell) const {
        using Next = std::remove_cvref_t<decltype(first(std::declval<V>(), cell))>;
        return detail::Composed<decltype(detail::for_columns<V>(first, cell)),
                                decltype(rest.template for_columns<Next>(cell))>{detail::for_columns<V>(first, cell),
                                                                                 rest.template for_columns<Next>(cell)};
    }
    /// The largest magnitude that every stage can take.
    constexpr std::uint64_t limit() const {
        if constexpr (requires { first.limit(); }) {
            return first.limit() < rest.limit() ? first.limit() : rest.limit();
        } else {
            return rest.limit();
        }
    }
    /// What the stages can add to the magnitude of an accumulator.
    constexpr std::uint64_t magnitude() const {
        if constexpr (requires { first.magnitude(); }) {
            return bound_sum(first.magnitude(), rest.magnitude());
        } else {
            return rest.magnitude();
        }
    }
};

/// What the last stage's values are worth.
template <class In, class... Bound> constexpr const auto& outgoing_scale(const Epilogue<In, Bound...>& epilogue) {
    if constexpr (sizeof...(Bound) == 0) {
        return epilogue.scale;
    } else {
        return outgoing_scale(epilogue.rest);
    }
}

namespace detail {

template <class In> constexpr auto bind_all(const In& in) { return Epilogue<In>{in.scale}; }

template <class In, class Bound, class RestIn, class... Rest>
constexpr auto prepend(const Bound& bound, const Epilogue<RestIn, Rest...>& rest) {
    return Epilogue<In, Bound, Rest...>{bound, rest};
}

template <class In, class S, class... More> constexpr auto bind_all(const In& in, const S& stage, const More&... more) {
    const auto bound = bind_one(stage, in);
    using Next =
        Incoming<typename decltype(bound)::element, In::static_columns, std::remove_cvref_t<decltype(bound.scale)>>;
    return prepend<In>(bound, bind_all(Next{bound.scale, in.columns, in.memory}, more...));
}

}  // namespace detail

/// Binds stages, in order, to what flows into them.
template <class In, class... Stages> constexpr auto bind_stages(const In& in, const Stages&... stages) {
    return detail::bind_all(in, stages...);
}

}  // namespace qtensor::inline QTENSOR_ABI
