// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What is asked of every observer: values of the kinds that edges have, and what is said of nothing, of a constant and
/// of numbers that are none.

#include "catch.hpp"

#include <qtensor/calibrate/observer.hpp>
#include <qtensor/laws/check_observer.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "oracle.hpp"

namespace qtensor_test {

/// About normal: the sum of twelve even draws, in units of its standard deviation.
inline std::vector<float> normal_values(std::size_t count, std::uint64_t seed, float center = 0.0f) {
    oracle::Random random(seed);
    std::vector<float> values(count);
    for (float& value : values) {
        double sum = 0.0;
        for (int i = 0; i < 12; ++i) sum += static_cast<double>(random.real()) / 2.0;
        value = static_cast<float>(sum) + center;
    }
    return values;
}

/// Behind a Relu: half of them zero, and two far outside.
inline std::vector<float> relu_values(std::size_t count, std::uint64_t seed) {
    std::vector<float> values = normal_values(count, seed);
    for (float& value : values) value = std::max(value, 0.0f);
    values[count / 3] = 19.5f;
    values[count / 2] = 31.0f;
    return values;
}

/// Normal with outliers on both sides.
inline std::vector<float> wild_values(std::size_t count, std::uint64_t seed) {
    std::vector<float> values = normal_values(count, seed);
    for (std::size_t i = 0; i < count; i += 97) values[i] *= 6.0f;
    return values;
}

template <class O> qtensor::Range seen(O observer, const std::vector<float>& values) {
    observer.observe(values);
    return observer.range();
}

inline void check_range(const qtensor::Range& range, float lowest, float highest) {
    CHECK(range.lowest == lowest);
    CHECK(range.highest == highest);
}

/// `name` is what the observer calls itself in its complaints.
template <class O> void check_edges(const O& fresh, const std::string& name) {
    const qtensor::Verdict laws = qtensor::check_observer(fresh);
    INFO((laws ? "every law holds" : laws.broken));
    CHECK(static_cast<bool>(laws));
    check_range(fresh.range(), 0.0f, 0.0f);
    check_range(seen(fresh, {}), 0.0f, 0.0f);
    for (const float value : {0.0f, -0.0f, 2.5f, -2.5f, 1e-45f, -1e-38f, 3.4e38f, -3.4e38f}) {
        check_range(seen(fresh, {value}), value, value);
        check_range(seen(fresh, std::vector<float>(500, value)), value, value);
    }
    const float infinity = std::numeric_limits<float>::infinity();
    for (const auto& [value, text] :
         {std::pair<float, const char*>{std::nanf(""), "nan"}, {infinity, "inf"}, {-infinity, "-inf"}}) {
        O observer = fresh;
        observer.observe(std::vector<float>{1.0f, -3.0f});
        const qtensor::Range before = observer.range();
        std::string complaint = "nothing was thrown";
        try {
            observer.observe(std::vector<float>{0.5f, 7.0f, value, 9.0f});
        } catch (const std::invalid_argument& error) {
            complaint = error.what();
        }
        CHECK(complaint == name + ": value 2 is " + text + ": only finite numbers can be observed");
        check_range(observer.range(), before.lowest, before.highest);  // as if it had not been asked
    }
}

}  // namespace qtensor_test
