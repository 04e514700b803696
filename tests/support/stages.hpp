// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Runs a bound stage, or several, over one row of accumulators: value by value or register by register.

#include <qtensor/gemm/epilogue.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace qtensor_test {

/// What `bound` makes of accumulators[0 … n), as Arch computes it. Cells stand in row `row`.
template <class Arch, class Bound, class Value>
auto apply_stage(const Bound& bound, const std::vector<Value>& accumulators, std::size_t row = 0) {
    using V = qtensor::lanes<Value, Arch>;
    using Out = decltype(bound(Value{}, qtensor::Cell{}));
    constexpr std::size_t width = qtensor::lane::width<V>;
    const std::size_t n = accumulators.size();
    std::vector<Value> padded(n + width);
    std::copy(accumulators.begin(), accumulators.end(), padded.begin());
    std::vector<Out> made(n + width);
    for (std::size_t c = 0; c < n; c += width) {
        const V value = qtensor::lane::load<V>(padded.data() + c, width);
        qtensor::lane::store(made.data() + c, bound(value, qtensor::Cell{row, c, n - c}), width);
    }
    made.resize(n);
    return made;
}

/// Accumulators of every size, ties and ends included.
inline std::vector<std::int32_t> accumulators(std::size_t count, std::uint64_t seed, std::int32_t reach) {
    std::vector<std::int32_t> values(count);
    std::uint64_t state = seed * 2862933555777941757u + 3037000493u;
    for (std::size_t i = 0; i < count; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        const auto random = static_cast<std::int64_t>(state >> 20) % (2 * std::int64_t{reach} + 1) - reach;
        values[i] = static_cast<std::int32_t>(i % 3 == 0 ? random : i % 3 == 1 ? random / 256 : random / 65536);
    }
    if (count > 4) {
        values[0] = reach;
        values[1] = -reach;
        values[2] = 0;
        values[3] = 1;
        values[4] = -1;
    }
    return values;
}

}  // namespace qtensor_test
