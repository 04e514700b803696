// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Scaled dot-product attention of several heads (Vaswani et al. 2017), without its projections: queries, keys and
/// values of each token stand beside each other, [Tokens][3 Heads Depth] in, [Tokens][Heads Depth] out. With the
/// projections it is MultiHeadAttention (net/multi_head_attention.hpp).
///
///     Attention<128, 4, 16>             every token sees every other
///     Attention<128, 4, 16, Past>       a token sees those before it and itself; streams:
///
///     auto state = attention.initial_state();         keys and values of up to 128 tokens
///     attention.step(x, state, y);                    one token: x [3 Heads Depth], y [Heads Depth]
///
/// In real numbers, for each token and head: e_i = e^(q k_i / sqrt Depth - largest), y = sum e_i v_i / sum e_i.
/// Integer reading, this library's own rule:
///
///     score_i   sum (q - z)(k_i - z), exact                       worth s^2 / sqrt Depth
///     e_i       exp(score_i - largest) in fixed point (softmax_rows.hpp), rounded to Q0.15
///     y         half_away(sum e_i (v_i - z) / sum e_i) + z        the output is worth what the input is
///
/// No score is ever stored in 8 bits, the weights of a token sum to one exactly, and the result lies among the values.

#include "../numeric/rounding.hpp"
#include "softmax_rows.hpp"
#include "weightless.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Which tokens a token sees.
struct Everything {
    static constexpr std::size_t seen(std::size_t, std::size_t tokens) { return tokens; }
};
struct Past {
    static constexpr std::size_t seen(std::size_t token, std::size_t) { return token + 1; }
};

namespace detail {

/// The arithmetic of one head, X the activations.
template <class X, class S, class D, std::size_t Tokens, std::size_t Depth> struct HeadRule {
    static_assert(sizeof(value_of<X>) == 1, "attention takes codes of 8 bits, or real numbers");
    static_assert(Depth <= 16384, "attention: a head this deep could overflow the int32 of its scores");
    SoftmaxScaling scaling;
    std::int32_t zero;
    using Product = typename softmax_product<D>::type;

    constexpr HeadRule(const S& input)
        : scaling(SoftmaxScaling::of_bytes(lane::rounded(input.scale(0) * input.scale(0)) *
                                           static_cast<float>(1.0 / real::sqrt(static_cast<double>(Depth))))),
          zero(zero_point_of(input, 0)) {
        QTENSOR_REQUIRE(reach<X>(input) <= 255, "attention: the zero point of the input is one of its codes", zero,
                        255);
    }

    /// y [Depth] from a query and `n` keys and values that lie `stride` apart.
    constexpr void operator()(const cell_of<X>* q, const cell_of<X>* keys, const cell_of<X>* values, std::size_t stride,
                              std::size_t n, cell_of<X>* y) const {
        std::array<std::int32_t, Tokens> weights{};
        std::int32_t largest = INT32_MIN;
        for (std::size_t i = 0; i < n; ++i) {
            std::int32_t score = 0;
            for (std::size_t d = 0; d < Depth; ++d) score += (q[d] - zero) * (keys[i * stride + d] - zero);
            weights[i] = score;
            largest = score > largest ? score : largest;
        }
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const std::int32_t below = weights[i] - largest;
            weights[i] =
                below < scaling.least
                    ? 0
                    : rounding_divide_by_power_of_two(
                          exp_on_negative_values<5>(Product::multiply(below, scaling.mantissa, scaling.shift)), 16);
            sum += weights[i];
        }
        for (std::size_t d = 0; d < Depth; ++d) {
            std::int64_t weighed = 0;
            for (std::size_t i = 0; i < n; ++i) weighed += std::int64_t{weights[i]} * (values[i * stride + d] - zero);
            const std::int64_t code =
                weighed >= 0 ? (2 * weighed + sum) / (2 * sum) : -((-2 * weighed + sum) / (2 * sum));
            y[d] = static_cast<cell_of<X>>(code + zero);
        }
    }
};
template <class S, class D, std::size_t Tokens, std::size_t Depth> struct HeadRule<float, S, D, Tokens, Depth> {
    constexpr HeadRule(const S&) {}
    constexpr void operator()(const float* q, const float* keys, const float* values, std::size_t stride, std::size_t n,
                              float* y) const {
        constexpr double scale = 1.0 / real::sqrt(static_cast<double>(Depth));
        std::array<float, Tokens> weights{};
        for (std::size_t i = 0; i < n; ++i) {
            float score = 0.0f;
            for (std::size_t d = 0; d < Depth; ++d) score += lane::rounded(q[d] * keys[i * stride + d]);
            weights[i] = static_cast<float>(static_cast<double>(score) * scale);
        }
        float largest = weights[0];
        for (std::size_t i = 1; i < n; ++i) largest = lane::max(largest, weights[i]);
        float sum = 0.0f;
        for (std::size_t i = 0; i < n; ++i) {
            weights[i] = static_cast<float>(real::exp(static_cast<double>(weights[i]) - static_cast<double>(largest)));
            sum += weights[i];
        }
        for (std::size_t d = 0; d < Depth; ++d) {
            float weighed = 0.0f;
            for (std::size_t i = 0; i < n; ++i) weighed += lane::rounded(weights[i] * values[i * stride + d]);
            y[d] = weighed / sum;
        }
    }
};

