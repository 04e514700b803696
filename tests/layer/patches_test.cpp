// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/patches.hpp>

#include <cstdint>
#include <utility>
#include <vector>

#include "support/guard_pages.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;

TEST_CASE("A patch is what the window sees, and fill where it sees nothing", "[layer][patches]") {
    qtensor_test::Tally tally;
    // An image whose rows are padded in a piece, and one that is too wide for that.
    const auto [size, paddings] = GENERATE(std::pair{ImageSize{4, 5, 3}, 7}, std::pair{ImageSize{2, 71, 3}, 1});
    for (const Flush flush : {Flush::front, Flush::back}) {
        BetweenGuards<std::int8_t> image(2 * size.size(), flush);  // two images
        for (std::size_t i = 0; i < 2 * size.size(); ++i) image[i] = static_cast<std::int8_t>(i + 1);
        for (std::size_t kernel = 1; kernel <= 4; ++kernel) {
            for (std::size_t stride = 1; stride <= 3; ++stride) {
                for (std::size_t dilation = 1; dilation <= 3; ++dilation) {
                    for (std::size_t padding = 0; padding <= static_cast<std::size_t>(paddings); ++padding) {
                        for (const ChannelRange of : {ChannelRange{0, 3}, ChannelRange{1, 2}, ChannelRange{2, 1}}) {
                            const Window window{{kernel, stride, dilation, padding, 1},
                                                {kernel % 3 + 1, stride, dilation, 1, padding}};
                            if (!window.y.fits(size.height) || !window.x.fits(size.width)) continue;
                            const std::size_t columns = window.x.output(size.width);
                            const std::size_t rows = window.y.output(size.height);
                            const std::size_t positions = 2 * rows * columns;
                            const std::size_t first = positions / 3, count = positions - first;
                            const std::size_t cells = window.taps() * of.count, stride_of = cells + padding % 3;
                            BetweenGuards<std::int8_t> patches(count * stride_of, flush);
                            copy_patches(image.data(), size, window, rows, columns, first, count, of, std::int8_t{-7},
                                         stride_of, patches.data());
                            std::size_t next = 0;
                            for (std::size_t at = first; at < positions; ++at) {
                                for (std::size_t ky = 0; ky < window.y.kernel; ++ky) {
                                    for (std::size_t kx = 0; kx < window.x.kernel; ++kx) {
                                        const std::size_t n = at / columns / rows;
                                        const std::size_t y = at / columns % rows * stride + ky * dilation;
                                        const std::size_t x = at % columns * stride + kx * dilation;
                                        const bool inside =
                                            y >= padding && y - padding < size.height && x >= 1 && x - 1 < size.width;
                                        for (std::size_t c = of.first; c < of.first + of.count; ++c, ++next) {
                                            const std::size_t want =
                                                inside ? ((n * size.height + y - padding) * size.width + x - 1) *
                                                                 size.channels +
                                                             c + 1
                                                       : 0;
                                            tally.same(patches[next], inside ? static_cast<std::int8_t>(want) : -7, at,
                                                       ky, kx, c);
                                        }
                                    }
                                }
                                for (; next % stride_of != 0; ++next) tally.same(patches[next], 0, at);
                            }
                            tally.same(static_cast<int>(patches.clean()), 1, kernel, stride, dilation, padding);
                        }
                    }
                }
            }
        }
    }
    tally.require_all_equal(100000);
}
