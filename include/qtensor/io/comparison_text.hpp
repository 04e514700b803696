// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A comparison (calibrate/compare.hpp) as a table for the terminal:
///
///     std::fputs(to_text(compare(float_net, quantized, samples)).c_str(), stdout);

#include <cmath>
#include <cstdio>
#include <string>

#include "../calibrate/comparison.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// printf into a string; what is printed has at most 200 characters.
template <class... Values> std::string printed(const char* format, Values... values) {
    char text[256];
    const int length = std::snprintf(text, sizeof text, format, values...);
    return std::string(text, static_cast<std::size_t>(length < 0 ? 0 : (length > 255 ? 255 : length)));
}

inline std::string decibel_text(double value) { return std::isfinite(value) ? printed("%.1f", value) : "exact"; }

inline double percent(std::size_t part, std::size_t whole) {
    return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// How far inside the network a layer stands: dots of its path.
inline std::size_t nesting(const LayerComparison& layer) {
    std::size_t dots = 0;
    for (const char c : layer.path) dots += c == '.' ? 1u : 0u;
    return dots;
}

inline std::string error_text(const LayerComparison& layer) {
    if (layer.step == 0.0) return printed("%.3g", layer.largest_error);
    return printed("%.3g = %.1f steps", layer.largest_error, layer.largest_error / layer.step);
}

/// Channels that only codes kill, then those that were dead before.
inline std::string dead_text(const LayerComparison& layer) {
    return printed("%zu+%zu of %zu", layer.dead > layer.dead_in_float ? layer.dead - layer.dead_in_float : 0,
                   layer.dead_in_float, layer.channels);
}

}  // namespace detail

/// One line per edge, columns explained below them. SQNR is that of the network as it runs, `alone` that of the layer
/// by itself.
inline std::string to_text(const Comparison& comparison) {
    using detail::printed;
    std::string text = printed("%-22s %-18s %7s %7s %9s %20s %8s %9s %14s\n", "layer", "shape", "SQNR dB", "alone",
                               "cosine", "largest error", "clipped", "saturated", "dead channels");
    for (const LayerComparison& layer : comparison.layers) {
        const std::string name = std::string(2 * detail::nesting(layer), ' ') + layer.path + " " + layer.kind;
        text += printed("%-22s %-18s %7s %7s %9.6f %20s %7.2f%% %8.2f%% %14s\n", name.c_str(), layer.shape.c_str(),
                        detail::decibel_text(layer.sqnr).c_str(), detail::decibel_text(layer.alone).c_str(),
                        layer.cosine, detail::error_text(layer).c_str(), detail::percent(layer.clipped, layer.values),
                        detail::percent(layer.saturated, layer.values), detail::dead_text(layer).c_str());
    }
    text += printed("\nsame answer on %zu of %zu samples (%.2f %%)", comparison.same_answers, comparison.samples,
                    detail::percent(comparison.same_answers, comparison.samples));
    if (comparison.layers.size() > 1) {
        const LayerComparison& weakest = comparison.weakest();
        text += printed("; most is lost in layer %s %s, %s dB by itself", weakest.path.c_str(), weakest.kind.c_str(),
                        detail::decibel_text(weakest.alone).c_str());
    }
    return text +
           "\nSQNR: as the network runs; alone: the layer given exact inputs. clipped: real values that no code "
           "means;\n"
           "saturated: codes at an end of their range, real zero not counted; dead: killed by codes + dead before.\n";
}

}  // namespace qtensor::inline QTENSOR_ABI
