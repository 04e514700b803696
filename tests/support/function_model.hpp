// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The functions of lookup layers once more, with <cmath>.

#include <qtensor/layer/functions.hpp>

#include <algorithm>
#include <cmath>

namespace qtensor_test {

inline double model(qtensor::Sigmoid, double x) { return 1.0 / (1.0 + std::exp(-x)); }
inline double model(qtensor::Tanh, double x) { return std::tanh(x); }
inline double model(qtensor::Gelu, double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }
inline double model(qtensor::Silu, double x) { return x / (1.0 + std::exp(-x)); }
inline double model(qtensor::HardSigmoid, double x) { return std::clamp(x / 6.0 + 0.5, 0.0, 1.0); }
inline double model(qtensor::HardSwish, double x) { return x * std::clamp(x + 3.0, 0.0, 6.0) / 6.0; }
inline double model(qtensor::Elu, double x) { return x > 0.0 ? x : std::expm1(x); }
inline double model(qtensor::Softplus, double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

/// body(function) for each of them.
template <class Body> void for_each_function(const Body& body) {
    body(qtensor::Sigmoid{});
    body(qtensor::Tanh{});
    body(qtensor::Gelu{});
    body(qtensor::Silu{});
    body(qtensor::HardSigmoid{});
    body(qtensor::HardSwish{});
    body(qtensor::Elu{});
    body(qtensor::Softplus{});
}

}  // namespace qtensor_test
