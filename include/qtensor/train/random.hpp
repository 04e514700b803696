// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Random numbers that are the same with every standard library, which std::uniform_real_distribution does not promise.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// SplitMix64 (Steele, Lea and Flood 2014), its upper 32 bits. Cannot fail; equal seeds give equal numbers.
class Random {
public:
    constexpr explicit Random(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint32_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
    }
    /// Uniform on [0, n), n up to 2^32; 0 for n = 0.
    constexpr std::size_t below(std::size_t n) { return static_cast<std::size_t>((std::uint64_t{next()} * n) >> 32); }
    /// Uniform on [low, high], in 2^24 steps.
    constexpr float between(float low, float high) {
        return low + (high - low) * static_cast<float>(next() >> 8) * 0x1p-24f;
    }
    /// Normal with mean 0 and variance 1 (Box and Muller 1958; std::log and std::cos may differ in the last bit between
    /// libraries).
    float normal() {
        const double radius = std::sqrt(-2.0 * std::log((static_cast<double>(next()) + 1.0) * 0x1p-32));
        return static_cast<float>(radius * std::cos(6.283185307179586 * static_cast<double>(next()) * 0x1p-32));
    }
    /// Every order with equal probability (Fisher and Yates).
    template <class T> constexpr void shuffle(std::span<T> items) {
        for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
    }

private:
    std::uint64_t state_;
};

}  // namespace qtensor::inline QTENSOR_ABI
