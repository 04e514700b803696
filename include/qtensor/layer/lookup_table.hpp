// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Lookup tables of any scalar function, built once from the scales at both ends, by the compiler where they are
/// constants. A function is a type with `static constexpr double real(double)`.
///
///     8-bit codes, 256 entries    table[q] = the code of f32(f(f32(s_x (q - z_x)))), by the rounding of the bundle on
///                                 f32(y f32(1 / s_y)): the 8-bit LUT of TFLite (`kernels/internal/common.h`)
///     16-bit codes, 513 entries   LUTPopulate<int16_t>, LUTLookup of the same file: entry i stands at code 128 (i -
///     256),
///                                 moved by half the error at the middle of its segment; between entries a straight
///                                 line, base + floor((slope (x mod 128) + 64) / 128)

#include <array>

#include "../numeric/reciprocal.hpp"
#include "../numeric/rounding.hpp"
#include "../tensor/quantize.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

template <class F>
concept is_scalar_function = requires {
    { F::real(0.0) } -> std::same_as<double>;
};

/// f in single precision, from double: rounded once.
template <class F> constexpr float real_of(float x) { return static_cast<float>(F::real(static_cast<double>(x))); }

/// A rounding that divides by the scale multiplies by its inverse here.
template <class R> struct by_inverse {
    using type = Reciprocal<R>;
};
template <class R>
    requires requires(const R rounding, float x) { rounding.quotient(x, x); }
struct by_inverse<R> {
    using type = R;
};

}  // namespace detail

template <class F>
concept ScalarFunction =
    detail::is_scalar_function<F> ||
    unsatisfied<
        "not a scalar function: use Sigmoid, Tanh, Gelu, ... or a type with static constexpr double real(double)">();

namespace detail {
template <class F> constexpr bool must_be_scalar_function() {
    static_assert(
        ScalarFunction<F>,
        "not a scalar function: use Sigmoid, Tanh, Gelu, ... or a type with static constexpr double real(double)");
    return true;
}
}  // namespace detail

/// The codes of T that a function makes of each code of T.
template <IntegerElement T, std::size_t Bytes = sizeof(value_of<T>)> class LookupTable;

template <IntegerElement T> class LookupTable<T, 1> {
public:
    constexpr LookupTable() = default;

    template <class F, class R = HalfAway, PerTensorScale X, PerTensorScale Y>
    static constexpr LookupTable of(const X& x, const Y& y) {
        static_assert(detail::must_be_scalar_function<F>());
        using Rounding = typename detail::by_inverse<R>::type;
        LookupTable made;
        for (int q = static_cast<int>(element<T>::lowest); q <= static_cast<int>(element<T>::highest); ++q) {
            const float input = lane::rounded(x.scale(0) * static_cast<float>(q - zero_point_of(x, 0)));
            made.entries_[index(static_cast<value_of<T>>(q))] = detail::quantize_one<T, Saturate>(
                detail::real_of<F>(input), y.scale(0), zero_point_of(y, 0), Rounding{}, 0);
        }
        return made;
    }

    constexpr value_of<T> operator[](value_of<T> code) const { return entries_[index(code)]; }

private:
    static constexpr std::size_t index(value_of<T> code) { return static_cast<std::uint8_t>(code); }
    std::array<value_of<T>, 256> entries_{};
};

template <> class LookupTable<std::int16_t, 2> {
public:
    constexpr LookupTable() = default;

    /// Codes are rounded half away from zero, whatever the bundle.
    template <class F, class R = HalfAway, PerTensorScale X, PerTensorScale Y>
    static constexpr LookupTable of(const X& x, const Y& y) {
        static_assert(detail::must_be_scalar_function<F>());
        return from<F>(x.scale(0), zero_point_of(x, 0), y.scale(0), zero_point_of(y, 0));
    }

    constexpr std::int16_t operator[](std::int16_t code) const {
        const std::int32_t number = 256 + (code >> 7);
        const auto segment = static_cast<std::size_t>(number);
        const std::int32_t base = entries_[segment];
        const std::int32_t slope = entries_[segment + 1] - base;
        return static_cast<std::int16_t>(base + ((slope * (code & 127) + 64) >> 7));
    }

private:
    template <class F>
    static constexpr LookupTable from(float x_scale, std::int32_t x_zero, float y_scale, std::int32_t y_zero) {
        const auto times = [](float a, float b) { return lane::rounded(a * b); };
        const auto away = [](float v) { return HalfAway::round(v); };
        const auto held = [](float v) {
            return static_cast<std::int16_t>(lane::min(lane::max(v, -32768.0f), 32767.0f));
        };
        const float lowest = times(x_scale, static_cast<float>(-32768 - x_zero));
        const float highest = times(x_scale, static_cast<float>(32767 - x_zero));
        const float step = lane::rounded(highest - lowest) / 512.0f, half_step = step / 2.0f;
        const float bottom = times(y_scale, static_cast<float>(-32768 - y_zero));
        const float top = times(y_scale, static_cast<float>(32767 - y_zero));
        const float inverse = 65536.0f / lane::rounded(top - bottom);
        const auto f = [&](float value) { return times(detail::real_of<F>(value), inverse); };
        LookupTable made;
        for (int i = 0; i < 512; ++i) {
            const float at = lane::rounded(lowest + times(static_cast<float>(i), step));
            const float next = lane::rounded(lowest + times(static_cast<float>(i + 1), step));
            const float sample = away(f(at));
            const float line = away((f(next) + sample) / 2.0f);
            const float error = line - away(f(lane::rounded(at + half_step)));
            made.entries_[static_cast<std::size_t>(i)] = held(sample - away(error / 2.0f));
        }
        made.entries_[512] = held(away(f(highest)));
        return made;
    }

    std::array<std::int16_t, 513> entries_{};
};

}  // namespace qtensor::inline QTENSOR_ABI
