// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Convolutions of CMSIS-NN's cases: a case of its own, or a layer of a network.

#include "conformance/cmsis_nn.hpp"
#include "conformance/product.hpp"

namespace conformance::cmsis {

using namespace qtensor;

/// x, w, bias and constants of a convolution.
template <class X, class W, class Bias> struct Convolution {
    std::vector<X> x;
    std::vector<cell_of<W>> w;
    std::vector<Bias> bias;
    Words words;
    Window window;
    Image in, out;
    std::vector<float> ones;  // one scale per output, as there is one multiplier per output
    std::vector<std::int32_t> memory;

    Convolution(const Case& run, const std::vector<X>& input, bool transposed = false)
        : x(input), words(words_of(run)),
          window(transposed ? reversed_window_of(run) : window_of(run, "pad", 'y', 'x')),
          in(static_cast<std::size_t>(run.integer("input_batches", run.integer("batch_size", 1))),
             extent(run, "input_h"), extent(run, "input_w"), extent(run, "in_ch")),
          out(in.extent(0), extent(run, "output_h"), extent(run, "output_w"), extent(run, "out_ch")),
          ones(outputs(), 1.0f), memory(8 * outputs()) {
        if (x.size() != in.size()) throw Malformed("the input has another size than its extents");
        if (words.size() != outputs()) throw Malformed("another number of multipliers than outputs");
        const auto bytes = run.tensor("weights").read<std::int8_t>();
        w.assign(bytes.begin(), bytes.end());
        bias.resize(outputs());
        for (const char* name : {"biases", "bias"}) {
            if (const Tensor* given = run.find(name)) bias = given->read<Bias>();
        }
        if (bias.size() != outputs()) throw Malformed("the bias has another size than the outputs");
    }
    std::size_t outputs() const { return out.extent(3); }
    std::size_t taps() const { return window.y.kernel * window.x.kernel; }
    void check_weights(std::size_t elements) const {
        if (w.size() != cells_for<W>(elements)) throw Malformed("the weights have another size than the filters");
    }

    /// Binds `Bound` to packed weights and runs it. `groups`: of a convolution whose kind has them.
    template <template <class, class, class, class...> class Bound, class Packed, class... Groups>
    std::vector<X> run(const Case& run, const Packed& packed, Groups... groups) {
        using Sum = std::conditional_t<sizeof(X) == 1, void, Bias>;  // 16-bit activations are summed in the bias's type
        const Affine x_scale{1.0f, -number(run, "input_offset", 0)};
        const auto add_bias = bias_of(bias);
        const RequantizeBy<X, CmsisNn> requantize{Affine{1.0f, number(run, "output_offset", 0)}, words};
        const auto clamp = clamp_of<X>(run);
        const Bound<Packed, Affine<>, Sum, std::remove_const_t<decltype(add_bias)>, RequantizeBy<X, CmsisNn>, Clamp<>>
        bound(packed, window, groups..., x_scale, BindMemory(memory.data(), memory.size()), add_bias, requantize,
              clamp);
        std::vector<X> y(out.size());
        const QTensor<const X, Affine<>, Image> from(x.data(), in, x_scale);
        const QTensor<X, Affine<>, Image> to(y.data(), out, bound.output_scale());
        const AlignedBytes workspace(
            bound.workspace_bytes(window, groups..., {in.extent(1), in.extent(2), in.extent(3)}));
        bound.run(packed, from, to, workspace.span());
        return y;
    }
};

/// The filters [out][y][x][channels] as rows for a product.
template <class W, class C> auto filters_of(const C& c, std::size_t channels) {
    c.check_weights(c.outputs() * c.taps() * channels);
    return filter_rows(QTensor<const W, PerChannel<dyn>, Image>(
        c.w.data(), Image(c.outputs(), c.window.y.kernel, c.window.x.kernel, channels),
        PerChannel<dyn>{c.ones.data()}));
}

template <class Arch, class X, class W, class Bias>
std::vector<X> convolution(const Case& run, const std::vector<X>& x) {
    Convolution<X, W, Bias> c(run, x);
    const auto channels = static_cast<std::size_t>(run.integer("filter_ch", run.integer("in_ch")));
    if (channels == 0 || c.in.extent(3) % channels != 0) throw Malformed("the channels are not divided evenly");
    const auto rows = filters_of<W>(c, channels);
    using Packed = packed_for<Arch, X, std::remove_const_t<decltype(rows)>>;
    const AlignedBytes memory(Packed::bytes(rows.extent(0), rows.extent(1)));
    return c.template run<BoundConv2d>(run, Packed(rows, memory.span()), c.in.extent(3) / channels);
}

template <class Arch, class X, class W, class Bias>
std::vector<X> transposed_convolution(const Case& run, const std::vector<X>& x) {
    Convolution<X, W, Bias> c(run, x, true);
    const auto rows = filters_of<W>(c, c.in.extent(3));
    using Packed = packed_for<Arch, X, std::remove_const_t<decltype(rows)>>;
    const AlignedBytes memory(Packed::bytes(rows.extent(0), rows.extent(1)));
    return c.template run<BoundTransposeConv2d>(run, Packed(rows, memory.span()));
}

template <class Arch, class X, class W, class Bias>
std::vector<X> depthwise_convolution(const Case& run, const std::vector<X>& x) {
    Convolution<X, W, Bias> c(run, x);
    c.check_weights(c.taps() * c.outputs());
    const QTensor<const W, PerChannel<dyn, 2>, Shape<dyn, dyn, dyn>> filters(
        c.w.data(), Shape<dyn, dyn, dyn>(c.window.y.kernel, c.window.x.kernel, c.outputs()),
        PerChannel<dyn, 2>{c.ones.data()});
    using Packed = depthwise_for<Arch, X, std::remove_const_t<decltype(filters)>>;
    const AlignedBytes memory(Packed::bytes(c.window.y.kernel, c.window.x.kernel, c.outputs()));
    return c.template run<BoundDepthwise2d>(run, Packed(filters, memory.span()), c.outputs() / c.in.extent(3));
}

}  // namespace conformance::cmsis
