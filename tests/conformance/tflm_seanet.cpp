// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite tflm_seanet: single operators of an audio network with 16-bit activations, from the scales of their tensors.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "conformance/cmsis_nn.hpp"
#include "conformance/product.hpp"
#include "conformance/suite.hpp"

namespace conformance {
namespace {

using namespace qtensor;
using cmsis::Image;

const nlohmann::json& operation(const Case& run) { return run.entry().at("attributes").at("graph").at("ops").at(0); }
std::int64_t option(const Case& run, const char* name) {
    return operation(run).at("options").at(name).get<std::int64_t>();
}

/// Input number `k` of the operator: an input of the graph or a constant.
const Tensor& operand(const Case& run, std::size_t k) {
    const auto id = operation(run).at("inputs").at(k).get<std::int64_t>();
    const auto inputs = run.entry().at("attributes").at("graph").at("inputs").get<std::vector<std::int64_t>>();
    const auto found = std::find(inputs.begin(), inputs.end(), id);
    if (found != inputs.end()) return run.tensor("input" + std::to_string(found - inputs.begin()));
    return run.tensor("tensor" + std::to_string(id));
}

Affine<> scale_of(const Tensor& tensor) {
    if (tensor.scales.size() != 1 || tensor.zeros.size() != 1) throw Malformed(tensor.name + " has not one scale");
    return {tensor.scales[0], tensor.zeros[0]};
}

/// Up to four extents, with ones in front.
std::array<std::size_t, 4> four(const Tensor& tensor) {
    std::array<std::size_t, 4> extents{1, 1, 1, 1};
    if (tensor.shape.size() > 4) throw Malformed(tensor.name + " has more than four axes");
    std::copy_backward(tensor.shape.begin(), tensor.shape.end(), extents.end());
    return extents;
}
Image image(const Tensor& tensor) {
    const auto extents = four(tensor);
    return Image(extents[0], extents[1], extents[2], extents[3]);
}

void no_activation(const Case& run) {
    if (option(run, "act") != 0) throw Malformed("an activation, which no case of this kind had");
}

template <class Op> void combine(Case& run) {
    no_activation(run);
    const Tensor &a = operand(run, 0), &b = operand(run, 1), &y = run.tensor("golden");
    const auto left = a.read<std::int16_t>(), right = b.read<std::int16_t>();
    using Codes = QTensor<const std::int16_t, Affine<>, Image>;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        std::vector<std::int16_t> got(y.size());
        combine_into<Op, numerics::TfLite, Arch>(
            Codes(left.data(), image(a), scale_of(a)), Codes(right.data(), image(b), scale_of(b)),
            QTensor<std::int16_t, Affine<>, Image>(got.data(), image(y), scale_of(y)));
        run.expect("golden", got, Arch::name);
    });
}

/// Convolutions and transposed ones differ in how a window meets the image and in where their operands stand.
template <template <class, class, class, class...> class Bound, class... Groups>
void conv(Case& run, const Tensor& x, const Tensor& w, const Tensor& b, Window window, Groups... groups) {
    no_activation(run);
    if (option(run, "padding") != 1) throw Malformed("padding, which no case of this kind had");
    const Tensor& y = run.tensor("golden");
    const auto codes = x.read<std::int16_t>();
    const auto weights = w.read<std::int8_t>();
    const auto bias = b.read<std::int64_t>();
    const auto extents = four(w);
    std::vector<float> scales = w.scales;
    if (scales.size() == 1) scales.assign(extents[0], w.scales[0]);
    if (scales.size() != extents[0]) throw Malformed("another number of scales than filters");
    window.y.kernel = extents[1];
    window.x.kernel = extents[2];
    const auto rows = filter_rows(
        QTensor<const std::int8_t, PerChannel<dyn>, Image>(weights.data(), image(w), PerChannel<dyn>{scales.data()}));
    const packed_for<arch::scalar, std::int16_t, std::remove_const_t<decltype(rows)>> packed(rows);
    std::vector<std::int32_t> memory(8 * extents[0]);
    const auto add_bias = bias_of(bias);
    const Bound<std::remove_const_t<decltype(packed)>, Affine<>, std::int64_t, std::remove_const_t<decltype(add_bias)>,
                Requantize<std::int16_t>>
    bound(packed, window, groups..., scale_of(x), BindMemory(memory.data(), memory.size()), add_bias,
          Requantize<std::int16_t>{scale_of(y)});
    std::vector<std::int16_t> got(y.size());
    bound.run(packed, QTensor<const std::int16_t, Affine<>, Image>(codes.data(), image(x), scale_of(x)),
              QTensor<std::int16_t, Affine<>, Image>(got.data(), image(y), scale_of(y)));
    run.expect("golden", got);
}

std::size_t size(const Case& run, const char* name) { return static_cast<std::size_t>(option(run, name)); }

void conv(Case& run) {
    const Window window{{1, size(run, "stride_h"), size(run, "dil_h"), 0, 0},
                        {1, size(run, "stride_w"), size(run, "dil_w"), 0, 0}};
    conv<BoundConv2d>(run, operand(run, 0), operand(run, 1), operand(run, 2), window, std::size_t{1});
}

void transpose_conv(Case& run) {  // the first operand is the shape of the result
    const Window window{{1, size(run, "stride_h"), 1, 0, 0}, {1, size(run, "stride_w"), 1, 0, 0}};
    conv<BoundTransposeConv2d>(run, operand(run, 2), operand(run, 1), operand(run, 3), window);
}

