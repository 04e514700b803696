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
/// In a recurrent layer the codes of what comes in and of the hidden numbers are summed into the same gate: x is both,
/// side by side. A Gru's candidate weighs the second sum by its reset gate first, so there each sum is rounded for
/// itself.
///
/// Dense, Conv2d, DepthwiseConv2d, Lstm and Gru are rounded; other layers stay as they are.

#include "../layer/patches.hpp"
#include "adjust.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// How many groups of outputs see different inputs; 0 for layers that are not rounded.
template <class L> constexpr std::size_t rounding_groups() {
    if constexpr (!has_sums<L>) {
        return 0;
    } else if constexpr (requires { L::groups; }) {
        return L::groups;
    } else if constexpr (requires { L::multiplier; }) {
        return L::sums::image.channels;
    } else {
        return L::sums::weight_axis == 0 && L::input_shape::rank == 1 ? 1 : 0;  // Dense
    }
}

/// Rows of what the outputs of a group see; at most about `most` of them, evenly from all samples.
template <class L>
std::vector<float> seen_rows(const std::vector<float>& x, std::size_t samples, std::size_t most, std::size_t group) {
    constexpr std::size_t depth = L::sums::depth;
    if constexpr (!requires { L::window; }) {
        (void)samples, (void)most, (void)group;
        return x;
    } else {
        constexpr auto image = L::sums::image;
        constexpr std::size_t channels = image.channels / rounding_groups<L>();
        constexpr std::size_t height = L::output_shape::static_extent(0), columns = L::output_shape::static_extent(1);
        constexpr std::size_t positions = height * columns;
        const std::size_t step = (samples * positions + most - 1) / most;
        std::vector<float> rows, one(depth);
        for (std::size_t at = 0; at < samples * positions; at += step) {
            copy_patches(x.data(), image, L::window, height, columns, at, 1, ChannelRange{group * channels, channels},
                         0.0f, depth, one.data());
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

/// G of rows of `depth` numbers.
inline std::vector<double> gram_of(const std::vector<float>& rows, std::size_t depth) {
    std::vector<double> gram(depth * depth);
    for (std::size_t row = 0; row < rows.size(); row += depth) {
        for (std::size_t k = 0; k < depth; ++k) {
            const auto x = static_cast<double>(rows[row + k]);
            if (x == 0.0) continue;
            for (std::size_t i = 0; i < depth; ++i) gram[k * depth + i] += x * static_cast<double>(rows[row + i]);
        }
    }
    return gram;
}

/// The weights of output `row` of a tensor of any element, as numbers: codes, and what they should be. `apart`: where
/// the next one lies, one cell away or, of filters that stand side by side, one output away.
template <class Real, class Codes> struct WeightRow {
    using W = typename Codes::element_type;
    const Real& real;
    Codes& codes;
    std::size_t row = 0, first = 0, apart = 1;

    double step() const { return static_cast<double>(codes.scale().scale(row)); }
    double wanted(std::size_t k) const { return static_cast<double>(real.data()[first + k * apart]) / step(); }
    double get(std::size_t k) const { return static_cast<double>(element<W>::load(codes.data(), at(k))); }
    void set(std::size_t k, double code) const {
        element<W>::store(codes.data(), at(k), static_cast<value_of<W>>(code));
    }

private:
    std::ptrdiff_t at(std::size_t k) const { return static_cast<std::ptrdiff_t>(first + k * apart); }
};
template <class Real, class Codes>
WeightRow(const Real&, Codes&, std::size_t, std::size_t, std::size_t) -> WeightRow<Real, Codes>;

template <class W> inline constexpr double lowest_code = static_cast<double>(element<W>::lowest);
template <class W> inline constexpr double highest_code = static_cast<double>(element<W>::highest);

template <class Real, class Codes, class In> void round_sums(const Real& real, Codes& codes, const In& in) {
    using L = typename Codes::layer;
    using W = typename L::weight_element;
    constexpr std::size_t depth = L::sums::depth, outputs = L::sums::outputs, groups = rounding_groups<L>();
    constexpr bool side_by_side = L::sums::weight_axis != 0;
    const std::vector<float> x = in.meant(codes.input);
    std::vector<double> wanted(depth), gram;
    for (std::size_t j = 0; j < outputs; ++j) {
        if (j % (outputs / groups) == 0)
            gram = gram_of(seen_rows<L>(x, in.samples, 8192, j / (outputs / groups)), depth);
        const WeightRow row{real.weights, codes.weights, j, side_by_side ? j : j * depth, side_by_side ? outputs : 1};
        for (std::size_t k = 0; k < depth; ++k) wanted[k] = row.wanted(k);
        round_row(
            wanted, gram, lowest_code<W>, highest_code<W>, [&](std::size_t k) { return row.get(k); },
            [&](std::size_t k, double code) { row.set(k, code); });
    }
}

/// What a recurrent layer's gates see at every step: the numbers that come in, and the hidden ones of the step before.
template <class Codes, class Code> std::vector<float> gate_rows(const Codes& codes, const LayerInputs<Code>& in) {
    using L = typename Codes::layer;
    constexpr std::size_t steps = L::input_shape::static_extent(0), width = L::input_shape::static_extent(1);
    constexpr std::size_t hidden = L::output_shape::static_extent(1), depth = width + hidden;
    const auto made = run_probed(pack<arch::native>(codes), in.codes.data(), in.samples, SeesNothing{});
    const std::vector<float> x = in.meant(codes.input);
    const std::vector<float> h = LayerInputs<Code>{in.real, made, in.samples}.meant(codes.output);
    std::vector<float> rows(in.samples * steps * depth);
    for (std::size_t i = 0; i < in.samples * steps; ++i) {
        std::copy_n(x.begin() + static_cast<std::ptrdiff_t>(i * width), width,
                    rows.begin() + static_cast<std::ptrdiff_t>(i * depth));
        if (i % steps == 0) continue;  // hidden numbers begin at zero
        std::copy_n(h.begin() + static_cast<std::ptrdiff_t>((i - 1) * hidden), hidden,
                    rows.begin() + static_cast<std::ptrdiff_t>(i * depth + width));
    }
    return rows;
}

template <class Real, class Codes, class In> void round_gates(const Real& real, Codes& codes, const In& in) {
    using L = typename Codes::layer;
    using W = typename L::weight_element;
    constexpr std::size_t width = L::input_shape::static_extent(1), hidden = L::output_shape::static_extent(1);
    constexpr std::size_t depth = width + hidden, gates = L::rows / hidden;
    const auto gram = gram_of(gate_rows(codes, in), depth);
    std::vector<double> wanted(depth), weighed(depth * depth);
    for (std::size_t j = 0; j < L::rows; ++j) {
        const WeightRow from_x{real.input_weights, codes.input_weights, j, j * width, 1};
        const WeightRow from_h{real.hidden_weights, codes.hidden_weights, j, j * hidden, 1};
        const bool one_sum = gates == 4 || j / hidden < 2;
        for (std::size_t k = 0; k < depth; ++k) {
            const bool at_x = k < width;
            wanted[k] = at_x ? from_x.wanted(k) : from_h.wanted(k - width);
            for (std::size_t i = 0; i < depth; ++i) {
                weighed[k * depth + i] = !one_sum && (i < width) != at_x
                                             ? 0.0
                                             : gram[k * depth + i] * (at_x ? from_x.step() : from_h.step()) *
                                                   (i < width ? from_x.step() : from_h.step());
            }
        }
        round_row(
            wanted, weighed, lowest_code<W>, highest_code<W>,
            [&](std::size_t k) { return k < width ? from_x.get(k) : from_h.get(k - width); },
            [&](std::size_t k, double code) {
                if (k < width) {
                    from_x.set(k, code);
                } else {
                    from_h.set(k - width, code);
                }
            });
    }
}

}  // namespace detail

/// `quantized` with weights rounded for the samples; scales and biases stay. Throws as calibrate does.
template <class FloatNet, class Quantized>
Quantized adaptively_rounded(const FloatNet& net, Quantized quantized, std::span<const float> samples) {
    adjust_layers(net, quantized, samples, [](const auto& real, auto& codes, const auto& in) {
        using L = typename std::remove_cvref_t<decltype(codes)>::layer;
        if constexpr (detail::rounding_groups<L>() != 0) {
            detail::round_sums(real, codes, in);
        } else if constexpr (detail::is_gated<L>) {
            detail::round_gates(real, codes, in);
        }
    });
    return quantized;
}

}  // namespace qtensor::inline QTENSOR_ABI
