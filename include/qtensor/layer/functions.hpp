// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Scalar functions for lookup layers. One of your own is as short:
///
///     struct Cube { static constexpr double real(double x) { return x * x * x; } };
///
/// A function whose range is known names the scale of its output for 8 and 16 bits (TFLite's quantization
/// specification): `template <class T> static constexpr Affine<> output`.

#include "../numeric/element.hpp"
#include "../numeric/real_functions.hpp"
#include "../scale/affine.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// [0, 1): 1/256 with zero at the lowest code, on 16 bits 1/32768 with zero at 0.
template <class T>
inline constexpr Affine<> unit_scale =
    sizeof(value_of<T>) == 1 ? Affine<>{0.00390625f, static_cast<std::int32_t>(element<T>::lowest)}
                             : Affine<>{0x1p-15f, 0};
/// [-1, 1): 1/128 with zero in the middle of the codes, on 16 bits 1/32768 with zero at 0.
template <class T>
inline constexpr Affine<> signed_unit_scale =
    sizeof(value_of<T>) == 1 ? Affine<>{0.0078125f, static_cast<std::int32_t>(element<T>::lowest) + 128}
                             : Affine<>{0x1p-15f, 0};
}  // namespace detail

/// 1 / (1 + e^-x)
struct Sigmoid {
    static constexpr double real(double x) { return real::logistic(x); }
    template <class T> static constexpr Affine<> output = detail::unit_scale<T>;
};
struct Tanh {
    static constexpr double real(double x) { return real::tanh(x); }
    template <class T> static constexpr Affine<> output = detail::signed_unit_scale<T>;
};
/// x / 2 (1 + erf(x / sqrt 2))
struct Gelu {
    static constexpr double real(double x) { return 0.5 * x * (1.0 + real::erf(x * 0.7071067811865476)); }
};
/// x / (1 + e^-x), also called swish
struct Silu {
    static constexpr double real(double x) { return x * real::logistic(x); }
};
/// max(0, min(1, x / 6 + 1 / 2))
struct HardSigmoid {
    static constexpr double real(double x) { return x < -3.0 ? 0.0 : x > 3.0 ? 1.0 : x / 6.0 + 0.5; }
    template <class T> static constexpr Affine<> output = detail::unit_scale<T>;
};
/// x max(0, min(6, x + 3)) / 6
struct HardSwish {
    static constexpr double real(double x) { return x * HardSigmoid::real(x); }
};
/// x above 0, e^x - 1 below
struct Elu {
    static constexpr double real(double x) { return x > 0.0 ? x : real::exp(x) - 1.0; }
};
/// ln(1 + e^x)
struct Softplus {
    static constexpr double real(double x) {
        return x > 0.0 ? x + real::log(1.0 + real::exp(-x)) : real::log(1.0 + real::exp(x));
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
