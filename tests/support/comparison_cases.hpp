// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A comparison put together by hand, with something of everything that a report has to show.

#include <qtensor/calibrate/comparison.hpp>

#include <limits>

namespace qtensor_test {

inline qtensor::Comparison known_comparison() {
    const double exact = std::numeric_limits<double>::infinity();
    qtensor::Comparison made;
    made.samples = 450;
    made.same_answers = 448;
    const auto layer = [&](const char* path, const char* kind, const char* shape, double sqnr, double alone) -> auto& {
        qtensor::LayerComparison& one = made.layers.emplace_back();
        one.path = path;
        one.kind = kind;
        one.shape = shape;
        one.sqnr = sqnr;
        one.alone = alone;
        return one;
    };
    auto& input = layer("input", "", "8x8x1", 54.2, 54.2);
    input.cosine = 0.999998;
    input.step = 1.0 / 255.0;
    input.largest_error = 0.5 / 255.0;
    input.values = 450 * 64;
    input.channels = 1;
    input.range = {0.0f, 1.0f};
    input.codes = {0.0f, 1.0f};
    auto& conv = layer("0", "Conv2d", "8x8x1 -> 6x6x8", 38.0, 41.5);
    conv.cosine = 0.999921;
    conv.step = 0.04;
    conv.largest_error = 0.12;
    conv.values = 450 * 288;
    conv.clipped = 450;
    conv.saturated = 450 * 7;
    conv.channels = 8;
    conv.dead = 3;
    conv.dead_in_float = 2;
    conv.range = {0.0f, 12.4f};
    conv.codes = {0.0f, 10.2f};
    auto& dense = layer("1.1", "Dense", "288 -> 288", 19.5, 21.0);
    dense.cosine = 0.994;
    dense.step = 0.25;
    dense.largest_error = 1.5;
    dense.values = 450 * 288;
    dense.channels = 288;
    dense.range = {-9.0f, 4.0f};
    dense.codes = {-32.0f, 31.75f};
    auto& merge = layer("1", "Merge", "288 -> 288", 19.0, 18.0);
    merge = dense;
    merge.path = "1";
    merge.kind = "Merge";
    merge.sqnr = 19.0;
    merge.alone = 18.0;
    merge.cosine = 0.993;
    merge.largest_error = 1.6;
    auto& last = layer("2", "Dense", "288 -> 10", exact, exact);
    last.cosine = 1.0;
    last.values = 4500;
    last.channels = 10;
    last.range = {-3.0f, 8.0f};
    return made;
}

}  // namespace qtensor_test
