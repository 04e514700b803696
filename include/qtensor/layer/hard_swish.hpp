// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Hard swish, x max(0, min(6, x + 3)) / 6, by TFLite's fixed-point rule (tflite-micro
/// `kernels/internal/reference/hard_swish.h`):
///
///     FixedHardSwish<Shape<28, 28, 16>>         bits of TFLite; Lookup<Shape<...>, HardSwish> is nearer to the
///     function
///
/// All in 16 bits, high(a, b) = floor((a b + 2^14) / 2^15), multipliers s_x / 128 / s and their exponents e in float:
///
///     v = (x - z_x) 2^7         scaled = high(v, m_y)         slope = v by m_r, e_r of 3 / 2^15, held in 16 bits,
///     halved y = clamp(away(trunc(slope scaled / 2^15) / 2^-e_y) + z_y)
///
/// 8-bit codes are tabulated when bound, all 256 of them.

#include "combine.hpp"
#include "functions.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The rule, made from the scales at both ends; called with a code of X.
template <class X> class HardSwishRule {
public:
    template <PerTensorScale In, PerTensorScale Out>
    constexpr HardSwishRule(const In& x, const Out& y) : zero_(zero_point_of(x, 0)), range_(detail::code_range<X>(y)) {
        require_usable(x, 1);
        require_usable(y, 1);
        QTENSOR_REQUIRE(detail::reach<X>(x) <= 255, "hard swish: the zero point of the input is one of its codes",
                        zero_, 255);
        const float fine = 0.0078125f * x.scale(0);
        output_ = fixed_point(static_cast<double>(fine / y.scale(0)));
        slope_ = fixed_point(static_cast<double>(fine / (3.0f / 32768.0f)));
        QTENSOR_REQUIRE(output_.shift <= 0,
                        "hard swish: the output has too fine a scale, s_x / 128 / s_y is one or more", output_.shift,
                        0);
    }

    constexpr std::int32_t operator()(std::int32_t code) const {
        const std::int32_t fine = (code - zero_) * 128;
        const std::int32_t scaled = high(fine, half_word(output_.mantissa));
        std::int32_t slope = fine;
        if (slope_.shift > 0) slope = held(std::int64_t{slope} << (slope_.shift - 1));
        slope = high(slope, half_word(slope_.mantissa));
        if (slope_.shift > 0) slope = held(std::int64_t{slope} * 2);
        if (slope_.shift < 0) slope = rounding_divide_by_power_of_two(slope, -slope_.shift);
        slope = (slope + 32768) >> 1;
        const std::int32_t product = slope * scaled / 32768;  // towards zero: cancels the bias of high()
        const std::int32_t made = rounding_divide_by_power_of_two(product, -output_.shift) + range_.zero_point;
        return made < range_.lowest ? range_.lowest : made > range_.highest ? range_.highest : made;
    }

private:
    static constexpr std::int32_t high(std::int32_t a, std::int32_t b) {
        return held((std::int64_t{a} * b + (1 << 14)) >> 15);
    }
    static constexpr std::int32_t held(std::int64_t x) {
        return static_cast<std::int32_t>(x < -32768 ? -32768 : x > 32767 ? 32767 : x);
    }
    /// A mantissa rounded to 16 bits.
    static constexpr std::int32_t half_word(std::int32_t mantissa) {
        return mantissa >= INT32_MAX - 32768 ? 32767 : (mantissa + 32768) >> 16;
    }

    std::int32_t zero_ = 0;
    CodeRange range_{};
    FixedPoint output_{}, slope_{};
};

namespace detail {
template <class Size, class N> struct HardSwishOp {
    static_assert(sizeof(value_of<typename N::activation>) == 1,
                  "TFLite's hard swish takes codes of 8 bits: use Lookup<Shape, HardSwish> for 16");
    using input_shape = Size;
    using output_shape = Size;
    static constexpr std::size_t macs = static_size<Size>;

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        static constexpr bool in_place = true;
        std::array<cell_of<X>, 256> table{};
        constexpr Bound(const S& input, const S& output) {
            const HardSwishRule<X> rule(input, output);
            for (auto code = static_cast<std::int32_t>(element<X>::lowest); code <= element<X>::highest; ++code)
                table[static_cast<std::uint8_t>(code)] = static_cast<cell_of<X>>(rule(code));
        }
        constexpr void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch) const {
            for (std::size_t i = 0; i < batch * macs; ++i) y[i] = table[static_cast<std::uint8_t>(x[i])];
        }
    };
    template <class Arch, class S> struct Bound<Arch, float, S> {
        using output_element = float;
        static constexpr bool in_place = true;
        constexpr Bound(const S&, const S&) {}
        constexpr void run(const float* x, float* y, std::size_t batch) const {
            for (std::size_t i = 0; i < batch * macs; ++i)
                y[i] = static_cast<float>(HardSwish::real(static_cast<double>(x[i])));
        }
    };
};
}  // namespace detail

template <class Size, class N = numerics::TfLite>
struct FixedHardSwish : WeightlessLayer<FixedHardSwish<Size, N>, detail::HardSwishOp<Size, N>, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
