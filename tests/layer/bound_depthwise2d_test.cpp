// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/layer/bound_conv2d.hpp>
#include <qtensor/layer/bound_depthwise2d.hpp>
#include <qtensor/layer/pool.hpp>
#include <qtensor/layer/softmax_rows.hpp>
#include <qtensor/scale.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/conv_cases.hpp"
#include "support/guard_pages.hpp"
#include "support/refused.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::EveryArch;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

/// Runs on shapes that only the running program knows, all memory between guard pages. w is [taps][outputs].
template <class Arch, class X, class W, class Y, class Acc = void, class XScale, class WScale, class... Stages>
std::vector<Y> run(const oracle::Conv& conv, const std::vector<X>& x, const std::vector<typename element<W>::cell>& w,
                   XScale x_scale, WScale w_scale, Flush flush, const Stages&... stages) {
    BetweenGuards<X> from(x.size(), flush);
    std::copy(x.begin(), x.end(), from.data());
    const auto axis = [](const oracle::ConvAxis& a) {
        return WindowAxis{size(a.kernel), size(a.stride), size(a.dilation), size(a.before), size(a.after)};
    };
    using Three = Shape<dyn, dyn, dyn>;
    const QTensor<const W, WScale, Three> filters(
        w.data(), Three(size(conv.y.kernel), size(conv.x.kernel), size(conv.out)), w_scale);
    using Packed = depthwise_for<Arch, X, std::remove_const_t<decltype(filters)>>;
    BetweenGuards<std::byte> memory(Packed::bytes(filters.extent(0), filters.extent(1), size(conv.out)), flush);
    const Packed packed(filters, memory.span());
    std::vector<std::int32_t> words(8 * size(conv.out) + 64);
    const BoundDepthwise2d<Packed, XScale, Acc, Stages...> bound(packed, {axis(conv.y), axis(conv.x)},
                                                                 size(conv.out / conv.channels), x_scale,
                                                                 BindMemory(words.data(), words.size()), stages...);
    BetweenGuards<Y> to(conv.outputs(), flush);
    using Image = Shape<dyn, dyn, dyn, dyn>;
    const Image in(size(conv.batch), size(conv.height), size(conv.width), size(conv.channels));
    const Image out(size(conv.batch), size(conv.out_height()), size(conv.out_width()), size(conv.out));
    const std::size_t bytes = bound.workspace_bytes(bound.window(), 1, {in.extent(1), in.extent(2), in.extent(3)});
    BetweenGuards<std::int32_t> workspace((bytes + 3) / 4, flush);
    bound.run(
        packed, QTensor<const X, XScale, Image>(from.data(), in, x_scale),
        QTensor<Y, std::remove_cvref_t<decltype(bound.output_scale())>, Image>(to.data(), out, bound.output_scale()),
        std::as_writable_bytes(workspace.span()).first(bytes));
    CHECK((from.clean() && to.clean() && memory.clean() && workspace.clean()));
    return {to.data(), to.data() + to.size()};
}

template <class T> std::vector<T> codes_of(std::size_t count, oracle::Random& random) {
    const auto fill = oracle::fills[static_cast<std::size_t>(random.between(0, 7)) % 5];
    std::vector<T> made;
    for (const std::int64_t code : oracle::codes(fill, count, element<T>::lowest, element<T>::highest, random))
        made.push_back(static_cast<T>(code));
    return made;
}

/// The oracle's order, filter by filter.
template <class T> std::vector<T> by_filter(const std::vector<T>& w, std::size_t outputs) {
    std::vector<T> made;
    for (std::size_t j = 0; j < outputs; ++j) {
        for (std::size_t i = j; i < w.size(); i += outputs) made.push_back(w[i]);
    }
    return made;
}

