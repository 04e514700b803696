// SPDX-License-Identifier: BSL-1.0
/// \file
/// Every float there is, quantized in lanes and one at a time, for some scales and every rounding, to 16 bits and to
/// bytes (which go other ways, without dividing); and for many scales, every float around every tie and every code,
/// side by side and each among easy ones: one hard number decides the way for those beside it. The codes must be the
/// same. A line per scale and rounding; the exit status says whether all agree. The first
/// argument gives the number of threads; a second one, "ties", leaves out all but the ties.

#include <qtensor/qtensor.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace qtensor;

constexpr std::uint64_t every = std::uint64_t{1} << 32;
constexpr std::size_t block = 1 << 16;
constexpr std::size_t group = 64;  // floats that the widest registers take together
constexpr std::int32_t zero_point = 11;

/// Floats [first, last) by their bits.
template <class T, class R> std::uint64_t different(std::uint64_t first, std::uint64_t last, float scale) {
    std::vector<float> values(block);
    std::vector<T> codes(block);
    std::uint64_t wrong = 0;
    for (; first < last; first += block) {
        for (std::size_t i = 0; i < block; ++i) {  // neighbours do not lie side by side
            const std::size_t place = i % group * (block / group) + i / group;
            values[i] = std::bit_cast<float>(static_cast<std::uint32_t>(first + place));
        }
        quantize_into(values, QTensor<T, Affine<>>(codes.data(), Shape<dyn>(block), Affine{scale, zero_point}), R{});
        for (std::size_t i = 0; i < block; ++i) {
            const T one = detail::quantize_one<T, Saturate>(values[i], scale, zero_point, R{}, i);
            wrong += one != codes[i] ? 1 : 0;
        }
    }
    return wrong;
}

std::uint64_t all_wrong = 0;

template <class T, class R> void rounding(const char* name, float scale, unsigned threads) {
    std::atomic<std::uint64_t> wrong = 0;
    std::vector<std::thread> running;
    const std::uint64_t share = every / block / threads * block;
    for (unsigned t = 0; t < threads; ++t) {
        running.emplace_back(
            [&, t] { wrong += different<T, R>(t * share, t + 1 == threads ? every : (t + 1) * share, scale); });
    }
    for (std::thread& thread : running) thread.join();
    std::printf("%s  %-20s %2zu bits, scale %-12.6g %llu of 4294967296 differ\n", wrong == 0 ? "ok  " : "FAIL", name,
                8 * sizeof(T), static_cast<double>(scale), static_cast<unsigned long long>(wrong));
    std::fflush(stdout);
    all_wrong += wrong;
}

/// Nine floats around every multiple of half a scale up to 300, for many scales: where a quotient that is made of
/// products has to fall on the right side.
template <class R> void ties(const char* name) {
    std::uint64_t bits = 0x9e3779b97f4a7c15u;
    std::uint64_t wrong = 0;
    std::uint64_t seen = 0;
    std::vector<float> values, apart;
    std::vector<std::int8_t> codes;
    for (int number = 0; number < 20000; ++number) {
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        // Significands from everywhere, every fourth one next to the ends; exponents from -95 to 95.
        std::uint32_t significand = static_cast<std::uint32_t>(bits >> 41);
        if (number % 4 == 0) significand = (significand & 63u) * (number % 8 == 0 ? 1u : ~0u) & 0x7fffffu;
        const auto exponent = static_cast<std::uint32_t>((bits >> 32) % 191u) + 32u;
        const float scale = std::bit_cast<float>(exponent << 23 | significand);
        values.clear();
        for (int twice = -600; twice <= 600; ++twice) {
            const float near = static_cast<float>(0.5 * twice * static_cast<double>(scale));
            for (std::int32_t step = -4; step <= 4; ++step)
                values.push_back(std::bit_cast<float>(std::bit_cast<std::int32_t>(near) + step));
        }
        const auto check = [&](const std::vector<float>& row, std::size_t step) {
            codes.resize(row.size());
            quantize_into(
                row, QTensor<std::int8_t, Affine<>>(codes.data(), Shape<dyn>(row.size()), Affine{scale, zero_point}),
                R{});
            for (std::size_t i = 0; i < row.size(); i += step) {
                wrong += codes[i] != detail::quantize_one<std::int8_t, Saturate>(row[i], scale, zero_point, R{}, i);
                ++seen;
            }
        };
        check(values, 1);
        if (number % 4 != 0) continue;
        apart.assign(group * values.size(), 2.25f * scale);
        for (std::size_t i = 0; i < values.size(); ++i) apart[group * i] = values[i];
        check(apart, group);
    }
    std::printf("%s  %-20s around the ties of 20000 scales %llu of %llu differ\n", wrong == 0 ? "ok  " : "FAIL", name,
                static_cast<unsigned long long>(wrong), static_cast<unsigned long long>(seen));
    std::fflush(stdout);
    all_wrong += wrong;
}

}  // namespace

int main(int count, char** arguments) {
    const unsigned threads = count > 1 ? static_cast<unsigned>(std::max(1, std::atoi(arguments[1]))) : 1;
    if (lane::width<lanes<float, arch::native>> == 1) {
        std::printf("skip  there are no lanes to compare with\n");
        return 77;
    }
    ties<Floor>("Floor");
    ties<Ceil>("Ceil");
    ties<TowardZero>("TowardZero");
    ties<HalfEven>("HalfEven");
    ties<HalfAway>("HalfAway");
    ties<HalfUp>("HalfUp");
    ties<TorchReciprocal>("TorchReciprocal");
    ties<GgmlReciprocal>("GgmlReciprocal");
    const bool only_ties = count > 2 && std::string_view(arguments[2]) == "ties";
    const auto each_type = [&]<class R>(R, const char* name, float scale) {
        if (only_ties) return;
        rounding<std::int16_t, R>(name, scale, threads);
        rounding<std::int8_t, R>(name, scale, threads);
    };
    for (const float scale : {1.0f, 0.0078740157f, 1.7e-38f}) {  // a step, 1 / 127, nearly the smallest normal
        each_type(Floor{}, "Floor", scale);
        each_type(Ceil{}, "Ceil", scale);
        each_type(TowardZero{}, "TowardZero", scale);
        each_type(HalfEven{}, "HalfEven", scale);
        each_type(HalfAway{}, "HalfAway", scale);
        each_type(HalfUp{}, "HalfUp", scale);
        each_type(TorchReciprocal{}, "TorchReciprocal", scale);
        each_type(TorchFusedReciprocal{}, "TorchFusedReciprocal", scale);
        each_type(GgmlReciprocal{}, "GgmlReciprocal", scale);
    }
    std::printf("%llu codes differ\n", static_cast<unsigned long long>(all_wrong));
    return all_wrong == 0 ? 0 : 1;
}
