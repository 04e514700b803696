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
#include "support/conv_oracle.hpp"
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
