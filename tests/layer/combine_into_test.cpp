// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/clamp.hpp>
#include <qtensor/layer/combine_into.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::EveryArch;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::says;

namespace {

using Four = Shape<dyn, dyn, dyn, dyn>;

struct Operand {
    Four shape;
    Affine<> scale;
};

template <class Op, class Arch, class X, class... Stages>
std::vector<X> run(const std::vector<X>& a, Operand in_a, const std::vector<X>& b, Operand in_b, Operand out,
                   Flush flush, const Stages&... stages) {
    BetweenGuards<X> left(a.size(), flush), right(b.size(), flush), to(out.shape.size(), flush);
    std::copy(a.begin(), a.end(), left.data());
    std::copy(b.begin(), b.end(), right.data());
    combine_into<Op, numerics::TfLite, Arch>(QTensor<const X, Affine<>, Four>(left.data(), in_a.shape, in_a.scale),
                                             QTensor<const X, Affine<>, Four>(right.data(), in_b.shape, in_b.scale),
                                             QTensor<X, Affine<>, Four>(to.data(), out.shape, out.scale), stages...);
    CHECK((left.clean() && right.clean() && to.clean()));
    return {to.data(), to.data() + to.size()};
}

}  // namespace

TEST_CASE("Rows of every length have the numbers of the definition", "[layer][combine]") {
    const auto check = [&]<class X>(X) {
        for (std::size_t length = 1; length <= 150; length += length < 20 ? 1 : 13) {
            std::vector<X> a(2 * length), b(length);
            for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<X>(i * 7919 + 128);
            for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<X>(i * 104729 + 77);
            const Operand in{Four(1, 1, 2, length), {0.02f, 0}}, row{Four(1, 1, 1, length), {0.03f, 0}};
            const Operand out{in.shape, {0.04f, 0}};
            const auto want = run<Add, arch::scalar>(a, in, b, row, out, Flush::back);
            EveryArch::each([&]<class Arch>() { REQUIRE(run<Add, Arch>(a, in, b, row, out, Flush::back) == want); });
        }
    };
    check(std::int8_t{});
    check(std::int16_t{});
}

TEST_CASE("Operands are repeated along extents of one", "[layer][combine]") {
    const std::array<std::size_t, 4> full{2, 3, 4, 19};
    for (unsigned mask = 0; mask < 256; ++mask) {  // which axes of a, which of b
        std::array<std::size_t, 4> ea{}, eb{}, ey{};
        for (unsigned i = 0; i < 4; ++i) {
            ea[i] = mask >> i & 1 ? 1 : full[i];
            eb[i] = mask >> (4 + i) & 1 ? 1 : full[i];
            ey[i] = std::max(ea[i], eb[i]);
        }
        const Affine<> one{1.0f, 0};
        const Operand a{Four(ea[0], ea[1], ea[2], ea[3]), one}, b{Four(eb[0], eb[1], eb[2], eb[3]), one};
        const Operand y{Four(ey[0], ey[1], ey[2], ey[3]), one};
        std::vector<std::int16_t> as(a.shape.size()), bs(b.shape.size()), want;
        for (std::size_t i = 0; i < as.size(); ++i) as[i] = static_cast<std::int16_t>(7 * i % 1000);
        for (std::size_t i = 0; i < bs.size(); ++i) bs[i] = static_cast<std::int16_t>(11 * i % 1000);
        for (std::size_t n = 0; n < ey[0]; ++n) {
            for (std::size_t h = 0; h < ey[1]; ++h) {
                for (std::size_t w = 0; w < ey[2]; ++w) {
                    for (std::size_t c = 0; c < ey[3]; ++c) {
                        const auto at = [&](const std::array<std::size_t, 4>& e) {
                            return ((n % e[0] * e[1] + h % e[1]) * e[2] + w % e[2]) * e[3] + c % e[3];
                        };
                        want.push_back(std::max(as[at(ea)], bs[at(eb)]));
                    }
                }
            }
        }
        EveryArch::each([&]<class Arch>() {
            REQUIRE((run<Maximum, Arch>(as, a, bs, b, y, mask % 2 ? Flush::back : Flush::front) == want));
        });
    }
}

TEST_CASE("A vector is added to every row; stages follow; y may be an operand", "[layer][combine]") {
    std::array<std::int8_t, 6> a{1, 2, 3, -4, -5, -6};
    const std::array<std::int8_t, 3> b{10, 20, -30};
    const Affine<> one{1.0f, 0};
    const QTensor<std::int8_t, Affine<>, Shape<2, 3>> both(a.data(), {}, one);
    combine_into<Add>(both, QTensor<const std::int8_t, Affine<>, Shape<3>>(b.data(), {}, one), both, Relu{});
    CHECK(a == std::array<std::int8_t, 6>{11, 22, 0, 6, 15, 0});
    std::array<float, 3> x{1.5f, -2.0f, 3.0f};
    const QTensor<float, Unscaled, Shape<3>> real(x.data(), {});
    combine_into<Subtract>(real, QTensor<const float, Unscaled, Shape<3>>(x.data(), {}), real);
    CHECK(x == std::array<float, 3>{});
}

TEST_CASE("Operands that do not fit are refused in a sentence", "[layer][combine]") {
    std::array<std::int8_t, 12> cells{};
    const auto call = [&](std::size_t width) {
        return refused([&] {
            using Matrix = Shape<dyn, dyn>;
            const QTensor<std::int8_t, Affine<>, Matrix> y(cells.data(), Matrix(2, 3), {1.0f, 0});
            combine_into<Add>(y, QTensor<std::int8_t, Affine<>, Matrix>(cells.data(), Matrix(2, width), {1.0f, 0}), y);
        });
    };
    CHECK(call(3) == "nothing was refused");
    CHECK(call(1) == "nothing was refused");
    CHECK(says(call(2), "an operand's extent is that of the result, or 1"));
}
