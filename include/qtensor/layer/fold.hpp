// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Batch normalisation behind a layer with weights is part of its weights and bias once training is over:
///
///     y = (w x + b - mean) / sqrt(variance + epsilon) * gain + shift  =  w' x + b'
///     factor = gain / sqrt(variance + epsilon),   w' = w factor,   b' = (b - mean) factor + shift
///
/// Fold before quantization: the scales of the weights then fit what is deployed.

#include <array>

#include "../numeric/real_functions.hpp"
#include "../tensor/qtensor.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// What a batch normalisation of `Outputs` channels has learnt and seen.
template <std::size_t Outputs> struct BatchNorm {
    std::array<float, Outputs> gain{};
    std::array<float, Outputs> shift{};
    std::array<float, Outputs> mean{};
    std::array<float, Outputs> variance{};
    double epsilon = 1e-3;
};

/// The float parameters of a layer (Dense, Conv2d, DepthwiseConv2d, TransposeConv2d) with a normalisation folded in
/// that stands between its sums and its activation. Factors and products in double, each result rounded to float once.
template <class Float, std::size_t Outputs> constexpr Float folded(const Float& layer, const BatchNorm<Outputs>& norm) {
    static_assert(decltype(layer.bias)::shape_type::static_extent(0) == Outputs,
                  "a batch normalisation has one gain per output of the layer in front of it");
    Float made = layer;
    const std::size_t depth = layer.weights.size() / Outputs;
    constexpr std::size_t rank = decltype(layer.weights)::rank;
    constexpr bool outputs_first = rank != 3;  // depthwise filters are [rows][columns][outputs]
    for (std::size_t j = 0; j < Outputs; ++j) {
        const double power = static_cast<double>(norm.variance[j]) + norm.epsilon;
        QTENSOR_REQUIRE(power > 0.0, "a batch normalisation's variance + epsilon is positive (value: the output)", j,
                        0);
        const double factor = static_cast<double>(norm.gain[j]) / real::sqrt(power);
        for (std::size_t k = 0; k < depth; ++k) {
            float& weight = made.weights.data()[outputs_first ? j * depth + k : k * Outputs + j];
            weight = static_cast<float>(static_cast<double>(weight) * factor);
        }
        const double apart = static_cast<double>(layer.bias(j)) - static_cast<double>(norm.mean[j]);
        made.bias(j) = static_cast<float>(lane::rounded(apart * factor) + static_cast<double>(norm.shift[j]));
    }
    return made;
}

}  // namespace qtensor::inline QTENSOR_ABI
