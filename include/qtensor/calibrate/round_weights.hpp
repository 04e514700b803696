// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Adaptive rounding (M. Nagel et al., "Up or Down? Adaptive Rounding for Post-Training Quantization", ICML 2020): to
/// the nearest code is not the best way to round weights. What counts is the error of the sums,
///
///     E[(sum_k d_k x_k)^2] = d^T G d,      d_k = code_k - w_k / s,      G = E[x x^T]
///
/// over all choices of the code below or above (the paper's equation 13; x is what flows into the layer as codes).
/// The paper relaxes this problem and learns; here codes are flipped one at a time, always the one that helps most,
/// until none does. So the error on the samples is never larger than that of rounding to nearest, and there is nothing
/// to tune. It gains most where steps are wide: weights of four bits.
///
///     const auto better = adaptively_rounded(net, calibrate(net, samples), samples);
///
/// Dense and Conv2d without groups are rounded; other layers stay as they are.

#include "../layer/patches.hpp"
#include "adjust.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Rows of what the outputs of a layer see; at most about `most` of them, evenly from all samples.
template <class L> std::vector<float> seen_rows(const std::vector<float>& x, std::size_t samples, std::size_t most) {
    constexpr std::size_t depth = L::sums::depth;
    if constexpr (!requires { L::window; }) {
        (void)samples, (void)most;
        return x;
    } else {
        constexpr auto image = L::sums::image;
        constexpr std::size_t height = L::output_shape::static_extent(0), columns = L::output_shape::static_extent(1);
        constexpr std::size_t positions = height * columns;
        const std::size_t step = (samples * positions + most - 1) / most;
        std::vector<float> rows, one(depth);
        for (std::size_t at = 0; at < samples * positions; at += step) {
            copy_patches(x.data(), image, L::window, height, columns, at, 1, ChannelRange{0, image.channels}, 0.0f,
                         depth, one.data());
            rows.insert(rows.end(), one.begin(), one.end());
        }
        return rows;
    }
}

/// Flips the codes of one output; `wanted` is w / s, `gram` G row by row.
template <class Get, class Set>
void round_row(const std::vector<double>& wanted, const std::vector<double>& gram, double lowest, double highest,
               const Get& get, const Set& set) {
    const std::size_t depth = wanted.size();
    std::vector<double> off(depth), slope(depth);  // d, and G d
    for (std::size_t k = 0; k < depth; ++k) off[k] = get(k) - wanted[k];
    for (std::size_t k = 0; k < depth; ++k) {
        for (std::size_t i = 0; i < depth; ++i) slope[k] += gram[k * depth + i] * off[i];
    }
    for (std::size_t flips = 0; flips < 8 * depth; ++flips) {
        double best = 0.0, step = 0.0;
        std::size_t which = depth;
        for (std::size_t k = 0; k < depth; ++k) {
            const double by = off[k] > 0.0 ? -1.0 : 1.0;
            const double code = get(k) + by;
            if (!(std::fabs(off[k]) < 1.0) || code < lowest || code > highest) continue;  // clipped, or at an end
            const double gain = -(2.0 * by * slope[k] + gram[k * depth + k]);
            if (gain > best * (1.0 + 1e-12)) {
                best = gain;
                step = by;
                which = k;
            }
        }
        if (which == depth) return;
        set(which, get(which) + step);
        off[which] += step;
        for (std::size_t k = 0; k < depth; ++k) slope[k] += step * gram[k * depth + which];
    }
}

template <class L> constexpr bool rounds_adaptively() {
    if constexpr (requires { L::groups; }) {
        return L::groups == 1;
    } else {
        return L::sums::weight_axis == 0 && L::input_shape::rank == 1;  // Dense
    }
}

}  // namespace detail

/// `quantized` with weights rounded for the samples; scales and biases stay. Throws as calibrate does.
template <class FloatNet, class Quantized>
Quantized adaptively_rounded(const FloatNet& net, Quantized quantized, std::span<const float> samples) {
    adjust_layers(net, quantized, samples, [](const auto& real, auto& codes, const auto& in) {
        using L = typename std::remove_cvref_t<decltype(codes)>::layer;
        if constexpr (detail::rounds_adaptively<L>()) {
            using W = typename L::weight_element;
            constexpr std::size_t depth = L::sums::depth;
            const auto rows = detail::seen_rows<L>(in.meant(codes.input), in.samples, 8192);
            std::vector<double> gram(depth * depth);
            for (std::size_t row = 0; row < rows.size(); row += depth) {
                for (std::size_t k = 0; k < depth; ++k) {
                    const auto x = static_cast<double>(rows[row + k]);
                    if (x == 0.0) continue;
                    for (std::size_t i = 0; i < depth; ++i)
                        gram[k * depth + i] += x * static_cast<double>(rows[row + i]);
                }
            }
            for (std::size_t j = 0; j < L::sums::outputs; ++j) {
                std::vector<double> wanted(depth);
                for (std::size_t k = 0; k < depth; ++k) {
                    wanted[k] = static_cast<double>(real.weights.data()[j * depth + k]) /
                                static_cast<double>(codes.weights.scale().scale(j));
                }
                const auto at = [&](std::size_t k) { return static_cast<std::ptrdiff_t>(j * depth + k); };
                detail::round_row(
                    wanted, gram, static_cast<double>(element<W>::lowest), static_cast<double>(element<W>::highest),
                    [&](std::size_t k) { return static_cast<double>(element<W>::load(codes.weights.data(), at(k))); },
                    [&](std::size_t k, double code) {
                        element<W>::store(codes.weights.data(), at(k), static_cast<value_of<W>>(code));
                    });
            }
        }
    });
    return quantized;
}

}  // namespace qtensor::inline QTENSOR_ABI
