// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The laws of an epilogue stage (gemm/stage.hpp): one value at a time is the definition, registers give its bits,
/// and what the stage says of itself, its element, scale, magnitude and limit, is true.

#include <bit>
#include <type_traits>

#include "../gemm/epilogue.hpp"
#include "../scale/per_tensor.hpp"
#include "draws.hpp"
#include "verdict.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// What flows into a stage right behind a product of int8 codes, 37 columns of it.
using Accumulators = Incoming<std::int32_t, 37, Product<PerTensor<>, PerTensor<>>>;
inline constexpr Accumulators accumulators{{PerTensor<>{0.0625f}, PerTensor<>{0.03125f}}, 37, nullptr};

/// Arithmetic's type for an element.
template <class T>
using stage_value = std::conditional_t<!is_integer_element<T>, float,
                                       std::conditional_t<sizeof(value_of<T>) == 8, std::int64_t, std::int32_t>>;

/// Numbers that can flow here: any code of a narrow element, else accumulators up to what is proven.
template <class In, class Bound>
constexpr stage_value<typename In::element> draw_value(Draws& draws, const Bound& bound) {
    using T = typename In::element;
    using V = stage_value<T>;
    if constexpr (std::same_as<V, float>) {
        return draws.real() * static_cast<float>(std::int64_t{1} << draws.between(0, 20));
    } else if constexpr (!is_accumulator<In>) {
        return static_cast<V>(draws.between(element<T>::lowest, element<T>::highest));
    } else {
        const std::uint64_t held = static_cast<std::uint64_t>(std::numeric_limits<value_of<T>>::max());
        const std::uint64_t added = bound.magnitude();
        const std::uint64_t reach = held - (added < held ? added : held);
        return static_cast<V>(draws.any_size(static_cast<std::int64_t>(reach < bound.limit() ? reach : bound.limit())));
    }
}

template <class A, class B> constexpr bool same_bits(A a, B b) {
    if constexpr (std::same_as<A, float> && std::same_as<B, float>) {
        return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
    } else {
        return a == b;
    }
}

template <class In, class Bound, class Value, class Out>
constexpr Verdict judge_value(const Bound& bound, Value value, Out out, std::size_t column) {
    using T = typename Bound::element;
    if constexpr (is_integer_element<T> && !std::same_as<Out, float>) {
        if (out < element<T>::lowest || out > element<T>::highest)
            return {"what a stage makes is a value of its element (value)", static_cast<double>(value)};
        if constexpr (is_accumulator<In> && std::same_as<T, typename In::element>) {
            const auto size = [](auto x) {
                return x < 0 ? 0u - static_cast<std::uint64_t>(x) : static_cast<std::uint64_t>(x);
            };
            if (size(out) > bound_sum(size(value), bound.magnitude()))
                return {"a stage that makes accumulators larger says by how much in magnitude() (value)",
                        static_cast<double>(value)};
        }
    }
    if (!same_bits(bound(value, Cell{3, column, 1}), out))
        return {"asked twice, a stage answers the same (value)", static_cast<double>(value)};
    const Bound copy = bound;
    if (!same_bits(copy(value, Cell{3, column, 1}), out))
        return {"a copy of a bound stage does the same (value)", static_cast<double>(value)};
    return {};
}

/// Every register of every row, its tails included, equals its values one by one.
template <class In, class Bound> Verdict check_stage_lanes(const Bound& bound, std::size_t columns) {
    using Value = stage_value<typename In::element>;
    if constexpr (!std::same_as<Value, std::int64_t>) {
        using V = lanes<Value, arch::native>;
        constexpr std::size_t width = lane::width<V>;
        using Out = decltype(bound(Value{}, Cell{}));
        Draws draws(17);
        for (std::size_t row = 0; row < 64; ++row) {
            for (std::size_t column = 0; column < columns; column += width) {
                Value values[width];
                for (Value& value : values) value = draw_value<In>(draws, bound);
                const Cell cell{row, column, columns - column < width ? columns - column : width};
                Out made[width];
                Out hoisted[width];
                const V all = lane::load<V>(values, width);
                lane::store(made, bound(all, cell), width);
                lane::store(hoisted, bound.template for_columns<V>(cell)(all, cell), width);
                for (std::size_t i = 0; i < cell.count; ++i) {
                    const Out one = bound(values[i], Cell{row, column + i, 1});
                    if (!same_bits(made[i], one))
                        return {"a register of values gives the bits of each of them (value)",
                                static_cast<double>(values[i])};
                    if (!same_bits(hoisted[i], one))
                        return {"for_columns(cell) does what the stage does (value)", static_cast<double>(values[i])};
                }
            }
        }
    }
    return {};
}

}  // namespace detail

/// The laws of S behind `in`, which says what flows: accumulators of an int8 product by default. `in.columns` is a
/// multiple of nothing in particular; scales per channel of run-time shapes need `in.memory`.
template <class S, class In = detail::Accumulators>
constexpr Verdict check_stage(const S& stage = {}, const In& in = detail::accumulators) {
    static_assert(detail::must_be_stage<S, In>());
    const auto bound = bind_stages(in, stage);
    const auto& scale = outgoing_scale(bound);
    for (std::size_t c = 0; c < in.columns; ++c) {
        const float step = scale.scale(std::remove_cvref_t<decltype(scale)>::axis == per_tensor ? 0 : c);
        if (!(step > 0.0f && step <= std::numeric_limits<float>::max()))
            return {"what a stage makes has a positive, finite scale (column)", static_cast<double>(c)};
    }
    Draws draws(5);
    for (int i = 0; i < (std::is_constant_evaluated() ? 20 : 20000); ++i) {
        const auto column = static_cast<std::size_t>(draws.word() % in.columns);
        const auto value = detail::draw_value<In>(draws, bound);
        const auto out = bound(value, Cell{3, column, 1});
        if (const Verdict verdict = detail::judge_value<In>(bound, value, out, column); !verdict) return verdict;
    }
    if (std::is_constant_evaluated()) return {};
    return detail::check_stage_lanes<In>(bound, in.columns);
}

}  // namespace qtensor::inline QTENSOR_ABI
