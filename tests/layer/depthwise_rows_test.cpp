// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/epilogue.hpp>
#include <qtensor/layer/depthwise_rows.hpp>
#include <qtensor/scale.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/conv_oracle.hpp"
#include "support/guard_pages.hpp"
#include "support/tally.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;

namespace {

std::size_t size(std::int64_t n) { return static_cast<std::size_t>(n); }

/// 3 x 3 taps next to each other, which stay in registers from one position to the next: rows of all images, divided at
/// `cut`, against the oracle. Weights are [taps][channels].
template <class Arch, class X>
void check(const oracle::Conv& conv, const std::vector<X>& x, const std::vector<X>& w,
           const std::vector<std::int64_t>& want, std::int32_t zero, std::size_t cut, Flush flush,
           qtensor_test::Tally& tally) {
    using Filters = QTensor<const X, PerTensor<>, Shape<3, 3, dyn>>;
    const Filters filters(w.data(), typename Filters::shape_type(3, 3, size(conv.out)), PerTensor<>{1.0f});
    using Packed = depthwise_for<Arch, X, Filters>;
    if constexpr (!Packed::in_place) {
        using Sum = typename Packed::sum_type;
        BetweenGuards<std::byte> memory(Packed::bytes(3, 3, size(conv.out)), flush);
        const Packed packed(filters, memory.span());
        BetweenGuards<X> from(x.size(), flush);
        std::copy(x.begin(), x.end(), from.data());
        BetweenGuards<Sum> to(want.size(), flush);
        const Window window{{3, size(conv.y.stride), size(conv.y.dilation), size(conv.y.before), size(conv.y.after)},
                            {3, size(conv.x.stride), size(conv.x.dilation), size(conv.x.before), size(conv.x.after)}};
        const ImageSize image{size(conv.height), size(conv.width), size(conv.channels)};
        using Kernel = detail::DepthwiseRows<Packed>;
        BetweenGuards<std::byte> workspace(Kernel::workspace_bytes(window, image), flush);
        const Kernel kernel(packed, window, 1, zero, image, workspace.data());
        const std::size_t height = size(conv.out_height()), width = size(conv.out_width());
        const std::size_t rows = size(conv.batch) * height;
        const Epilogue<Incoming<Sum, dyn, Unscaled>> nothing{};
        kernel.run(from.data(), to.data(), height, width, Interval{0, cut % rows}, nothing);
        kernel.run(from.data(), to.data(), height, width, Interval{cut % rows, rows}, nothing);
        for (std::size_t i = 0; i < want.size(); ++i)
            tally.same(static_cast<std::int64_t>(to[i]), want[i], Arch::name, conv.height, conv.width, conv.channels,
                       conv.x.stride, conv.x.before, i);
        tally.same(static_cast<int>(from.clean() && to.clean() && memory.clean() && workspace.clean()), 1);
    }
}

}  // namespace

TEST_CASE("3 x 3 taps next to each other are exact wherever the image ends", "[layer][depthwise]") {
    qtensor_test::Tally tally;
    oracle::Random random(3);
    for (int round = 0; round < 150; ++round) {
        oracle::Conv conv;
        conv.batch = random.between(1, 2);
        conv.height = random.between(1, 7);
        conv.width = random.between(1, 7);
        conv.channels = conv.out = conv.groups = random.between(1, 40);
        conv.y = {3, random.between(1, 2), random.between(1, 2), random.between(0, 3), random.between(0, 3)};
        conv.x = {3, random.between(1, 2), 1, random.between(0, 3), random.between(0, 3)};
        if (conv.outputs() == 0) continue;
        const auto fill = oracle::fills[size(random.between(0, 4))];
        std::vector<std::int8_t> x, w;
        for (const std::int64_t code : oracle::codes(fill, conv.inputs(), -128, 127, random))
            x.push_back(static_cast<std::int8_t>(code));
        for (const std::int64_t code : oracle::codes(fill, conv.filters(), -128, 127, random))
            w.push_back(static_cast<std::int8_t>(code));
        std::vector<std::int8_t> by_filter;  // the oracle's order
        for (std::size_t j = 0; j < size(conv.out); ++j) {
            for (std::size_t i = j; i < w.size(); i += size(conv.out)) by_filter.push_back(w[i]);
        }
        const std::int64_t zero = random.between(-128, 127);
        const std::size_t cut = size(random.between(0, 20));
        const auto want = conv.sums<std::int64_t>(x, by_filter, zero, {0});
        qtensor_test::EveryArch::each([&]<class Arch>() {
            for (const Flush flush : {Flush::front, Flush::back})
                check<Arch>(conv, x, w, want, static_cast<std::int32_t>(zero), cut, flush, tally);
        });
        // Codes as real numbers: these sums are exact.
        const std::vector<float> x_real(x.begin(), x.end()), w_real(w.begin(), w.end());
        check<arch::native>(conv, x_real, w_real, conv.sums<std::int64_t>(x, by_filter, 0, {0}), 0, cut, Flush::back,
                            tally);
    }
    if constexpr (!std::same_as<arch::native, arch::scalar>) tally.require_all_equal(50000);
}
