// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The same work in several translation units, each compiled for other instructions: it goes through every folder of
/// the core, and its result is one number.

#include <qtensor/qtensor.hpp>

namespace {

template <class Cells> unsigned long long hash(const Cells* cells, std::size_t count, unsigned long long seed) {
    for (std::size_t i = 0; i < count; ++i) seed = (seed ^ static_cast<unsigned char>(cells[i])) * 1099511628211ull;
    return seed;
}

constexpr std::size_t batch = 50;
float samples[33 * batch];
float reals[33 * batch];
std::int8_t x[33 * batch];
std::int8_t y[17 * batch];

unsigned long long work() {
    using namespace qtensor;
    using Net = Sequential<Dense<33, 40, Relu>, Dense<40, 17>>;
    static Net::Float real;
    std::uint32_t state = 1;
    const auto next = [&] {
        state = state * 1664525u + 1013904223u;
        return static_cast<float>(static_cast<std::int32_t>(state >> 8) - 8388608) / 8388608.0f;
    };
    for (std::size_t i = 0; i < 33 * 40; ++i) get<0>(real).weights.data()[i] = next();
    for (std::size_t i = 0; i < 40 * 17; ++i) get<1>(real).weights.data()[i] = next();
    for (std::size_t i = 0; i < 40; ++i) get<0>(real).bias.data()[i] = next();
    for (float& sample : samples) sample = next();

    const Affine scale{1 / 64.0f, 3};
    static const Net::Quantized quantized(Dense<33, 40, Relu>::quantized(get<0>(real), scale, scale),
                                          Dense<40, 17>::quantized(get<1>(real), scale, scale));
    static const auto net = pack<arch::native>(quantized);
    const QTensor<std::int8_t, Affine<>, Shape<batch, 33>> codes(x, {}, scale);
    quantize_into(samples, codes);
    alignas(arena_alignment) static std::byte arena[Net::arena_bytes<batch> + 1];
    net.run(x, y, batch, arena);
    unsigned long long seed = hash(y, sizeof(y), 14695981039346656037ull);

    const auto product = matmul(codes, get<0>(quantized).weights);
    for (std::size_t i = 0; i < 40 * batch; ++i)
        seed = (seed ^ static_cast<unsigned>(product.data()[i])) * 1099511628211ull;
    const auto halves = matmul(codes, get<0>(quantized).weights, Dequantize<float16>{});
    for (std::size_t i = 0; i < 40 * batch; ++i) seed = (seed ^ halves.data()[i].bits) * 1099511628211ull;
    dequantize_into(codes, reals);
    for (const float value : reals) seed = (seed ^ std::bit_cast<std::uint32_t>(value)) * 1099511628211ull;
    return seed;
}

}  // namespace
