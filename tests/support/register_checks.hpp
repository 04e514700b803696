// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What `lane::registers<Bytes>` of every instruction set must do: loads and stores that change width and touch no byte
/// beyond `count` elements, shifts by a count per lane, the rounded high product, half precision.

#include "guard_pages.hpp"
#include "lane_checks.hpp"

#include <algorithm>
#include <type_traits>

namespace qtensor_test {

/// Values of T: both ends of its range, then random ones.
template <class T> std::vector<T> storable(std::uint64_t seed, std::size_t count) {
    Random random(seed);
    std::vector<T> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        if constexpr (std::is_floating_point_v<T>) {
            values[i] = i % 3 == 0 ? random.float_bits() : random.real(-100.0, 100.0);
        } else {
            values[i] = i == 0   ? std::numeric_limits<T>::max()
                        : i == 1 ? std::numeric_limits<T>::lowest()
                        : i == 2 ? static_cast<T>(-1)
                                 : static_cast<T>(random.word());
        }
    }
    return values;
}

/// Loads 0 … width and more elements from memory that ends where the elements end: values in front, zeros behind.
template <int Bytes, class T> void loads_exactly() {
    using Registers = qtensor::lane::registers<Bytes>;
    using Lane = std::conditional_t<std::is_floating_point_v<T>, float, std::int32_t>;
    constexpr std::size_t width = Registers::width;
    static_assert(width == Bytes / 4);
    Tally tally;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        for (std::size_t count = 0; count <= width; ++count) {
            const std::vector<T> values = storable<T>(seed, count);
            BetweenGuards<T> memory(count);
            std::copy(values.begin(), values.end(), memory.data());
            for (const std::size_t asked : {count, count == width ? std::size_t{1000000} : count}) {
                const auto got = unpack<Lane>(Registers::load(static_cast<const T*>(memory.data()), asked));
                for (std::size_t i = 0; i < width; ++i) {
                    const Lane want = i < count ? static_cast<Lane>(values[i]) : Lane{0};
                    compare<Equal::bits>(tally, got[i], want, count, i);
                }
            }
        }
    }
    tally.require_all_equal(static_cast<long long>(20 * (width + 1) * width * 2));
}

/// Stores 0 … width and more elements: those are written, the canaries before and behind them stay, and memory that
/// ends there is enough.
template <int Bytes, class T> void stores_exactly() {
    using Registers = qtensor::lane::registers<Bytes>;
    using Lane = std::conditional_t<std::is_floating_point_v<T>, float, std::int32_t>;
    constexpr std::size_t width = Registers::width;
    constexpr std::size_t margin = 80;
    Tally tally;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const std::vector<T> values = storable<T>(100 + seed, width);
        std::array<Lane, width> wide;
        for (std::size_t i = 0; i < width; ++i) wide[i] = static_cast<Lane>(values[i]);
        for (std::size_t count = 0; count <= width; ++count) {
            for (const std::size_t asked : {count, count == width ? std::size_t{1000000} : count}) {
                // An odd start: nothing is aligned to more than its elements.
                std::vector<T> canaries(margin + 1 + width + margin);
                for (std::size_t i = 0; i < canaries.size(); ++i) canaries[i] = static_cast<T>(33 + i);
                BetweenGuards<T> memory(count);
                if constexpr (std::is_floating_point_v<T>) {
                    const auto lanes = Registers::load(wide.data(), width);
                    Registers::store(canaries.data() + margin + 1, lanes, asked);
                    Registers::store(memory.data(), lanes, asked);
                } else {
                    const auto lanes = pack<decltype(Registers::load(wide.data(), width))>(wide.data(), width);
                    Registers::store(canaries.data() + margin + 1, lanes, asked);
                    Registers::store(memory.data(), lanes, asked);
                }
                for (std::size_t i = 0; i < canaries.size(); ++i) {
                    const bool written = i >= margin + 1 && i < margin + 1 + count;
                    const T want = written ? values[i - margin - 1] : static_cast<T>(33 + i);
                    compare<Equal::bits>(tally, canaries[i], want, count, i);
                }
                for (std::size_t i = 0; i < count; ++i)
                    compare<Equal::bits>(tally, memory.data()[i], values[i], count, i);
            }
        }
    }
    tally.require_all_equal(20 * 2 * 160);
}

