// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Reproducible numbers for laws: the same on every machine, in constant evaluation too (SplitMix64; Steele, Lea and
/// Flood, "Fast splittable pseudorandom number generators", 2014).

#include <cstdint>
#include <limits>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

class Draws {
public:
    constexpr explicit Draws(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint64_t word() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    /// Uniform in [lowest, highest], which spans at most 2^63.
    constexpr std::int64_t between(std::int64_t lowest, std::int64_t highest) {
        const std::uint64_t span = static_cast<std::uint64_t>(highest) - static_cast<std::uint64_t>(lowest) + 1u;
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(lowest) + word() % span);
    }

    /// In [-reach, reach], small magnitudes as often as large ones; the two ends and 0 come up, too.
    constexpr std::int64_t any_size(std::int64_t reach) {
        const std::uint64_t kind = word() % 16;
        if (kind < 3) return kind == 0 ? 0 : kind == 1 ? reach : -reach;
        const std::int64_t value = between(-reach, reach);
        return value / (std::int64_t{1} << (word() % 31));
    }

    /// Any code of T, its ends more often than others.
    template <class T> constexpr T code() {
        const std::uint64_t kind = word() % 8;
        if (kind == 0) return std::numeric_limits<T>::lowest();
        if (kind == 1) return std::numeric_limits<T>::max();
        return static_cast<T>(word());
    }

    /// Uniform in [-1, 1), a multiple of 2^-23.
    constexpr float real() { return static_cast<float>(between(-8388608, 8388607)) / 8388608.0f; }

private:
    std::uint64_t state_;
};

}  // namespace qtensor::inline QTENSOR_ABI
