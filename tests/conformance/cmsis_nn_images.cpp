// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite cmsis_nn: convolutions, transposed and depthwise ones, and pooling.

#include "conformance/cmsis_nn_convolution.hpp"
#include "conformance/suite.hpp"

namespace conformance {
namespace {

using namespace qtensor;
using cmsis::Image;

template <class X, class W, class Bias> void conv(Case& run) {
    const auto x = run.tensor("input").read<X>();
    each_arch<X, W>(
        [&]<class Arch>() { run.expect("output_ref", cmsis::convolution<Arch, X, W, Bias>(run, x), Arch::name); });
}

template <class X, class W, class Bias> void transpose_conv(Case& run) {
    const auto x = run.tensor("input").read<X>();
    each_arch<X, W>([&]<class Arch>() {
        run.expect("output_ref", cmsis::transposed_convolution<Arch, X, W, Bias>(run, x), Arch::name);
    });
}

template <class X, class W, class Bias> void depthwise(Case& run) {
    const auto x = run.tensor("input").read<X>();
    each_arch<X, W>([&]<class Arch>() {
        run.expect("output_ref", cmsis::depthwise_convolution<Arch, X, W, Bias>(run, x), Arch::name);
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
                                {"transpose_conv_s8", transpose_conv<std::int8_t, std::int8_t, std::int32_t>},
                                {"avgpool_s8", pool<Mean, std::int8_t>},
                                {"avgpool_s16", pool<Mean, std::int16_t>},
                                {"maxpool_s8", pool<Largest, std::int8_t>},
                                {"maxpool_s16", pool<Largest, std::int16_t>},
                            });

}  // namespace
}  // namespace conformance
