// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite cmsis_nn: convolutions, depthwise convolutions and pooling.

#include "conformance/cmsis_nn.hpp"
#include "conformance/product.hpp"
#include "conformance/suite.hpp"

namespace conformance {
namespace {

using namespace qtensor;
using cmsis::Image;

/// x, w, bias and constants of a convolution.
template <class X, class W, class Bias> struct Convolution {
    std::vector<X> x;
    std::vector<cell_of<W>> w;
    std::vector<Bias> bias;
    cmsis::Words words;
    Window window;
    Image in, out;
    std::vector<float> ones;  // one scale per output, as there is one multiplier per output
    std::vector<std::int32_t> memory;

    explicit Convolution(const Case& run)
        : x(run.tensor("input").read<X>()), words(cmsis::words_of(run)), window(cmsis::window_of(run, "pad", 'y', 'x')),
          in(static_cast<std::size_t>(run.integer("input_batches", run.integer("batch_size", 1))),
             cmsis::extent(run, "input_h"), cmsis::extent(run, "input_w"), cmsis::extent(run, "in_ch")),
          out(in.extent(0), cmsis::extent(run, "output_h"), cmsis::extent(run, "output_w"),
              cmsis::extent(run, "out_ch")),
          ones(outputs(), 1.0f), memory(8 * outputs()) {
        if (x.size() != in.size()) throw Malformed("the input has another size than its extents");
        if (words.size() != outputs()) throw Malformed("another number of multipliers than outputs");
        const auto bytes = run.tensor("weights").read<std::int8_t>();
        w.assign(bytes.begin(), bytes.end());
        bias.resize(outputs());
        if (const Tensor* given = run.find("biases")) bias = given->read<Bias>();
    }
    std::size_t outputs() const { return out.extent(3); }
    std::size_t taps() const { return window.y.kernel * window.x.kernel; }
    void check_weights(std::size_t elements) const {
        if (w.size() != cells_for<W>(elements)) throw Malformed("the weights have another size than the filters");
    }

    /// Binds `Bound` to packed weights and runs it.
    template <template <class, class, class, class...> class Bound, class Packed>
    void conv(Case& run, const Packed& packed, std::size_t groups, const char* arch) {
        using Sum = std::conditional_t<sizeof(X) == 1, void, Bias>;  // 16-bit activations are summed in the bias's type
        const Affine x_scale{1.0f, -cmsis::number(run, "input_offset", 0)};
        const auto add_bias = bias_of(bias);
        const RequantizeBy<X, CmsisNn> requantize{Affine{1.0f, cmsis::number(run, "output_offset", 0)}, words};
        const auto clamp = cmsis::clamp_of<X>(run);
        const Bound<Packed, Affine<>, Sum, std::remove_const_t<decltype(add_bias)>, RequantizeBy<X, CmsisNn>, Clamp<>>
            bound(packed, window, groups, x_scale, BindMemory(memory.data(), memory.size()), add_bias, requantize,
                  clamp);
        std::vector<X> y(out.size());
        const QTensor<const X, Affine<>, Image> from(x.data(), in, x_scale);
        const QTensor<X, Affine<>, Image> to(y.data(), out, bound.output_scale());
        const AlignedBytes workspace(bound.workspace_bytes(window, groups, {in.extent(1), in.extent(2), in.extent(3)}));
        bound.run(packed, from, to, workspace.span());
        run.expect("output_ref", y, arch);
    }
};

template <class X, class W, class Bias> void conv(Case& run) {
    Convolution<X, W, Bias> c(run);
    const std::size_t channels = static_cast<std::size_t>(run.integer("filter_ch", run.integer("in_ch")));
    if (channels == 0 || c.in.extent(3) % channels != 0) throw Malformed("the channels are not divided evenly");
    c.check_weights(c.outputs() * c.taps() * channels);
    const QTensor<const W, PerChannel<dyn>, Image> filters(
        c.w.data(), Image(c.outputs(), c.window.y.kernel, c.window.x.kernel, channels), PerChannel<dyn>{c.ones.data()});
    const auto rows = filter_rows(filters);
    each_arch<X, W>([&]<class Arch>() {
        using Packed = packed_for<Arch, X, std::remove_const_t<decltype(rows)>>;
        const AlignedBytes memory(Packed::bytes(rows.extent(0), rows.extent(1)));
        const Packed packed(rows, memory.span());
        c.template conv<BoundConv2d>(run, packed, c.in.extent(3) / channels, Arch::name);
    });
}

template <class X, class W, class Bias> void depthwise(Case& run) {
    Convolution<X, W, Bias> c(run);
    c.check_weights(c.taps() * c.outputs());
    const QTensor<const W, PerChannel<dyn, 2>, Shape<dyn, dyn, dyn>> filters(
        c.w.data(), Shape<dyn, dyn, dyn>(c.window.y.kernel, c.window.x.kernel, c.outputs()),
        PerChannel<dyn, 2>{c.ones.data()});
    each_arch<X, W>([&]<class Arch>() {
        using Packed = depthwise_for<Arch, X, std::remove_const_t<decltype(filters)>>;
        const AlignedBytes memory(Packed::bytes(c.window.y.kernel, c.window.x.kernel, c.outputs()));
        const Packed packed(filters, memory.span());
        c.template conv<BoundDepthwise2d>(run, packed, c.outputs() / c.in.extent(3), Arch::name);
    });
}

void conv_s16(Case& run) {  // the bias is int64, or int32 in newer cases
    const Tensor* bias = run.find("biases");
    if (bias != nullptr && bias->dtype == "int32") return conv<std::int16_t, std::int8_t, std::int32_t>(run);
    conv<std::int16_t, std::int8_t, std::int64_t>(run);
}

template <class How, class T> void pool(Case& run) {
    const auto x = run.tensor("input_tensor").read<T>();
    const Window window = cmsis::window_of(run, "padding", 'h', 'w');
    const Image in(static_cast<std::size_t>(run.integer("batch_size", run.integer("input_n", 1))),
                   cmsis::extent(run, "input_h"), cmsis::extent(run, "input_w"), cmsis::extent(run, "input_c"));
    const Image out(in.extent(0), cmsis::extent(run, "output_h"), cmsis::extent(run, "output_w"), in.extent(3));
    if (x.size() != in.size()) throw Malformed("the input has another size than its extents");
    qtensor_test::EveryArch::each([&]<class Arch>() {
        std::vector<T> y(out.size());
        pool_into<How, Arch>(window, QTensor<const T, Affine<>, Image>(x.data(), in, Affine{1.0f, 0}),
                             QTensor<T, Affine<>, Image>(y.data(), out, Affine{1.0f, 0}), cmsis::clamp_of<T>(run));
        run.expect("output", y, Arch::name);
    });
}

const Part part("cmsis_nn", {
                                {"conv_s8", conv<std::int8_t, std::int8_t, std::int32_t>},
                                {"conv_s4", conv<std::int8_t, int4, std::int32_t>},
                                {"conv_s16", conv_s16},
                                {"depthwise_conv_s8", depthwise<std::int8_t, std::int8_t, std::int32_t>},
                                {"depthwise_conv_s4", depthwise<std::int8_t, int4, std::int32_t>},
                                {"depthwise_conv_s16", depthwise<std::int16_t, std::int8_t, std::int64_t>},
                                {"avgpool_s8", pool<Mean, std::int8_t>},
                                {"avgpool_s16", pool<Mean, std::int16_t>},
                                {"maxpool_s8", pool<Largest, std::int8_t>},
                                {"maxpool_s16", pool<Largest, std::int16_t>},
                            });

}  // namespace
}  // namespace conformance
