// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A dense layer written a second time, from the published formulas: parameters quantized with <cmath>, sums in int64,
/// requantization by oracle.hpp, float layers in double. Of the library it takes only the numbers of a parameter
/// object.

#include <qtensor/layer.hpp>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "oracle.hpp"

namespace oracle {

/// Comparisons by the thousand: how many failed, and the first of them in words.
class Mismatches {
public:
    template <class A, class B> void compare(const A& got, const B& want, const std::string& where, std::size_t at) {
        ++compared_;
        if (got != want) {
            note(where + " [" + std::to_string(at) + "]: got " + std::to_string(got) + ", want " +
                 std::to_string(want));
        }
    }
    void require(bool fine, const std::string& where) {
        ++compared_;
        if (!fine) note(where);
    }
    std::size_t count() const { return count_; }
    std::size_t compared() const { return compared_; }
    const std::string& first() const { return first_; }

private:
    void note(const std::string& what) {
        if (count_++ == 0) first_ = what;
    }
    std::size_t count_ = 0, compared_ = 0;
    std::string first_ = "none";
};

/// What the type of a Dense layer says.
template <class L> struct DenseFacts;
template <std::size_t In, std::size_t Out, class Activation, class N>
struct DenseFacts<qtensor::Dense<In, Out, Activation, N>> {
    static constexpr std::size_t in = In, out = Out;
    static constexpr bool relu = std::is_same_v<Activation, qtensor::Relu>;
    static constexpr bool xnnpack = std::is_same_v<typename N::dialect, qtensor::XnnpackFp32>;
    static constexpr bool half_even = std::is_same_v<typename N::rounding, qtensor::HalfEven>;
    static_assert(relu || std::is_same_v<Activation, qtensor::Identity>);
    static_assert(xnnpack || std::is_same_v<typename N::dialect, qtensor::TfLiteDoubleRounding>);
};

struct Edge {
    float scale = 1.0f;
    std::int64_t zero = 0;
};

/// An integer layer.
struct IntegerDense {
    std::size_t in = 0, out = 0;
    bool relu = false, xnnpack = false;
    std::int64_t lowest = -128, highest = 127;
    Edge x, y;
    std::vector<std::int64_t> weights, bias, weight_zeros;
    std::vector<float> weight_scales;

