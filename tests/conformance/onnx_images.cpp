// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite onnx_node: Conv, ConvInteger, QLinearConv, ConvTranspose and pooling. ONNX stores images
/// [batch][channel][y][x] and filters [out][in][y][x]; images here are [batch][y][x][channel] and filters
/// [out][y][x][in]. One spatial axis is an image of height 1.

#include <qtensor/tensor.hpp>

#include <nlohmann/json.hpp>

#include "conformance/cmsis_nn.hpp"
#include "conformance/product.hpp"
#include "conformance/suite.hpp"

namespace conformance {
namespace {

using namespace qtensor;
using cmsis::Image;

std::vector<std::int64_t> list(const Case& run, const char* name, std::vector<std::int64_t> otherwise) {
    const auto& attributes = run.entry().at("attributes");
    return attributes.contains(name) ? attributes.at(name).get<std::vector<std::int64_t>>() : otherwise;
}

/// Extents [first][second][y][x].
std::array<std::size_t, 4> four(const Tensor& tensor) {
    const auto& shape = tensor.shape;
    if (shape.size() == 3) return {shape[0], shape[1], 1, shape[2]};
    if (shape.size() == 5) throw Inapplicable("three_spatial_axes");
    if (shape.size() != 4) throw Malformed(tensor.name + " is no image");
    return {shape[0], shape[1], shape[2], shape[3]};
}
Image channels_last(const Tensor& tensor) {
    const auto e = four(tensor);
    return Image(e[0], e[2], e[3], e[1]);
}

/// [a][b][yx] becomes [a][yx][b], or back.
template <class T> std::vector<T> turned(const std::vector<T>& from, std::size_t a, std::size_t b, std::size_t yx) {
    std::vector<T> to;
    for (std::size_t i = 0; i < a; ++i) {
        const auto one = transposed(from.data() + i * b * yx, b, yx);
        to.insert(to.end(), one.begin(), one.end());
    }
    return to;
}
template <class T> std::vector<T> read_turned(const Tensor& tensor) {
    const auto e = four(tensor);
    return turned(tensor.read<T>(), e[0], e[1], e[2] * e[3]);
}
template <class T> std::vector<T> turned_back(const std::vector<T>& y, const Image& image) {
    return turned(y, image.extent(0), image.extent(1) * image.extent(2), image.extent(3));
}

/// The window of a node over x that makes y. `kernel` is [y][x].
Window window_of(const Case& run, std::array<std::size_t, 2> kernel, const Tensor& x, const Tensor& y) {
    const std::string pad = run.text("auto_pad", "NOTSET");
    const bool line = x.shape.size() == 3;  // the only axis is x
    const auto in = four(x), out = four(y);
    const auto one = [&](std::size_t axis) -> WindowAxis {
        const std::size_t at = line ? 0 : axis;
        const auto of = [&](const char* name) {
            const auto given = list(run, name, {});
            return given.empty() || (line && axis == 0) ? std::size_t{1} : static_cast<std::size_t>(given.at(at));
        };
        const WindowAxis plain{kernel[axis], of("strides"), of("dilations"), 0, 0};
        const std::size_t needed = (out[2 + axis] - 1) * plain.stride + plain.span(), have = in[2 + axis];
        const std::size_t total = needed > have ? needed - have : 0;
        std::size_t before = 0;
        if (pad == "SAME_UPPER") before = total / 2;
        if (pad == "SAME_LOWER") before = total - total / 2;
        const auto pads = list(run, "pads", {});
        if (pad == "NOTSET" && !pads.empty() && !(line && axis == 0)) before = static_cast<std::size_t>(pads.at(at));
        return cmsis::axis(plain.kernel, plain.stride, plain.dilation, before, have, out[2 + axis]);
    };
    return {one(0), one(1)};
}

const Tensor& needed(const Case& run, std::size_t position) {
    const Tensor* tensor = run.node_input(position);
    if (tensor == nullptr) throw Malformed("an input is missing");
    return *tensor;
}

/// x and w convolved through stages, as the node's first output.
template <class X, class W, class XScale, class WScale, class... Stages>
void convolve(Case& run, const Tensor& x, const Tensor& w, XScale x_scale, WScale w_scale, const Stages&... stages) {
    const Tensor& y = run.tensor(run.node_output(0));
    const auto filter = four(w);
    const Window window = window_of(run, {filter[2], filter[3]}, x, y);
    const auto groups = static_cast<std::size_t>(run.integer("group", 1));
    const Image in = channels_last(x), out = channels_last(y);
    const auto codes = read_turned<X>(x);
    const auto weights = read_turned<W>(w);
    const auto rows = filter_rows(QTensor<const W, WScale, Image>(weights.data(), channels_last(w), w_scale));
    each_arch<X, W>([&]<class Arch>() {
        using Packed = packed_for<Arch, X, std::remove_const_t<decltype(rows)>>;
        const AlignedBytes memory(Packed::bytes(rows.extent(0), rows.extent(1)));
        const Packed packed(rows, memory.span());
        std::vector<std::int32_t> words(8 * rows.extent(0));
        const BoundConv2d<Packed, XScale, void, Stages...> bound(packed, window, groups, x_scale,
                                                                 BindMemory(words.data(), words.size()), stages...);
        using Y = typename std::remove_const_t<decltype(bound)>::element_type;
        std::vector<Y> made(out.size());
        const AlignedBytes workspace(bound.workspace_bytes(window, groups, {in.extent(1), in.extent(2), in.extent(3)}));
        bound.run(packed, QTensor<const X, XScale, Image>(codes.data(), in, x_scale),
                  QTensor<Y, std::remove_cvref_t<decltype(bound.output_scale())>, Image>(made.data(), out,
                                                                                         bound.output_scale()),
                  workspace.span());
        run.expect(run.node_output(0), turned_back(made, out), Arch::name);
    });
}

void conv(Case& run) {
    const Tensor &x = needed(run, 0), &w = needed(run, 1);
    if (x.dtype != "float32") throw Malformed("another element than float");
    std::vector<float> bias(w.shape[0]);
    if (const Tensor* b = run.node_input(2)) bias = b->reals();
    convolve<float, float>(run, x, w, Unscaled{}, Unscaled{}, bias_of(bias));
}

/// Zero points and scales, one per filter.
struct Filters {
    std::vector<float> scales;
    std::vector<std::int32_t> zeros;
    Filters(const Tensor& w, const Tensor* scale, const Tensor* zero) : scales(w.shape[0], 1.0f), zeros(w.shape[0], 0) {
        for (std::size_t i = 0; i < w.shape[0]; ++i) {
            if (scale != nullptr) scales[i] = scale->reals().at(scale->size() == 1 ? 0 : i);
            if (zero != nullptr) zeros[i] = static_cast<std::int32_t>(zero->integers().at(zero->size() == 1 ? 0 : i));
        }
    }
    PerChannelAffine<dyn> scale() const { return {scales.data(), zeros.data()}; }
};
std::int32_t one_zero(const Tensor* zero) {
    return zero == nullptr ? 0 : static_cast<std::int32_t>(zero->integers().at(0));
}

/// body<X, W>() for images and filters that are int8 or uint8 each.
template <class Body> void with_bytes(const Tensor& x, const Tensor& w, Body&& body) {
    const auto second = [&]<class X>() {
        if (w.type == "int8") return body.template operator()<X, std::int8_t>();
        if (w.type == "uint8") return body.template operator()<X, std::uint8_t>();
        throw Inapplicable(w.type);
    };
    if (x.type == "int8") return second.template operator()<std::int8_t>();
    if (x.type == "uint8") return second.template operator()<std::uint8_t>();
    throw Inapplicable(x.type);
}

void conv_integer(Case& run) {
    const Tensor &x = needed(run, 0), &w = needed(run, 1);
    const Filters filters(w, nullptr, run.node_input(3));
    with_bytes(x, w, [&]<class X, class W>() {
        convolve<X, W>(run, x, w, Affine{1.0f, one_zero(run.node_input(2))}, filters.scale());
    });
}

void qlinear_conv(Case& run) {
    const Tensor &x = needed(run, 0), &w = needed(run, 3);
    const Filters filters(w, &needed(run, 4), run.node_input(5));
    std::vector<std::int32_t> bias(w.shape[0]);
    if (const Tensor* b = run.node_input(8)) bias = b->read<std::int32_t>();
    const Affine x_scale{needed(run, 1).reals().at(0), one_zero(run.node_input(2))};
    const Affine y_scale{needed(run, 6).reals().at(0), one_zero(run.node_input(7))};
    with_bytes(x, w, [&]<class X, class W>() {
        const auto as = [&]<class Y>() {
            convolve<X, W>(run, x, w, x_scale, filters.scale(), bias_of(bias), Requantize<Y, OnnxQLinear<>>{y_scale});
        };
        if (run.tensor(run.node_output(0)).type == "int8") return as.template operator()<std::int8_t>();
        return as.template operator()<std::uint8_t>();
    });
}

/// Filters are [in][out][y][x]. What `pads`, `output_shape` and `output_padding` leave of the result is y's extents.
void conv_transpose(Case& run) {
    const Tensor &x = needed(run, 0), &w = needed(run, 1), &y = run.tensor(run.node_output(0));
    if (run.integer("group", 1) != 1) throw Inapplicable("groups_of_transposed_convolution");
    if (x.shape.size() != 4) throw Inapplicable("axes_of_transposed_convolution");
    const auto e = four(w), in = four(x), out = four(y);
    const auto strides = list(run, "strides", {1, 1}), dilations = list(run, "dilations", {1, 1});
    const auto pads = list(run, "pads", {0, 0, 0, 0}), extra = list(run, "output_padding", {0, 0});
    const auto one = [&](std::size_t axis) -> WindowAxis {
        WindowAxis made{e[2 + axis], static_cast<std::size_t>(strides.at(axis)),
                        static_cast<std::size_t>(dilations.at(axis)), static_cast<std::size_t>(pads.at(axis)), 0};
        if (run.has("output_shape")) {  // the padding follows from it, the smaller half in front
            const auto whole =
                static_cast<std::int64_t>((in[2 + axis] - 1) * made.stride + made.span()) + extra.at(axis);
            const std::int64_t total = whole - static_cast<std::int64_t>(out[2 + axis]);
            made.before = total > 0 ? static_cast<std::size_t>(total / 2) : 0;
        }
        return made;
    };
    const Window window{one(0), one(1)};
    const auto image = read_turned<float>(x), values = w.read<float>();
    std::vector<float> filters(values.size());
    for (std::size_t c = 0; c < e[0]; ++c)
        for (std::size_t j = 0; j < e[1]; ++j)
            for (std::size_t t = 0; t < e[2] * e[3]; ++t)
                filters[(j * e[2] * e[3] + t) * e[0] + c] = values[(c * e[1] + j) * e[2] * e[3] + t];
    std::vector<float> bias(e[1]);
    if (const Tensor* b = run.node_input(2)) bias = b->reals();
    const auto rows = filter_rows(QTensor<const float, Unscaled, Image>(filters.data(), Image(e[1], e[2], e[3], e[0])));
    each_arch<float, float>([&]<class Arch>() {
        using Packed = packed_for<Arch, float, std::remove_const_t<decltype(rows)>>;
        const AlignedBytes memory(Packed::bytes(rows.extent(0), rows.extent(1)));
        const Packed packed(rows, memory.span());
        const auto stage = bias_of(bias);
        const BoundTransposeConv2d<Packed, Unscaled, void, std::remove_const_t<decltype(stage)>> bound(
            packed, window, Unscaled{}, BindMemory{}, stage);
        const Image from = channels_last(x), to = channels_last(y);
        std::vector<float> made(to.size());
        const AlignedBytes workspace(bound.workspace_bytes(window, {from.extent(1), from.extent(2), from.extent(3)}));
        bound.run(packed, QTensor<const float, Unscaled, Image>(image.data(), from),
                  QTensor<float, Unscaled, Image>(made.data(), to), workspace.span());
        run.expect(run.node_output(0), turned_back(made, to), Arch::name);
    });
}

/// A mean that counts padding is that of the padded image: real zeros first, then a window that stays inside.
template <class How, class T> void pool_as(Case& run, Window window) {
    const Tensor &x = needed(run, 0), &y = run.tensor(run.node_output(0));
    using S = std::conditional_t<std::same_as<T, float>, Unscaled, PerTensor<>>;
    auto codes = read_turned<T>(x);
    Image in = channels_last(x);
    const Image out = channels_last(y);
    if (run.integer("count_include_pad", 0) != 0) {
        if (run.integer("ceil_mode", 0) != 0) throw Inapplicable("count_include_pad");  // beyond the padding, too
        const Image whole(in.extent(0), window.y.before + in.extent(1) + window.y.after,
                          window.x.before + in.extent(2) + window.x.after, in.extent(3));
        std::vector<T> padded(whole.size());
        const QTensor<T, S, Image> all(padded.data(), whole);
        copy_into(QTensor<const T, S, Image>(codes.data(), in),
                  sliced(all, {0, window.y.before, window.x.before, 0},
                         {in.extent(0), in.extent(1), in.extent(2), in.extent(3)}));
        codes = padded;
        in = whole;
        window.y.before = window.y.after = window.x.before = window.x.after = 0;
    }
    qtensor_test::EveryArch::each([&]<class Arch>() {
        std::vector<T> made(out.size());
        pool_into<How, Arch>(window, QTensor<const T, S, Image>(codes.data(), in),
                             QTensor<T, S, Image>(made.data(), out));
        run.expect(run.node_output(0), turned_back(made, out), Arch::name);
    });
}
template <class How> void pool_over(Case& run, const Window& window) {
    const std::string type = needed(run, 0).dtype;
    if (type == "float32") return pool_as<How, float>(run, window);
    if (type == "int8") return pool_as<How, std::int8_t>(run, window);
    if (type == "uint8") return pool_as<How, std::uint8_t>(run, window);
    throw Inapplicable(type);
}

template <class How> void pool(Case& run) {
    const Tensor &x = needed(run, 0), &y = run.tensor(run.node_output(0));
    if (run.entry().at("node_outputs").size() > 1) throw Inapplicable("indices");
    four(x);
    auto kernel = list(run, "kernel_shape", {});
    if (kernel.size() == 1) kernel.insert(kernel.begin(), 1);
    pool_over<How>(
        run, window_of(run, {static_cast<std::size_t>(kernel.at(0)), static_cast<std::size_t>(kernel.at(1))}, x, y));
}
template <class How> void global_pool(Case& run) {
    const auto e = four(needed(run, 0));
    pool_over<How>(run, {{e[2]}, {e[3]}});
}

const Part part("onnx_node", {
                                 {"Conv", conv},
                                 {"ConvInteger", conv_integer},
                                 {"QLinearConv", qlinear_conv},
                                 {"ConvTranspose", conv_transpose},
                                 {"MaxPool", pool<Largest>},
                                 {"AveragePool", pool<Mean>},
                                 {"GlobalMaxPool", global_pool<Largest>},
                                 {"GlobalAveragePool", global_pool<Mean>},
                             });

}  // namespace
}  // namespace conformance
