// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/min_max.hpp>
#include <qtensor/laws/check_observer.hpp>

#include <cmath>
#include <memory>
#include <string>

namespace {

using namespace qtensor;

template <class O> std::string broken(const O& fresh = {}) {
    const Verdict verdict = check_observer(fresh);
    return verdict ? "" : verdict.broken;
}

/// The middle 99 %: an observer that leaves values outside on purpose.
struct Middle {
    std::vector<float> seen;
    void observe(std::span<const float> values) { seen.insert(seen.end(), values.begin(), values.end()); }
    Range range() const {
        if (seen.empty()) return {};
        std::vector<float> sorted = seen;
        std::sort(sorted.begin(), sorted.end());
        const std::size_t cut = sorted.size() / 200;
        return {sorted[cut], sorted[sorted.size() - 1 - cut]};
    }
};
struct Backwards : MinMax {
    Range range() const { return {MinMax::range().highest, MinMax::range().lowest}; }
};
struct Wider : MinMax {
    Range range() const { return {MinMax::range().lowest * 1.5f, MinMax::range().highest * 1.5f}; }
};
struct Point : MinMax {
    Range range() const { return {MinMax::range().highest, MinMax::range().highest}; }
};
struct SquareOverflows : MinMax {
    Range range() const {
        const Range seen = MinMax::range();
        return {seen.lowest < 0.0f ? -std::sqrt(seen.lowest * seen.lowest) : seen.lowest, seen.highest};
    }
};
struct StartsOpen : MinMax {
    bool empty = true;
    void observe(std::span<const float> values) {
        empty = false;
        MinMax::observe(values);
    }
    Range range() const { return empty ? Range{INFINITY, -INFINITY} : MinMax::range(); }
};
struct SharesState {  // copies look at one and the same memory
    std::shared_ptr<MinMax> state = std::make_shared<MinMax>();
    void observe(std::span<const float> values) { state->observe(values); }
    Range range() const { return state->range(); }
};
struct SharedWhenSeen {  // the first look makes the memory that later copies share
    std::shared_ptr<MinMax> state;
    void observe(std::span<const float> values) {
        if (!state) state = std::make_shared<MinMax>();
        state->observe(values);
    }
    Range range() const { return state ? state->range() : Range{}; }
};
int looks = 0;
struct Remembers : MinMax {  // of all observers together
    float factor = 1.0f;
    void observe(std::span<const float> values) {
        factor = 1.0f / static_cast<float>(++looks);
        MinMax::observe(values);
    }
    Range range() const { return {MinMax::range().lowest * factor, MinMax::range().highest * factor}; }
};
struct Forgets : MinMax {
    mutable int asked = 0;
    Range range() const { return ++asked % 2 == 0 ? Range{} : MinMax::range(); }
};
struct Mergeable : MinMax {
    void merge(const Mergeable& other) { MinMax::merge(other); }
};
struct KeepsItsOwn : MinMax {
    void merge(const KeepsItsOwn&) {}
};
struct TakesTheOther : MinMax {
    void merge(const TakesTheOther& other) { *this = other; }
};
struct TakesAway : MinMax {
    void merge(const TakesAway& other) {
        MinMax::merge(other);
        const_cast<TakesAway&>(other).observe(std::vector<float>{-2e30f, 2e30f});
    }
};
struct SeesZero : MinMax {  // of an observer that has seen nothing, too
    bool empty = true;
    void observe(std::span<const float> values) {
        empty = empty && values.empty();
        MinMax::observe(values);
    }
    void merge(const SeesZero& other) {
        if (!other.empty && !empty) return MinMax::merge(other);
        if (other.empty) {
            MinMax::observe(std::vector<float>{0.0f});
        } else {
            *this = other;
        }
    }
};
struct Writes : MinMax {
    void observe(std::span<const float> values) {
        MinMax::observe(values);
        const_cast<float*>(values.data())[0] = 0.0f;
    }
};

}  // namespace

TEST_CASE("observers keep the laws") {
    CHECK(check_observer<MinMax>());
    CHECK(check_observer<Middle>());
    CHECK(check_observer<Mergeable>());
}

TEST_CASE("each law of observers finds the observer that breaks it") {
    CHECK(broken<Backwards>() == "the lower end of a range is not above the upper one (set of values)");
    CHECK(broken<Wider>() == "a range does not go beyond the values and zero (set of values)");
    CHECK(broken<Point>() == "of values that differ, a range is no point (set of values)");
    CHECK(broken<SquareOverflows>() == "the ends of a range are finite (set of values)");
    CHECK(broken<StartsOpen>() == "before the first value a range is finite and in order, too");
    CHECK(broken<SharesState>() != "");
    CHECK(broken<SharedWhenSeen>() == "a copy does not see what the original sees later (set of values)");
    CHECK(broken<Remembers>() == "the same values give the same range, whoever looked before (set of values)");
    CHECK(broken<Forgets>() == "asked twice, an observer answers the same (set of values)");
    CHECK(broken<KeepsItsOwn>() == "two halves, merged in either order, say what the whole says (set of values)");
    CHECK(broken<TakesTheOther>() == "two halves, merged in either order, say what the whole says (set of values)");
    CHECK(broken<TakesAway>() == "merging does not change what was merged (set of values)");
    CHECK(broken<SeesZero>() != "");
    CHECK(broken<Writes>() == "an observer does not write to the values (set of values)");
}
