// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A scale per index of one axis: the usual scale of weights, whose output channels (axis 0) differ in range. `N` may
/// be dyn: the policy then refers to the caller's array, which must outlive it.

#include <array>

#include "scale.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <std::size_t N, int Axis = 0> struct PerChannel {
    static constexpr int axis = Axis;
    static constexpr std::size_t channels = N;

    std::array<float, N> values{};

    constexpr float scale(std::size_t c) const { return values[c]; }
    constexpr bool operator==(const PerChannel&) const = default;
};

template <int Axis> struct PerChannel<dyn, Axis> {
    static constexpr int axis = Axis;
    static constexpr std::size_t channels = dyn;

    const float* values = nullptr;

    constexpr float scale(std::size_t c) const { return values[c]; }
};

/// Per channel with zero points (ONNX allows them on weights; TFLite does not).
template <std::size_t N, int Axis = 0> struct PerChannelAffine {
    static constexpr int axis = Axis;
    static constexpr std::size_t channels = N;

    std::array<float, N> values{};
    std::array<std::int32_t, N> zeros{};

    constexpr float scale(std::size_t c) const { return values[c]; }
    constexpr std::int32_t zero_point(std::size_t c) const { return zeros[c]; }
    constexpr bool operator==(const PerChannelAffine&) const = default;
};

template <int Axis> struct PerChannelAffine<dyn, Axis> {
    static constexpr int axis = Axis;
    static constexpr std::size_t channels = dyn;

    const float* values = nullptr;
    const std::int32_t* zeros = nullptr;

    constexpr float scale(std::size_t c) const { return values[c]; }
    constexpr std::int32_t zero_point(std::size_t c) const { return zeros[c]; }
};

}  // namespace qtensor::inline QTENSOR_ABI
