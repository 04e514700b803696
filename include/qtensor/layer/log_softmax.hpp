// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Log-softmax over the last axis, bit for bit TFLite's LOG_SOFTMAX of 8-bit codes
/// (`kernels/internal/reference/integer_ops/log_softmax.h`):
///
///     LogSoftmax<Shape<10>>            worth 1/16, zero at the highest code: logarithms from -15.9375 to 0
///
/// Exponentials in Q5.26, their sum in Q12.19 and its logarithm in Q5.26 (numeric/fixed_functions.hpp). Differences
/// that lie below what Q5.26 holds behind the logarithm make the lowest code. A row has at most 4095 logits.

#include "softmax.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// How differences of logits become exponents (`exponent`), and exponents differences again.
struct LogSoftmaxScaling {
    SoftmaxScaling exponent{};
    FixedPoint inverse{};

    /// For 8-bit codes worth `scale` (`quantization_util.cc`, PreprocessLogSoftmaxScalingExp).
    static constexpr LogSoftmaxScaling of_bytes(float scale, float beta = 1.0f) {
        LogSoftmaxScaling made{SoftmaxScaling::of_bytes(scale, beta)};
        double divisor = 2147483648.0 / static_cast<double>(made.exponent.mantissa);
        for (std::int32_t i = 0; i < made.exponent.shift; ++i) divisor *= 0.5;
        made.inverse = fixed_point(divisor);
        return made;
    }
};

/// y [rows][n] = log-softmax of each row of x [rows][n], codes of 8 bits. `D` is a dialect of TFLite's family.
template <class X, class D = TfLiteDoubleRounding>
constexpr void log_softmax_rows(const LogSoftmaxScaling& scaling, const X* x, X* y, std::size_t rows, std::size_t n) {
    static_assert(sizeof(X) == 1, "log-softmax takes codes of 8 bits");
    using Product = typename detail::softmax_product<D>::type;
    constexpr auto lowest = static_cast<std::int32_t>(element<X>::lowest);
    constexpr auto highest = static_cast<std::int32_t>(element<X>::highest);
    const SoftmaxScaling& e = scaling.exponent;
    QTENSOR_REQUIRE(n <= detail::most_logits<X>, "softmax: more logits in a row than the sum of exponentials holds", n,
                    detail::most_logits<X>);
    for (std::size_t row = 0; row < rows; ++row, x += n, y += n) {
        std::int32_t largest = lowest;
        for (std::size_t i = 0; i < n; ++i) largest = x[i] > largest ? x[i] : largest;
        std::int32_t sum = 0;  // Q12.19
        for (std::size_t i = 0; i < n; ++i) {
            if (x[i] - largest < e.least) continue;
            const std::int32_t exponent = Product::multiply(x[i] - largest, e.mantissa, e.shift);
            sum += rounding_divide_by_power_of_two(exp_on_negative_values<5>(exponent), 12);
        }
        if (n == 0) return;
        const std::int32_t logarithm = log_of_at_least_one<12, 5>(sum);
        const std::int64_t bottom = std::int64_t{logarithm} + INT32_MIN;
        const std::int32_t reach = Product::multiply(static_cast<std::int32_t>(bottom < INT32_MIN ? INT32_MIN : bottom),
                                                     scaling.inverse.mantissa, scaling.inverse.shift);
        const std::int32_t least = reach > e.least - 1 ? reach : e.least - 1;
        for (std::size_t i = 0; i < n; ++i) {
            std::int32_t code = lowest;
            if (x[i] - largest > least) {
                const std::int32_t exponent = Product::multiply(x[i] - largest, e.mantissa, e.shift);
                code = rounding_divide_by_power_of_two(exponent - logarithm, 22) + highest;
                code = code < lowest ? lowest : code > highest ? highest : code;
            }
            y[i] = static_cast<X>(code);
        }
    }
}

namespace detail {

/// x - max - f32(log of the sum of e^(x - max)), the sum in double.
constexpr void log_softmax_row_of_reals(const float* x, float* y, std::size_t n) {
    float largest = x[0];
    for (std::size_t i = 1; i < n; ++i) largest = lane::max(largest, x[i]);
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) sum += real::exp(static_cast<double>(x[i]) - static_cast<double>(largest));
    const double logarithm = real::log(sum);
    for (std::size_t i = 0; i < n; ++i)
        y[i] = static_cast<float>(static_cast<double>(x[i]) - static_cast<double>(largest) - logarithm);
}

template <class N> struct LogSoftmaxRule {
    static constexpr Affine<> output{0.0625f, static_cast<std::int32_t>(element<typename N::activation>::highest)};
    static constexpr LogSoftmaxScaling scaling(float scale) { return LogSoftmaxScaling::of_bytes(scale); }
    template <class Arch, class X>
    static constexpr void run(const LogSoftmaxScaling& scaling, const X* x, X* y, std::size_t rows, std::size_t n) {
        log_softmax_rows<X, typename N::dialect>(scaling, x, y, rows, n);
    }
    static constexpr void run_reals(const float* x, float* y, std::size_t n) { log_softmax_row_of_reals(x, y, n); }
};

}  // namespace detail

template <class Size, class N = numerics::TfLite>
struct LogSoftmax : WeightlessLayer<LogSoftmax<Size, N>, detail::SoftmaxOp<Size, N, detail::LogSoftmaxRule<N>>, N> {
    static_assert(detail::is_dynamic<N> || sizeof(value_of<typename N::activation>) == 1,
                  "log-softmax takes codes of 8 bits");
};

}  // namespace qtensor::inline QTENSOR_ABI
