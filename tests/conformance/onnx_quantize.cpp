// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite onnx_node: QuantizeLinear, DequantizeLinear and DynamicQuantizeLinear.

#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>

#include "conformance/suite.hpp"

namespace conformance {
namespace {

using namespace qtensor;

/// body<T>() for the element of this ONNX name.
template <class Body> void with_element(const std::string& type, Body&& body) {
    if (type == "int8") return body.template operator()<std::int8_t>();
    if (type == "uint8") return body.template operator()<std::uint8_t>();
    if (type == "int16") return body.template operator()<std::int16_t>();
    if (type == "uint16") return body.template operator()<std::uint16_t>();
    if (type == "int32") return body.template operator()<std::int32_t>();
    if (type == "int4") return body.template operator()<int4>();
    if (type == "uint4") return body.template operator()<uint4>();
    throw Inapplicable(type);
}

/// A tensor as ONNX's scales see it: [outer][channels][inner], one scale per channel, or per block of channels and
/// inner position.
struct Layout {
    std::size_t outer = 1;
    std::size_t channels = 1;
    std::size_t inner = 1;
    std::size_t block = 0;

    Layout(const Case& run, const Tensor& x, const Tensor& scale) {
        if (scale.size() == 1 && run.integer("block_size", 0) == 0) {
            inner = x.size();
            return;
        }
        const auto rank = static_cast<std::int64_t>(x.shape.size());
        std::int64_t axis = run.integer("axis", 1);
        if (axis < 0) axis += rank;
        if (axis < 0 || axis >= rank) throw Malformed("axis is no axis of x");
        for (std::int64_t a = 0; a < rank; ++a) {
            const std::size_t extent = x.shape[static_cast<std::size_t>(a)];
            (a < axis ? outer : a == axis ? channels : inner) *= extent;
        }
        block = static_cast<std::size_t>(run.integer("block_size", 0));
        const std::size_t wanted = block == 0 ? channels : outer * blocks() * inner;
        if (scale.size() != wanted) throw Malformed("another number of scales than axis and block size say");
    }
    std::size_t blocks() const { return (channels + block - 1) / block; }
    std::size_t size() const { return outer * channels * inner; }

