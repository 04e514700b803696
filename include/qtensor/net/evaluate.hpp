// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Running a packed layer in constant evaluation: bytes of an arena cannot become numbers there, so a composition
/// (which has `evaluate`) makes typed arrays for its inner edges, and a layer gets scratch of its own.

#include <array>
#include <cstddef>

#include "plan.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// y = layer(x) for a static batch, without an arena.
template <std::size_t Batch, class Packed> constexpr void evaluate_layer(const Packed& layer, const auto* x, auto* y) {
    if constexpr (requires { layer.template evaluate<Batch>(x, y); }) {
        layer.template evaluate<Batch>(x, y);
    } else {
        alignas(arena_alignment) std::array<std::byte, Packed::workspace_bytes(Batch)> workspace{};
        layer.run(x, y, Batch, workspace);
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