template <int Bytes> void loads_and_stores_exactly() {
    loads_exactly<Bytes, std::int8_t>();
    loads_exactly<Bytes, std::uint8_t>();
    loads_exactly<Bytes, std::int16_t>();
    loads_exactly<Bytes, std::uint16_t>();
    loads_exactly<Bytes, std::int32_t>();
    loads_exactly<Bytes, float>();
    stores_exactly<Bytes, std::int8_t>();
    stores_exactly<Bytes, std::uint8_t>();
    stores_exactly<Bytes, std::int16_t>();
    stores_exactly<Bytes, std::uint16_t>();
    stores_exactly<Bytes, std::int32_t>();
    stores_exactly<Bytes, float>();
}

/// floor((a * b + 2^30) / 2^31), saturated: gemmlowp's SaturatingRoundingDoublingHighMul, by division.
inline std::int32_t high_product_oracle(std::int32_t a, std::int32_t b) {
    if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
    const std::int64_t product = static_cast<std::int64_t>(a) * b;
    const std::int64_t nudged = product + 1073741824;
    const std::int64_t quotient = nudged / 2147483648;  // towards zero
    return static_cast<std::int32_t>(nudged < 0 && nudged % 2147483648 != 0 ? quotient - 1 : quotient);
}

/// The same pairs with b made non-negative: a multiplier's mantissa.
inline Pairs<std::int32_t> second_not_negative(Pairs<std::int32_t> pairs) {
    for (std::int32_t& b : pairs.b) b = b & INT32_MAX;
    return pairs;
}

template <int Bytes> void integer_arithmetic_is_exact() {
    using Registers = qtensor::lane::registers<Bytes>;
    using Register = decltype(Registers::load(static_cast<const std::int32_t*>(nullptr), std::size_t{}));
    const Pairs<std::int32_t> pairs = int_pairs(400000);
    const auto high = [](const Register& a, const Register& b) { return Registers::doubling_high(a, b); };
    lanes_equal_scalar<Register, std::int32_t>(pairs, high, high_product_oracle);
    const auto high_of_positive = [](const Register& a, const Register& b) { return Registers::high_product(a, b); };
    lanes_equal_scalar<Register, std::int32_t>(second_not_negative(pairs), high_of_positive, high_product_oracle);

    Pairs<std::int32_t> shifts;  // every special value by every count, the counts differing from lane to lane
    for (const std::int32_t x : pairs.a) {
        shifts.a.push_back(x);
        shifts.b.push_back(static_cast<std::int32_t>(shifts.a.size() * 7 % 32));
    }
    for (const std::int32_t x : special_ints()) {
        for (std::int32_t count = 0; count < 32; ++count) {
            shifts.a.push_back(x);
            shifts.b.push_back(count);
        }
    }
    const auto left = [](const Register& x, const Register& count) { return Registers::shift_left(x, count); };
    lanes_equal_scalar<Register, std::int32_t>(shifts, left, [](std::int32_t x, std::int32_t count) {
        const std::uint64_t wide = static_cast<std::uint64_t>(static_cast<std::uint32_t>(x)) << count;
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(wide & 0xffffffffu));
    });
    const auto right = [](const Register& x, const Register& count) { return Registers::shift_right(x, count); };
    lanes_equal_scalar<Register, std::int32_t>(shifts, right, [](std::int32_t x, std::int32_t count) {
        return static_cast<std::int32_t>(std::floor(std::ldexp(static_cast<double>(x), -count)));
    });

    lanes_equal_scalar<Register, float>(
        pairs.a, [](const Register& bits) { return Registers::as_float(bits); },
        [](std::int32_t bits) {
            float value;
            std::memcpy(&value, &bits, sizeof(value));
            return value;
        });
}

