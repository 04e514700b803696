// SPDX-License-Identifier: BSL-1.0
/// \file
/// On the host: calibrates a network, writes its codes as a header, and what it answers to a few inputs as another.
///
///     write MODEL.hpp ANSWERS.hpp

#include "written_net.hpp"

#include <qtensor/calibrate/calibrate.hpp>
#include <qtensor/io/header.hpp>

namespace {

/// Numbers in [-1, 1).
struct Draws {
    std::uint32_t state = 1;
    float operator()() {
        state = state * 1664525u + 1013904223u;
        return static_cast<float>(state >> 8) / 8388608.0f - 1.0f;
    }
};

}  // namespace

int main(int, char** argv) {
    Draws draw;
    Net::Float real{};
    const auto fill = [&](auto&... tensors) {
        const auto one = [&](auto& tensor) {
            for (std::size_t i = 0; i < tensor.size(); ++i) tensor.data()[i] = draw();
        };
        (one(tensors), ...);
    };
    auto& inner = qtensor::get<0>(qtensor::get<1>(qtensor::get<2>(real)));
    auto& gates = qtensor::get<3>(real);
    fill(qtensor::get<0>(real).weights, qtensor::get<0>(real).bias, inner.weights, inner.bias, gates.input_weights,
         gates.hidden_weights, gates.bias, qtensor::get<4>(real).weights, qtensor::get<4>(real).bias);
    std::vector<float> seen(40 * inputs);
    for (float& value : seen) value = draw();
    const Net::Quantized codes = qtensor::calibrate(real, seen);
    qtensor::write_header(argv[1], codes);

    const auto network = qtensor::pack<qtensor::arch::native>(codes);
    std::vector<std::int8_t> x(samples * inputs), y(samples * outputs);
    for (std::int8_t& code : x) code = static_cast<std::int8_t>(127.0f * draw());
    const qtensor::AlignedBytes arena(network.arena_bytes_for(samples));
    network.run(x.data(), y.data(), samples, arena.span());
    std::ofstream answers(argv[2]);
    const auto list = [&](const char* name, const std::vector<std::int8_t>& values) {
        answers << "constexpr signed char " << name << "[] = {";
        for (const std::int8_t value : values) answers << static_cast<int>(value) << ',';
        answers << "};\n";
    };
    list("given", x);
    list("expected", y);
    return answers ? 0 : 1;
}
