// SPDX-License-Identifier: BSL-1.0
//
// Tensors over memory that is already there: a part of a larger buffer is multiplied in place, weights of half a byte
// are packed into an array of the caller's, and nothing is allocated. This is the core alone, as firmware gets it.

#include <qtensor/qtensor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <new>

using namespace qtensor;

// Nothing is allocated: whoever tries ends the program.
void* operator new(std::size_t) { std::abort(); }

int main() {
    // A recording: 6 instants of 8 channels, as some driver left it in memory.
    std::array<std::int8_t, 6 * 8> recording{};
    for (std::size_t i = 0; i < recording.size(); ++i) recording[i] = static_cast<std::int8_t>(i);
    constexpr PerTensor volts{1 / 64.f};

    // Extents can be known to the compiler, to the running program, or mixed. What the compiler knows is checked by it
    // and costs no bytes; `dyn` extents are given to the constructor.
    const QTensor<const std::int8_t, PerTensor<>, Shape<dyn, 8>> all(recording.data(), Shape<dyn, 8>(6), volts);
    static_assert(sizeof(Shape<dyn, 8>) == sizeof(std::size_t));

    // Every second instant, channels 2 to 5: another pointer and other strides over the same memory. A view may change
    // what it sees, unless its element is const.
    const QTensor<const std::int8_t, PerTensor<>, Shape<3, 4>, Strided> part(&all(0, 2), {}, {2 * 8, 1}, volts);
    std::printf("  all[4][5] = %d is part[2][3] = %d\n", all(4, 5), part(2, 3));

    // Weights of four bits: eight of them are four bytes.
    constexpr auto w = quantize<int4>({.5f, -.5f, .25f, 0.f,  //
                                       .125f, .875f, -1.f, .375f},
                                      Shape<2, 4>{}, PowerOfTwo<-3>{});
    static_assert(sizeof(w.data()[0]) == 1 && cells_for<int4>(w.size()) == 4);

    // Static shapes multiply as they are, wherever their rows lie.
    const auto y = matmul(part, w, Dequantize<>{});
    std::printf("  static   ");
    for (std::size_t i = 0; i < 3; ++i)
        std::printf("  %8.4f %8.4f", static_cast<double>(y(i, 0)), static_cast<double>(y(i, 1)));

    // Run-time shapes are told where everything lives. Packing reorders weights for this processor's kernel, once:
    using Weights = QTensor<const int4, PowerOfTwo<-3>, Shape<dyn, dyn>>;
    const Weights seen(w.data(), Shape(2, 4));
    using Packed = packed_for<arch::native, std::int8_t, Weights>;
    alignas(64) static std::array<std::byte, 4096> flat;
    const Packed packed(seen, flat);

    // A Linear is bound once and called often; workspace_bytes says what scratch a call wants (often none).
    const Linear linear(packed, volts, Dequantize<>{});
    alignas(64) static std::array<std::byte, 1024> workspace;
    static std::array<float, 64> out;
    linear(part, QTensor<float, Unscaled, Shape<dyn, dyn>>(out.data(), Shape(3, 2)), workspace);

    std::printf("\n  run-time ");
    for (std::size_t i = 0; i < 3; ++i)
        std::printf("  %8.4f %8.4f", static_cast<double>(out[2 * i]), static_cast<double>(out[2 * i + 1]));
    std::printf("\n  packed into %zu of %zu bytes, %zu bytes of workspace\n", Packed::bytes(2, 4), flat.size(),
                linear.workspace_bytes(3, 4));
}
