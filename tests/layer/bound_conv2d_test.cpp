// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/layer/bound_conv2d.hpp>
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

using Filters4 = Shape<dyn, dyn, dyn, dyn>;

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }
Window window_of(const oracle::Conv& conv) {
    const auto axis = [](const oracle::ConvAxis& a) {
        return WindowAxis{size(a.kernel), size(a.stride), size(a.dilation), size(a.before), size(a.after)};
    };
    return {axis(conv.y), axis(conv.x)};
}

/// Runs on shapes that only the running program knows, all memory between guard pages; workspace and weights too.
template <class Arch, class X, class W, class Y, class Acc = void, class XScale, class WScale, class... Stages>
std::vector<Y> run(const oracle::Conv& conv, const std::vector<X>& x, const std::vector<typename element<W>::cell>& w,
                   XScale x_scale, WScale w_scale, Flush flush, const Stages&... stages) {
    BetweenGuards<X> from(x.size(), flush);
    std::copy(x.begin(), x.end(), from.data());
    const QTensor<const W, WScale, Filters4> filters(
        w.data(), Filters4(size(conv.out), size(conv.y.kernel), size(conv.x.kernel), size(conv.per_group())), w_scale);
    const auto matrix = filter_rows(filters);
    using Packed = packed_for<Arch, X, std::remove_const_t<decltype(matrix)>>;
    BetweenGuards<std::byte> packed_memory(round_up(Packed::bytes(matrix.extent(0), matrix.extent(1)), 64), flush);
    const Packed packed(matrix, packed_memory.span());
    std::vector<std::int32_t> words(8 * size(conv.out) + 64);
    const BoundConv2d<Packed, XScale, Acc, Stages...> bound(packed, window_of(conv), size(conv.groups), x_scale,
                                                            BindMemory(words.data(), words.size()), stages...);
    BetweenGuards<Y> to(conv.outputs(), flush);
    using Image = Shape<dyn, dyn, dyn, dyn>;
    const Image in(size(conv.batch), size(conv.height), size(conv.width), size(conv.channels));
    const Image out(size(conv.batch), size(conv.out_height()), size(conv.out_width()), size(conv.out));
    const std::size_t bytes =
        bound.workspace_bytes(bound.window(), size(conv.groups), {in.extent(1), in.extent(2), in.extent(3)});
    BetweenGuards<std::int32_t> workspace((bytes + 3) / 4, flush);
    bound.run(
        packed, QTensor<const X, XScale, Image>(from.data(), in, x_scale),
        QTensor<Y, std::remove_cvref_t<decltype(bound.output_scale())>, Image>(to.data(), out, bound.output_scale()),
        std::as_writable_bytes(workspace.span()).first(bytes));
    CHECK((from.clean() && to.clean() && workspace.clean() && packed_memory.clean()));
    return {to.data(), to.data() + to.size()};
}

template <class T>
std::vector<T> codes_of(std::size_t count, std::int64_t lowest, std::int64_t highest, oracle::Random& random) {
    const auto fill = oracle::fills[static_cast<std::size_t>(random.between(0, 7)) % 5];
    std::vector<T> made;
    for (const std::int64_t code : oracle::codes(fill, count, lowest, highest, random))
        made.push_back(static_cast<T>(code));
    return made;
}

/// Accumulators of every architecture are those of the oracle.
template <class X, class W>
void check_sums(const oracle::Conv& conv, std::int32_t x_zero, std::int32_t w_zero, qtensor_test::Tally& tally) {
    oracle::Random random(conv.inputs() * 31 + conv.filters());
    const auto x = codes_of<X>(conv.inputs(), element<X>::lowest, element<X>::highest, random);
    const auto w = codes_of<typename element<W>::cell>(conv.filters(), element<W>::lowest, element<W>::highest, random);
    const auto want = conv.sums<std::int64_t>(x, w, x_zero, {w_zero});
    EveryArch::each([&]<class Arch>() {
        for (const Flush flush : {Flush::front, Flush::back}) {
            const auto got =
                run<Arch, X, W, std::int32_t>(conv, x, w, Affine<>{0.5f, x_zero}, Affine<>{0.25f, w_zero}, flush);
            for (std::size_t i = 0; i < want.size(); ++i)
                tally.same(got[i], static_cast<std::int32_t>(want[i]), Arch::name, conv.height, conv.width,
                           conv.channels, conv.out, conv.groups, conv.y.kernel, conv.x.kernel, i);
        }
    });
}

}  // namespace

TEST_CASE("Convolutions of run-time shapes are exact on every architecture", "[layer][conv2d]") {
    qtensor_test::Tally tally;
    oracle::Random random(2026);
    for (int round = 0; round < 220; ++round) {
        oracle::Conv conv;
        conv.groups = round % 3 == 0 ? random.between(1, 5) : 1;
        conv.batch = random.between(1, 3);
        conv.height = random.between(1, 12);
        conv.width = random.between(1, 12);
        conv.channels = conv.groups * random.between(1, round % 7 == 0 ? 70 : 9);
        conv.out = conv.groups * random.between(1, round % 5 == 0 ? 90 : 20);
        for (oracle::ConvAxis* axis : {&conv.y, &conv.x}) {
            axis->kernel = random.between(1, 4);
            axis->stride = random.between(1, 3);
            axis->dilation = random.between(1, 3);
            axis->before = random.between(0, 4);
            axis->after = random.between(0, 4);
            if (round % 2 == 0) axis->before = axis->after = 0;
            if (round % 4 == 0 && axis == &conv.y) axis->kernel = 1;
            if (round % 8 == 0) axis->kernel = 1;
        }
        if (conv.outputs() == 0) continue;
        check_sums<std::int8_t, std::int8_t>(conv, static_cast<std::int32_t>(random.between(-128, 127)), 0, tally);
        if (round % 3 == 1)
            check_sums<std::uint8_t, std::int8_t>(conv, static_cast<std::int32_t>(random.between(0, 255)),
                                                  static_cast<std::int32_t>(random.between(-9, 9)), tally);
    }
    tally.require_all_equal(300000);
}

