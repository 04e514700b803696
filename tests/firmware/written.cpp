// SPDX-License-Identifier: BSL-1.0
/// \file
/// A network whose codes write_header wrote (write.cpp), on a microcontroller. The exit status is how many answers
/// differ from the host's.

#include "answers.hpp"
#include "model.hpp"
#include "start.hpp"
#include "written_net.hpp"

namespace {

constexpr Net::Quantized codes = model::parameters<Net>();
constexpr auto network = qtensor::pack<qtensor::arch::scalar>(codes);
static_assert(std::size(given) == samples * inputs && std::size(expected) == samples * outputs);

alignas(qtensor::arena_alignment) std::byte arena[Net::arena_bytes<1, qtensor::arch::scalar>];

}  // namespace

int main() {
    int differences = 0;
    for (std::size_t n = 0; n < samples; ++n) {
        std::int8_t answer[outputs] = {};
        network.run(given + n * inputs, answer, 1, arena);
        for (std::size_t j = 0; j < outputs; ++j) differences += answer[j] != expected[n * outputs + j] ? 1 : 0;
    }
    return differences;
}
