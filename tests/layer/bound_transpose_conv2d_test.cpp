// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/layer/bound_transpose_conv2d.hpp>
#include <qtensor/scale.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/oracle.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::EveryArch;
using qtensor_test::Flush;

namespace {

struct Case {
    std::size_t batch = 1, height = 1, width = 1, channels = 1, out = 1, out_height = 1, out_width = 1;
    WindowAxis y{}, x{};
};

/// Runs on shapes that only the running program knows, all memory between guard pages.
template <class Arch, class X, class W, class Y, class Acc, class XScale, class WScale, class... Stages>
std::vector<Y> run(const Case& c, const std::vector<X>& x, const std::vector<W>& w, XScale x_scale, WScale w_scale,
                   const Stages&... stages) {
    using Four = Shape<dyn, dyn, dyn, dyn>;
    BetweenGuards<X> from(x.size(), Flush::back);
    std::copy(x.begin(), x.end(), from.data());
    const QTensor<const W, WScale, Four> filters(w.data(), Four(c.out, c.y.kernel, c.x.kernel, c.channels), w_scale);
    const auto matrix = filter_rows(filters);
    using Packed = packed_for<Arch, X, std::remove_const_t<decltype(matrix)>>;
    BetweenGuards<std::byte> memory(round_up(Packed::bytes(matrix.extent(0), matrix.extent(1)), 64), Flush::back);
    const Packed packed(matrix, memory.span());
    std::vector<std::int32_t> words(8 * c.out + 64);
    const BoundTransposeConv2d<Packed, XScale, Acc, Stages...> bound(packed, {c.y, c.x}, x_scale,
                                                                     BindMemory(words.data(), words.size()), stages...);
    BetweenGuards<Y> to(c.batch * c.out_height * c.out_width * c.out, Flush::back);
    const std::size_t bytes = bound.workspace_bytes({c.y, c.x}, {c.height, c.width, c.channels});
    BetweenGuards<std::int32_t> scratch((bytes + 3) / 4, Flush::back);
    bound.run(packed,
              QTensor<const X, XScale, Four>(from.data(), Four(c.batch, c.height, c.width, c.channels), x_scale),
              QTensor<Y, std::remove_cvref_t<decltype(bound.output_scale())>, Four>(
                  to.data(), Four(c.batch, c.out_height, c.out_width, c.out), bound.output_scale()),
              std::as_writable_bytes(scratch.span()).first(bytes));
    CHECK((from.clean() && to.clean() && memory.clean() && scratch.clean()));
    return {to.data(), to.data() + to.size()};
}

/// By its own definition: every cell adds its filter to the result.
template <class X, class W>
std::vector<std::int64_t> scattered(const Case& c, const std::vector<X>& x, const std::vector<W>& w,
                                    std::int64_t zero) {
    std::vector<std::int64_t> y(c.batch * c.out_height * c.out_width * c.out, 0);
    for (std::size_t n = 0; n < c.batch; ++n) {
        for (std::size_t iy = 0; iy < c.height; ++iy) {
            for (std::size_t ix = 0; ix < c.width; ++ix) {
                for (std::size_t ky = 0; ky < c.y.kernel; ++ky) {
                    for (std::size_t kx = 0; kx < c.x.kernel; ++kx) {
                        const std::size_t oy = iy * c.y.stride + ky * c.y.dilation,
                                          ox = ix * c.x.stride + kx * c.x.dilation;
                        if (oy < c.y.before || ox < c.x.before || oy - c.y.before >= c.out_height ||
                            ox - c.x.before >= c.out_width)
                            continue;
                        for (std::size_t j = 0; j < c.out; ++j) {
                            for (std::size_t k = 0; k < c.channels; ++k)
                                y[((n * c.out_height + oy - c.y.before) * c.out_width + ox - c.x.before) * c.out + j] +=
                                    (x[((n * c.height + iy) * c.width + ix) * c.channels + k] - zero) *
                                    w[((j * c.y.kernel + ky) * c.x.kernel + kx) * c.channels + k];
                        }
                    }
                }
            }
        }
    }
    return y;
}

}  // namespace

TEST_CASE("Transposed convolutions of run-time shapes are exact on every architecture", "[layer][transpose_conv]") {
    qtensor_test::Tally tally;
    oracle::Random random(31);
    const auto between = [&](int lowest, int highest) {
        return static_cast<std::size_t>(random.between(lowest, highest));
    };
    for (int round = 0; round < 120; ++round) {
        Case c{between(1, 2),
               between(1, 6),
               between(1, 6),
               between(1, 9),
               between(1, 20),
               between(1, 14),
               between(1, 14),
               {},
               {}};
        c.y = {between(1, 4), between(1, 3), between(1, 2), between(0, 3), 0};
        c.x = {between(1, 4), between(1, 3), between(1, 2), between(0, 3), 0};
        std::vector<std::int8_t> x(c.batch * c.height * c.width * c.channels),
            w(c.out * c.y.kernel * c.x.kernel * c.channels);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        for (auto& code : w) code = static_cast<std::int8_t>(random.between(-128, 127));
        const auto zero = static_cast<std::int32_t>(random.between(-128, 127));
        const auto want = scattered(c, x, w, zero);
        EveryArch::each([&]<class Arch>() {
            const auto got = run<Arch, std::int8_t, std::int8_t, std::int32_t, void>(c, x, w, Affine<>{0.5f, zero},
                                                                                     PerTensor<>{0.25f});
            for (std::size_t i = 0; i < want.size(); ++i) tally.same(got[i], want[i], Arch::name, round, i);
        });
    }
    tally.require_all_equal(100000);
}