TEST_CASE("Many patches take several turns through the workspace", "[layer][conv2d]") {
    qtensor_test::Tally tally;
    check_sums<std::int8_t, std::int8_t>({2, 23, 29, 3, 70, 1, {3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}}, -128, 0, tally);
    check_sums<std::int8_t, std::int8_t>({1, 9, 8, 700, 5, 1, {3, 1, 1, 1, 1}, {3, 1, 1, 0, 2}}, 5, 0, tally);
    check_sums<std::int8_t, std::int8_t>({1, 20, 11, 128, 192, 2, {3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}}, 3, 0, tally);
    tally.require_all_equal(200000);
}

TEST_CASE("Stages see the output channel, group by group", "[layer][conv2d]") {
    const oracle::Conv conv{1, 5, 4, 6, 38, 2, {2, 1, 1, 1, 0}, {2, 1, 1, 0, 1}};
    oracle::Random random(5);
    const auto x = codes_of<std::int8_t>(conv.inputs(), -128, 127, random);
    const auto w = codes_of<std::int8_t>(conv.filters(), -127, 127, random);
    std::vector<float> scales(38);
    std::vector<std::int32_t> bias(38);
    for (std::size_t j = 0; j < 38; ++j)
        scales[j] = 0.001f * static_cast<float>(j + 1), bias[j] = random.between(-5000, 5000) & 0xfffff;
    const auto sums = conv.sums<std::int64_t>(x, w, 7, {0});
    EveryArch::each([&]<class Arch>() {
        const auto got = run<Arch, std::int8_t, int8_symmetric, std::int8_t>(
            conv, x, w, Affine<>{0.02f, 7}, PerChannel<dyn>{scales.data()}, Flush::back,
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

TEST_CASE("A convolution that does not fit is refused in a sentence", "[layer][conv2d]") {
    const std::vector<std::int8_t> x(2 * 4 * 5 * 6), w(8 * 9 * 6);
    const auto attempt = [&](auto&& change) {
        return refused([&] {
            oracle::Conv conv{1, 4, 5, 6, 8, 1, {3}, {3}};
            change(conv);
            run<arch::native, std::int8_t, std::int8_t, std::int32_t>(conv, x, w, Affine<>{1.0f, 0}, PerTensor<>{1.0f},
                                                                      Flush::back);
        });
    };
    CHECK(attempt([](oracle::Conv&) {}) == "nothing was refused");
    CHECK(says(attempt([](oracle::Conv& c) { c.groups = 3; }), "divided evenly among its groups"));
    CHECK(says(attempt([](oracle::Conv& c) { c.height = 2; }), "larger than the padded image"));

    // The pieces by themselves, each changed alone.
    const QTensor<const std::int8_t, PerTensor<>, Shape<4, 3, 3, 2>> filters(w.data(), {}, PerTensor<>{1.0f});
    const auto packed = pack<arch::scalar, std::int8_t>(filter_rows(filters));
    const Window window{{3}, {3}};
    using Bound = BoundConv2d<std::remove_const_t<decltype(packed)>, Affine<>, void>;
    const Bound bound(packed, window, 1, Affine<>{1.0f, 0}, BindMemory{});
    std::vector<std::int32_t> sums(200);
    const auto call = [&](Shape<dyn, dyn, dyn, dyn> in, Shape<dyn, dyn, dyn, dyn> out, Affine<> scale) {
        return refused([&] {
            bound.run(packed, QTensor<const std::int8_t, Affine<>, decltype(in)>(x.data(), in, scale),
                      QTensor<std::int32_t, std::remove_cvref_t<decltype(bound.output_scale())>, decltype(out)>(
                          sums.data(), out, bound.output_scale()));
        });
    };
    using S = Shape<dyn, dyn, dyn, dyn>;
    const Affine<> one{1.0f, 0};
    CHECK(call(S(1, 5, 6, 2), S(1, 3, 4, 4), one) == "nothing was refused");
    CHECK(says(call(S(1, 5, 6, 3), S(1, 3, 4, 4), one), "another number of channels than the filters take"));
    CHECK(says(call(S(2, 5, 6, 2), S(1, 3, 4, 4), one), "different batches"));
    CHECK(says(call(S(1, 5, 6, 2), S(1, 2, 4, 4), one), "another height than the window makes"));
    CHECK(says(call(S(1, 5, 6, 2), S(1, 3, 5, 4), one), "another width than the window makes"));
    CHECK(says(call(S(1, 5, 6, 2), S(1, 3, 4, 5), one), "another number of channels than this layer makes"));
    CHECK(says(call(S(1, 2, 6, 2), S(1, 3, 4, 4), one), "larger than the padded image"));
    CHECK(says(call(S(1, 5, 6, 2), S(1, 3, 4, 4), Affine<>{1.0f, 1}), "another scale or zero point"));
    CHECK(says(refused([&] { const Bound other(packed, Window{{2}, {4}}, 1, one, BindMemory{}); }),
               "another number of taps"));
    CHECK(says(
        refused([&] { const Bound other(packed, Window{{3, 1, 1, 1}, {3}}, 1, Affine<>{1.0f, 128}, BindMemory{}); }),
        "padding is real zero"));
}
