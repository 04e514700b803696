// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The mean over some axes, which the output no longer has:
///
///     ReduceMean<Shape<7, 7, 64>, Axes<0, 1>>      [64]: global average pooling with an output scale of its own
///
/// Integer reading: TFLite MEAN (`reference/reduce.h`, QuantizedMeanOrSum). With (m, e) the multiplier of s_x / s_y and
/// n numbers per mean:
///
///     k = min(floor(log2 n), 32, 31 + e)       m' = trunc(m 2^k / n)       y = multiply(sum - n z_x; m', e - k) + z_y
///
/// Dialects outside TFLite's family requantize sum - n z_x by s_x / n / s_y. Float reading: the sum in order, over n.

#include <bit>

#include "combine.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Axes of a shape, in rising order.
template <std::size_t... Indices> struct Axes {
    static constexpr bool contains(std::size_t axis) { return ((axis == Indices) || ...); }
};

/// The rule, made from both scales and the number of codes X in a mean; called with their sum.
template <class X, Dialect D> struct BoundMean {
    std::array<std::int32_t, D::words> words{};
    std::int32_t offset = 0;  // n z_x
    CodeRange range{};

    template <PerTensorScale In, PerTensorScale Out>
    constexpr BoundMean(const In& x, const Out& y, std::size_t n)
        : offset(static_cast<std::int32_t>(n) * zero_point_of(x, 0)), range(detail::code_range<X>(y)) {
        require_usable(x, 1);
        require_usable(y, 1);
        QTENSOR_REQUIRE(n > 0 && detail::reach<X>(x) <= static_cast<std::uint64_t>(INT32_MAX) / n,
                        "a mean of so many codes could overflow an int32", n, INT32_MAX);
        if constexpr (detail::multiplies<D>) {
            words = D::derive(x.scale(0), 1.0f, y.scale(0));
            auto k = static_cast<std::int32_t>(std::bit_width(n)) - 1;
            if (k > 32) k = 32;
            if (k > 31 + words[1]) k = 31 + words[1];
            words[0] = static_cast<std::int32_t>((std::int64_t{words[0]} << k) / static_cast<std::int64_t>(n));
            words[1] -= k;
        } else {
            words = D::derive(x.scale(0), 1.0f / static_cast<float>(n), y.scale(0));
        }
        if constexpr (requires { D::largest_accumulator(words); }) {
            QTENSOR_REQUIRE(detail::reach<X>(x) * n <= D::largest_accumulator(words),
                            "a mean's output has too fine a scale: s_x / s_y is far above one", n,
                            D::largest_accumulator(words));
        }
    }
    constexpr std::int32_t operator()(std::int32_t sum) const { return D::apply(sum - offset, words, range); }
};

namespace detail {

/// What the axes of `In` that Over leaves make.
template <class In, class Over, class Done, std::size_t Axis = 0> struct without_axes;
template <class In, class Over, std::size_t... Done, std::size_t Axis>
    requires(Axis < In::rank)
struct without_axes<In, Over, Shape<Done...>, Axis>
    : without_axes<In, Over,
                   std::conditional_t<Over::contains(Axis), Shape<Done...>, Shape<Done..., In::static_extent(Axis)>>,
                   Axis + 1> {};
template <class In, class Over, std::size_t... Done, std::size_t Axis>
    requires(Axis >= In::rank)
struct without_axes<In, Over, Shape<Done...>, Axis> {
    using type = Shape<Done...>;
};

template <class In, class Over> constexpr bool has_axes = false;
template <class In, std::size_t... Indices>
constexpr bool has_axes<In, Axes<Indices...>> = sizeof...(Indices) > 0 && ((Indices < In::rank) && ...);

template <class In, class Over, class N> struct MeanOp {
    static_assert(In::is_static, "a mean takes a static shape: ReduceMean<Shape<7, 7, 64>, Axes<0, 1>>");
    static_assert(has_axes<In, Over>, "a mean is over axes that its input has: Axes<0, 1>");
    using input_shape = In;
    using output_shape = typename without_axes<In, Over, Shape<>>::type;
    static constexpr std::size_t macs = static_size<In>;
    static constexpr std::size_t outputs = static_size<output_shape>, count = macs / outputs;

    /// Where number `index` of the axes that Over has (`reduced`) or has not lies.
    static constexpr std::size_t offset(std::size_t index, bool reduced) {
        std::size_t at = 0, stride = 1;
        for (std::size_t axis = In::rank; axis-- > 0;) {
            const std::size_t extent = In::static_extent(axis);
            if (Over::contains(axis) == reduced) at += index % extent * stride, index /= extent;
            stride *= extent;
        }
        return at;
    }
    template <class T, class X> static constexpr T sum(const X* x) {
        T made{};
        for (std::size_t i = 0; i < count; ++i) made += static_cast<T>(x[offset(i, true)]);
        return made;
    }

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        BoundMean<X, typename N::dialect> rule;
        constexpr Bound(const S& input, const S& output) : rule(input, output, count) {}
        constexpr void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch) const {
            for (std::size_t n = 0; n < batch; ++n, x += macs, y += outputs)
                for (std::size_t i = 0; i < outputs; ++i)
                    y[i] = static_cast<cell_of<X>>(rule(sum<std::int32_t>(x + offset(i, false))));
        }
    };
    template <class Arch, class S> struct Bound<Arch, float, S> {
        using output_element = float;
        constexpr Bound(const S&, const S&) {}
        constexpr void run(const float* x, float* y, std::size_t batch) const {
            for (std::size_t n = 0; n < batch; ++n, x += macs, y += outputs)
                for (std::size_t i = 0; i < outputs; ++i)
                    y[i] = sum<float>(x + offset(i, false)) / static_cast<float>(count);
        }
    };
};
}  // namespace detail

template <class In, class Over, class N = numerics::TfLite>
struct ReduceMean : WeightlessLayer<ReduceMean<In, Over, N>, detail::MeanOp<In, Over, N>, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