/// Products shifted with one rounding, by division in 128 bits; fused products against the C library.
template <int Bytes> void wide_products_are_exact() {
    using Registers = qtensor::lane::registers<Bytes>;
    using Ints = decltype(Registers::load(static_cast<const std::int32_t*>(nullptr), std::size_t{}));
    using Floats = decltype(Registers::load(static_cast<const float*>(nullptr), std::size_t{}));
    constexpr std::size_t width = Registers::width;
    const Pairs<std::int32_t> pairs = int_pairs(400000);
    Tally tally;
    for (std::size_t i = 0; i + width <= pairs.a.size(); i += width) {
        std::array<std::int32_t, width> counts;
        for (std::size_t j = 0; j < width; ++j) counts[j] = static_cast<std::int32_t>((i / 5 + j * 7) % 63);
        const auto got = unpack<std::int32_t>(Registers::product_shift(pack<Ints>(pairs.a.data() + i, width),
                                                                       pack<Ints>(pairs.b.data() + i, width),
                                                                       pack<Ints>(counts.data(), width)));
        for (std::size_t j = 0; j < width; ++j)
            tally.same(got[j], product_shift_oracle(pairs.a[i + j], pairs.b[i + j], counts[j]), pairs.a[i + j],
                       pairs.b[i + j], counts[j]);
    }
    tally.require_all_equal(400000);
    Tally fused;
    const auto triples = fused_inputs();
    for (std::size_t i = 0; i + width <= triples.size(); i += width) {
        std::array<std::array<float, width>, 3> abc;
        for (std::size_t j = 0; j < width; ++j)
            for (std::size_t k = 0; k < 3; ++k) abc[k][j] = triples[i + j][k];
        const auto got =
            unpack<float>(Registers::fused(pack<Floats>(abc[0].data(), width), pack<Floats>(abc[1].data(), width),
                                           pack<Floats>(abc[2].data(), width)));
        for (std::size_t j = 0; j < width; ++j)
            fused.same_real(static_cast<double>(got[j]), static_cast<double>(std::fma(abc[0][j], abc[1][j], abc[2][j])),
                            abc[0][j], abc[1][j], abc[2][j]);
    }
    fused.require_all_equal(400000);
}

#if defined(__F16C__)
/// Half-precision loads and stores against the software conversion, whose own test has independent oracles.
template <int Bytes> void half_precision_is_exact() {
    using Registers = qtensor::lane::registers<Bytes>;
    constexpr std::size_t width = Registers::width;
    Tally tally;
    std::vector<float> values = special_floats();
    for (const float x : random_floats(41, 100000)) values.push_back(x);
    Random random(42);
    for (int i = 0; i < 100000; ++i) values.push_back(random.real(-70000.0, 70000.0));
    for (int i = 0; i < 100000; ++i) values.push_back(std::ldexp(random.real(-1.0, 1.0), -14));
    while (values.size() % width != 0) values.push_back(1.0f);
    for (std::size_t i = 0; i < values.size(); i += width) {
        const std::size_t count = i / width % (width + 1);
        std::array<std::uint16_t, width + 2> halves;
        halves.fill(0xbeef);
        Registers::store_half(halves.data() + 1, Registers::load(values.data() + i, width), count);
        tally.same(halves[0], 0xbeef, count);
        for (std::size_t j = 0; j < width; ++j) {
            const std::uint16_t want =
                j < count ? qtensor::arch::half_from_float(values[i + j]) : std::uint16_t{0xbeef};
            tally.same(halves[j + 1], want, values[i + j], count, j);
        }
        tally.same(halves[width + 1], 0xbeef, count);
    }
    for (std::size_t count = 0; count <= width; ++count) {
        BetweenGuards<std::uint16_t> memory(count);
        for (const std::size_t asked : {count, count == width ? std::size_t{1000000} : count}) {
            Registers::store_half(memory.data(), Registers::load(values.data(), width), asked);
            for (std::size_t j = 0; j < count; ++j)
                tally.same(memory.data()[j], qtensor::arch::half_from_float(values[j]), count, j);
            const auto got =
                unpack<float>(Registers::load_half(static_cast<const std::uint16_t*>(memory.data()), asked));
            for (std::size_t j = 0; j < width; ++j) {
                const float want = j < count ? qtensor::arch::float_from_half(memory.data()[j]) : 0.0f;
                tally.same_bits(got[j], want, count, j);
            }
        }
    }
    for (std::uint32_t first = 0; first < 65536; first += width) {
        std::array<std::uint16_t, width> halves;
        for (std::size_t j = 0; j < width; ++j) halves[j] = static_cast<std::uint16_t>(first + j);
        const auto got = unpack<float>(Registers::load_half(halves.data(), width));
        for (std::size_t j = 0; j < width; ++j)
            tally.same_bits(got[j], qtensor::arch::float_from_half(halves[j]), halves[j]);
    }
    tally.require_all_equal(65536 + 300000);
}
#endif

}  // namespace qtensor_test
