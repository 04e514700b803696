// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Compares an operation on vector lanes with the same operation on one value, lane by lane. Lanes are filled and
/// emptied with memcpy, so no load or store of the library takes part.

#include <qtensor/arch.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "rounding_oracle.hpp"
#include "samples.hpp"
#include "tally.hpp"

// One architecture for each size of register.
#if defined(QTENSOR_NO_SIMD) || !defined(__SSE4_1__)
#define QTENSOR_TEST_ARCHES ::qtensor::arch::scalar
#elif defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define QTENSOR_TEST_ARCHES ::qtensor::arch::avx512bw, ::qtensor::arch::avx2, ::qtensor::arch::sse41
#elif defined(__AVX2__)
#define QTENSOR_TEST_ARCHES ::qtensor::arch::avx2, ::qtensor::arch::sse41
#else
#define QTENSOR_TEST_ARCHES ::qtensor::arch::sse41
#endif

namespace qtensor_test {

/// The values of lanes, in memory order.
template <class T, class V> std::array<T, sizeof(V) / sizeof(T)> unpack(const V& lanes) {
    std::array<T, sizeof(V) / sizeof(T)> values;
    std::memcpy(values.data(), static_cast<const void*>(&lanes), sizeof(V));
    return values;
}

/// Lanes with these values; what is missing at the end repeats the last one.
template <class V, class T> V pack(const T* from, std::size_t count) {
    std::array<T, sizeof(V) / sizeof(T)> values;
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = from[i < count ? i : count - 1];
    V lanes;
    std::memcpy(static_cast<void*>(&lanes), values.data(), sizeof(V));
    return lanes;
}

/// Every a with every b, then `random` more.
template <class T> struct Pairs {
    std::vector<T> a;
    std::vector<T> b;
};

inline Pairs<std::int32_t> int_pairs(std::size_t random_pairs) {
    Pairs<std::int32_t> pairs;
    const auto special = special_ints();
    for (const std::int32_t a : special) {
        for (const std::int32_t b : special) {
            pairs.a.push_back(a);
            pairs.b.push_back(b);
        }
    }
    Random random(17);
    for (std::size_t i = 0; i < random_pairs; ++i) {
        pairs.a.push_back(i % 2 == 0 ? random.int32() : random.int32_any_size());
        pairs.b.push_back(i % 3 == 0 ? random.int32() : random.int32_any_size());
    }
    return pairs;
}

inline Pairs<float> float_pairs(std::size_t random_pairs) {
    Pairs<float> pairs;
    const auto special = special_floats();
    for (const float a : special) {
        for (const float b : special) {
            pairs.a.push_back(a);
            pairs.b.push_back(b);
        }
    }
    Random random(18);
    for (std::size_t i = 0; i < random_pairs; ++i) {
        pairs.a.push_back(random.float_bits());
        pairs.b.push_back(i % 4 == 0 ? pairs.a.back() : random.float_bits());
    }
    return pairs;
}

/// floor((a * b + 2^(count - 1)) / 2^count), held inside int32, by division in 128 bits.
inline std::int32_t product_shift_oracle(std::int32_t a, std::int32_t b, int count) {
    const int128 quotient = RoundingOracle<qtensor::HalfUp>::quotient(int128{a} * b, int128{1} << count);
    return static_cast<std::int32_t>(std::clamp<int128>(quotient, INT32_MIN, INT32_MAX));
}

/// Factors and addends whose fused sum is hard: cancellation, ties of the sum, subnormal and infinite results,
/// specials.
inline std::vector<std::array<float, 3>> fused_inputs() {
    std::vector<std::array<float, 3>> triples;
    const auto special = special_floats();
    Random random(21);
    for (const float a : special)
        for (const float b : special)
            triples.push_back({a, b, special[static_cast<std::size_t>(random.between(0, 99))]});
    for (int i = 0; i < 200000; ++i) {
        triples.push_back({random.float_bits(), random.float_bits(), random.float_bits()});
        const float a = random.real(-300.0, 300.0);
        const float b = random.real(-2.0, 2.0);
        triples.push_back({a, b, -a * b});
        triples.push_back({a, b, static_cast<float>(random.between(-256, 256))});
        // A product of few bits next to a half unit of the addend's last place.
        const float tiny = std::ldexp(static_cast<float>(random.between(-9, 9)), -27);
        triples.push_back(
            {tiny, 1.0f + std::ldexp(static_cast<float>(random.between(-3, 3)), -23), random.real(1.0, 2.0)});
    }
    return triples;
}

/// How two results are compared.
enum class Equal { bits, value };

template <Equal How, class T, class... Inputs> void compare(Tally& tally, T got, T want, const Inputs&... inputs) {
    if constexpr (!std::is_floating_point_v<T>) {
        tally.same(got, want, inputs...);
    } else if constexpr (How == Equal::bits) {
        tally.same_bits(got, want, inputs...);
    } else {
        tally.same_real(static_cast<double>(got), static_cast<double>(want), inputs...);
    }
}

/// vector_op(V) against scalar_op(T) for all values. `Out` is what one result is.
template <class V, class Out, Equal How = Equal::bits, class T, class VectorOp, class ScalarOp>
void lanes_equal_scalar(const std::vector<T>& values, VectorOp vector_op, ScalarOp scalar_op) {
    constexpr std::size_t width = sizeof(V) / sizeof(T);
    Tally tally;
    for (std::size_t i = 0; i < values.size(); i += width) {
        const std::size_t count = std::min(width, values.size() - i);
        const auto got = unpack<Out>(vector_op(pack<V>(values.data() + i, count)));
        static_assert(got.size() == width);
        for (std::size_t lane = 0; lane < count; ++lane) {
            const Out want = scalar_op(values[i + lane]);
            compare<How>(tally, got[lane], want, values[i + lane]);
        }
    }
    tally.require_all_equal(static_cast<long long>(values.size()));
}

/// vector_op(V, V) against scalar_op(T, T) for all pairs.
template <class V, class Out, Equal How = Equal::bits, class T, class VectorOp, class ScalarOp>
void lanes_equal_scalar(const Pairs<T>& pairs, VectorOp vector_op, ScalarOp scalar_op) {
    constexpr std::size_t width = sizeof(V) / sizeof(T);
    Tally tally;
    for (std::size_t i = 0; i < pairs.a.size(); i += width) {
        const std::size_t count = std::min(width, pairs.a.size() - i);
        const auto got = unpack<Out>(vector_op(pack<V>(pairs.a.data() + i, count), pack<V>(pairs.b.data() + i, count)));
        static_assert(got.size() == width);
        for (std::size_t lane = 0; lane < count; ++lane) {
            const Out want = scalar_op(pairs.a[i + lane], pairs.b[i + lane]);
            compare<How>(tally, got[lane], want, pairs.a[i + lane], pairs.b[i + lane]);
        }
    }
    tally.require_all_equal(static_cast<long long>(pairs.a.size()));
}

/// Floats for the functions that round: specials, every tie and near tie up to 300, the window in which halves end,
/// random bit patterns.
inline std::vector<float> rounding_inputs(std::size_t random_values = 200000) {
    std::vector<float> values = special_floats();
    for (const float x : grid_of_eighths(300)) values.push_back(x);
    for (int i = -2000; i <= 2000; ++i) {
        for (const float center : {4194304.0f, 8388608.0f, 16777216.0f}) {
            const float x = center + static_cast<float>(i) * 0.5f;
            values.push_back(x);
            values.push_back(-x);
        }
    }
    for (const float x : random_floats(19, random_values)) values.push_back(x);
    Random random(20);
    for (std::size_t i = 0; i < random_values; ++i) values.push_back(random.real(-1000.0, 1000.0));
    return values;
}

/// What a wrapper of vector registers (xsimd's or the compiler's own) must do: comparisons and selection, min, max, the
/// three functions that round, and both conversions. V is a vector of floats, I the int32 vector beside it.
template <class V, class I> void vocabulary_equals_scalar() {
    namespace lane = qtensor::lane;
    const auto floats = float_pairs(100000);
    const auto ints = int_pairs(100000);
    lanes_equal_scalar<V, float>(
        floats, [](V a, V b) { return lane::min(a, b); }, [](float a, float b) { return lane::min(a, b); });
    lanes_equal_scalar<V, float>(
        floats, [](V a, V b) { return lane::max(a, b); }, [](float a, float b) { return lane::max(a, b); });
    lanes_equal_scalar<V, float>(
        floats, [](V a, V b) { return lane::select(a < b, a, b); }, [](float a, float b) { return a < b ? a : b; });
    lanes_equal_scalar<V, float>(
        floats, [](V a, V b) { return lane::select(a == b, b, a); }, [](float a, float b) { return a == b ? b : a; });
    lanes_equal_scalar<I, std::int32_t>(
        ints, [](I a, I b) { return lane::min(a, b); }, [](std::int32_t a, std::int32_t b) { return lane::min(a, b); });
    lanes_equal_scalar<I, std::int32_t>(
        ints, [](I a, I b) { return lane::max(a, b); }, [](std::int32_t a, std::int32_t b) { return lane::max(a, b); });
    lanes_equal_scalar<I, std::int32_t>(
        ints, [](I a, I b) { return lane::select(a < b, b, a); },
        [](std::int32_t a, std::int32_t b) { return a < b ? b : a; });
    lanes_equal_scalar<I, std::int32_t>(
        ints, [](I a, I b) { return lane::select(a > b, a, b); },
        [](std::int32_t a, std::int32_t b) { return a > b ? a : b; });

    const auto inputs = rounding_inputs();
    lanes_equal_scalar<V, float, Equal::value>(
        inputs, [](V x) { return lane::floor(x); }, [](float x) { return lane::floor(x); });
    lanes_equal_scalar<V, float, Equal::value>(
        inputs, [](V x) { return lane::trunc(x); }, [](float x) { return lane::trunc(x); });
    lanes_equal_scalar<V, float, Equal::value>(
        inputs, [](V x) { return lane::nearest_even(x); }, [](float x) { return lane::nearest_even(x); });

    lanes_equal_scalar<I, float>(
        ints.a, [](I x) { return lane::to_float(x); }, [](std::int32_t x) { return lane::to_float(x); });
    std::vector<float> whole;  // to_int takes integral values within int32
    for (const std::int32_t x : ints.a) {
        const float real = static_cast<float>(x);
        if (real < 2147483648.0f) whole.push_back(real);
    }
    lanes_equal_scalar<V, std::int32_t>(
        whole, [](V x) { return lane::to_int(x); }, [](float x) { return lane::to_int(x); });

    for (const float x : special_floats()) {
        Tally tally;
        for (const float got : unpack<float>(lane::broadcast<V>(x))) {
            if (x == 0.0f)
                tally.same_real(static_cast<double>(got), 0.0, x);
            else
                tally.same_bits(got, x, x);
        }
        tally.require_all_equal(sizeof(V) / sizeof(float));
    }
    for (const std::int32_t x : special_ints()) {
        Tally tally;
        for (const std::int32_t got : unpack<std::int32_t>(lane::broadcast<I>(x))) tally.same(got, x, x);
        tally.require_all_equal(sizeof(I) / sizeof(x));
    }
}

}  // namespace qtensor_test
