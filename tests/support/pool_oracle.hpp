// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Pooling written a second time: every tap is tried, the mean is taken in double and rounded half away from zero.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "conv_oracle.hpp"

namespace oracle {

/// The numbers each position of a window sees, channel by channel: body(numbers) for every output in order.
template <class T, class Body> void for_each_window(const Conv& pool, const std::vector<T>& x, const Body& body) {
    for (std::int64_t n = 0; n < pool.batch; ++n) {
        for (std::int64_t oy = 0; oy < pool.out_height(); ++oy) {
            for (std::int64_t ox = 0; ox < pool.out_width(); ++ox) {
                for (std::int64_t c = 0; c < pool.channels; ++c) {
                    std::vector<T> seen;
                    for (std::int64_t ky = 0; ky < pool.y.kernel; ++ky) {
                        for (std::int64_t kx = 0; kx < pool.x.kernel; ++kx) {
                            const std::int64_t iy = oy * pool.y.stride - pool.y.before + ky * pool.y.dilation;
                            const std::int64_t ix = ox * pool.x.stride - pool.x.before + kx * pool.x.dilation;
                            if (iy < 0 || iy >= pool.height || ix < 0 || ix >= pool.width) continue;
                            seen.push_back(x[static_cast<std::size_t>(
                                ((n * pool.height + iy) * pool.width + ix) * pool.channels + c)]);
                        }
                    }
                    body(seen);
                }
            }
        }
    }
}

template <class T> std::vector<std::int64_t> pooled(const Conv& pool, const std::vector<T>& x, bool mean) {
    std::vector<std::int64_t> y;
    for_each_window(pool, x, [&](const std::vector<T>& seen) {
        double sum = 0.0;
        std::int64_t largest = seen[0];
        for (const T code : seen) sum += code, largest = std::max<std::int64_t>(largest, code);
        y.push_back(mean ? std::llround(sum / static_cast<double>(seen.size())) : largest);
    });
    return y;
}

}  // namespace oracle