    /// Calls run(scale index, indices of the values that share it).
    template <class Body> void each_block(Body&& body) const {
        for (std::size_t o = 0; o < outer; ++o) {
            for (std::size_t b = 0; b < blocks(); ++b) {
                for (std::size_t i = 0; i < inner; ++i) {
                    std::vector<std::size_t> at;
                    for (std::size_t c = b * block; c < channels && c < (b + 1) * block; ++c)
                        at.push_back((o * channels + c) * inner + i);
                    body((o * blocks() + b) * inner + i, at);
                }
            }
        }
    }
};

using Channels = Shape<dyn, dyn, dyn>;

/// Codes of T in memory, seen with the scales of an axis.
template <class T> struct Codes {
    std::vector<cell_of<T>> cells;
    std::vector<float> scales;
    std::vector<std::int32_t> zeros;
    Layout layout;

    Codes(const Layout& l, std::vector<float> s, const Tensor* zero_point)
        : cells(cells_for<T>(l.size())), scales(std::move(s)), zeros(scales.size(), 0), layout(l) {
        if (zero_point == nullptr) return;
        const auto given = zero_point->integers();
        if (given.size() != scales.size()) throw Malformed("another number of zero points than scales");
        for (std::size_t i = 0; i < given.size(); ++i) zeros[i] = static_cast<std::int32_t>(given[i]);
    }
    QTensor<T, PerChannelAffine<dyn, 1>, Channels> by_channel() {
        return {cells.data(), Channels(layout.outer, layout.channels, layout.inner),
                PerChannelAffine<dyn, 1>{scales.data(), zeros.data()}};
    }
    std::int64_t code(std::size_t i) const { return element<T>::load(cells.data(), i); }
    void set(std::size_t i, std::int64_t code) { element<T>::store(cells.data(), i, static_cast<value_of<T>>(code)); }
};

template <class T> void quantize_as(Case& run, const std::vector<float>& values, Codes<T> codes) {
    const Layout& layout = codes.layout;
    if (layout.block == 0) {
        quantize_into(std::span<const float>(values), codes.by_channel(), HalfEven{});
    } else {
        layout.each_block([&](std::size_t scale, const std::vector<std::size_t>& at) {
            std::vector<float> block;
            for (const std::size_t i : at) block.push_back(values[i]);
            std::vector<cell_of<T>> cells(cells_for<T>(at.size()));
            quantize_into(std::span<const float>(block),
                          QTensor<T, Affine<>>(cells.data(), Shape<dyn>(at.size()),
                                               Affine{codes.scales[scale], codes.zeros[scale]}),
                          HalfEven{});
            for (std::size_t i = 0; i < at.size(); ++i) codes.set(at[i], element<T>::load(cells.data(), i));
        });
    }
    std::vector<std::conditional_t<std::same_as<T, uint4>, std::uint8_t, value_of<T>>> got(layout.size());
    for (std::size_t i = 0; i < layout.size(); ++i)
        got[i] = static_cast<typename decltype(got)::value_type>(codes.code(i));
    run.expect(run.node_output(0), got);
}

const Tensor& needed(const Case& run, std::size_t position) {
    const Tensor* tensor = run.node_input(position);
    if (tensor == nullptr) throw Malformed("an input is missing");
    return *tensor;
}

void quantize_linear(Case& run) {
    const Tensor& x = needed(run, 0);
    const Tensor& scale = needed(run, 1);
    with_element(run.tensor(run.node_output(0)).type, [&]<class T>() {
        if (x.dtype != "float32" || scale.dtype != "float32") throw Malformed("x and its scale are float32 here");
        quantize_as<T>(run, x.reals(), Codes<T>(Layout(run, x, scale), scale.reals(), run.node_input(2)));
    });
}

void dequantize_linear(Case& run) {
    const Tensor& x = needed(run, 0);
    const Tensor& scale = needed(run, 1);
    with_element(x.type, [&]<class T>() {
        Codes<T> codes(Layout(run, x, scale), scale.reals(), run.node_input(2));
        const auto given = x.integers();
        for (std::size_t i = 0; i < given.size(); ++i) codes.set(i, given[i]);
        std::vector<float> reals(given.size());
        if (codes.layout.block == 0) {
            dequantize_into(codes.by_channel(), reals);
        } else {
            codes.layout.each_block([&](std::size_t s, const std::vector<std::size_t>& at) {
                std::vector<cell_of<T>> cells(cells_for<T>(at.size()));
                for (std::size_t i = 0; i < at.size(); ++i)
                    element<T>::store(cells.data(), i, static_cast<value_of<T>>(given[at[i]]));
                std::vector<float> block(at.size());
                dequantize_into(
                    QTensor<T, Affine<>>(cells.data(), Shape<dyn>(at.size()), Affine{codes.scales[s], codes.zeros[s]}),
                    block);
                for (std::size_t i = 0; i < at.size(); ++i) reals[at[i]] = block[i];
            });
        }
        if (run.tensor(run.node_output(0)).dtype == "float16") {
            run.expect(run.node_output(0), std::vector<float16>(reals.begin(), reals.end()));
        } else {
            run.expect(run.node_output(0), reals);
        }
    });
}

void dynamic_quantize_linear(Case& run) {
    const auto values = needed(run, 0).reals();
    std::vector<std::uint8_t> got(values.size());
    const auto codes = quantize_dynamic<OnnxDynamic, std::uint8_t>(values, got.data(), Shape<dyn>(got.size()));
    run.expect(run.node_output(0), got);
    run.expect(run.node_output(1), std::vector<float>{codes.scale().value});
    run.expect(run.node_output(2), std::vector<std::uint8_t>{static_cast<std::uint8_t>(codes.scale().zero)});
}

const Part part("onnx_node", {
                                 {"QuantizeLinear", quantize_linear},
                                 {"DequantizeLinear", dequantize_linear},
                                 {"DynamicQuantizeLinear", dynamic_quantize_linear},
                             });

}  // namespace
}  // namespace conformance
