// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/lanes.hpp>

#include "support/catch.hpp"
#include "support/guard_pages.hpp"
#include "support/register_checks.hpp"

using namespace qtensor_test;
namespace lane = qtensor::lane;

TEST_CASE("Scalar lanes are the number itself", "[arch][lanes]") {
    using qtensor::arch::scalar;
    STATIC_REQUIRE(std::is_same_v<qtensor::lanes<float, scalar>, float>);
    STATIC_REQUIRE(std::is_same_v<qtensor::lanes<std::int32_t, scalar>, std::int32_t>);
    STATIC_REQUIRE(lane::width<float> == 1);
    STATIC_REQUIRE(lane::width<std::int32_t> == 1);
    STATIC_REQUIRE(std::is_same_v<lane::ints<float>, std::int32_t>);
    STATIC_REQUIRE(std::is_same_v<lane::floats<std::int32_t>, float>);
    STATIC_REQUIRE(std::is_same_v<lane::floats<float>, float>);
}

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)

namespace {

template <class V, class T> std::vector<T> loaded(const T* from, std::size_t count) {
    const auto lanes = lane::load<V>(from, count);
    using Lane = std::conditional_t<std::is_floating_point_v<T>, float, std::int32_t>;
    std::vector<T> values;
    for (const Lane x : unpack<Lane>(lanes)) values.push_back(static_cast<T>(x));
    return values;
}

/// A round trip through lane::load and lane::store for every count, in memory that ends with the elements.
template <class V, class T> void round_trips() {
    constexpr std::size_t width = lane::width<V>;
    Tally tally;
    for (std::size_t count = 0; count <= width + 3; ++count) {
        const std::size_t held = std::min(count, width);
        const std::vector<T> values = storable<T>(count, held);
        BetweenGuards<T> from(held);
        BetweenGuards<T> to(held);
        std::copy(values.begin(), values.end(), from.data());
        const std::vector<T> lanes = loaded<V>(static_cast<const T*>(from.data()), count);
        for (std::size_t i = 0; i < width; ++i)
            compare<Equal::bits>(tally, lanes[i], i < held ? values[i] : T{}, count, i);
        lane::store(to.data(), lane::load<V>(static_cast<const T*>(from.data()), count), count);
        for (std::size_t i = 0; i < held; ++i) compare<Equal::bits>(tally, to.data()[i], values[i], count, i);

        std::vector<T> canaries(width + 64, T{77});
        lane::store(canaries.data() + 32, lane::load<V>(static_cast<const T*>(from.data()), count), count);
        for (std::size_t i = 0; i < canaries.size(); ++i) {
            const bool written = i >= 32 && i < 32 + held;
            compare<Equal::bits>(tally, canaries[i], written ? values[i - 32] : T{77}, count, i);
        }
    }
    tally.require_all_equal(static_cast<long long>((width + 4) * (2 * width + 64)));
}

}  // namespace

TEMPLATE_TEST_CASE("Vector lanes fill a register and know their partners", "[arch][lanes]", QTENSOR_TEST_ARCHES) {
    using F = qtensor::lanes<float, TestType>;
    using I = qtensor::lanes<std::int32_t, TestType>;
    STATIC_REQUIRE(sizeof(F) == static_cast<std::size_t>(TestType::lane_bytes));
    STATIC_REQUIRE(lane::width<F> * 4 == sizeof(F));
    STATIC_REQUIRE(lane::width<I> * 4 == sizeof(I));
    STATIC_REQUIRE(std::is_same_v<lane::ints<F>, I>);
    STATIC_REQUIRE(std::is_same_v<lane::floats<I>, F>);
    STATIC_REQUIRE(std::is_same_v<lane::ints<I>, I>);
}

TEMPLATE_TEST_CASE("Lanes are loaded and stored by the element, whatever their number", "[arch][lanes]",
                   QTENSOR_TEST_ARCHES) {
    using F = qtensor::lanes<float, TestType>;
    using I = qtensor::lanes<std::int32_t, TestType>;
    round_trips<I, std::int8_t>();
    round_trips<I, std::uint8_t>();
    round_trips<I, std::int16_t>();
    round_trips<I, std::uint16_t>();
    round_trips<I, std::int32_t>();
    round_trips<F, float>();
}

