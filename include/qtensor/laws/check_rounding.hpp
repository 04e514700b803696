// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The laws of a rounding policy (numeric/rounding.hpp): its forms, on float, double, lanes and integers, are one rule.

#include <bit>
#include <limits>

#include "../arch/lanes.hpp"
#include "../numeric/rounding.hpp"
#include "draws.hpp"
#include "verdict.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Floats between which a rounding changes its mind: eighths, their neighbours, and what has no fraction any more.
template <class Visit> constexpr Verdict each_float(int reach, Visit&& visit) {
    for (int eighths = -8 * reach; eighths <= 8 * reach; ++eighths) {
        const float center = static_cast<float>(eighths) / 8.0f;
        const auto bits = std::bit_cast<std::uint32_t>(center == 0.0f ? 0.0f : center);
        for (const std::uint32_t near : {bits - (bits & 0x7fffffffu ? 1u : 0u), bits, bits + 1u}) {
            if (const Verdict verdict = visit(std::bit_cast<float>(near)); !verdict) return verdict;
        }
    }
    for (const float large : {2097151.75f, 4194303.5f, 8388607.5f, 8388609.0f, 16777216.0f, 1e20f, 3.4e38f}) {
        for (const float x : {large, -large}) {
            if (const Verdict verdict = visit(x); !verdict) return verdict;
        }
    }
    return {};
}

constexpr Verdict judge_rounded(double x, double rounded) {
    if (lane::floor(rounded) != rounded) return {"a rounded number is whole (number)", x};
    const double below = lane::floor(x);
    if (rounded < below || rounded > below + 1.0) return {"a number goes to one of its two neighbours (number)", x};
    if (below == x && rounded != x) return {"a whole number stays (number)", x};
    return {};
}

/// divide(x, shift) is round(x / 2^shift), which a double holds for every int32.
template <class I, class R> constexpr Verdict check_divide(const R& rounding, std::int64_t x, int shift) {
    const double exact = static_cast<double>(x) / static_cast<double>(std::int64_t{1} << shift);
    const I divided = rounding.divide(static_cast<I>(x), static_cast<I>(shift));
    if (static_cast<double>(divided) != rounding.round(exact))
        return {"divide(x, shift) is round(x / 2^shift) (quotient)", exact};
    return {};
}

template <class R> constexpr Verdict check_integers(const R& rounding, int reach) {
    if constexpr (requires { rounding.divide(std::int32_t{}, std::int32_t{}); }) {
        for (int shift = 0; shift <= 31; ++shift) {
            for (int i = -reach; i <= reach + 5; ++i) {
                const std::int64_t ends[] = {INT32_MAX, INT32_MIN, std::int64_t{INT32_MIN} + 1, INT32_MAX - 1,
                                             INT32_MIN / 2};
                const std::int64_t x = i > reach ? ends[i - reach - 1] : i;
                if (const Verdict verdict = check_divide<std::int32_t>(rounding, x, shift); !verdict) return verdict;
                if (const Verdict verdict = check_divide<std::int64_t>(rounding, x, shift); !verdict) return verdict;
            }
        }
    }
    return {};
}

/// What is no number that a compiler would compute with.
template <class R> Verdict check_special(const R& rounding) {
    for (const float x : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
        if (rounding.round(x) != x) return {"infinities return themselves", static_cast<double>(x)};
    }
    const float none = rounding.round(std::numeric_limits<float>::quiet_NaN());
    if (none == none) return {"NaN returns itself", static_cast<double>(none)};
    return {};
}

/// Registers give the bits of one value at a time.
template <class R> Verdict check_lanes(const R& rounding) {
    using V = lanes<float, arch::native>;
    if constexpr (lane::width<V> != 1 && requires(V x) { rounding.round(x); }) {
        Verdict found{};
        float values[lane::width<V>]{};
        std::size_t count = 0;
        const auto compare = [&]() -> Verdict {
            float made[lane::width<V>];
            lane::store(made, rounding.round(lane::load<V>(values, lane::width<V>)), lane::width<V>);
            for (std::size_t i = 0; i < lane::width<V>; ++i) {
                if (made[i] != rounding.round(values[i]))
                    return {"lanes are rounded as single numbers are (number)", static_cast<double>(values[i])};
            }
            return {};
        };
        found = each_float(300, [&](float x) -> Verdict {
            values[count] = x;
            count = (count + 1) % lane::width<V>;
            return count == 0 ? compare() : Verdict{};
        });
        return found ? compare() : found;
    }
    return {};
}

template <class R> constexpr Verdict check_draws(const R& rounding, int reach) {
    bool down = false;
    bool up = false;
    for (int i = 0; i < 16 * reach; ++i) {
        const auto index = static_cast<std::size_t>(i);
        const float x = static_cast<float>(i % 64 - 32) / 8.0f;
        const float rounded = rounding.round(x, index);
        if (const Verdict verdict = judge_rounded(static_cast<double>(x), static_cast<double>(rounded)); !verdict)
            return verdict;
        if (rounding.round(x, index) != rounded)
            return {"the same number at the same index is rounded the same way (index)", static_cast<double>(i)};
        if (x - lane::floor(x) == 0.5f) (rounded > x ? up : down) = true;
    }
    if (!(up && down)) return {"a rounding by index goes both ways from a half", 0.0};
    return {};
}

}  // namespace detail

/// The laws of R. In constant evaluation a smaller window is looked at, without infinities and NaN.
template <class R> constexpr Verdict check_rounding(const R& rounding = {}) {
    static_assert(detail::must_be_rounding_policy<R>());
    int reach = 300;
    if (std::is_constant_evaluated()) reach = 3;
    if constexpr (!detail::rounds_alone<R>) {
        return detail::check_draws(rounding, 8 * reach);
    } else {
        double before = -std::numeric_limits<double>::infinity();
        double from = before;
        const Verdict reals = detail::each_float(reach, [&](float x) -> Verdict {
            const auto wide = static_cast<double>(x);
            const auto rounded = static_cast<double>(rounding.round(x));
            if (const Verdict verdict = detail::judge_rounded(wide, rounded); !verdict) return verdict;
            if (rounding.round(wide) != rounded) return {"float and double are rounded alike (number)", wide};
            if (wide >= from && rounded < before)
                return {"of two numbers the larger is not rounded to the smaller (number)", wide};
            from = wide;
            before = rounded;
            return {};
        });
        if (!reals) return reals;
        if (const Verdict integers = detail::check_integers(rounding, reach); !integers) return integers;
        if (std::is_constant_evaluated()) return {};
        if (const Verdict special = detail::check_special(rounding); !special) return special;
        return detail::check_lanes(rounding);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
