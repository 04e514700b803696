// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What compare (compare.hpp) found: numbers for every edge of a network.

#include <cstddef>
#include <string>
#include <vector>

#include "range.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// One edge of the network: what the float reading has there and what the other one means by its codes.
struct LayerComparison {
    std::string path;               ///< "1.0" is layer 0 of the composition that is layer 1; "input" is what flows in
    std::string kind;               ///< "Dense"
    std::string shape;              ///< "64 -> 128"
    double sqnr = 0.0;              ///< dB, 10 log10(sum x^2 / sum (x - x~)^2); infinite where nothing differs
    double alone = 0.0;             ///< the same where this layer is given the float inputs, at its scale: its own part
    double cosine = 0.0;            ///< of x and x~ as vectors; 1 where both are all zeros, 0 where one is
    double largest_error = 0.0;     ///< max |x - x~|
    double step = 0.0;              ///< what one code is worth; 0 where there are no codes
    std::size_t values = 0;         ///< of all samples
    std::size_t clipped = 0;        ///< x that lie more than half a step beyond what the codes can mean
    std::size_t saturated = 0;      ///< codes at either end of their range, real zero (the floor of a Relu) not counted
    std::size_t channels = 0;       ///< of the last axis
    std::size_t dead = 0;           ///< channels whose codes never change
    std::size_t dead_in_float = 0;  ///< channels whose x never changes
    Range range{};                  ///< of x
    Range codes{};                  ///< what the codes can mean; {0, 0} where there are none
};

/// All edges in the order in which they are computed, the input first.
struct Comparison {
    std::size_t samples = 0;
    std::size_t same_answers = 0;  ///< samples whose largest output is at the same place in both
    std::vector<LayerComparison> layers;

    /// Whether the I-th entry is a composition: its layers stand before it.
    bool is_composition(std::size_t index) const {
        const std::string inside = layers[index].path + ".";
        return index > 0 && layers[index - 1].path.compare(0, inside.size(), inside) == 0;
    }

    /// The layer with the lowest `alone`: where most is lost. Neither the input nor compositions count.
    const LayerComparison& weakest() const {
        std::size_t found = 1;
        for (std::size_t i = 1; i < layers.size(); ++i) {
            const bool better = is_composition(found) || layers[i].alone < layers[found].alone;
            if (!is_composition(i) && better) found = i;
        }
        return layers.at(found);
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
