// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/window.hpp>

#include <cstddef>

#include "support/refused.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

/// Positions and inside taps by trial: the window is laid at 0, stride, 2 stride ... in the padded image.
std::size_t positions(const WindowAxis& axis, std::size_t input) {
    std::size_t count = 0;
    for (std::size_t start = 0;; start += axis.stride) {
        if (start + (axis.kernel - 1) * axis.dilation >= axis.before + input + axis.after) return count;
        ++count;
    }
}

void check_axis(const WindowAxis& axis, std::size_t input, qtensor_test::Tally& tally) {
    const std::size_t count = positions(axis, input);
    tally.same(static_cast<int>(axis.fits(input)), static_cast<int>(count > 0), input);
    if (count == 0) return;
    tally.same(static_cast<long long>(axis.output(input)), static_cast<long long>(count), axis.kernel, axis.stride,
               axis.dilation, axis.before, axis.after, input);
    for (std::size_t at = 0; at < count; ++at) {
        const Taps taps = axis.taps(at, input);
        for (std::size_t t = 0; t < axis.kernel; ++t) {
            const long long index =
                static_cast<long long>(at * axis.stride + t * axis.dilation) - static_cast<long long>(axis.before);
            const bool inside = index >= 0 && index < static_cast<long long>(input);
            tally.same(static_cast<int>(t >= taps.first && t < taps.last), static_cast<int>(inside), at, t);
            tally.same(static_cast<long long>(taps.origin) + static_cast<long long>(t * axis.dilation), index, at, t);
        }
        tally.same(static_cast<int>(taps.first <= taps.last && taps.last <= axis.kernel), 1, at);
    }
}

}  // namespace

TEST_CASE("A window counts its positions and knows which taps are inside", "[layer][window]") {
    qtensor_test::Tally tally;
    for (std::size_t kernel = 1; kernel <= 5; ++kernel) {
        for (std::size_t stride = 1; stride <= 4; ++stride) {
            for (std::size_t dilation = 1; dilation <= 3; ++dilation) {
                for (std::size_t before = 0; before <= 6; ++before) {
                    for (std::size_t after = 0; after <= 3; ++after) {
                        for (std::size_t input = 1; input <= 9; ++input)
                            check_axis({kernel, stride, dilation, before, after}, input, tally);
                    }
                }
            }
        }
    }
    tally.require_all_equal(60 * 28 * 9);
}

TEST_CASE("SAME makes ceil(input / stride) positions with the least padding, the odd cell behind", "[layer][window]") {
    qtensor_test::Tally tally;
    for (std::size_t kernel = 1; kernel <= 6; ++kernel) {
        for (std::size_t stride = 1; stride <= 5; ++stride) {
            for (std::size_t dilation = 1; dilation <= 3; ++dilation) {
                for (std::size_t input = 1; input <= 17; ++input) {
                    const WindowAxis axis = WindowAxis{kernel, stride, dilation}.same(input);
                    const std::size_t want = (input + stride - 1) / stride;
                    tally.same(static_cast<long long>(positions(axis, input)), static_cast<long long>(want), kernel,
                               stride, dilation, input);
                    const bool balanced = axis.after == axis.before || axis.after == axis.before + 1;
                    tally.same(static_cast<int>(balanced), 1, kernel, stride, dilation, input);
                    const std::size_t padding = axis.before + axis.after;
                    if (padding > 0) {  // one cell less would lose a position
                        tally.same(static_cast<long long>(positions({kernel, stride, dilation, padding - 1, 0}, input)),
                                   static_cast<long long>(want - 1), kernel, stride, dilation, input);
                    }
                }
            }
        }
    }
    tally.require_all_equal(6 * 5 * 3 * 17 * 2);
    // The 224 x 224 image of MobileNet: 3 taps, stride 2, one cell of padding, all of it behind.
    constexpr WindowAxis mobilenet = WindowAxis{3, 2}.same(224);
    STATIC_REQUIRE(mobilenet.before == 0);
    STATIC_REQUIRE(mobilenet.after == 1);
    STATIC_REQUIRE(mobilenet.output(224) == 112);
}

TEST_CASE("Kernel names a window, its options in any order", "[layer][window]") {
    constexpr Window plain = Kernel<3, 5>::window(8, 9);
    STATIC_REQUIRE(plain.y.kernel == 3);
    STATIC_REQUIRE(plain.x.kernel == 5);
    STATIC_REQUIRE(plain.taps() == 15);
    STATIC_REQUIRE(plain.stays_inside());
    constexpr Window full = Kernel<3, 2, Padding<1, 2, 3, 4>, Dilation<2, 3>, Stride<4, 5>>::window(8, 9);
    STATIC_REQUIRE(full.y.before == 1);
    STATIC_REQUIRE(full.x.before == 2);
    STATIC_REQUIRE(full.y.after == 3);
    STATIC_REQUIRE(full.x.after == 4);
    STATIC_REQUIRE(full.y.dilation == 2);
    STATIC_REQUIRE(full.x.dilation == 3);
    STATIC_REQUIRE(full.y.stride == 4);
    STATIC_REQUIRE(full.x.stride == 5);
    STATIC_REQUIRE(!full.stays_inside());
    constexpr Window same = Kernel<3, 3, Same, Stride<2>>::window(7, 8);
    STATIC_REQUIRE(same.y.before == 1);
    STATIC_REQUIRE(same.y.after == 1);
    STATIC_REQUIRE(same.x.before == 0);
    STATIC_REQUIRE(same.x.after == 1);
    STATIC_REQUIRE(same.x.stride == 2);
}

TEST_CASE("A window that is none is refused in a sentence", "[layer][window]") {
    CHECK(says(refused([] { WindowAxis{0}.output(5); }), "its kernel is 0"));
    CHECK(says(refused([] { WindowAxis{3, 0}.output(5); }), "its stride is at least 1"));
    CHECK(says(refused([] { WindowAxis{3, 1, 0}.output(5); }), "the dilation is at least 1"));
    CHECK(says(refused([] { WindowAxis{3, 1, 2}.output(4); }), "larger than the padded image"));
    CHECK(WindowAxis{3, 1, 2}.output(5) == 1);
    CHECK(says(refused([] { WindowAxis{3, 1, 2}.same(0); }), "SAME padding needs an image"));
}
