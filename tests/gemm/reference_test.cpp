// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/reference.hpp>

#include <climits>

#include "support/oracle.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;

template <class Acc>
Acc dot(const std::vector<std::int64_t>& x, const std::vector<std::int64_t>& w, std::int32_t zx, std::int32_t zw) {
    return reference_dot<Acc>(
        x.size(), [&](std::size_t k) { return static_cast<std::int16_t>(x[k]); },
        [&](std::size_t k) { return static_cast<std::int16_t>(w[k]); }, zx, zw);
}

constexpr std::int8_t some_x[] = {-128, 127, 3};
constexpr std::int8_t some_w[] = {-128, -1, 100};
constexpr auto x_at = [](std::size_t k) { return some_x[k]; };
constexpr auto w_at = [](std::size_t k) { return some_w[k]; };
static_assert(reference_dot<std::int32_t>(3, x_at, w_at, 0, 0) == 16384 - 127 + 300);
static_assert(reference_dot<std::int32_t>(3, x_at, w_at, -128, 5) == 255 * -6 + 131 * 95);
static_assert(reference_dot<std::int32_t>(0, x_at, w_at, 7, 7) == 0);
static_assert(reference_dot<std::int32_t>(1, x_at, w_at, 128, 128) == 256 * 256);

}  // namespace

TEST_CASE("the reference sums (x - zx)(w - zw) exactly where int32 and int64 hold it") {
    oracle::Random random(1);
    qtensor_test::Tally tally;
    for (std::size_t depth = 0; depth < 40; ++depth) {
        for (const oracle::Fill fill : oracle::fills) {
            const auto x = oracle::codes(fill, depth, -128, 127, random);
            const auto w = oracle::codes(oracle::Fill::random, depth, -128, 127, random);
            const auto zx = static_cast<std::int32_t>(random.between(-300, 300));
            const auto zw = static_cast<std::int32_t>(random.between(-300, 300));
            const std::int64_t want = oracle::product(1, 1, depth, x, w, zx, {zw})[0];
            tally.same(dot<std::int32_t>(x, w, zx, zw), want, depth, zx, zw);
            tally.same(dot<std::int64_t>(x, w, zx, zw), want, depth, zx, zw);
        }
    }
    tally.require_all_equal(400);
}

TEST_CASE("the reference counts modulo 2^32 in int32 and exactly in int64") {
    const std::vector<std::int64_t> x(5, -32768);
    const std::vector<std::int64_t> w(5, -32768);
    const std::int64_t exact = 5 * (std::int64_t{1} << 30);
    CHECK(dot<std::int64_t>(x, w, 0, 0) == exact);
    CHECK(dot<std::int32_t>(x, w, 0, 0) == static_cast<std::int32_t>(static_cast<std::uint32_t>(exact)));
    // The extreme zero points, whose negation int32 does not hold.
    const std::int64_t far = (std::int64_t{7} - INT32_MIN) * (std::int64_t{3} - INT32_MAX);
    CHECK(dot<std::int64_t>({7}, {3}, INT32_MIN, INT32_MAX) == far);
    CHECK(dot<std::int32_t>({7}, {3}, INT32_MIN, INT32_MAX) ==
          static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint64_t>(far))));
}

TEST_CASE("real products are summed with k ascending") {
    const float x[] = {1e8f, 1.0f, -1e8f};
    const auto at = [&](std::size_t k) { return x[k]; };
    const auto one = [](std::size_t) { return 1.0f; };
    CHECK(reference_dot<float>(3, at, one, 0, 0) == (1e8f + 1.0f) - 1e8f);
    CHECK(reference_dot<float>(0, at, one, 0, 0) == 0.0f);
    const float w[] = {0.5f, -3.0f, 0.25f};
    const float y[] = {2.0f, -1.0f, 8.0f};
    CHECK(reference_dot<float>(
              3, [&](std::size_t k) { return y[k]; }, [&](std::size_t k) { return w[k]; }, 0, 0) == 6.0f);
    CHECK(reference_dot<double>(
              2, [&](std::size_t k) { return y[k]; }, [&](std::size_t k) { return w[k]; }, 0, 0) == 4.0);
}