template <class X, class W, class Acc = void>
void check_sums(const oracle::Conv& conv, std::int32_t x_zero, std::int32_t w_zero, qtensor_test::Tally& tally) {
    oracle::Random random(conv.inputs() * 31 + conv.filters());
    const auto x = codes_of<X>(conv.inputs(), random);
    const auto w = codes_of<W>(conv.filters(), random);
    const auto want = conv.sums<std::int64_t>(x, by_filter(w, size(conv.out)), x_zero, {w_zero});
    EveryArch::each([&]<class Arch>() {
        for (const Flush flush : {Flush::front, Flush::back}) {
            const auto got =
                run<Arch, X, W, std::int32_t, Acc>(conv, x, w, Affine<>{0.5f, x_zero}, Affine<>{0.25f, w_zero}, flush);
            for (std::size_t i = 0; i < want.size(); ++i)
                tally.same(got[i], want[i], Arch::name, conv.height, conv.width, conv.channels, conv.out, i);
        }
    });
}

}  // namespace

TEST_CASE("Depthwise convolutions of run-time shapes are exact on every architecture", "[layer][depthwise]") {
    qtensor_test::Tally tally;
    oracle::Random random(77);
    for (int round = 0; round < 200; ++round) {
        oracle::Conv conv;
        conv.batch = random.between(1, 3);
        conv.height = random.between(1, 10);
        conv.width = random.between(1, 10);
        conv.channels = random.between(1, round % 4 == 0 ? 70 : 20);
        conv.out = conv.channels * (round % 3 == 0 ? random.between(1, 20) : 1);
        conv.groups = conv.channels;
        for (oracle::ConvAxis* axis : {&conv.y, &conv.x}) {
            *axis = {random.between(1, 4), random.between(1, 3), random.between(1, 3), random.between(0, 4),
                     random.between(0, 4)};
        }
        if (conv.outputs() == 0) continue;
        check_sums<std::int8_t, std::int8_t>(conv, static_cast<std::int32_t>(random.between(-128, 127)), 0, tally);
        if (round % 3 == 1) {
            check_sums<std::uint8_t, std::int8_t>(conv, static_cast<std::int32_t>(random.between(0, 255)),
                                                  static_cast<std::int32_t>(random.between(-9, 9)), tally);
        }
        if (round % 6 == 2) {
            check_sums<std::int8_t, std::uint8_t>(conv, static_cast<std::int32_t>(random.between(-128, 127)),
                                                  static_cast<std::int32_t>(random.between(0, 255)), tally);
        }
        if (round % 6 == 5) {  // a bound sum of int16 codes fits an int32
            check_sums<std::int16_t, std::int8_t, std::int32_t>(
                conv, static_cast<std::int32_t>(random.between(-32768, 32767)), 0, tally);
        }
    }
    tally.require_all_equal(300000);
}

TEST_CASE("Depthwise stages see the output, and weights have a zero point each where they have any",
          "[layer][depthwise]") {
    const oracle::Conv conv{2, 5, 4, 19, 38, 19, {2, 1, 1, 1, 0}, {2, 1, 1, 0, 1}};
    oracle::Random random(5);
    const auto x = codes_of<std::int8_t>(conv.inputs(), random);
    const auto w = codes_of<std::int8_t>(conv.filters(), random);
    std::vector<float> scales(38);
    std::vector<std::int32_t> zeros(38), bias(38);
    std::vector<std::int64_t> wide_zeros;
    for (std::size_t j = 0; j < 38; ++j) {
        scales[j] = 0.001f * static_cast<float>(j + 1);
        zeros[j] = static_cast<std::int32_t>(j % 9) - 4;
        wide_zeros.push_back(zeros[j]);
        bias[j] = static_cast<std::int32_t>(random.between(-5000, 5000));
    }
    const auto sums = conv.sums<std::int64_t>(x, by_filter(w, 38), 7, wide_zeros);
    EveryArch::each([&]<class Arch>() {
        const auto got = run<Arch, std::int8_t, std::int8_t, std::int8_t>(
            conv, x, w, Affine<>{0.02f, 7}, PerChannelAffine<dyn, 2>{scales.data(), zeros.data()}, Flush::back,
            AddBias{QTensor<const std::int32_t, Unscaled, Shape<dyn>>(bias.data(), Shape<dyn>(38))},
            Requantize<std::int8_t>{Affine<>{0.11f, -3}}, Relu{});
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const std::int64_t code =
                oracle::tflite(sums[i] + bias[i % 38], 0.02f, scales[i % 38], 0.11f, -3, -128, 127);
            INFO(Arch::name << " [" << i << ']');
            REQUIRE(got[i] == std::max<std::int64_t>(code, -3));
        }
    });
}

