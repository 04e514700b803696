// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A requantization dialect: one published rule that turns an accumulator into a code,
///
///     q = clamp( round( accumulator * s_x * s_w / s_y ) + zero_point )
///
/// with its own evaluation order and rounding. The rule is two functions: `derive` runs once, when scales are bound,
/// and yields `words` 32-bit words per channel; `apply` runs on one int32 or on lanes of them, with equal bits. A rule
/// that cannot take every int32 also says which `largest_accumulator(words)` it can take; binding compares it with the
/// proof. A rule for int64 accumulators (TFLite's 16x8 kernels) is a second `apply`, on one int64. A rule whose `apply`
/// computes with real numbers says `static constexpr bool uses_float = true`: it depends on the thread's rounding mode,
/// which debug builds check.
///
/// A rule may also say what `apply` places, for lanes: `unplaced(acc, words, range)` with apply(...) =
/// place(unplaced(...)). A store of whole registers narrows codes with saturation, and places them on the way
/// (gemm/store.hpp).

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include "../arch/lanes.hpp"
#include "../base/concepts.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Where codes may lie and where real zero is among them.
struct CodeRange {
    std::int32_t zero_point = 0;
    std::int32_t lowest = 0;
    std::int32_t highest = 0;
};

/// A code, or lanes of codes, in front of its zero point and its limits.
template <class I> struct Unplaced {
    I code;
    CodeRange range;

    /// As it stands behind a clamp to [lowest, highest].
    constexpr Unplaced clamped(std::int32_t lowest, std::int32_t highest) const {
        const auto inside = [&](std::int32_t bound) {
            const std::int32_t above = bound < lowest ? lowest : bound;
            return above > highest ? highest : above;
        };
        return {code, {range.zero_point, inside(range.lowest), inside(range.highest)}};
    }
};

namespace detail {

/// clamp(code + zero_point) for every code: clamped before the zero point is added, so that the sum stays inside int32.
template <class I> QTENSOR_FORCE_INLINE constexpr I place(I code, CodeRange range) {
    const I above = lane::max(code, lane::broadcast<I>(range.lowest - range.zero_point));
    return lane::min(above, lane::broadcast<I>(range.highest - range.zero_point)) +
           lane::broadcast<I>(range.zero_point);
}

template <class I> QTENSOR_FORCE_INLINE constexpr I place(const Unplaced<I>& code) {
    return place(code.code, code.range);
}

/// The rule's `apply`, or a bound stage, computes with real numbers.
template <class D> inline constexpr bool uses_float = false;
template <class D>
    requires requires { D::uses_float; }
inline constexpr bool uses_float<D> = D::uses_float;

/// S as a dialect of one float multiplier takes it: an infinite one makes NaN of the accumulator 0.
constexpr float finite_multiplier(float s) {
    QTENSOR_REQUIRE(s <= 3.40282346638528859812e+38f, "the multiplier s_x * s_w / s_y is not finite", 0, 0);
    return s;
}

template <class D>
concept is_dialect = requires(std::int32_t acc, const std::array<std::int32_t, D::words>& words, CodeRange range) {
    { D::derive(1.0f, 1.0f, 1.0f) } -> std::same_as<std::array<std::int32_t, D::words>>;
    { D::apply(acc, words, range) } -> std::same_as<std::int32_t>;
};
}  // namespace detail

template <class D>
concept Dialect =
    detail::is_dialect<D> || unsatisfied<"not a requantization dialect: use TfLiteDoubleRounding or XnnpackFp32, or a "
                                         "type with words, derive(s_x, s_w, s_y) and apply(acc, words, range)">();

namespace detail {
template <class D> constexpr bool must_be_dialect() {
    static_assert(Dialect<D>, "not a requantization dialect: use TfLiteDoubleRounding or XnnpackFp32, or a type with "
                              "words, derive(s_x, s_w, s_y) and apply(acc, words, range)");
    return true;
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
