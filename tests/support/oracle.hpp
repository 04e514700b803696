// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What products and epilogues must give, written from the published formulas and from nothing of the library: integers
/// are summed in int64 by three plain loops; rounding goes through <cmath> or 128-bit integers.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace oracle {

__extension__ using Wide = __int128;

/// SplitMix64: the same numbers on every machine.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t bits() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// Evenly in [lowest, highest].
    std::int64_t between(std::int64_t lowest, std::int64_t highest) {
        return lowest + static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(highest - lowest + 1));
    }
    float real() { return static_cast<float>(static_cast<double>(between(-1000000, 1000000)) / 1000000.0); }

private:
    std::uint64_t state_;
};

/// Weights, then biases, of a layer in [-1, 1].
template <class Parameters> void fill_layer(Parameters& layer, Random& random) {
    for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights.data()[i] = random.real();
    for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias(i) = random.real();
}

/// How codes are chosen.
enum class Fill { random, lowest, highest, alternating, one_hot };
inline constexpr Fill fills[] = {Fill::random, Fill::lowest, Fill::highest, Fill::alternating, Fill::one_hot};

inline std::vector<std::int64_t> codes(Fill fill, std::size_t count, std::int64_t lowest, std::int64_t highest,
                                       Random& random) {
    std::vector<std::int64_t> made(count, 0);
    const std::size_t hot = count == 0 ? 0 : static_cast<std::size_t>(random.bits() % count);
    for (std::size_t i = 0; i < count; ++i) {
        switch (fill) {
        case Fill::random:
            made[i] = random.between(lowest, highest);
            break;
        case Fill::lowest:
            made[i] = lowest;
            break;
        case Fill::highest:
            made[i] = highest;
            break;
        case Fill::alternating:
            made[i] = i % 2 == 0 ? lowest : highest;
            break;
        case Fill::one_hot:
            made[i] = i == hot ? highest : 0;
            break;
        }
    }
    return made;
}

/// Makes weights smaller until sum_k |w - z| of each row is at most `most`, from another weight on in every row.
inline void limit_rows(std::vector<std::int64_t>& w, std::size_t k, std::int64_t most,
                       const std::vector<std::int32_t>& zeros = {}) {
    for (std::size_t j = 0; k > 0 && j < w.size() / k; ++j) {
        const std::int64_t zero = zeros.empty() ? 0 : zeros[j];
        std::int64_t left = most;
        for (std::size_t i = 0; i < k; ++i) {
            std::int64_t& weight = w[j * k + (i + 7 * j) % k];
            const std::int64_t size = std::min(std::abs(weight - zero), left);
            weight = weight < zero ? zero - size : zero + size;
            left -= size;
        }
    }
}

/// sum_k (x[i][k] - zx) (w[j][k] - zw[j]), exactly.
inline std::vector<std::int64_t> product(std::size_t m, std::size_t n, std::size_t k,
                                         const std::vector<std::int64_t>& x, const std::vector<std::int64_t>& w,
                                         std::int64_t zx, const std::vector<std::int64_t>& zw) {
    std::vector<std::int64_t> sums(m * n, 0);
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            std::int64_t sum = 0;
            const std::int64_t z = zw.empty() ? 0 : zw[j];
            for (std::size_t at = 0; at < k; ++at) sum += (x[i * k + at] - zx) * (w[j * k + at] - z);
            sums[i * n + j] = sum;
        }
    }
    return sums;
}

inline std::int32_t clamped(std::int64_t value, std::int64_t lowest, std::int64_t highest) {
    return static_cast<std::int32_t>(value < lowest ? lowest : value > highest ? highest : value);
}

/// TFLite's MultiplyByQuantizedMultiplier, double rounding, as gemmlowp writes it: a nudge with the sign of the product
/// and a division that truncates, then a division by a power of two that rounds half away from zero.
inline std::int64_t tflite_multiply(std::int64_t x, std::int64_t mantissa, int shift) {
    const Wide scaled = static_cast<Wide>(x) * (Wide{1} << (shift > 0 ? shift : 0));
    const Wide ab = scaled * mantissa;
    const Wide nudge = ab >= 0 ? (Wide{1} << 30) : 1 - (Wide{1} << 30);
    const auto high = static_cast<std::int64_t>((ab + nudge) / (Wide{1} << 31));
    return std::llround(std::ldexp(static_cast<double>(high), shift < 0 ? shift : 0));
}

struct Words {
    std::int64_t mantissa;
    int shift;
};

/// TFLite's QuantizeMultiplier.
inline Words tflite_words(double real) {
    if (real == 0.0) return {0, 0};
    int exponent = 0;
    const double fraction = std::frexp(real, &exponent);
    std::int64_t mantissa = std::llround(fraction * 2147483648.0);
    if (mantissa == std::int64_t{1} << 31) {
        mantissa /= 2;
        ++exponent;
    }
    if (exponent < -31) return {0, 0};
    return {mantissa, exponent};
}

inline std::int32_t tflite(std::int64_t accumulator, float sx, float sw, float sy, std::int64_t zero,
                           std::int64_t lowest, std::int64_t highest) {
    const Words words = tflite_words(static_cast<double>(sx) * static_cast<double>(sw) / static_cast<double>(sy));
    return clamped(tflite_multiply(accumulator, words.mantissa, words.shift) + zero, lowest, highest);
}

/// XNNPACK fp32. Every product is stored to a volatile so that no compiler fuses or keeps extra bits.
inline std::int32_t xnnpack(std::int64_t accumulator, float sx, float sw, float sy, std::int64_t zero,
                            std::int64_t lowest, std::int64_t highest) {
    volatile float scale = sx * sw;
    scale = scale / sy;
    volatile float real = static_cast<float>(accumulator) * scale;
    float inside = real;
    if (inside < static_cast<float>(lowest - zero)) inside = static_cast<float>(lowest - zero);
    if (inside > static_cast<float>(highest - zero)) inside = static_cast<float>(highest - zero);
    return static_cast<std::int32_t>(static_cast<std::int64_t>(std::nearbyint(inside)) + zero);
}

/// f32(f32(accumulator) * f32(sx * sw))
inline float dequantized(std::int64_t accumulator, float sx, float sw) {
    volatile float scale = sx * sw;
    volatile float real = static_cast<float>(accumulator) * scale;
    return real;
}

}  // namespace oracle