namespace {
template <class Arch, class X, class W, class B>
void conforms(const qtensor_test::ConvCases& cases, const std::string& name) {
    const auto one = cases.read<X, W, B>(name, true);
    const auto got = run<Arch, X, W, X, B>(one.conv, one.x, one.w, one.x_scale, PerTensor<>{1.0f}, Flush::back,
                                           one.add_bias(), one.requantize(), one.clamp);
    INFO(name << " on " << Arch::name);
    CHECK((got == one.want));
}
}  // namespace

TEST_CASE("CMSIS-NN: depthwise convolutions, exactly", "[layer][depthwise]") {
    const auto folder = qtensor_test::vector_suite("cmsis_nn");
    if (!folder) {
        WARN("skipped: the conformance vectors are not beside the repository");
        return;
    }
    const qtensor_test::ConvCases cases(*folder);
    const auto int8_cases = cases.manifest.cases("depthwise_conv_s8");
    const auto int4_cases = cases.manifest.cases("depthwise_conv_s4");
    const auto int16_cases = cases.manifest.cases("depthwise_conv_s16");
    CHECK(int8_cases.size() == 6);
    CHECK(int4_cases.size() == 5);
    CHECK(int16_cases.size() == 6);
    EveryArch::each([&]<class Arch>() {
        for (const auto& name : int8_cases) conforms<Arch, std::int8_t, std::int8_t, std::int32_t>(cases, name);
        for (const auto& name : int4_cases) conforms<Arch, std::int8_t, int4, std::int32_t>(cases, name);
    });
    for (const auto& name : int16_cases)  // 16-bit activations, sums of 64 bits: the scalar architecture
        conforms<arch::scalar, std::int16_t, std::int8_t, std::int64_t>(cases, name);
}

TEST_CASE("A depthwise convolution that does not fit is refused in a sentence", "[layer][depthwise]") {
    const std::vector<std::int8_t> w(3 * 3 * 6);
    const QTensor<const std::int8_t, PerTensor<>, Shape<3, 3, 6>> filters(w.data(), {}, PerTensor<>{1.0f});
    const depthwise_for<arch::native, std::int8_t, std::remove_const_t<decltype(filters)>> packed(filters);
    using Bound = BoundDepthwise2d<std::remove_const_t<decltype(packed)>, Affine<>, void>;
    const Affine<> one{1.0f, 0};
    const auto bind = [&](Window window, std::size_t multiplier, Affine<> scale) {
        return refused([&] { const Bound bound(packed, window, multiplier, scale, BindMemory{}); });
    };
    CHECK(bind({{3}, {3}}, 2, one) == "nothing was refused");
    CHECK(says(bind({{3}, {3}}, 4, one), "a multiple of its channels"));
    CHECK(says(bind({{3}, {2}}, 2, one), "another number of taps"));
    CHECK(says(bind({{3, 1, 1, 1}, {3}}, 2, {1.0f, 200}), "padding is real zero"));

    const Bound bound(packed, {{3}, {3}}, 2, one, BindMemory{});
    const std::vector<std::int8_t> x(4 * 4 * 3);
    std::vector<std::int32_t> y(2 * 2 * 6);
    const std::size_t needed = bound.workspace_bytes(bound.window(), 2, {4, 4, 3});
    std::vector<std::int32_t> words(needed / 4 + 1);
    const auto workspace = std::as_writable_bytes(std::span(words));
    const auto call = [&](std::size_t channels, std::span<std::byte> scratch) {
        using Image = Shape<dyn, dyn, dyn, dyn>;
        return refused([&] {
            bound.run(packed, QTensor<const std::int8_t, Affine<>, Image>(x.data(), Image(1, 4, 4, channels), one),
                      QTensor<std::int32_t, std::remove_cvref_t<decltype(bound.output_scale())>, Image>(
                          y.data(), Image(1, 2, 2, 6), bound.output_scale()),
                      scratch);
        });
    };
    CHECK(call(3, workspace) == "nothing was refused");
    CHECK(says(call(2, workspace), "another number of channels than the filters take"));
    if (needed > 0) {
        CHECK(says(call(3, workspace.first(needed - 1)), "the workspace is smaller"));
        CHECK(says(call(3, workspace.subspan(1)), "aligned to 4 bytes"));
    }
}

