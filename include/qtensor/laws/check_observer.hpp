// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The laws of an observer (calibrate/observer.hpp): its range is one that a scale can be made from, says something of
/// what was seen, and depends on nothing else.

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "../calibrate/observer.hpp"
#include "draws.hpp"
#include "verdict.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
inline bool same_range(const Range& a, const Range& b) { return a.lowest == b.lowest && a.highest == b.highest; }

/// Judges what `observer`, fresh, says of the values.
template <class O> Verdict check_observed(const O& fresh, const std::vector<float>& values, double place) {
    O observer = fresh;
    const std::vector<float> before(values.begin(), values.end());
    observer.observe(values);
    const Range range = observer.range();
    if (!std::isfinite(range.lowest) || !std::isfinite(range.highest))
        return {"the ends of a range are finite (set of values)", place};
    if (range.lowest > range.highest)
        return {"the lower end of a range is not above the upper one (set of values)", place};
    if (!same_range(range, observer.range()))
        return {"asked twice, an observer answers the same (set of values)", place};
    const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
    if (range.lowest < std::min(*lowest, 0.0f) || range.highest > std::max(*highest, 0.0f))
        return {"a range does not go beyond the values and zero (set of values)", place};
    if (*lowest < *highest && range.lowest == range.highest)
        return {"of values that differ, a range is no point (set of values)", place};
    O again = fresh;
    again.observe(values);
    if (!same_range(range, again.range()))
        return {"the same values give the same range, whoever looked before (set of values)", place};
    const O copy = observer;
    observer.observe(std::vector<float>{-1e6f, 1e6f, 1e6f});
    if (!same_range(range, copy.range()))
        return {"a copy does not see what the original sees later (set of values)", place};
    if (values != before) return {"an observer does not write to the values (set of values)", place};
    return {};
}

/// Judges what two observers say together that saw the values up to `cut` and those behind it.
template <MergeableObserver O>
Verdict check_merged(const O& fresh, const std::vector<float>& values, std::size_t cut, double place) {
    O whole = fresh, front = fresh, back = fresh;
    whole.observe(values);
    front.observe(std::span(values).first(cut));
    back.observe(std::span(values).subspan(cut));
    const Range seen[] = {front.range(), back.range()};
    O swapped = back;
    swapped.merge(front);
    if (!same_range(front.range(), seen[0])) return {"merging does not change what was merged (set of values)", place};
    front.merge(back);
    if (!same_range(back.range(), seen[1])) return {"merging does not change what was merged (set of values)", place};
    if (!same_range(front.range(), whole.range()) || !same_range(swapped.range(), whole.range()))
        return {"two halves, merged in either order, say what the whole says (set of values)", place};
    front.merge(fresh);
    if (!same_range(front.range(), whole.range()))
        return {"an observer that saw nothing changes nothing when it is merged (set of values)", place};
    return {};
}
}  // namespace detail

/// The laws of O, whose fresh state is `fresh`.
template <class O> Verdict check_observer(const O& fresh = {}) {
    static_assert(detail::must_be_observer<O>());
    const Range nothing = fresh.range();
    if (!(std::isfinite(nothing.lowest) && std::isfinite(nothing.highest) && nothing.lowest <= nothing.highest))
        return {"before the first value a range is finite and in order, too", 0.0};
    Draws draws(3);
    std::vector<float> centered(1000);
    std::vector<float> above(1000);
    for (float& value : centered) value = draws.real() * draws.real() * 3.0f;
    for (float& value : above) value = 5.0f + draws.real();
    std::vector<float> below = above;
    for (float& value : below) value = -value;
    std::vector<float> outlier = centered;
    outlier[500] = 300.0f;
    const std::vector<float> sets[] = {
        centered, above, below, outlier, {0.0f, 0.0f, 0.0f}, {2.0f}, {-1e-20f, 1e-20f}, {1e30f, -1e30f, 0.0f}};
    double place = 0.0;
    for (const auto& values : sets) {
        if (const Verdict verdict = detail::check_observed(fresh, values, place); !verdict) return verdict;
        if constexpr (MergeableObserver<O>) {
            for (const std::size_t cut : {std::size_t{0}, values.size() / 3, values.size() / 2, values.size()}) {
                if (const Verdict verdict = detail::check_merged(fresh, values, cut, place); !verdict) return verdict;
            }
        }
        place += 1.0;
    }
    return {};
}

}  // namespace qtensor::inline QTENSOR_ABI