void leaky_relu(Case& run) {
    const Tensor &x = operand(run, 0), &y = run.tensor("golden");
    const BoundLeakyRelu<std::int16_t, TfLiteDoubleRounding> rule(
        scale_of(x), scale_of(y), operation(run).at("options").at("alpha").get<float>());
    const auto codes = x.read<std::int16_t>();
    qtensor_test::EveryArch::each([&]<class Arch>() {
        using V = lanes<std::int32_t, Arch>;
        std::vector<std::int16_t> got(codes.size());
        for (std::size_t i = 0; i < codes.size(); i += lane::width<V>)
            lane::store(got.data() + i, rule(lane::load<V>(codes.data() + i, codes.size() - i)), codes.size() - i);
        run.expect("golden", got, Arch::name);
    });
}

void pad(Case& run) {
    const Tensor &x = operand(run, 0), &y = run.tensor("golden");
    const auto codes = x.read<std::int16_t>();
    const auto padding = operand(run, 1).read<std::int32_t>();
    if (padding.size() != 2 * x.shape.size()) throw Malformed("padding of another number of axes");
    std::array<std::size_t, 4> begin{};
    for (std::size_t axis = 0; axis < x.shape.size(); ++axis)
        begin[4 - x.shape.size() + axis] = static_cast<std::size_t>(padding[2 * axis]);
    std::vector<std::int16_t> got(y.size());
    const QTensor<std::int16_t, Affine<>, Image> whole(got.data(), image(y), scale_of(y));
    fill(whole, static_cast<std::int16_t>(scale_of(y).zero));
    copy_into(QTensor<const std::int16_t, Affine<>, Image>(codes.data(), image(x), scale_of(x)),
              sliced(whole, begin, four(x)));
    run.expect("golden", got);
}

/// Where a slice begins and ends on an axis, as TensorFlow counts: from the back when negative, held at the ends.
std::int64_t held(std::int64_t at, std::int64_t extent, std::int64_t step) {
    if (at < 0) at += extent;
    return step > 0 ? std::clamp<std::int64_t>(at, 0, extent) : std::clamp<std::int64_t>(at, -1, extent - 1);
}

void strided_slice(Case& run) {
    const Tensor &x = operand(run, 0), &y = run.tensor("golden");
    const auto first = operand(run, 1).read<std::int32_t>(), last = operand(run, 2).read<std::int32_t>();
    const auto steps = operand(run, 3).read<std::int32_t>();
    if (first.size() != x.shape.size() || last.size() != first.size() || steps.size() != first.size() ||
        option(run, "ellipsis_mask") != 0 || option(run, "new_axis_mask") != 0) {
        throw Malformed("a slice of another form");
    }
    std::array<std::size_t, 4> begin{}, extent = four(x);
    std::array<std::ptrdiff_t, 4> step{1, 1, 1, 1};
    for (std::size_t axis = 0; axis < first.size(); ++axis) {
        const std::size_t at = 4 - first.size() + axis;
        const auto size = static_cast<std::int64_t>(x.shape[axis]);
        const auto masked = [&](const char* mask) { return (option(run, mask) >> axis & 1) != 0; };
        std::int64_t by = steps[axis];
        if (by == 0) throw Malformed("a step of 0");
        const std::int64_t from = masked("begin_mask") ? (by > 0 ? 0 : size - 1) : held(first[axis], size, by);
        std::int64_t to = masked("end_mask") ? (by > 0 ? size : -1) : held(last[axis], size, by);
        if (masked("shrink_axis_mask")) by = 1, to = from + 1;
        const std::int64_t count = (to - from + by + (by > 0 ? -1 : 1)) / by;
        begin[at] = static_cast<std::size_t>(from);
        extent[at] = static_cast<std::size_t>(std::max<std::int64_t>(count, 0));
        step[at] = static_cast<std::ptrdiff_t>(by);
    }
    const auto codes = x.read<std::int16_t>();
    const QTensor<const std::int16_t, Affine<>, Image> whole(codes.data(), image(x), scale_of(x));
    const auto slice = sliced(whole, begin, extent, step);
    std::vector<std::int16_t> got(y.size());
    if (got.size() != slice.size()) throw Malformed("the slice has another size than the result");
    copy_into(slice, QTensor<std::int16_t, Affine<>, Image>(
                         got.data(), Image(extent[0], extent[1], extent[2], extent[3]), scale_of(x)));
    run.expect("golden", got);
}

void quantize(Case& run) {
    const Tensor &x = operand(run, 0), &y = run.tensor("golden");
    if (y.dtype != "int32") throw Malformed("a result of another type than int32");
    const auto codes = x.read<std::int16_t>();
    std::vector<std::int32_t> got(codes.size());
    requantize_into(QTensor<const std::int16_t, Affine<>>(codes.data(), Shape<dyn>(codes.size()), scale_of(x)),
                    QTensor<std::int32_t, Affine<>>(got.data(), Shape<dyn>(got.size()), scale_of(y)));
    run.expect("golden", got);
}

const Part part("tflm_seanet", {
                                   {"add_int16", combine<Add>},
                                   {"sub_int16", combine<Subtract>},
                                   {"conv_int16", conv},
                                   {"transpose_conv_int16", transpose_conv},
                                   {"transpose_conv_int32", transpose_conv},
                                   {"leaky_relu_int16", leaky_relu},
                                   {"pad_int16", pad},
                                   {"strided_slice_int16", strided_slice},
                                   {"quantize_int16", quantize},
                               });

}  // namespace
}  // namespace conformance
