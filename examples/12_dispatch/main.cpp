// SPDX-License-Identifier: BSL-1.0
//
// One program for every x86-64 processor: classify.cpp is compiled once per instruction set, and the best variant that
// runs here is chosen when the program starts. QTENSOR_ARCH=base (or sse41, avx2 ...) chooses another one.
//
//     cmake: qtensor_dispatch(dispatch SOURCES classify.cpp)
//     without CMake there is one variant: c++ -std=c++20 -O2 -I include examples/12_dispatch/*.cpp -o dispatch

#include "classify.hpp"

#include <qtensor/parallel/dispatch.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>

int main() try {
    const auto classify = qtensor::dispatch<Classify>();
    std::printf("variant  %s\n", qtensor::dispatched_arch());

    constexpr std::size_t samples = 20;
    std::array<std::int8_t, samples * Classify::inputs> images{};
    std::uint32_t state = 7;
    for (std::int8_t& pixel : images) {
        state = state * 1664525u + 1013904223u;
        pixel = static_cast<std::int8_t>(static_cast<int>(state >> 28) * 8 - 128);  // 0 to 15 times 8, as codes
    }
    std::array<std::int8_t, samples * Classify::outputs> scores{};
    classify(images.data(), scores.data(), samples);

    std::printf("answers ");
    for (std::size_t i = 0; i < samples; ++i) {
        const auto first = scores.begin() + static_cast<std::ptrdiff_t>(i * Classify::outputs);
        const auto best = std::max_element(first, first + Classify::outputs);
        std::printf(" %d:%d", static_cast<int>(best - first), *best);
    }
    std::printf("\n");
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
