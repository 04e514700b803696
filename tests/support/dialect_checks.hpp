// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Compares a requantization dialect with its rule written a second time, on one value and on lanes of every
/// architecture. A rule is `whole(acc, words)`, the exact integer before the zero point is added, as a 128-bit number.

#include <qtensor/numeric/dialect.hpp>

#include <algorithm>
#include <array>
#include <vector>

#include "arches.hpp"
#include "lane_checks.hpp"
#include "rounding_oracle.hpp"

namespace qtensor_test {

inline constexpr qtensor::CodeRange code_ranges[]{
    {0, -128, 127}, {-128, -128, 127}, {127, -128, 127},   {-126, -128, 127}, {128, -128, 127},  {128, 0, 255},
    {0, 0, 255},    {3, -8, 7},        {0, -32768, 32767}, {7, -127, 127},    {40000, 0, 65535}, {-1000, -128, 127}};

template <class D> struct DialectCase {
    std::int32_t acc;
    std::array<std::int32_t, D::words> words;
};

template <class D> using DialectCases = std::vector<DialectCase<D>>;

/// Accumulators for one set of words: all small ones, both ends, powers of two and their neighbours, random sizes.
template <class D>
void add_accumulators(DialectCases<D>& cases, const std::array<std::int32_t, D::words>& words, Random& random,
                      int small = 40, int draws = 40) {
    std::uint32_t largest = INT32_MAX;
    if constexpr (requires { D::largest_accumulator(words); }) largest = D::largest_accumulator(words);
    const auto add = [&](std::int64_t acc) {
        const auto limit = static_cast<std::int64_t>(largest);
        const bool all = largest == INT32_MAX;  // then INT32_MIN is allowed too
        if (acc >= (all ? INT32_MIN : -limit) && acc <= limit) cases.push_back({static_cast<std::int32_t>(acc), words});
    };
    for (int acc = -small; acc <= small; ++acc) add(acc);
    for (const std::int32_t acc : special_ints()) add(acc);
    for (int i = 0; i < draws; ++i) add(random.int32_any_size());
}

/// clamp(whole + zero_point), on every case, with lanes whose neighbours are other cases.
template <class D, class Whole> void dialect_equals(const DialectCases<D>& cases, Whole whole, long long at_least) {
    std::vector<std::size_t> order(cases.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    Random random(90);
    for (std::size_t i = order.size() - 1; i > 0; --i)
        std::swap(order[i], order[static_cast<std::size_t>(random.between(0, static_cast<std::int64_t>(i)))]);
    const auto want = [&](const DialectCase<D>& c, const qtensor::CodeRange& range) {
        const int128 code = whole(c.acc, c.words, range.zero_point);
        return static_cast<long long>(std::clamp<int128>(code, range.lowest, range.highest));
    };
    Tally tally;
    const auto check = [&]<class Arch>() {
        using I = qtensor::lanes<std::int32_t, Arch>;
        constexpr std::size_t width = sizeof(I) / sizeof(std::int32_t);
        for (std::size_t i = 0; i + width <= order.size(); i += width) {
            std::array<std::int32_t, width> acc;
            std::array<std::array<std::int32_t, width>, D::words> words;
            for (std::size_t j = 0; j < width; ++j) {
                const DialectCase<D>& c = cases[order[i + j]];
                acc[j] = c.acc;
                for (std::size_t k = 0; k < D::words; ++k) words[k][j] = c.words[k];
            }
            std::array<I, D::words> lanes;
            for (std::size_t k = 0; k < D::words; ++k) lanes[k] = pack<I>(words[k].data(), width);
            const auto& range = code_ranges[i / width % std::size(code_ranges)];
            const auto got = unpack<std::int32_t>(D::apply(pack<I>(acc.data(), width), lanes, range));
            for (std::size_t j = 0; j < width; ++j) {
                const DialectCase<D>& c = cases[order[i + j]];
                tally.same(got[j], want(c, range), Arch::name, c.acc, c.words[0], c.words[D::words - 1],
                           range.zero_point);
            }
        }
    };
    EveryArch::each(check);
    tally.require_all_equal(at_least);
}

/// A rule that adds the zero point behind its rounding.
template <class Whole> auto then_zero_point(Whole whole) {
    return [whole](std::int32_t acc, const auto& words, std::int32_t zero) { return whole(acc, words) + zero; };
}

/// floor((a * b + 2^(shift - 1)) / 2^shift); the half is 0 for shift 0.
inline int128 half_up_shift(int128 product, int shift) {
    return RoundingOracle<qtensor::HalfUp>::quotient(product, int128{1} << shift);
}

/// Random positive scales {s_x, s_w, s_y} of layers: s_x * s_w / s_y between about 1e-6 and 1.
inline std::array<float, 3> layer_scales(Random& random) {
    const auto draw = [&](int low, int high) {
        return std::ldexp(random.real(1.0, 2.0), static_cast<int>(random.between(low, high)));
    };
    return {draw(-12, -3), draw(-14, -5), draw(-8, -1)};
}

}  // namespace qtensor_test
