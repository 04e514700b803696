// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The epilogue: what happens to accumulators before they are stored. A stage is bound once, when scales are known, and
/// then called on one value or on lanes of them, with equal bits. The smallest stage needs nothing but a call operator:
///
///     struct Halve { template <class V> constexpr V operator()(V v, const Cell&) const { return v / 2; } };
///
/// A stage that changes the element type or the scale, or derives constants, also has
///
///     template <class In> constexpr auto bind(const In& in) const;    // In is an Incoming
///
/// which returns the bound stage: the call operator plus `using element`, a member `scale`, and where it applies
/// `std::uint64_t magnitude() const` (what it can add to an accumulator), `limit() const` (the largest it can take) and
/// `template <class V> auto for_columns(const Cell&) const`: a copy of the stage that has read what depends on the
/// column alone, called for every row of a tile. A stage that only adds an integer per column says which by
/// `template <class V> V addend(const Cell&) const`: in front of all others it costs nothing then.

#include <cstddef>
#include <cstdint>
#include <limits>

#include "../arch/lanes.hpp"
#include "../numeric/accumulator.hpp"
#include "../numeric/dialect.hpp"
#include "../scale/product.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Where a value stands in the result: `count` values from (row, column) on, at most as many as lanes.
struct Cell {
    std::size_t row = 0;
    std::size_t column = 0;
    std::size_t count = 1;
};

/// Memory for constants of a run-time number of channels, handed out front to back.
class BindMemory {
public:
    constexpr BindMemory() = default;
    constexpr BindMemory(std::int32_t* words, std::size_t count) : next_(words), left_(count) {}

    constexpr std::int32_t* take(std::size_t words) {
        QTENSOR_REQUIRE(
            words <= left_,
            "binding scales per channel of a run-time shape needs one word per channel and constant: pass BindMemory",
            words, left_);
        std::int32_t* first = next_;
        next_ += words;
        left_ -= words;
        return first;
    }

private:
    std::int32_t* next_ = nullptr;
    std::size_t left_ = 0;
};

/// What flows into a stage: the element type of the values, what they are worth, and how many columns there are
/// (`static_columns` may be dyn).
template <class T, std::size_t StaticColumns, Scale S> struct Incoming {
    using element = T;
    using scale_type = S;
    static constexpr std::size_t static_columns = StaticColumns;
    S scale{};
    std::size_t columns = 0;
    BindMemory* memory = nullptr;
};

namespace detail {

/// A narrow integer element: a code, or an int16 accumulator.
template <class T> inline constexpr bool is_narrow_integer = false;
template <class T>
    requires is_integer_element<T>
inline constexpr bool is_narrow_integer<T> = sizeof(value_of<T>) < 4;

/// Sums of products: wide, or worth a product of scales (int16 accumulators are as narrow as codes).
template <class In> inline constexpr bool is_accumulator = false;
template <class In>
    requires is_integer_element<typename In::element>
inline constexpr bool is_accumulator<In> =
    !is_narrow_integer<typename In::element> || is_product<typename In::scale_type>;

/// A stage without bind keeps element and scale. Its results are held inside a narrow element.
template <class Stage, class In> struct Unchanged {
    using element = typename In::element;
    typename In::scale_type scale;
    Stage stage;
    template <class V> QTENSOR_FORCE_INLINE constexpr auto operator()(V value, const Cell& cell) const {
        const auto result = stage(value, cell);
        if constexpr (is_narrow_integer<element>) {
            using R = std::remove_cv_t<decltype(result)>;
            return lane::min(
                lane::max(result, lane::broadcast<R>(static_cast<std::int32_t>(qtensor::element<element>::lowest))),
                lane::broadcast<R>(static_cast<std::int32_t>(qtensor::element<element>::highest)));
        } else {
            return result;
        }
    }
};

template <class Stage, class In>
concept binds = requires(const Stage stage, const In in) { stage.bind(in); };
template <class Stage>
concept calls = requires(const Stage stage, std::int32_t value, const Cell cell) { stage(value, cell); } ||
                requires(const Stage stage, float value, const Cell cell) { stage(value, cell); };

}  // namespace detail

template <class S, class In>
concept Stage = detail::binds<S, In> || detail::calls<S> ||
                unsatisfied<"not an epilogue stage here: use AddBias, Relu, Clamp, Requantize, Dequantize, or a type "
                            "with operator()(V, Cell) or bind(Incoming)">();

namespace detail {
/// The stage as it stands in front of some columns. One without for_columns is the same everywhere: a small one is
/// copied, so that the compiler need not read it again after each store of codes, which may alias anything.
template <class V, class Bound>
QTENSOR_FORCE_INLINE constexpr decltype(auto) for_columns(const Bound& bound, const Cell& cell) {
    if constexpr (requires { bound.template for_columns<V>(cell); }) {
        return bound.template for_columns<V>(cell);
    } else if constexpr (sizeof(Bound) <= 64) {
        return Bound(bound);
    } else {
        return (bound);
    }
}

/// The stage, in front of its columns, ends in a code and may leave to the store where that is placed: it has
/// `unplaced(value, cell)` (numeric/dialect.hpp).
template <class S> inline constexpr bool ends_unplaced = false;
template <class S>
    requires requires { S::ends_unplaced; }
inline constexpr bool ends_unplaced<S> = S::ends_unplaced;

/// The stage takes an Unplaced as well: a clamp moves its limits.
template <class S> inline constexpr bool keeps_unplaced = false;
template <class S>
    requires requires { S::keeps_unplaced; }
inline constexpr bool keeps_unplaced<S> = S::keeps_unplaced;

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

template <class S, class In> constexpr bool must_be_stage() {
    static_assert(Stage<S, In>, "not an epilogue stage here: use AddBias, Relu, Clamp, Requantize, Dequantize, or a "
                                "type with operator()(V, Cell) or bind(Incoming)");
    return true;
}

template <class S, class In> constexpr auto bind_one(const S& stage, const In& in) {
    static_assert(must_be_stage<S, In>());
    if constexpr (binds<S, In>) {
        return stage.bind(in);
    } else {
        return Unchanged<S, In>{in.scale, stage};
    }
}

template <class... Bound> struct BoundList {};

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
