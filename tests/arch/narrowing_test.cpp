// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/narrowing.hpp>
#include <qtensor/numeric/rounding.hpp>

#include "support/catch.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#include <cmath>
#include <limits>
#include <vector>

using namespace qtensor;
using namespace qtensor_test;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

/// Ties, their neighbours, and what int32 does not hold.
[[maybe_unused]] std::vector<float> reals(std::size_t multiple) {
    std::vector<float> all{0.0f, -0.0f, infinity, -infinity, std::nanf(""), 2147483648.0f, -2147483648.0f,
                           3e9f, -3e9f, 1e-45f,   -1e-45f,   2147483520.0f, 8388608.5f};
    for (int k = -70; k < 70; ++k) {
        const float tie = static_cast<float>(k) + 0.5f;
        for (const float x : {tie, std::nextafterf(tie, infinity), std::nextafterf(tie, -infinity),
                              static_cast<float>(k), std::nextafterf(static_cast<float>(k), -infinity)})
            all.push_back(x);
    }
    for (int k = 14; k < 23; ++k) all.push_back(std::ldexp(1.0f, k) + 0.5f);
    while (all.size() % multiple != 0) all.push_back(-0.5f);
    return all;
}

/// round(x) where int32 holds it, -2^31 where not.
template <class Rounding> std::int32_t whole_oracle(float x, Rounding) {
    const double whole = Rounding::round(static_cast<double>(x));
    return whole >= -2147483648.0 && whole < 2147483648.0 ? static_cast<std::int32_t>(whole)
                                                          : std::numeric_limits<std::int32_t>::min();
}

template <class N> void rounds_as_the_policies_do() {
    const std::vector<float> values = reals(N::floats);
    Tally tally;
    for (std::size_t i = 0; i < values.size(); i += N::floats) {
        const auto x = N::load(values.data() + i);
        const auto compare = [&](auto whole, auto rounding) {
            std::int32_t lanes[N::floats];
            static_assert(sizeof(lanes) == sizeof(whole));
            __builtin_memcpy(lanes, &whole, sizeof(lanes));
            for (std::size_t lane = 0; lane < N::floats; ++lane)
                tally.same(lanes[lane], whole_oracle(values[i + lane], rounding), values[i + lane]);
        };
        compare(N::half_even(x), HalfEven{});
        compare(N::half_away(x), HalfAway{});
        compare(N::half_up(x), HalfUp{});
        compare(N::floor(x), Floor{});
        compare(N::ceil(x), Ceil{});
        compare(N::toward_zero(x), TowardZero{});
    }
    tally.require_all_equal(static_cast<long long>(6 * values.size()));
}

/// Four registers of int32 to bytes, in order, held at the ends.
template <class N, class T> void saturates_in_order() {
    Random random(77);
    Tally tally;
    for (int round = 0; round < 200; ++round) {
        std::vector<float> values(4 * N::floats);
        for (float& x : values) x = static_cast<float>(random.between(-40000, 40000) / (round % 2 == 0 ? 1 : 200));
        const auto whole = [&](std::size_t part) { return N::toward_zero(N::load(values.data() + part * N::floats)); };
        const auto ab = N::to_int16(whole(0), whole(1));
        const auto cd = N::to_int16(whole(2), whole(3));
        T bytes[4 * N::floats];
        N::store(bytes, ab, cd);
        bool lowest = false;
        for (std::size_t i = 0; i < values.size(); ++i) {
            const double held =
                std::min(std::max(static_cast<double>(values[i]), static_cast<double>(std::numeric_limits<T>::min())),
                         static_cast<double>(std::numeric_limits<T>::max()));
            tally.same_real(static_cast<double>(bytes[i]), held, values[i]);
            lowest = lowest || values[i] <= -32768.0f;
        }
        tally.same(N::holds_lowest(N::min(ab, cd)), lowest, round);
    }
    tally.require_all_equal(static_cast<long long>(200 * (4 * N::floats + 1)));
}

}  // namespace

#if defined(__AVX2__) && defined(__FMA__) && !defined(QTENSOR_NO_SIMD)
TEST_CASE("Eight reals are rounded as each policy says, and narrowed to bytes in order", "[arch][narrowing]") {
    rounds_as_the_policies_do<lane::narrowing<32>>();
    saturates_in_order<lane::narrowing<32>, std::int8_t>();
    saturates_in_order<lane::narrowing<32>, std::uint8_t>();
}
#endif

#if defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__) && !defined(QTENSOR_NO_SIMD)
TEST_CASE("Sixteen reals are rounded as each policy says, and narrowed to bytes in order", "[arch][narrowing]") {
    rounds_as_the_policies_do<lane::narrowing<64>>();
    saturates_in_order<lane::narrowing<64>, std::int8_t>();
    saturates_in_order<lane::narrowing<64>, std::uint8_t>();
}
#endif

TEST_CASE("Architectures without the instructions say so", "[arch][narrowing]") {
    STATIC_REQUIRE(!lane::Narrows<arch::scalar>);
    STATIC_REQUIRE(!lane::Narrows<arch::sse41>);
}
