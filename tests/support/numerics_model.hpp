// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The rules of every numerics bundle once more, from their publications alone: real numbers in double, integers in 64
/// and 128 bits, nothing of the library but the names of the bundles and the floats that scales are. `Rules<N>`:
///
///     code(x, s, z, lowest, highest)               real number to code
///     requantized(acc, s_x, s_w, s_y, z, lo, hi)   accumulator to code
///
/// away, even, up: nearest with ties away from zero, to even, upwards.

#include <cmath>
#include <cstdint>

#include <qtensor/layer/numerics.hpp>

namespace qtensor_test {

__extension__ using Int128 = __int128;

inline double away(double x) { return std::round(x); }
inline double even(double x) { return std::nearbyint(x); }

/// tensorflow `quantization_util.cc` QuantizeMultiplier.
struct PublishedMultiplier {
    std::int64_t q = 0;
    int shift = 0;
    explicit PublishedMultiplier(double real) {
        q = static_cast<std::int64_t>(away(std::frexp(real, &shift) * 2147483648.0));
        if (q == std::int64_t{1} << 31) q /= 2, ++shift;
        if (shift < -31) q = 0, shift = 0;
    }
};

/// floor(a / 2^n) of a 128-bit integer.
inline Int128 floor_shift(Int128 a, int n) {
    const Int128 unit = Int128{1} << n;
    return a >= 0 ? a / unit : -((-a + unit - 1) / unit);
}

inline std::int64_t clamp(std::int64_t x, std::int64_t lowest, std::int64_t highest) {
    return x < lowest ? lowest : x > highest ? highest : x;
}

/// gemmlowp's two roundings (tflite-micro `common.cc`), CMSIS-NN's default.
struct TwoRoundings {
    static std::int64_t code(double x, double s, std::int64_t z, std::int64_t lowest, std::int64_t highest) {
        return clamp(static_cast<std::int64_t>(away(static_cast<double>(static_cast<float>(x / s)))) + z, lowest,
                     highest);
    }
    static std::int64_t requantized(std::int64_t acc, double s_x, double s_w, double s_y, std::int64_t z,
                                    std::int64_t lowest, std::int64_t highest) {
        const PublishedMultiplier m(s_x * s_w / s_y);
        const int left = m.shift > 0 ? m.shift : 0, right = m.shift > 0 ? 0 : -m.shift;
        const auto high = static_cast<std::int64_t>(
            floor_shift(Int128{acc} * (std::int64_t{1} << left) * m.q + (Int128{1} << 30), 31));
        const auto made = static_cast<std::int64_t>(away(std::ldexp(static_cast<double>(high), -right)));
        return clamp(made + z, lowest, highest);
    }
};

template <class N> struct Rules : TwoRoundings {};

/// TFLITE_SINGLE_ROUNDING.
template <> struct Rules<qtensor::numerics::TfLiteSingle> : TwoRoundings {
    static std::int64_t requantized(std::int64_t acc, double s_x, double s_w, double s_y, std::int64_t z,
                                    std::int64_t lowest, std::int64_t highest) {
        const PublishedMultiplier m(s_x * s_w / s_y);
        const auto made =
            static_cast<std::int64_t>(floor_shift(Int128{acc} * m.q + (Int128{1} << (30 - m.shift)), 31 - m.shift));
        return clamp(made + z, lowest, highest);
    }
};

/// Sums of 64 bits (tflite-micro `common.cc`): the multiplier rounded to 16 bits, one rounding.
template <> struct Rules<qtensor::numerics::TfLite16x8> : TwoRoundings {
    static std::int64_t requantized(std::int64_t acc, double s_x, double s_w, double s_y, std::int64_t z,
                                    std::int64_t lowest, std::int64_t highest) {
        const PublishedMultiplier m(s_x * s_w / s_y);
        const std::int64_t short_q = m.q < 0x7fff0000 ? (m.q + 0x8000) / 0x10000 : 0x7fff;
        const auto made = static_cast<std::int64_t>(
            floor_shift(Int128{acc} * short_q + (Int128{1} << (14 - m.shift)), 15 - m.shift));
        return clamp(made + z, lowest, highest);
    }
};

/// XNNPACK fp32: q = even(clamp(f32(f32(acc) S), lowest - z, highest - z)) + z, S = f32(f32(s_x s_w) / s_y).
template <> struct Rules<qtensor::numerics::Xnnpack> {
    static std::int64_t code(double x, double s, std::int64_t z, std::int64_t lowest, std::int64_t highest) {
        return clamp(static_cast<std::int64_t>(even(static_cast<double>(static_cast<float>(x / s)))) + z, lowest,
                     highest);
    }
    static std::int64_t requantized(std::int64_t acc, double s_x, double s_w, double s_y, std::int64_t z,
                                    std::int64_t lowest, std::int64_t highest) {
        const auto product = static_cast<float>(s_x * s_w);
        const auto s = static_cast<float>(static_cast<double>(product) / s_y);
        const auto scaled = static_cast<float>(static_cast<double>(static_cast<float>(acc)) * static_cast<double>(s));
        return clamp(static_cast<std::int64_t>(even(static_cast<double>(scaled))) + z, lowest, highest);
    }
};

/// ONNX QLinearMatMul: y = clamp(even(C S + z_y)), the zero point added before rounding.
template <> struct Rules<qtensor::numerics::Onnx> : Rules<qtensor::numerics::Xnnpack> {
    static std::int64_t requantized(std::int64_t acc, double s_x, double s_w, double s_y, std::int64_t z,
                                    std::int64_t lowest, std::int64_t highest) {
        const auto product = static_cast<float>(s_x * s_w);
        const auto s = static_cast<float>(static_cast<double>(product) / s_y);
        const double real = static_cast<double>(acc) * static_cast<double>(s) + static_cast<double>(z);
        return clamp(static_cast<std::int64_t>(even(real)), lowest, highest);
    }
};

/// FBGEMM: z + lrintf(f32(acc) M); codes are z + even(x f32(1 / s)).
template <> struct Rules<qtensor::numerics::Torch> : Rules<qtensor::numerics::Xnnpack> {
    static std::int64_t code(double x, double s, std::int64_t z, std::int64_t lowest, std::int64_t highest) {
        const auto inverse = static_cast<float>(1.0 / s);
        const auto scaled = static_cast<float>(x * static_cast<double>(inverse));
        return clamp(static_cast<std::int64_t>(even(static_cast<double>(scaled))) + z, lowest, highest);
    }
};

/// Powers of two, ties up: floor(x + 1/2), exact in double.
template <> struct Rules<qtensor::numerics::Fixed> {
    static std::int64_t code(double x, double s, std::int64_t z, std::int64_t lowest, std::int64_t highest) {
        return clamp(static_cast<std::int64_t>(std::floor(x / s + 0.5)) + z, lowest, highest);
    }
    static std::int64_t requantized(std::int64_t acc, double s_x, double s_w, double s_y, std::int64_t z,
                                    std::int64_t lowest, std::int64_t highest) {
        return clamp(static_cast<std::int64_t>(std::floor(static_cast<double>(acc) * (s_x * s_w / s_y) + 0.5)) + z,
                     lowest, highest);
    }
};

/// The article's: everything rounded down, the product of three floats exactly.
template <> struct Rules<qtensor::numerics::Article> {
    static std::int64_t code(double x, double s, std::int64_t z, std::int64_t lowest, std::int64_t highest) {
        return clamp(static_cast<std::int64_t>(std::floor(static_cast<double>(static_cast<float>(x / s)))) + z, lowest,
                     highest);
    }
    static std::int64_t requantized(std::int64_t acc, double s_x, double s_w, double s_y, std::int64_t z,
                                    std::int64_t lowest, std::int64_t highest) {
        int x = 0, w = 0, y = 0;  // scales as 24-bit integers times powers of two
        const auto mx = static_cast<std::int64_t>(std::ldexp(std::frexp(s_x, &x), 24));
        const auto mw = static_cast<std::int64_t>(std::ldexp(std::frexp(s_w, &w), 24));
        const auto my = static_cast<std::int64_t>(std::ldexp(std::frexp(s_y, &y), 24));
        const int shift = 24 - (x + w - y);  // acc mx mw / my / 2^shift
        const Int128 top = Int128{acc} * mx * mw, below = Int128{my} << shift;
        const Int128 floor = top >= 0 ? top / below : -((-top + below - 1) / below);
        return clamp(static_cast<std::int64_t>(floor) + z, lowest, highest);
    }
};

}  // namespace qtensor_test
