// SPDX-License-Identifier: BSL-1.0
//
// Off by one: a converted layer does not give the codes of the runtime that it was made for. Which published rule does?
// The numbers are those of tensorflow issue 102943, which nobody there could explain, with a few neighbours.

#include <qtensor/qtensor.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <vector>

using namespace qtensor;

int main() {
    // s_x * s_w / s_y as the model has it, the sums behind the bias, and the codes that were seen.
    constexpr float multiplier = 0.0111111113802f;
    constexpr CodeRange range{-126, -128, 127};
    constexpr std::array<std::int32_t, 4> accumulators{585, 539, 495, 405};
    constexpr std::array<std::int32_t, 4> observed{-120, -120, -120, -122};

    constexpr auto answers = which_dialect(accumulators, observed, multiplier, 1.0f, 1.0f, range);
    std::printf("  explained by\n");
    for (const Explanation& answer : answers) {
        std::printf("  %zu of %zu  %s", answer.explained, answer.observed, answer.name);
        if (!answer.applies) {
            std::printf(": these are no float16 scales");
        } else if (!answer.explains_all()) {
            std::printf(": %d at accumulator %d", answer.expected, accumulators[answer.first_unexplained]);
        }
        std::printf("\n");
    }

    // 585 times the multiplier is 6.50000016, which integers round to 7. As a float it is 6.5, which goes to even 6.
    static_assert(answers[3].explains_all());   // XnnpackFp32
    static_assert(!answers[0].explains_all());  // TfLiteDoubleRounding
    static_assert(answers[0].expected == -119);
}
