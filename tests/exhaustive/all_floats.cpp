// SPDX-License-Identifier: BSL-1.0
/// \file
/// Every float there is, quantized in lanes and one at a time, for three scales and every rounding: the codes must be
/// the same. A line per scale and rounding; the exit status says whether all agree. An argument gives the number of
/// threads.

#include <qtensor/qtensor.hpp>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using namespace qtensor;

constexpr std::uint64_t every = std::uint64_t{1} << 32;
constexpr std::size_t block = 1 << 16;
constexpr std::int32_t zero_point = 11;

/// Floats [first, last) by their bits.
template <class R> std::uint64_t different(std::uint64_t first, std::uint64_t last, float scale) {
    std::vector<float> values(block);
    std::vector<std::int16_t> codes(block);
    std::uint64_t wrong = 0;
    for (; first < last; first += block) {
        for (std::size_t i = 0; i < block; ++i) values[i] = std::bit_cast<float>(static_cast<std::uint32_t>(first + i));
        quantize_into(values,
                      QTensor<std::int16_t, Affine<>>(codes.data(), Shape<dyn>(block), Affine{scale, zero_point}), R{});
        for (std::size_t i = 0; i < block; ++i) {
            const std::int16_t one = detail::quantize_one<std::int16_t, Saturate>(values[i], scale, zero_point, R{}, i);
            wrong += one != codes[i] ? 1 : 0;
        }
    }
    return wrong;
}

std::uint64_t all_wrong = 0;

template <class R> void rounding(const char* name, float scale, unsigned threads) {
    std::atomic<std::uint64_t> wrong = 0;
    std::vector<std::thread> running;
    const std::uint64_t share = every / block / threads * block;
    for (unsigned t = 0; t < threads; ++t) {
        running.emplace_back(
            [&, t] { wrong += different<R>(t * share, t + 1 == threads ? every : (t + 1) * share, scale); });
    }
    for (std::thread& thread : running) thread.join();
    std::printf("%s  %-20s scale %-12.6g %llu of 4294967296 differ\n", wrong == 0 ? "ok  " : "FAIL", name,
                static_cast<double>(scale), static_cast<unsigned long long>(wrong));
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
    for (const float scale : {1.0f, 0.0078740157f, 1.7e-38f}) {  // a step, 1 / 127, nearly the smallest normal
        rounding<Floor>("Floor", scale, threads);
        rounding<Ceil>("Ceil", scale, threads);
        rounding<TowardZero>("TowardZero", scale, threads);
        rounding<HalfEven>("HalfEven", scale, threads);
        rounding<HalfAway>("HalfAway", scale, threads);
        rounding<HalfUp>("HalfUp", scale, threads);
        rounding<TorchReciprocal>("TorchReciprocal", scale, threads);
        rounding<TorchFusedReciprocal>("TorchFusedReciprocal", scale, threads);
        rounding<GgmlReciprocal>("GgmlReciprocal", scale, threads);
    }
    std::printf("27 scales and roundings, %llu codes differ\n", static_cast<unsigned long long>(all_wrong));
    return all_wrong == 0 ? 0 : 1;
}
