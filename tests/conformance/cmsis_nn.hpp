// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What the cases of CMSIS-NN have in common: multipliers and shifts, offsets, windows over images. An offset is minus
/// a zero point, except the output's.

#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>

#include <array>
#include <vector>

#include "conformance/case.hpp"

namespace conformance::cmsis {

using Words = std::vector<std::array<std::int32_t, 2>>;
using Image = qtensor::Shape<qtensor::dyn, qtensor::dyn, qtensor::dyn, qtensor::dyn>;

inline std::int32_t number(const Case& run, const std::string& name, std::int64_t otherwise) {
    return static_cast<std::int32_t>(run.integer(name, otherwise));
}
inline std::size_t extent(const Case& run, const std::string& name) {
    return static_cast<std::size_t>(run.integer(name));
}

/// A multiplier and a shift, or one of each per output.
inline Words words_of(const Case& run) {
    const Tensor* mantissas = run.find("output_mult");
    if (mantissas == nullptr)
        return {{static_cast<std::int32_t>(run.integer("output_multiplier")),
                 static_cast<std::int32_t>(run.integer("output_shift"))}};
    Words words;
    const auto mantissa = mantissas->read<std::int32_t>();
    const auto shift = run.tensor("output_shift").read<std::int32_t>();
    for (std::size_t c = 0; c < mantissa.size(); ++c) words.push_back({mantissa[c], shift.at(c)});
    return words;
}

/// The limits of the activation, under either of their names.
template <class Y> qtensor::Clamp<> clamp_of(const Case& run) {
    return {number(run, "out_activation_min", run.integer("activation_min", qtensor::element<Y>::lowest)),
            number(run, "out_activation_max", run.integer("activation_max", qtensor::element<Y>::highest))};
}

/// One axis of a window over `input` cells that makes `output` positions: what is padded behind follows.
inline qtensor::WindowAxis axis(std::size_t kernel, std::size_t stride, std::size_t dilation, std::size_t before,
                                std::size_t input, std::size_t output) {
    qtensor::WindowAxis made{kernel, stride, dilation, before, 0};
    if (output == 0) throw Malformed("an output of no size");
    const std::size_t needed = (output - 1) * stride + made.span();
    if (needed > before + input) made.after = needed - before - input;
    if (made.output(input) != output) throw Malformed("the window makes another size than the case says");
    return made;
}

/// Geometry of a case whose axes are called y and x (convolutions) or h and w (pooling).
inline qtensor::Window window_of(const Case& run, const std::string& padding, char y, char x) {
    const auto one = [&](char name, const std::string& size) {
        const auto of = [&](const std::string& what) { return what + '_' + name; };
        return axis(extent(run, of("filter")), extent(run, of("stride")),
                    static_cast<std::size_t>(run.integer(of("dilation"), 1)), extent(run, of(padding)),
                    extent(run, "input_" + size), extent(run, "output_" + size));
    };
    return {one(y, "h"), one(x, "w")};
}

/// Geometry of a transposed convolution, whose result is as large as the case says.
inline qtensor::Window reversed_window_of(const Case& run) {
    const auto one = [&](const std::string& name) {
        return qtensor::WindowAxis{extent(run, "filter_" + name), extent(run, "stride_" + name),
                                   static_cast<std::size_t>(run.integer("dilation_" + name, 1)),
                                   extent(run, "pad_" + name), 0};
    };
    return {one("y"), one("x")};
}

}  // namespace conformance::cmsis
