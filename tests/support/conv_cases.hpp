// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The convolution cases of CMSIS-NN, depthwise ones too: geometry, arrays and stages of each.

#include <qtensor/gemm/add_bias.hpp>
#include <qtensor/gemm/clamp.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "cmsis_nn.hpp"
#include "conv_oracle.hpp"
#include "npy.hpp"

namespace qtensor_test {

/// Activations X, weights W, bias B.
template <class X, class W, class B> struct ConvCase {
    oracle::Conv conv;
    std::vector<X> x, want;
    std::vector<typename qtensor::element<W>::cell> w;
    std::vector<B> bias;
    std::vector<std::int32_t> mantissas, shifts;
    qtensor::Affine<> x_scale;
    std::int32_t zero = 0;
    qtensor::Clamp<> clamp;

    auto add_bias() const {
        using Shape = qtensor::Shape<qtensor::dyn>;
        return qtensor::AddBias{qtensor::QTensor<const B, qtensor::Unscaled, Shape>(bias.data(), Shape(bias.size()))};
    }
    RawRequantize<X> requantize() const {
        return {{mantissas.data(), shifts.data(), true,
                 qtensor::CodeRange{zero, static_cast<std::int32_t>(qtensor::element<X>::lowest),
                                    static_cast<std::int32_t>(qtensor::element<X>::highest)}}};
    }
};

struct ConvCases {
    std::filesystem::path folder;
    Manifest manifest;

    explicit ConvCases(const std::filesystem::path& suite) : folder(suite), manifest(suite / "manifest.json") {}

    template <class X, class W, class B> ConvCase<X, W, B> read(const std::string& name, bool depthwise) const {
        const auto number = [&](const char* key, std::int32_t otherwise = 0) {
            return manifest.number(name, key, otherwise);
        };
        ConvCase<X, W, B> one;
        one.x = read_npy<X>(folder / name / "input.npy");
        one.want = read_npy<X>(folder / name / "output_ref.npy");
        oracle::Conv& conv = one.conv;
        conv.batch = number("input_batches", 1);
        conv.height = number("input_h");
        conv.width = number("input_w");
        conv.channels = number("in_ch");
        conv.out = number("out_ch");
        conv.groups = depthwise ? conv.channels : conv.channels / number("filter_ch", number("in_ch"));
        conv.y = {number("filter_y"), number("stride_y"), number("dilation_y", 1), number("pad_y"), 0};
        conv.x = {number("filter_x"), number("stride_x"), number("dilation_x", 1), number("pad_x"), 0};
        while (conv.out_height() < number("output_h")) ++conv.y.after;
        while (conv.out_width() < number("output_w")) ++conv.x.after;
        REQUIRE(conv.out_height() == number("output_h"));
        REQUIRE(conv.out_width() == number("output_w"));
        REQUIRE(one.x.size() == conv.inputs());
        REQUIRE(one.want.size() == conv.outputs());

        const auto bytes = read_npy<std::int8_t>(folder / name / "weights.npy");
        one.w.assign(bytes.begin(), bytes.end());
        REQUIRE(one.w.size() == qtensor::cells_for<W>(conv.filters()));
        one.mantissas = read_npy<std::int32_t>(folder / name / "output_mult.npy");
        one.shifts = read_npy<std::int32_t>(folder / name / "output_shift.npy");
        one.bias.assign(static_cast<std::size_t>(conv.out), 0);
        if (std::filesystem::exists(folder / name / "biases.npy")) one.bias = read_npy<B>(folder / name / "biases.npy");
        one.x_scale = {1.0f, -number("input_offset")};
        one.zero = number("output_offset");
        one.clamp = {number("out_activation_min"), number("out_activation_max")};
        return one;
    }
};

}  // namespace qtensor_test
