// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/heap/network.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/backwards.hpp"
#include "support/guard_pages.hpp"
#include "support/layer_runs.hpp"
#include "support/network_of.hpp"
#include "support/oracle.hpp"

using namespace qtensor;
using qtensor_test::Flush;

namespace {

template <class Call> std::string thrown(Call&& call) {
    try {
        call();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was thrown";
}

using Stem = Conv2d<Shape<12, 10, 3>, 8, Kernel<3, 3, Stride<2>, Same>, Relu>;
using Wide = Conv2d<Shape<6, 5, 8>, 16, Kernel<1, 1>>;
using Deep = DepthwiseConv2d<Shape<6, 5, 16>, Kernel<3, 3, Same>, Relu>;
using Narrow = Conv2d<Shape<6, 5, 16>, 8, Kernel<1, 1>>;
using Grouped = Conv2d<Shape<6, 5, 8>, 12, Kernel<2, 3>, Identity, numerics::TfLite, 4>;
using Static = Sequential<Stem, Residual<Wide, Deep, Narrow>, Grouped, MaxPool2d<Shape<5, 3, 12>, Kernel<2, 2>>,
                          AveragePool2d<Shape<4, 2, 12>, Kernel<2, 2>>, Lookup<Shape<3, 1, 12>, Tanh>, Dense<36, 10>,
                          Softmax<Shape<10>>>;

}  // namespace

TEST_CASE("A run-time network has the bits of the static one, for any batch", "[heap][network]") {
    oracle::Random random(3);
    const Affine<> a{0.02f, -3};
    Static::Quantized codes;
    qtensor_test::randomize_network(codes, random, a);

    for (const std::size_t batch : {1u, 3u}) {
        std::vector<std::int8_t> x(batch * input_size<Static>);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        const auto want = qtensor_test::run_layer(pack<arch::scalar>(codes), x, batch, Flush::back);
        qtensor_test::ScalarAndBest::each([&]<class Arch>() {
            Network<numerics::TfLite, Arch> net({12, 10, 3}, a);
            const auto y = qtensor_test::Added<Static>::to(net, net.input(), codes);
            CHECK(net.layers() == 12);  // a dense layer is a reshape and a product
            CHECK(net.size(y).channels == 10);
            CHECK(net.scale(y) == get<7>(codes).output);
            CHECK(std::any_of(want.begin(), want.end(), [&](std::int8_t code) { return code != want[0]; }));
            INFO(Arch::name);
            std::vector<std::int8_t> got(batch * 10);
            net.run(x.data(), got.data(), batch);
            CHECK(got == want);
            // In exactly the arena it asks for, between pages that nobody may touch.
            qtensor_test::BetweenGuards<std::byte> arena(net.arena_bytes(batch), Flush::back);
            std::vector<std::int8_t> again(batch * 10);
            net.run(x.data(), again.data(), batch, arena.span());
            CHECK(again == want);
            CHECK(arena.clean());
            // The same on workers, who have scratch of their own.
            qtensor_test::BetweenGuards<std::byte> wider(net.arena_bytes(batch, 3), Flush::back);
            std::fill(again.begin(), again.end(), std::int8_t{});
            net.run(x.data(), again.data(), batch, wider.span(), qtensor_test::Backwards{3});
            CHECK(again == want);
            CHECK(wider.clean());
            // What lives together is 8 + 16 + 16 channels of 30 positions at most, each rounded up to 64 bytes.
            CHECK(net.arena_bytes(batch) - net.arena_bytes(0) <= batch * (256 + 512 + 512));
        });
    }
}

TEST_CASE("A run-time network joins, pads and requantizes as the layers do", "[heap][network]") {
    const Affine<> a{0.02f, -3}, b{0.05f, 10};
    oracle::Random random(4);
    std::vector<std::int8_t> x(2 * 4 * 5 * 6);
    for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
    const auto moved = [&](std::int8_t code) {  // TFLite's rule, from a to b
        return oracle::tflite(code - a.zero, a.value, 1.0f, b.value, b.zero, -128, 127);
    };
    qtensor_test::ScalarAndBest::each([&]<class Arch>() {
        INFO(Arch::name);
        Network<numerics::TfLite, Arch> net({4, 5, 6}, a);
        const auto joint = net.requantize(net.input(), b);
        const auto both =
            net.concat({net.input(), joint, net.input()}, b);  // the input is requantized once more, twice
        CHECK(net.layers() == 4);
        CHECK((net.size(both).channels == 18 && net.scale(both) == b));
        const auto wide = net.pad(both, {1, 2, 1}, {7, 8, 20});
        CHECK((net.size(wide).height == 7 && net.scale(wide) == b));
        std::vector<std::int8_t> y(2 * 7 * 8 * 20);
        net.run(x.data(), y.data(), 2);
        std::size_t at = 0, different = 0;
        for (std::size_t n = 0; n < 2; ++n)
            for (std::size_t row = 0; row < 7; ++row)
                for (std::size_t column = 0; column < 8; ++column)
                    for (std::size_t c = 0; c < 20; ++c) {
                        const bool inside = row >= 1 && row < 5 && column >= 2 && column < 7 && c >= 1 && c < 19;
                        const auto want = inside ? moved(x[((n * 4 + row - 1) * 5 + column - 2) * 6 + (c - 1) % 6])
                                                 : std::int64_t{10};
                        different += y[at++] != want;
                    }
        CHECK(different == 0);
    });
}

TEST_CASE("A run-time network divides its layers among workers", "[heap][network]") {
    Network<> net({128, 64, 4}, Affine{0.02f, -3});
    auto x = net.concat({net.input(), net.input(), net.input(), net.input()}, {0.02f, -3});
    x = net.requantize(x, {0.04f, 1});
    x = net.lookup<Tanh>(x, {0.0078125f, 0});
    x = net.combine<Add>(x, x, {0.02f, 0});
    x = net.max_pool(x, {{3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}});
    x = net.pad(x, {0, 0, 1}, {128, 64, 20});
    net.softmax(x);
    std::vector<std::int8_t> from(2 * 128 * 64 * 4), whole(2 * 128 * 64 * 20), divided(whole.size());
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::int8_t>(i * i / 7 % 251);
    net.run(from.data(), whole.data(), 2);
    std::vector<std::size_t> asked;
    net.run(from.data(), divided.data(), 2, qtensor_test::Backwards{2, &asked});
    CHECK(asked == std::vector<std::size_t>(7, 2));
    CHECK(divided == whole);
}

TEST_CASE("A run-time network says which layer is wrong, and why", "[heap][network]") {
    Network<> net({8, 9, 4}, Affine{0.1f, 0});
    const std::vector<std::int8_t> codes(4 * 3 * 3 * 6, 1);
    const std::vector<float> scales(6, 0.01f);
    const std::vector<std::int32_t> bias(6, 5);
    const LayerWeights good{codes, scales, bias};
    const Affine<> y{0.2f, 1};
    const auto conv = [&](const LayerWeights& weights, std::size_t outputs, const Window& window, const Affine<>& scale,
                          std::size_t groups) {
        return thrown([&] { net.conv2d(net.input(), weights, outputs, window, scale, Fused::none, groups); });
    };
    const Window plain{{3}, {3}};
    CHECK(conv(good, 6, {{0}, {3}}, y, 1) ==
          "network: layer 1 (conv2d): a window has at least one tap along y (value 0, limit 1)");
    CHECK(conv(good, 6, {{3, 0}, {3}}, y, 1).find("its stride is at least 1 along y") != std::string::npos);
    CHECK(conv(good, 6, {{3}, {3, 1, 0}}, y, 1).find("taps are at least one cell apart along x") != std::string::npos);
    CHECK(conv(good, 6, {{3}, {3, 1, 5}}, y, 1).find("larger than the padded image along x (value 11, limit 9)") !=
          std::string::npos);
    CHECK(conv(good, 6, plain, y, 3).find("channels are divided evenly among the groups (value 4, limit 3)") !=
          std::string::npos);
    CHECK(conv(good, 0, plain, y, 1).find("at least one output") != std::string::npos);
    CHECK(conv(good, 7, plain, y, 2).find("outputs are divided evenly") != std::string::npos);
    CHECK(
        conv(good, 5, plain, y, 1).find("as many weights as outputs times taps and channels (value 216, limit 180)") !=
        std::string::npos);
    CHECK(conv({codes, {scales.data(), 2}, bias}, 6, plain, y, 1).find("one scale of weights, or one per output") !=
          std::string::npos);
    CHECK(conv({codes, scales, {bias.data(), 2}}, 6, plain, y, 1).find("one bias per output, or none") !=
          std::string::npos);
    CHECK(conv(good, 6, plain, {0.0f, 0}, 1).find("a scale is positive and finite") != std::string::npos);
    CHECK(conv(good, 6, plain, {0.1f, 200}, 1).find("a zero point is one of the codes (value 200, limit 127)") !=
          std::string::npos);
    CHECK(conv(good, 6, plain, {1e-30f, 0}, 1).find("s_x s_w / s_y is below 2^31") != std::string::npos);
    const std::vector<float> zero(6, 0.0f);
    CHECK(conv({codes, zero, bias}, 6, plain, y, 1).find("a scale of weights is positive and finite") !=
          std::string::npos);
    const std::vector<std::int32_t> huge(6, INT32_MAX);
    CHECK(conv({codes, scales, huge}, 6, plain, y, 1).find("sums stay where they can be proven") != std::string::npos);
    CHECK(thrown([&] {
              net.depthwise_conv2d(net.input(), {{codes.data(), 54}, scales, bias}, 6, plain, y);
          }).find("a depthwise convolution makes a multiple of its channels (value 6, limit 4)") != std::string::npos);
    CHECK(thrown([&] { net.max_pool(net.input(), {{2, 1, 1, 2}, {2}}); }).find("sees a cell of the image") !=
          std::string::npos);
    CHECK(thrown([&] { net.concat({}, y); }).find("layer 1 (concat): something is joined") != std::string::npos);
    CHECK(thrown([&] { net.pad(net.input(), {0, 1, 0}, {8, 9, 4}); })
              .find("layer 1 (pad): the image lies inside the "
                    "larger one (limit: the axis at fault) "
                    "(value 10, limit 1)") != std::string::npos);
    CHECK(thrown([&] { net.requantize(net.input(), {1e-30f, 0}); }).find("s_x / s_y is below 2^31") !=
          std::string::npos);
    CHECK(thrown([&] { net.reshape(net.input(), {1, 1, 5}); }).find("as many elements (value 5, limit 288)") !=
          std::string::npos);
    CHECK(thrown([&] { Network<>({0, 1, 1}, y); }).find("layer 0 (input): an image has at least one cell") !=
          std::string::npos);
    CHECK(net.layers() == 0);  // nothing of all this was added
    const auto first = net.conv2d(net.input(), {codes, {scales.data(), 1}, {}}, 6, plain, y);
    CHECK(net.size(first).height == 6);
    CHECK(net.size(first).width == 7);
    CHECK(thrown([&] {
              net.combine<Add>(net.input(), first, y);
          }).find("layer 2 (combine): both images have one size") != std::string::npos);
    CHECK(thrown([&] { net.concat({net.input(), first}, y); })
              .find("layer 2 (concat): images that are joined have one "
                    "height and one width") != std::string::npos);
}