template <class Sight> constexpr bool must_stream() {
    static_assert(std::same_as<Sight, Past>, "attention streams where a token sees the past alone: "
                                             "Attention<Tokens, Heads, Depth, Past>");
    return true;
}

template <std::size_t Tokens, std::size_t Heads, std::size_t Depth, class Sight, class N> struct AttentionOp {
    static_assert(Tokens > 0 && Heads > 0 && Depth > 0,
                  "attention has at least one token, one head and one number in it");
    static_assert(Tokens <= most_logits<std::int8_t>,
                  "softmax: more logits in a row than the sum of exponentials holds");
    static_assert(std::same_as<Sight, Everything> || std::same_as<Sight, Past>,
                  "a token of an attention layer sees Everything or the Past");
    static constexpr std::size_t width = Heads * Depth;
    using input_shape = Shape<Tokens, 3 * width>;
    using output_shape = Shape<Tokens, width>;
    static constexpr std::size_t macs = 2 * Tokens * Tokens * width;  // what is not seen counted

    template <class S> static constexpr S fixed_output(const S& input) { return input; }

    template <class Arch, class X, class S> struct Bound {
        using output_element = X;
        /// Keys and values of the tokens so far, as they came.
        struct State {
            std::size_t tokens = 0;
            std::array<cell_of<X>, Tokens * 3 * width> rows{};
        };
        HeadRule<X, S, typename N::dialect, Tokens, Depth> head;

        constexpr Bound(const S& input, const S&) : head(input) {}
        constexpr void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch) const {
            for (std::size_t n = 0; n < batch; ++n, x += Tokens * 3 * width)
                for (std::size_t t = 0; t < Tokens; ++t, y += width) token(x, t, Sight::seen(t, Tokens), y);
        }
        static constexpr State initial_state() {
            static_assert(must_stream<Sight>());
            return {};
        }
        /// The next token, at most Tokens of them.
        constexpr void step(const cell_of<X>* x, State& state, cell_of<X>* y) const {
            static_assert(must_stream<Sight>());
            QTENSOR_REQUIRE(state.tokens < Tokens, "attention: the state holds as many tokens as the layer has",
                            state.tokens, Tokens);
            for (std::size_t i = 0; i < 3 * width; ++i) state.rows[state.tokens * 3 * width + i] = x[i];
            ++state.tokens;
            token(state.rows.data(), state.tokens - 1, state.tokens, y);
        }

    private:
        constexpr void token(const cell_of<X>* rows, std::size_t t, std::size_t seen, cell_of<X>* y) const {
            for (std::size_t h = 0; h < width; h += Depth)
                head(rows + t * 3 * width + h, rows + width + h, rows + 2 * width + h, 3 * width, seen, y + h);
        }
    };
};

}  // namespace detail

template <std::size_t Tokens, std::size_t Heads, std::size_t Depth, class Sight = Everything,
          class N = numerics::TfLite>
struct Attention : WeightlessLayer<Attention<Tokens, Heads, Depth, Sight, N>,
                                   detail::AttentionOp<Tokens, Heads, Depth, Sight, N>, N> {};

}  // namespace qtensor::inline QTENSOR_ABI
