// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Convolution written a second time, from the published formulas: every tap of every position is tried, those outside
/// the image are skipped, sums are int64. Depthwise convolution is the one whose groups are single channels.

#include <cmath>
#include <cstdint>
#include <vector>

#include "oracle.hpp"

namespace oracle {

struct ConvAxis {
    std::int64_t kernel = 1, stride = 1, dilation = 1, before = 0, after = 0;

    std::int64_t output(std::int64_t input) const {
        std::int64_t count = 0;
        for (std::int64_t at = 0; at + (kernel - 1) * dilation < input + before + after; at += stride) ++count;
        return count;
    }
};

struct Conv {
    std::int64_t batch = 1, height = 1, width = 1, channels = 1, out = 1, groups = 1;
    ConvAxis y, x;

    std::int64_t out_height() const { return y.output(height); }
    std::int64_t out_width() const { return x.output(width); }
    std::int64_t per_group() const { return channels / groups; }
    std::size_t inputs() const { return static_cast<std::size_t>(batch * height * width * channels); }
    std::size_t outputs() const { return static_cast<std::size_t>(batch * out_height() * out_width() * out); }
    std::size_t filters() const { return static_cast<std::size_t>(out * y.kernel * x.kernel * per_group()); }

    /// Sum(image at i, weight at j) for each pair that meets in an output, in the type of Sum's result.
    template <class Real, class Image, class Weights>
    std::vector<Real> sums(const Image& image, const Weights& weights, std::int64_t x_zero,
                           const std::vector<std::int64_t>& w_zeros, std::vector<Real>* sizes = nullptr) const {
        std::vector<Real> made;
        if (sizes) sizes->clear();
        for (std::int64_t n = 0; n < batch; ++n) {
            for (std::int64_t oy = 0; oy < out_height(); ++oy) {
                for (std::int64_t ox = 0; ox < out_width(); ++ox) {
                    for (std::int64_t j = 0; j < out; ++j) {
                        Real sum = 0, size = 0;
                        for (std::int64_t ky = 0; ky < y.kernel; ++ky) {
                            for (std::int64_t kx = 0; kx < x.kernel; ++kx) {
                                const std::int64_t iy = oy * y.stride - y.before + ky * y.dilation;
                                const std::int64_t ix = ox * x.stride - x.before + kx * x.dilation;
                                if (iy < 0 || iy >= height || ix < 0 || ix >= width) continue;
                                for (std::int64_t c = 0; c < per_group(); ++c) {
                                    const std::int64_t channel = j / (out / groups) * per_group() + c;
                                    const Real a = static_cast<Real>(image[static_cast<std::size_t>(
                                                       ((n * height + iy) * width + ix) * channels + channel)]) -
                                                   static_cast<Real>(x_zero);
                                    const Real b =
                                        static_cast<Real>(weights[static_cast<std::size_t>(
                                            ((j * y.kernel + ky) * x.kernel + kx) * per_group() + c)]) -
                                        static_cast<Real>(w_zeros[static_cast<std::size_t>(j) % w_zeros.size()]);
                                    sum += a * b;
                                    size += a * b < 0 ? -a * b : a * b;
                                }
                            }
                        }
                        made.push_back(sum);
                        if (sizes) sizes->push_back(size);
                    }
                }
            }
        }
        return made;
    }
};

}  // namespace oracle