    std::vector<std::int64_t> operator()(const std::vector<std::int64_t>& codes, std::size_t batch) const {
        const auto sums = product(batch, out, in, codes, weights, x.zero, weight_zeros);
        std::vector<std::int64_t> made(batch * out);
        for (std::size_t i = 0; i < made.size(); ++i) {
            const std::int64_t sum = sums[i] + bias[i % out];
            const float sw = weight_scales[i % out];
            std::int64_t code = xnnpack ? oracle::xnnpack(sum, x.scale, sw, y.scale, y.zero, lowest, highest)
                                        : oracle::tflite(sum, x.scale, sw, y.scale, y.zero, lowest, highest);
            if (relu && code < y.zero) code = y.zero;
            made[i] = code;
        }
        return made;
    }
};

template <class L> IntegerDense empty_dense() {
    IntegerDense made;
    made.in = DenseFacts<L>::in;
    made.out = DenseFacts<L>::out;
    made.relu = DenseFacts<L>::relu;
    made.xnnpack = DenseFacts<L>::xnnpack;
    made.lowest = qtensor::element<typename L::activation_element>::lowest;
    made.highest = qtensor::element<typename L::activation_element>::highest;
    return made;
}

/// The numbers of the library's parameter object.
template <class L> IntegerDense integer_dense(const typename L::Quantized& codes) {
    using Facts = DenseFacts<L>;
    IntegerDense made = empty_dense<L>();
    made.x = {codes.input.scale(0), qtensor::zero_point_of(codes.input, 0)};
    made.y = {codes.output.scale(0), qtensor::zero_point_of(codes.output, 0)};
    for (std::size_t c = 0; c < Facts::out; ++c) {
        for (std::size_t k = 0; k < Facts::in; ++k) made.weights.push_back(codes.weights(c, k));
        made.bias.push_back(codes.bias(c));
        made.weight_scales.push_back(codes.weights.scale().scale(c));
        made.weight_zeros.push_back(qtensor::zero_point_of(codes.weights.scale(), c));
    }
    return made;
}

/// Post-training quantization done again, for bundles whose weights are symmetric per channel. A channel of zeros has
/// no range of its own: its scale is the library's choice, `chosen`.
template <class L>
IntegerDense quantized_dense(const typename L::Float& real, Edge x, Edge y, const std::vector<float>& chosen) {
    using Facts = DenseFacts<L>;
    IntegerDense made = empty_dense<L>();
    made.x = x;
    made.y = y;
    const auto top = static_cast<float>(qtensor::element<typename L::weight_element>::highest);
    const auto nearest = [](double value) { return Facts::half_even ? std::nearbyint(value) : std::round(value); };
    for (std::size_t c = 0; c < Facts::out; ++c) {
        float largest = 0.0f;
        for (std::size_t k = 0; k < Facts::in; ++k) largest = std::max(largest, std::fabs(real.weights(c, k)));
        const float scale = largest > 0.0f ? largest / top : chosen[c];
        for (std::size_t k = 0; k < Facts::in; ++k) {
            volatile float quotient = real.weights(c, k) / scale;
            const double code = nearest(static_cast<double>(quotient));
            made.weights.push_back(
                static_cast<std::int64_t>(std::clamp(code, -static_cast<double>(top), static_cast<double>(top))));
        }
        const double bias =
            nearest(static_cast<double>(real.bias(c)) / (static_cast<double>(x.scale) * static_cast<double>(scale)));
        made.bias.push_back(static_cast<std::int64_t>(std::clamp(bias, -2147483648.0, 2147483647.0)));
        made.weight_scales.push_back(scale);
        made.weight_zeros.push_back(0);
    }
    return made;
}

/// A float layer in double, with the size of the terms of each sum: the error of any float summation order is at most
/// a few (in + 2) * 2^-24 of that.
struct RealDense {
    std::size_t in = 0, out = 0;
    bool relu = false;
    std::vector<double> weights, bias;

    std::vector<double> operator()(const std::vector<double>& x, std::size_t batch,
                                   std::vector<double>* sizes = nullptr) const {
        std::vector<double> made(batch * out);
        if (sizes) sizes->assign(batch * out, 0.0);
        for (std::size_t i = 0; i < batch; ++i) {
            for (std::size_t c = 0; c < out; ++c) {
                double sum = bias[c], size = std::fabs(bias[c]);
                for (std::size_t k = 0; k < in; ++k) {
                    sum += x[i * in + k] * weights[c * in + k];
                    size += std::fabs(x[i * in + k] * weights[c * in + k]);
                }
                made[i * out + c] = relu && sum < 0.0 ? 0.0 : sum;
                if (sizes) (*sizes)[i * out + c] = size;
            }
        }
        return made;
    }
};

template <class L> RealDense real_dense(const typename L::Float& real) {
    using Facts = DenseFacts<L>;
    RealDense made{Facts::in, Facts::out, Facts::relu, {}, {}};
    for (std::size_t c = 0; c < Facts::out; ++c) {
        for (std::size_t k = 0; k < Facts::in; ++k) made.weights.push_back(static_cast<double>(real.weights(c, k)));
        made.bias.push_back(static_cast<double>(real.bias(c)));
    }
    return made;
}

/// Random parameters; channels differ in range by up to a factor of 16, every seventh one is all zero.
template <class L> typename L::Float random_dense(Random& random) {
    using Facts = DenseFacts<L>;
    typename L::Float real{};
    for (std::size_t c = 0; c < Facts::out; ++c) {
        const float reach = c % 7 == 5 ? 0.0f : 1.0f / static_cast<float>(1 << random.between(0, 4));
        for (std::size_t k = 0; k < Facts::in; ++k) real.weights(c, k) = reach * random.real();
        real.bias(c) = 0.5f * random.real();
    }
    return real;
}

}  // namespace oracle
