// SPDX-License-Identifier: BSL-1.0
// oneDNN's convolutions, versions 2.6 (Debian's) and 3, one after the other between two buffers: weights reordered to
// the layout that each primitive asks for, primitives made once, `execute` timed. Zero points would send it to slower
// kernels: it runs without, on int8 and on uint8, which x86's dot product likes best.
#include "onednn.hpp"

#include <deque>
#include <unordered_map>

#include "../support/convolutions.hpp"

namespace bench {
namespace {

using namespace bench::onednn_parts;

class Chained : public Runner {
public:
    Chained(const Convolutions& p, Codes codes) : stream_(engine()), codes_(codes), image_(p.image_as(codes)) {
        for (auto& buffer : buffers_) buffer.resize(p.largest_edge());
        const std::int8_t* x = image_.data();
        for (std::size_t i = 0; i < p.layers.size(); ++i) {
            add(p.layers[i], x, buffers_[i % 2].data());
            x = buffers_[i % 2].data();
        }
        y_ = x;
        stream_.wait();
    }

    void run() override {
        for (std::size_t i = 0; i < primitives_.size(); ++i) primitives_[i].execute(stream_, arguments_[i]);
        stream_.wait();
    }
    double result(std::size_t at) const override {
        const std::int8_t code = y_[at];
        return codes_ == Codes::plain_u8 ? static_cast<std::uint8_t>(code) : code;
    }

    bool easier() const override { return true; }  // without zero points

private:
    using Dim = memory::dim;

    void add(const Convolution& c, const std::int8_t* x, std::int8_t* y) {
        const auto dim = [](std::size_t size) { return static_cast<Dim>(size); };
        const Dim in = dim(c.channels), out = dim(c.outputs), rows = dim(c.window.y.kernel),
                  columns = dim(c.window.x.kernel);
        const Type type = codes_ == Codes::plain_u8 ? Type::u8 : Type::s8;
        const auto nhwc = memory::format_tag::nhwc, any = memory::format_tag::any, a = memory::format_tag::a;
        const memory::desc source({1, in, dim(c.height), dim(c.width)}, type, nhwc);
        const memory::desc target({1, out, dim(c.out_height()), dim(c.out_width())}, type, nhwc);
        const memory::dims shape =
            c.depthwise ? memory::dims{out, 1, 1, rows, columns} : memory::dims{out, in, rows, columns};
        const memory::dims strides{dim(c.window.y.stride), dim(c.window.x.stride)};
        const memory::dims before{dim(c.window.y.before), dim(c.window.x.before)};
        const memory::dims after{dim(c.window.y.after), dim(c.window.x.after)};
        const memory::desc weights(shape, Type::s8, any);
        dnnl::primitive_attr attributes;
        dnnl::post_ops behind;
        const auto inference = dnnl::prop_kind::forward_inference;
        const auto direct = dnnl::algorithm::convolution_direct;
        std::unordered_map<int, memory> arguments;
        std::vector<float>& scales = constants_.emplace_back(c.scales, c.scales + c.outputs);
#if DNNL_VERSION_MAJOR >= 3
        const memory::desc bias({out}, Type::f32, a), one({1}, Type::f32, a);
        attributes.set_scales_mask(DNNL_ARG_SRC, 0);
        attributes.set_scales_mask(DNNL_ARG_WEIGHTS, c.depthwise ? 3 : 1);
        attributes.set_scales_mask(DNNL_ARG_DST, 0);
        if (c.relu) behind.append_eltwise(dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
        attributes.set_post_ops(behind);
        const dnnl::convolution_forward::primitive_desc description(engine(), inference, direct, source, weights, bias,
                                                                    target, strides, {0, 0}, before, after, attributes);
        std::vector<float>& biases = constants_.emplace_back(c.outputs);
        for (std::size_t j = 0; j < c.outputs; ++j) biases[j] = static_cast<float>(c.bias[j]) * c.x.value * c.scales[j];
        std::vector<float>& ends = constants_.emplace_back(std::vector<float>{c.x.value, c.y.value});
        arguments.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC, memory(one, engine(), &ends[0]));
        arguments.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_DST, memory(one, engine(), &ends[1]));
        arguments.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, memory(bias, engine(), scales.data()));
        arguments.emplace(DNNL_ARG_BIAS, memory(bias, engine(), biases.data()));
#else
        const memory::desc bias({out}, Type::s32, a);
        for (float& scale : scales) scale *= c.x.value / c.y.value;
        attributes.set_output_scales(1 << 1, scales);
        if (c.relu) behind.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
        attributes.set_post_ops(behind);
        const dnnl::convolution_forward::primitive_desc description(
            dnnl::convolution_forward::desc(inference, direct, source, weights, bias, target, strides, before, after),
            attributes, engine());
        arguments.emplace(DNNL_ARG_BIAS, memory(bias, engine(), const_cast<std::int32_t*>(c.bias)));
#endif
        // The orders of the library's filters, in strides of oneDNN's axes.
        const memory::dims ohwi{rows * columns * in, 1, columns * in, in};
        const memory::dims hwc{1, 1, 1, columns * out, out};
        memory plain(memory::desc(shape, Type::s8, c.depthwise ? hwc : ohwi), engine(),
                     const_cast<std::int8_t*>(c.weights));
        memory packed(description.weights_desc(), engine());
        dnnl::reorder(plain, packed).execute(stream_, plain, packed);
        arguments.emplace(DNNL_ARG_WEIGHTS, packed);
        arguments.emplace(DNNL_ARG_SRC, memory(source, engine(), const_cast<std::int8_t*>(x)));
        arguments.emplace(DNNL_ARG_DST, memory(target, engine(), y));
        primitives_.emplace_back(description);
        arguments_.push_back(std::move(arguments));
    }

    dnnl::stream stream_;
    Codes codes_;
    Cells<std::int8_t> image_, buffers_[2];
    const std::int8_t* y_ = nullptr;
    std::vector<dnnl::convolution_forward> primitives_;
    std::vector<std::unordered_map<int, memory>> arguments_;
    std::deque<std::vector<float>> constants_;
};

template <Codes codes> std::unique_ptr<Runner> make(const Convolutions& p) {
    return std::make_unique<Chained>(p, codes);
}

}  // namespace

ConvolvingPeer convolving_onednn_s8() {
    return {{"onednn_s8", prepared(), make<Codes::plain_s8>, !has_vnni, 1}, Codes::plain_s8};
}
ConvolvingPeer convolving_onednn_u8() {
    return {{"onednn_u8", prepared(), make<Codes::plain_u8>, !has_vnni, 1}, Codes::plain_u8};
}

}  // namespace bench
