// SPDX-License-Identifier: BSL-1.0
/// \file
/// A two-layer network on a bare microcontroller: parameters, multipliers and bounds are constants in flash, the only
/// RAM is the arena. Every input is run and compared with the codes that expected.py computed without the library.
/// The exit status is the number of differences.

#include <qtensor/qtensor.hpp>

#include "parameters.hpp"
#include "start.hpp"

namespace {

using Net = qtensor::Sequential<qtensor::Dense<10, 7, qtensor::Relu>, qtensor::Dense<7, 3>>;

constexpr std::size_t samples = std::size(parameters::inputs);
constexpr std::size_t inputs = 10;
constexpr std::size_t outputs = 3;

constexpr qtensor::Affine<> affine(parameters::Edge edge) { return {edge.scale, edge.zero}; }

/// The stored numbers as a layer's parameters.
template <class L, std::size_t Out, std::size_t In>
constexpr typename L::Quantized stored(const std::int8_t (&weights)[Out][In], const float (&scales)[Out],
                                       const std::int32_t (&bias)[Out], parameters::Edge input,
                                       parameters::Edge output) {
    qtensor::PerChannel<Out> per_channel;
    for (std::size_t c = 0; c < Out; ++c) per_channel.values[c] = scales[c];
    using Weights = decltype(L::Quantized::weights);
    typename L::Quantized layer{Weights({}, per_channel), {}, affine(input), affine(output)};
    for (std::size_t c = 0; c < Out; ++c) {
        layer.bias(c) = bias[c];
        for (std::size_t k = 0; k < In; ++k) layer.weights(c, k) = weights[c][k];
    }
    return layer;
}

constexpr Net::Quantized network(stored<Net::layer<0>>(parameters::first_weights, parameters::first_scales,
                                                       parameters::first_bias, parameters::input, parameters::hidden),
                                 stored<Net::layer<1>>(parameters::second_weights, parameters::second_scales,
                                                       parameters::second_bias, parameters::hidden,
                                                       parameters::output));
#if defined(FIRMWARE_BINDS_AT_START)
const Net::Quantized& found_at_run_time() {
    const Net::Quantized* found = &network;
    asm("" : "+r"(found));
    return *found;
}
const auto model = qtensor::pack<qtensor::arch::scalar>(found_at_run_time());
#else
constexpr auto model = qtensor::pack<qtensor::arch::scalar>(network);
#endif

constexpr std::size_t arena_bytes = Net::arena_bytes<1, qtensor::arch::scalar>;

/// The arena, and behind it bytes that nobody may touch.
struct Memory {
    alignas(qtensor::arena_alignment) std::byte arena[arena_bytes];
    std::byte guard[qtensor::arena_alignment];
};
Memory memory;

using Input = qtensor::QTensor<const std::int8_t, qtensor::Affine<>, qtensor::Shape<1, inputs>>;
using Output = qtensor::QTensor<std::int8_t, qtensor::Affine<>, qtensor::Shape<1, outputs>>;

#if !defined(FIRMWARE_BINDS_AT_START)
// The compiler's own answer for the first sample.
constexpr auto first_answer = model(Input(parameters::inputs[0], {}, affine(parameters::input)));
static_assert(first_answer(0, 0) == parameters::expected[0][0] && first_answer(0, 1) == parameters::expected[0][1] &&
              first_answer(0, 2) == parameters::expected[0][2]);
#endif

void write_number(int value) {
    char text[12];
    char* at = text + sizeof text;
    *--at = '\0';
    unsigned rest = value < 0 ? 0u - static_cast<unsigned>(value) : static_cast<unsigned>(value);
    do {
        *--at = static_cast<char>('0' + rest % 10);
        rest /= 10;
    } while (rest != 0);
    if (value < 0) *--at = '-';
    write_text(at);
}

int compare(const char* how, std::size_t sample, const std::int8_t* codes) {
    int differences = 0;
    for (std::size_t i = 0; i < outputs; ++i) {
        int expected = parameters::expected[sample][i];
#if defined(FIRMWARE_EXPECTS_WRONG)
        expected += sample + 1 == samples && i == 1 ? 1 : 0;
#endif
        if (codes[i] == expected) continue;
        ++differences;
        write_text(how);
        write_text(", sample ");
        write_number(static_cast<int>(sample));
        write_text(", output ");
        write_number(static_cast<int>(i));
        write_text(": ");
        write_number(codes[i]);
        write_text(" instead of ");
        write_number(expected);
        write_text("\n");
    }
    return differences;
}

}  // namespace

int main() {
    int differences = 0;
    for (std::byte& byte : memory.guard) byte = std::byte{0x5a};
    for (std::size_t sample = 0; sample < samples; ++sample) {
        std::int8_t codes[outputs] = {};
#if defined(FIRMWARE_BREAKS_A_PRECONDITION)
        model.run(parameters::inputs[sample], codes, 1, std::span(memory.arena).first(arena_bytes - 1));
#endif
        model.run(parameters::inputs[sample], codes, 1, memory.arena);
        differences += compare("pointers", sample, codes);
        for (std::int8_t& code : codes) code = 0;
        model.run(Input(parameters::inputs[sample], {}, affine(parameters::input)),
                  Output(codes, {}, affine(parameters::output)), memory.arena);
        differences += compare("tensors", sample, codes);
    }
    for (const std::byte byte : memory.guard) {
        if (byte == std::byte{0x5a}) continue;
        write_text("a byte behind the arena was written\n");
        ++differences;
    }
    return differences;
}
