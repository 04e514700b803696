// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The static memory plan: where activations live while a chain of layers runs. Two neighbouring edges are alive at a
/// time, so they alternate between the two ends of the arena with the layer's scratch between them:
///
///     layer 0:   input (caller's) ─▶ [ edge 0 |   scratch   |        ]
///     layer 1:                       [ edge 0 |   scratch   | edge 1 ]
///     layer 2:                       [ edge 2 |   scratch   | edge 1 ]      ... output (caller's)
///
/// A layer that writes over its input (`in_place`, layer/layer.hpp) has both edges in one place: its output has the
/// number of its input here.

#include <array>
#include <cstddef>

#include "../base/shape.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// What one layer needs, in bytes: its input and output edge (0 when they are the caller's) and its scratch.
struct PlanStep {
    std::size_t input = 0;
    std::size_t output = 0;
    std::size_t scratch = 0;
};

/// Every part starts at a multiple of this, enough for any register.
inline constexpr std::size_t arena_alignment = 64;

constexpr std::size_t arena_round(std::size_t bytes) { return round_up(bytes, arena_alignment); }

/// Bytes that hold every step.
template <std::size_t N> constexpr std::size_t plan_bytes(const std::array<PlanStep, N>& steps) {
    std::size_t most = 0;
    for (const PlanStep& step : steps) {
        const std::size_t bytes =
            checked_sum(checked_sum(arena_round(step.input), arena_round(step.output)), arena_round(step.scratch));
        most = bytes > most ? bytes : most;
    }
    return most;
}

/// The place of an edge: its number, but that of its input where the layer in front of it overwrites that one.
template <std::size_t N> constexpr std::size_t edge_place(const std::array<bool, N>& overwrites, std::size_t edge) {
    std::size_t place = 0;
    for (std::size_t layer = 1; layer <= edge; ++layer) place += overwrites[layer] ? 0 : 1;
    return place;
}

/// Where the edge of place `edge`, of so many bytes, starts in an arena of `total` bytes.
constexpr std::size_t edge_offset(std::size_t edge, std::size_t bytes, std::size_t total) {
    return edge % 2 == 0 ? 0 : total - arena_round(bytes);
}

}  // namespace qtensor::inline QTENSOR_ABI