namespace {

/// The keyword spotting network of CMSIS-NN's tests, layer by layer from the arrays of its file.
template <class Arch> class DsCnn {
public:
    explicit DsCnn(const std::filesystem::path& suite)
        : manifest_(suite / "manifest.json"), folder_(suite / "ds_cnn_l") {}

    std::vector<std::int8_t> operator()() {
        codes_ = qtensor_test::read_npy<std::int8_t>(folder_ / "input.npy");
        convolution("conv_2d_1", "layer_1_conv_2d");
        for (int layer = 2; layer <= 10; layer += 2) {
            const std::string first = std::to_string(layer), second = std::to_string(layer + 1);
            depthwise("depthwise_conv_2d_" + first, "layer_" + first + "_depthwise_conv_2d");
            convolution("conv_2d_" + second, "layer_" + second + "_conv_2d");
        }
        std::vector<std::int8_t> pooled(276);
        pool_into<Mean, Arch>({{13}, {5}},
                              QTensor<const std::int8_t, Affine<>, Shape<1, 13, 5, 276>>(codes_.data(), {}),
                              QTensor<std::int8_t, Affine<>, Shape<1, 1, 1, 276>>(pooled.data(), {}));
        codes_ = pooled;
        const auto w = qtensor_test::read_npy<std::int8_t>(folder_ / "layer_14_fully_connected_weights.npy");
        product("fully_connected_14", {1, 1, 1, 276, 12, 1, {}, {}}, w, "layer_14_fully_connected", false);
        std::vector<std::int8_t> y(12);
        softmax_rows<std::int8_t, std::int8_t, TfLiteDoubleRounding, Arch>(
            {number("softmax_15_mult"), number("softmax_15_shift"), number("softmax_15_diff_min")}, codes_.data(),
            y.data(), 1, 12);
        return y;
    }

private:
    std::int32_t number(const std::string& key) const { return manifest_.number("ds_cnn_l", key, -999999); }
    oracle::Conv geometry(const std::string& keys) const {
        const auto value = [&](const char* key) { return number(keys + key); };
        oracle::Conv conv{1,
                          value("_input_h"),
                          value("_input_w"),
                          value("_in_ch"),
                          value("_out_ch"),
                          1,
                          {value("_filter_y"), value("_stride_y"), 1, value("_pad_y"), 0},
                          {value("_filter_x"), value("_stride_x"), 1, value("_pad_x"), 0}};
        while (conv.out_height() < value("_output_h")) ++conv.y.after;
        while (conv.out_width() < value("_output_w")) ++conv.x.after;
        return conv;
    }
    void convolution(const std::string& keys, const std::string& files) {
        product(keys, geometry(keys), qtensor_test::read_npy<std::int8_t>(folder_ / (files + "_weights.npy")), files,
                true);
    }

    /// body(x scale, bias, requantize, clamp) of a layer.
    template <class Body>
    void staged(const std::string& keys, const std::string& files, bool per_channel, Body&& body) {
        const auto bias = qtensor_test::read_npy<std::int32_t>(folder_ / (files + "_bias.npy"));
        std::vector<std::int32_t> mantissas, shifts;
        if (per_channel) {
            mantissas = qtensor_test::read_npy<std::int32_t>(folder_ / (files + "_output_mult.npy"));
            shifts = qtensor_test::read_npy<std::int32_t>(folder_ / (files + "_output_shift.npy"));
        } else {
            mantissas = {number(keys + "_output_multiplier")};
            shifts = {number(keys + "_output_shift")};
        }
        const qtensor_test::RawRequantize<std::int8_t> requantize{
            {mantissas.data(), shifts.data(), per_channel, CodeRange{number(keys + "_output_offset"), -128, 127}}};
        body(Affine<>{1.0f, -number(keys + "_input_offset")},
             AddBias{QTensor<const std::int32_t, Unscaled, Shape<dyn>>(bias.data(), Shape<dyn>(bias.size()))},
             requantize, Clamp{number(keys + "_out_activation_min"), number(keys + "_out_activation_max")});
    }

    void product(const std::string& keys, const oracle::Conv& conv, const std::vector<std::int8_t>& w,
                 const std::string& files, bool per_channel) {
        using Four = Shape<dyn, dyn, dyn, dyn>;
        const QTensor<const std::int8_t, PerTensor<>, Four> filters(
            w.data(), Four(size(conv.out), size(conv.y.kernel), size(conv.x.kernel), size(conv.channels)), {1.0f});
        const auto matrix = filter_rows(filters);
        using Packed = packed_for<Arch, std::int8_t, std::remove_const_t<decltype(matrix)>>;
        BetweenGuards<std::byte> memory(round_up(Packed::bytes(matrix.extent(0), matrix.extent(1)), 64), Flush::back);
        const Packed packed(matrix, memory.span());
        staged(keys, files, per_channel, [&](const auto& scale, const auto&... stages) {
            const auto axis = [](const oracle::ConvAxis& a) {
                return WindowAxis{size(a.kernel), size(a.stride), size(a.dilation), size(a.before), size(a.after)};
            };
            const BoundConv2d<Packed, Affine<>, void, std::remove_cvref_t<decltype(stages)>...> bound(
                packed, {axis(conv.y), axis(conv.x)}, 1, scale, BindMemory{}, stages...);
            std::vector<std::int8_t> y(conv.outputs());
            const ImageSize image{size(conv.height), size(conv.width), size(conv.channels)};
            BetweenGuards<std::int32_t> scratch((bound.workspace_bytes(bound.window(), 1, image) + 3) / 4, Flush::back);
            bound.run(packed,
                      QTensor<const std::int8_t, Affine<>, Four>(
                          codes_.data(), Four(1, image.height, image.width, image.channels), scale),
                      QTensor<std::int8_t, Affine<>, Four>(
                          y.data(), Four(1, size(conv.out_height()), size(conv.out_width()), size(conv.out)),
                          bound.output_scale()),
                      std::as_writable_bytes(scratch.span()));
            codes_ = y;
        });
    }
    void depthwise(const std::string& keys, const std::string& files) {
        oracle::Conv conv = geometry(keys);
        conv.groups = conv.channels;
        const auto w = qtensor_test::read_npy<std::int8_t>(folder_ / (files + "_weights.npy"));
        staged(keys, files, true, [&](const auto& scale, const auto&... stages) {
            codes_ = run<Arch, std::int8_t, std::int8_t, std::int8_t>(conv, codes_, w, scale, PerTensor<>{1.0f},
                                                                      Flush::back, stages...);
        });
    }

    qtensor_test::Manifest manifest_;
    std::filesystem::path folder_;
    std::vector<std::int8_t> codes_;
};

}  // namespace

TEST_CASE("CMSIS-NN: the whole DS-CNN, exactly", "[layer][depthwise]") {
    const auto folder = qtensor_test::vector_suite("cmsis_nn");
    if (!folder) {
        WARN("skipped: the conformance vectors are not beside the repository");
        return;
    }
    const auto want = qtensor_test::read_npy<std::int8_t>(*folder / "ds_cnn_l" / "output_ref.npy");
    EveryArch::each([&]<class Arch>() {
        INFO(Arch::name);
        CHECK((DsCnn<Arch>(*folder)() == want));
    });
}
