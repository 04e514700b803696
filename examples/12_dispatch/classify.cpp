// SPDX-License-Identifier: BSL-1.0
//
// A whole network, compiled once for every instruction set. Nothing here needs code at start-up: the code of all
// variants is in the program, and only one of them may run.

#include "classify.hpp"

#include <qtensor/parallel/dispatch.hpp>
#include <qtensor/qtensor.hpp>

using namespace qtensor;

namespace {

using First = Dense<Classify::inputs, 32, Relu>;
using Last = Dense<32, Classify::outputs>;
using Net = Sequential<First, Last>;

/// Numbers that stand for trained ones.
constexpr Net::Quantized trained() {
    Net::Float real{};
    std::uint32_t state = 1;
    const auto fill = [&](auto& parameters, std::size_t weights, std::size_t biases) {
        const auto next = [&] {
            state = state * 1664525u + 1013904223u;
            return static_cast<float>(static_cast<std::int32_t>(state >> 8) - (1 << 23)) / float{1 << 23};
        };
        for (std::size_t i = 0; i < weights; ++i) parameters.weights.data()[i] = next();
        for (std::size_t i = 0; i < biases; ++i) parameters.bias.data()[i] = next();
    };
    fill(get<0>(real), Classify::inputs * 32, 32);
    fill(get<1>(real), 32 * Classify::outputs, Classify::outputs);
    const Affine<> pixels{1 / 16.0f, -128}, hidden{0.25f, -128}, scores{1.0f, 0};
    return Net::Quantized(First::quantized(get<0>(real), pixels, hidden),
                          Last::quantized(get<1>(real), hidden, scores));
}
constexpr Net::Quantized parameters = trained();

}  // namespace

template <> void Classify::call<compiled_for>(const std::int8_t* x, std::int8_t* y, std::size_t samples) {
    static const auto net = pack<arch::native>(parameters);  // at the first call
    constexpr std::size_t batch = 16;
    alignas(arena_alignment) std::byte arena[Net::arena_bytes<batch>];
    for (std::size_t i = 0; i < samples; i += batch) {
        const std::size_t now = samples - i < batch ? samples - i : batch;
        net.run(x + i * inputs, y + i * outputs, now, arena);
    }
}
