// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// LayerNorm, RmsNorm and L2Norm in training: with u = (x - mean) factor, y = u gain + bias,
///
///     dgain += dy u,  dbias += dy,  g = dy gain
///     dx = factor (g - [mean of g] - u mean of g u)
///
/// [..] where the mean of x is taken out (Ioffe and Szegedy 2015, section 3; Ba et al. 2016).

#include <cmath>

#include "../layer/normalize.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// One row: dx (unless null) and the sums for gain and bias (unless null), in double. `n` numbers.
inline void pull_back_norm(bool centered, double epsilon, const float* x, const float* gain, const float* dy, float* dx,
                           float* dgain, float* dbias, std::size_t n) {
    double sum = 0.0, squares = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        sum += static_cast<double>(x[i]);
        squares += static_cast<double>(x[i]) * static_cast<double>(x[i]);
    }
    const auto norm = Normalizer::of(centered, static_cast<double>(n), sum, squares, epsilon);
    double mean = 0.0, along = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
        const double u = (static_cast<double>(x[i]) - norm.shift) * norm.factor;
        const double g = static_cast<double>(dy[i]) * static_cast<double>(gain[i]);
        mean += g / static_cast<double>(n);
        along += g * u / static_cast<double>(n);
        if (dgain != nullptr) dgain[i] += static_cast<float>(static_cast<double>(dy[i]) * u);
        if (dbias != nullptr) dbias[i] += dy[i];
    }
    for (std::size_t i = 0; dx != nullptr && i < n; ++i) {
        const double u = (static_cast<double>(x[i]) - norm.shift) * norm.factor;
        const double g = static_cast<double>(dy[i]) * static_cast<double>(gain[i]);
        dx[i] = static_cast<float>(norm.factor * (g - (centered ? mean : 0.0) - u * along));
    }
}

template <class> inline constexpr bool is_centered = false;
template <class Size, class N> inline constexpr bool is_centered<LayerNorm<Size, N>> = true;
template <class> inline constexpr bool is_norm = false;
template <class Size, class N> inline constexpr bool is_norm<LayerNorm<Size, N>> = true;
template <class Size, class N> inline constexpr bool is_norm<RmsNorm<Size, N>> = true;

}  // namespace detail

template <class L>
    requires detail::is_norm<L>
struct Backward<L> {
    using Float = typename L::Float;
    static void run(const Float& value, const float* x, const float*, std::span<const float> dy, std::span<float> dx,
                    Float& slope) {
        for (std::size_t row = 0; row < dy.size(); row += L::length) {
            detail::pull_back_norm(detail::is_centered<L>, value.epsilon, x + row, value.gain.data(), dy.data() + row,
                                   dx.empty() ? nullptr : dx.data() + row, slope.gain.data(), slope.bias.data(),
                                   L::length);
        }
    }
    template <class F> static void each_parameter(Float& value, Float& slope, F&& f) {
        f(Parameter{value.gain, slope.gain});
        f(Parameter{value.bias, slope.bias});
    }
};

template <class Size, class N> struct PullBack<L2Norm<Size, N>> {
    static void run(const float* x, const float* dy, float* dx, std::size_t batch) {
        constexpr std::size_t n = Size::static_extent(Size::rank - 1);
        // sum x^2 is n times the mean of x^2
        const std::vector<float> gain(n, 1.0f / std::sqrt(static_cast<float>(n)));
        for (std::size_t row = 0; row < batch * static_size<Size>; row += n)
            detail::pull_back_norm(false, 0.0, x + row, gain.data(), dy + row, dx + row, nullptr, nullptr, n);
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
