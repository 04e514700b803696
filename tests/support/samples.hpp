// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Inputs: the numbers at which arithmetic changes its mind, dense grids around ties, and reproducible random ones.

#include <bit>
#include <cfloat>
#include <climits>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace qtensor_test {

/// Reproducible random bits (std::mt19937_64's sequence is specified by the standard; its distributions are not used).
class Random {
public:
    explicit Random(std::uint64_t seed) : bits_(seed) {}
    std::uint64_t word() { return bits_(); }
    std::int32_t int32() { return static_cast<std::int32_t>(bits_()); }
    std::int64_t int64() { return static_cast<std::int64_t>(bits_()); }
    /// Uniform in [lowest, highest].
    std::int64_t between(std::int64_t lowest, std::int64_t highest) {
        const std::uint64_t span = static_cast<std::uint64_t>(highest) - static_cast<std::uint64_t>(lowest) + 1u;
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(lowest) + (span == 0 ? bits_() : bits_() % span));
    }
    /// An int32 of random magnitude: small ones are as frequent as large ones.
    std::int32_t int32_any_size() { return int32() >> between(0, 31); }
    /// Any float: every bit pattern, NaN and infinities included.
    float float_bits() { return std::bit_cast<float>(static_cast<std::uint32_t>(bits_())); }
    /// Uniform in [0, 1).
    double unit() { return static_cast<double>(bits_() >> 11) / 9007199254740992.0; }
    float real(double lowest, double highest) { return static_cast<float>(lowest + unit() * (highest - lowest)); }

private:
    std::mt19937_64 bits_;
};

inline std::vector<std::int32_t> special_ints() {
    std::vector<std::int32_t> values{0,         INT32_MIN,     INT32_MIN + 1, INT32_MIN + 2,
                                     INT32_MAX, INT32_MAX - 1, INT32_MAX - 2};
    for (int bit = 0; bit < 31; ++bit) {
        const std::int32_t power = std::int32_t{1} << bit;
        for (const std::int32_t near : {power - 1, power, power + (bit < 30 ? 1 : 0)}) {
            values.push_back(near);
            values.push_back(-near);
        }
    }
    for (const std::int32_t pattern : {0x55555555, 0x2aaaaaaa, 0x12345678, -0x12345678, 0x40000000, 3 << 29})
        values.push_back(pattern);
    return values;
}

/// Zeros, ties and their neighbours, the ends of the integers, 2^22 … 2^24 (where a float stops having halves),
/// subnormals, infinities, NaN of both signs.
inline std::vector<float> special_floats() {
    std::vector<float> positive{0.0f,
                                FLT_TRUE_MIN,
                                2.0f * FLT_TRUE_MIN,
                                FLT_MIN,
                                std::nextafter(FLT_MIN, 0.0f),
                                1e-30f,
                                1e-10f,
                                0.25f,
                                1.0f / 3.0f,
                                0.75f,
                                0.9999999f,
                                1e6f,
                                1e9f,
                                1e10f,
                                1e20f,
                                FLT_MAX,
                                std::numeric_limits<float>::infinity(),
                                std::numeric_limits<float>::quiet_NaN()};
    for (const float center :
         {0.5f,        1.0f,        1.5f,          2.0f,          2.5f,          3.5f,
          4.5f,        126.5f,      127.0f,        127.5f,        128.0f,        128.5f,
          254.5f,      255.0f,      255.5f,        256.0f,        32766.5f,      32767.5f,
          32768.0f,    65535.5f,    65536.0f,      4194303.5f,    4194304.0f,    4194304.5f,
          4194305.5f,  8388607.0f,  8388607.5f,    8388608.0f,    8388609.0f,    16777215.0f,
          16777216.0f, 16777218.0f, 1073741824.0f, 2147483648.0f, 4294967296.0f, 9223372036854775808.0f}) {
        positive.push_back(std::nextafter(center, 0.0f));
        positive.push_back(center);
        positive.push_back(std::nextafter(center, FLT_MAX));
    }
    std::vector<float> values;
    for (const float x : positive) {
        values.push_back(x);
        values.push_back(-x);
    }
    return values;
}

/// Every multiple of 1/8 in [-limit, limit] with both neighbours: all ties, all near ties.
inline std::vector<float> grid_of_eighths(int limit) {
    std::vector<float> values;
    for (int eighths = -8 * limit; eighths <= 8 * limit; ++eighths) {
        const float x = static_cast<float>(eighths) / 8.0f;
        values.push_back(std::nextafter(x, -FLT_MAX));
        values.push_back(x);
        values.push_back(std::nextafter(x, FLT_MAX));
    }
    return values;
}

inline std::vector<float> random_floats(std::uint64_t seed, std::size_t count) {
    Random random(seed);
    std::vector<float> values(count);
    for (float& x : values) x = random.float_bits();
    return values;
}

}  // namespace qtensor_test