namespace {

/// Several registers at once, behind each other, in memory that ends with them.
template <class V, class T, std::size_t N> void stores_all() {
    constexpr std::size_t width = lane::width<V>;
    using Lane = std::conditional_t<std::is_floating_point_v<T>, float, std::int32_t>;
    Tally tally;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const std::vector<T> values = storable<T>(seed, N * width);
        V registers[N];
        for (std::size_t i = 0; i < N; ++i) {
            Lane lanes[width];
            for (std::size_t l = 0; l < width; ++l) lanes[l] = static_cast<Lane>(values[i * width + l]);
            registers[i] = pack<V>(lanes, width);
        }
        BetweenGuards<T> to(N * width);
        lane::store_all(to.data(), registers);
        std::vector<T> canaries(N * width + 64, T{77});
        lane::store_all(canaries.data() + 31, registers);
        for (std::size_t i = 0; i < canaries.size(); ++i) {
            const bool written = i >= 31 && i < 31 + N * width;
            compare<Equal::bits>(tally, canaries[i], written ? values[i - 31] : T{77}, seed, i);
            if (i < N * width) compare<Equal::bits>(tally, to.data()[i], values[i], seed, i);
        }
    }
    tally.require_all_equal(20 * 2 * N);
}

template <class V, class T> void stores_any_number() {
    stores_all<V, T, 1>();
    stores_all<V, T, 2>();
    stores_all<V, T, 3>();
    stores_all<V, T, 4>();
}

}  // namespace

TEMPLATE_TEST_CASE("Registers of lanes are stored together, narrowed to their elements", "[arch][lanes]",
                   QTENSOR_TEST_ARCHES) {
    using I = qtensor::lanes<std::int32_t, TestType>;
    stores_any_number<I, std::int8_t>();
    stores_any_number<I, std::uint8_t>();
    stores_any_number<I, std::int16_t>();
    stores_any_number<I, std::uint16_t>();
    stores_any_number<I, std::int32_t>();
    stores_any_number<qtensor::lanes<float, TestType>, float>();
}

TEMPLATE_TEST_CASE("The nearest integer of lanes is that of one value, ties to even", "[arch][lanes]",
                   QTENSOR_TEST_ARCHES) {
    using F = qtensor::lanes<float, TestType>;
    constexpr std::size_t width = lane::width<F>;
    Random random(8);
    Tally tally;
    for (int round = 0; round < 20000; ++round) {
        float values[width];
        for (float& value : values) {
            value = round % 3 == 0 ? static_cast<float>(random.between(-70000, 70000)) * 0.5f
                                   : random.real(-2.0e9, 2.0e9) * (round % 3 == 1 ? 1.0f : 1.0e-6f);
        }
        const auto got = unpack<std::int32_t>(lane::nearest_int(pack<F>(values, width)));
        for (std::size_t i = 0; i < width; ++i)
            tally.same(got[i], static_cast<long long>(std::nearbyint(static_cast<double>(values[i]))), values[i]);
    }
    tally.require_all_equal(20000 * 4);
}

TEMPLATE_TEST_CASE("Wrapping arithmetic, shifts and high products of lanes equal those of one value", "[arch][lanes]",
                   QTENSOR_TEST_ARCHES) {
    using I = qtensor::lanes<std::int32_t, TestType>;
    using Int = std::int32_t;
    const auto pairs = int_pairs(400000);
    lanes_equal_scalar<I, Int>(
        pairs, [](I a, I b) { return lane::wrapping_add(a, b); },
        [](Int a, Int b) { return lane::wrapping_add(a, b); });
    lanes_equal_scalar<I, Int>(
        pairs, [](I a, I b) { return lane::wrapping_multiply(a, b); },
        [](Int a, Int b) { return lane::wrapping_multiply(a, b); });
    lanes_equal_scalar<I, Int>(
        pairs, [](I a, I b) { return lane::doubling_high(a, b); },
        [](Int a, Int b) { return lane::doubling_high(a, b); });
    lanes_equal_scalar<I, Int>(
        second_not_negative(pairs), [](I a, I b) { return lane::high_product(a, b); },
        [](Int a, Int b) { return lane::high_product(a, b); });
    Pairs<Int> shifts;
    Random random(5);
    for (const Int x : pairs.a) {
        shifts.a.push_back(x);
        shifts.b.push_back(static_cast<Int>(random.between(0, 31)));
    }
    lanes_equal_scalar<I, Int>(
        shifts, [](I x, I n) { return lane::shift_left(x, n); }, [](Int x, Int n) { return lane::shift_left(x, n); });
    lanes_equal_scalar<I, Int>(
        shifts, [](I x, I n) { return lane::shift_right(x, n); }, [](Int x, Int n) { return lane::shift_right(x, n); });
}

