// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/reduce_mean.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::ScalarAndBest;

namespace {

/// TFLite's MEAN of n codes from its formula.
std::int64_t mean(std::int64_t sum, std::int64_t n, const Affine<>& x, const Affine<>& y, std::int64_t lowest,
                  std::int64_t highest) {
    oracle::Words words = oracle::tflite_words(static_cast<double>(x.value) / static_cast<double>(y.value));
    const int k = std::min({static_cast<int>(std::floor(std::log2(static_cast<double>(n)))), 32, 31 + words.shift});
    words.mantissa = words.mantissa * (std::int64_t{1} << k) / n;
    return oracle::clamped(oracle::tflite_multiply(sum - n * x.zero, words.mantissa, words.shift - k) + y.zero, lowest,
                           highest);
}

/// Over axes 0 and 1 of [a][b][c], or over axis 1.
template <class L> void check(const Affine<>& in, const Affine<>& out, bool both) {
    static_assert(Layer<L>);
    using X = cell_of<typename L::activation_element>;
    constexpr std::size_t a = L::input_shape::static_extent(0), b = L::input_shape::static_extent(1),
                          c = L::input_shape::static_extent(2);
    oracle::Random random(a * b * c);
    const auto input = [&](std::size_t count) {
        std::vector<X> x(count);
        for (std::size_t i = 0; i < count; ++i)
            x[i] = static_cast<X>(i < count / 3 ? element<X>::lowest
                                                : random.between(element<X>::lowest, element<X>::highest));
        return x;
    };
    const auto sums = [&]<class T>(T, const auto& x, std::size_t batch) {
        std::vector<T> made(batch * (both ? c : a * c));
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::size_t n = i / (a * b * c), row = i / (b * c) % a;
            made[(both ? n : n * a + row) * c + i % c] += static_cast<T>(x[i]);
        }
        return made;
    };
    const auto n = static_cast<std::int64_t>(both ? a * b : b);
    qtensor_test::check_layer_codes<L, ScalarAndBest>(
        L::quantized({}, {in.value, in.zero}, {out.value, out.zero}), input, [&](const auto& x, std::size_t batch) {
            auto y = sums(std::int64_t{}, x, batch);
            for (std::int64_t& code : y) code = mean(code, n, in, out, element<X>::lowest, element<X>::highest);
            return y;
        });
    std::vector<float> x(2 * input_size<L>);
    for (float& value : x) value = random.real();
    qtensor_test::check_layer_reals<L, ScalarAndBest>({}, x, 2, [&](const auto& from, std::size_t batch, auto& bounds) {
        auto y = sums(0.0, from, batch);
        for (double& value : y) value /= static_cast<double>(n);
        bounds.assign(y.size(), 1e-6);
        return y;
    });
}

}  // namespace

TEST_CASE("Means over axes: TFLite's rule, both readings", "[layer][reduce_mean]") {
    check<ReduceMean<Shape<7, 7, 5>, Axes<0, 1>>>({0.05f, -3}, {0.02f, 12}, true);
    check<ReduceMean<Shape<3, 5, 4>, Axes<1>>>({0.05f, 127}, {0.05f, -128}, false);
    check<ReduceMean<Shape<1, 1, 9>, Axes<0, 1>>>({0.5f, 1}, {0.3f, 0}, true);
    check<ReduceMean<Shape<32, 33, 2>, Axes<0, 1>>>({0.01f, 100}, {0.001f, -7}, true);
}

TEST_CASE("The rule of a mean, worked out", "[layer][reduce_mean]") {
    // n 3, s_x / s_y = 1: the multiplier is 2^30 2^1, k = 1, m' = 2^31 / 3 = 715827882; of 7: 7 m' / 2^31 = 2.33
    constexpr BoundMean<std::int8_t, TfLiteDoubleRounding> rule(Affine{0.5f, 0}, Affine{0.5f, 0}, 3);
    STATIC_REQUIRE(rule.words[0] == 715827882);
    STATIC_REQUIRE(rule.words[1] == 0);
    STATIC_REQUIRE(rule(7) == 2);
    STATIC_REQUIRE(rule(-8) == -3);
    // Another family of dialects divides in its own way.
    constexpr BoundMean<std::int8_t, XnnpackFp32> even(Affine{0.5f, 0}, Affine{0.25f, 1}, 4);
    STATIC_REQUIRE(even(5) == 3);  // 2.5 to even, + 1
    CHECK(qtensor_test::says(qtensor_test::refused([] {
                                 return BoundMean<std::int8_t, TfLiteDoubleRounding>(Affine{1.0f, 0}, Affine{1.0f, 0},
                                                                                     1u << 24);
                             }),
                             "a mean of so many codes could overflow an int32"));
    CHECK(qtensor_test::says(qtensor_test::refused([] {
                                 return BoundMean<std::int8_t, TfLiteDoubleRounding>(Affine{1.0f, 0}, Affine{1e-8f, 0},
                                                                                     1u << 20);
                             }),
                             "a mean's output has too fine a scale"));
}
