// SPDX-License-Identifier: BSL-1.0
//
// Quantization on one page: a product of real matrices, computed in integers. Values in [-1, 1) become int8 codes,
// rounded down; int8 x int8 is summed in int16; the sums become real numbers again. All of it happens while compiling.

#include <qtensor/qtensor.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <type_traits>

using namespace qtensor;

// The basic transform spreads [-a, a) over the codes [-128, 128), so a step is worth a / 128. Here a = 1.
constexpr PerTensor step{1 / 128.f};

/// The mean error of a rounding policy in steps, over values spread evenly from -1 to 0.98 (beyond, codes saturate).
template <class Rounding> double mean_error(const Rounding& rounding) {
    constexpr std::size_t count = 10000;
    static std::array<float, count> values;
    static std::array<std::int8_t, count> codes;
    for (std::size_t i = 0; i < count; ++i)
        values[i] = 1.98f * static_cast<float>(i) / static_cast<float>(count) - 1.0f;
    quantize_into(values, QTensor<std::int8_t, PerTensor<>>(codes.data(), Shape(count), step), rounding);
    double sum = 0.0;
    for (std::size_t i = 0; i < count; ++i) sum += codes[i] - static_cast<double>(values[i]) * 128.0;
    return sum / static_cast<double>(count);
}

int main() {
    // Real matrices: activations x [2][4], and weights w [3][4] with a row per output. Products are x times w
    // transposed.
    static constexpr float x_values[] = {0.50f, -0.25f, 0.75f,  -1.00f,  //
                                         0.11f, 0.92f,  -0.63f, 0.37f};
    static constexpr float w_values[] = {0.30f,  -0.70f, 0.20f, 0.15f,   //
                                         -0.45f, 0.10f,  0.80f, -0.05f,  //
                                         0.25f,  0.55f,  0.35f, 0.60f};

    constexpr auto x = quantize<std::int8_t>(x_values, Shape<2, 4>{}, step, Floor{});
    constexpr auto w = quantize<std::int8_t>(w_values, Shape<3, 4>{}, step, Floor{});
    static_assert(x(0, 0) == 64 && x(0, 3) == -128);  // 0.5 and -1 lie on a step
    static_assert(w(0, 0) == 38 && w(0, 1) == -90);   // 38.4 and -89.6 do not: both went down

    // Types alone prove one such product in an int16 (128 * 128 = 16384), not four. But the weights are known: their
    // codes add up to at most 222 per row, and 128 * 222 = 28416 fits. The library proves that before it multiplies;
    // weights whose sums could overflow would not compile here.
    static_assert(safe_depth<std::int16_t, std::int8_t, std::int8_t>() == 1);
    static_assert(pack<arch::scalar, std::int8_t>(w).row_magnitude() == 222);
    constexpr auto sums = matmul<std::int16_t>(x, w);
    static_assert(std::is_same_v<decltype(sums)::element_type, std::int16_t>);
    static_assert(sums(0, 0) == 64 * 38 + -32 * -90 + 96 * 25 + -128 * 19);

    // Multiplying codes multiplies what they are worth: the scale of the sums is a Product, one step of it 1 / 16384.
    static_assert(sums.scale().scale() == 1 / 16384.f);
    constexpr auto floored = dequantize(sums);

    // The same, rounded to nearest.
    constexpr auto x_nearest = quantize<std::int8_t>(x_values, Shape<2, 4>{}, step, HalfEven{});
    constexpr auto w_nearest = quantize<std::int8_t>(w_values, Shape<3, 4>{}, step, HalfEven{});
    constexpr auto nearest = dequantize(matmul<std::int16_t>(x_nearest, w_nearest));

    // And in float, over views of the same numbers. Unscaled: they are worth what they say.
    constexpr QTensor<const float, Unscaled, Shape<2, 4>> x_real(x_values, {});
    constexpr QTensor<const float, Unscaled, Shape<3, 4>> w_real(w_values, {});
    constexpr auto exact = matmul(x_real, w_real);

    std::printf("  x * w^T     float   int16 sum   dequantized      error   error if rounded to nearest\n");
    for (std::size_t i = 0; i < exact.extent(0); ++i) {
        for (std::size_t j = 0; j < exact.extent(1); ++j) {
            const double real = static_cast<double>(exact(i, j)), read = static_cast<double>(floored(i, j));
            std::printf("  (%zu, %zu)  %8.4f  %10d  %12.4f  %9.4f  %28.4f\n", i, j, real, sums(i, j), read, read - real,
                        static_cast<double>(nearest(i, j)) - real);
        }
    }

    // Rounding down is cheap and biased: a code is half a step too small on average, and a sum over a long depth adds
    // that up. Rounding to nearest has no such bias, so it is what the layers use.
    std::printf("\n  mean error of a code in steps:  Floor %+.3f,  HalfEven %+.3f\n", mean_error(Floor{}),
                mean_error(HalfEven{}));
}