TEMPLATE_TEST_CASE("Rounding a product and reading bits as floats change no lane", "[arch][lanes]",
                   QTENSOR_TEST_ARCHES) {
    using F = qtensor::lanes<float, TestType>;
    using I = qtensor::lanes<std::int32_t, TestType>;
    std::vector<std::int32_t> bits = special_ints();
    Random random(6);
    for (int i = 0; i < 100000; ++i) bits.push_back(random.int32());
    lanes_equal_scalar<I, float>(
        bits, [](I x) { return lane::as_float(x); }, [](std::int32_t x) { return std::bit_cast<float>(x); });
    lanes_equal_scalar<I, std::int32_t>(bits, [](I x) { return lane::rounded(x); }, [](std::int32_t x) { return x; });
    lanes_equal_scalar<F, float>(special_floats(), [](F x) { return lane::rounded(x); }, [](float x) { return x; });
}

TEMPLATE_TEST_CASE("A rounded product of lanes is not fused with what is added to it", "[arch][lanes]",
                   QTENSOR_TEST_ARCHES) {
    using F = qtensor::lanes<float, TestType>;
    Random random(7);
    Pairs<float> factors;
    for (int i = 0; i < 100000; ++i) {
        factors.a.push_back(random.real(-4.0, 4.0));
        factors.b.push_back(random.real(-4.0, 4.0));
    }
    // The oracle's products go through memory, so they are floats before they are used; a fused multiply-subtract would
    // keep the second one unrounded.
    lanes_equal_scalar<F, float>(
        factors,
        [](F a, F b) {
            const F product = lane::rounded(a * b);
            return lane::rounded(product * b) - product;
        },
        [](float a, float b) {
            const volatile float product = a * b;
            const volatile float square = product * b;
            return square - product;
        });
}

TEMPLATE_TEST_CASE("`each` maps every lane by a function of one value", "[arch][lanes]", QTENSOR_TEST_ARCHES) {
    using I = qtensor::lanes<std::int32_t, TestType>;
    const auto mix = [](std::int32_t a, std::int32_t b) { return a / (b == 0 || b == -1 ? 7 : b) ^ b; };
    lanes_equal_scalar<I, std::int32_t>(int_pairs(20000), [&](I a, I b) { return lane::each(mix, a, b); }, mix);
    lanes_equal_scalar<I, std::int32_t>(
        special_ints(), [](I x) { return lane::each([](std::int32_t v) { return ~v; }, x); },
        [](std::int32_t v) { return ~v; });
}

TEMPLATE_TEST_CASE("Lanes multiply, shift and fuse as one value does", "[arch][lanes]", QTENSOR_TEST_ARCHES) {
    using F = qtensor::lanes<float, TestType>;
    using I = qtensor::lanes<std::int32_t, TestType>;
    lanes_equal_scalar<I, std::int32_t>(
        int_pairs(50000), [](I a, I b) { return lane::product_shift(a, b, b & lane::broadcast<I>(31)); },
        [](std::int32_t a, std::int32_t b) { return product_shift_oracle(a, b, b & 31); });
    lanes_equal_scalar<F, float, Equal::value>(
        float_pairs(50000), [](F a, F b) { return lane::fused(a, b, a); },
        [](float a, float b) { return std::fma(a, b, a); });
}

#if defined(__F16C__)
TEMPLATE_TEST_CASE("Lanes of floats are stored and loaded as half precision", "[arch][lanes]", QTENSOR_TEST_ARCHES) {
    using F = qtensor::lanes<float, TestType>;
    constexpr std::size_t width = lane::width<F>;
    const float values[]{0.0f,     -0.0f,    1.0f,          -2.0f,    65504.0f, 65519.96f,  65520.0f,   -1e9f,
                         5.96e-8f, 2.98e-8f, 2.9802322e-8f, 2.99e-8f, 0.1f,     1.0009766f, 1.0004883f, 1.0014648f};
    const std::uint16_t halves[]{0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x7bff, 0x7c00, 0xfc00,
                                 0x0001, 0x0000, 0x0000, 0x0001, 0x2e66, 0x3c01, 0x3c00, 0x3c02};
    for (std::size_t first = 0; first < 16; first += width) {
        for (std::size_t count = 0; count <= width; ++count) {
            BetweenGuards<std::uint16_t> memory(count);
            lane::store_half(memory.data(), pack<F>(values + first, width), count);
            for (std::size_t i = 0; i < count; ++i) CHECK(memory.data()[i] == halves[first + i]);
            const auto back = unpack<float>(lane::load_half<F>(memory.data(), count));
            for (std::size_t i = 0; i < width; ++i)
                CHECK(back[i] == (i < count ? qtensor::arch::float_from_half(halves[first + i]) : 0.0f));
        }
    }
}
#endif

#endif
