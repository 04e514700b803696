// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A stage: one of the steps between an accumulator and what is stored (epilogue.hpp joins them). It is bound once,
/// when scales are known, and then called on one value or on lanes of them, with equal bits. The smallest stage needs
/// nothing but a call operator:
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

#include "../arch/lanes.hpp"
#include "../numeric/dialect.hpp"
#include "../numeric/element.hpp"
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

/// What may stand in an epilogue where values of `In`, an Incoming, arrive.
template <class S, class In>
concept Stage = detail::binds<S, In> || detail::calls<S> ||
                unsatisfied<"not an epilogue stage here: use AddBias, Relu, Clamp, Requantize, Dequantize, or a type "
                            "with operator()(V, Cell) or bind(Incoming)">();

namespace detail {
template <class S, class In> constexpr bool must_be_stage() {
    static_assert(Stage<S, In>, "not an epilogue stage here: use AddBias, Relu, Clamp, Requantize, Dequantize, or a "
                                "type with operator()(V, Cell) or bind(Incoming)");
    return true;
}

/// The stage, bound to what flows into it.
template <class S, class In> constexpr auto bind_one(const S& stage, const In& in) {
    static_assert(must_be_stage<S, In>());
    if constexpr (binds<S, In>) {
        return stage.bind(in);
    } else {
        return Unchanged<S, In>{in.scale, stage};
    }
}

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

}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
