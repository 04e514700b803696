// SPDX-License-Identifier: BSL-1.0
//
// A scale policy of your own. A scale says what a code is worth; the library asks it two questions, `axis` and
// `scale(c)`, and works with any type that answers. This one allows a power of two per row of the weights, as
// processors without a fast multiplier like it: rescaling is then a shift.

#include <qtensor/qtensor.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <iterator>

using namespace qtensor;

template <std::size_t N> struct ShiftPerChannel {
    static constexpr int axis = 0;              // a scale per index of axis 0, the outputs
    static constexpr std::size_t channels = N;  // optional: compared with the tensor's extent by the compiler
    std::array<std::int8_t, N> exponent{};

    constexpr float scale(std::size_t c) const { return exp2i(exponent[c]); }
    constexpr bool operator==(const ShiftPerChannel&) const = default;

    /// How layers choose when they are quantized: each channel would like any real scale and gets the next power of two
    /// that is not smaller, so that no weight is clipped.
    static constexpr ShiftPerChannel fit(const std::array<float, N>& wanted) {
        ShiftPerChannel fitted;
        for (std::size_t c = 0; c < N; ++c) {
            const int floor_log2 = static_cast<int>(std::bit_cast<std::uint32_t>(wanted[c]) >> 23) - 127;
            fitted.exponent[c] = static_cast<std::int8_t>(exp2i(floor_log2) < wanted[c] ? floor_log2 + 1 : floor_log2);
        }
        return fitted;
    }
};
static_assert(Scale<ShiftPerChannel<3>>);

// As a layer's numerics: inherit a bundle and override what you mean.
struct Shifts : numerics::TfLite {
    template <std::size_t N> using weight_scale = ShiftPerChannel<N>;
};
using ShiftLayer = Dense<4, 3, Identity, Shifts>;
using UsualLayer = Dense<4, 3, Identity>;  // to compare with: any float per row

// The rows differ in range; each gets the step that suits it.
constexpr float trained[] = {0.90f,  -0.40f, 0.70f,  -0.20f,  //
                             0.03f,  0.06f,  -0.01f, -0.05f,  //
                             -2.50f, 3.10f,  1.20f,  0.40f};

/// What training would hand over: the parameters of a layer in float.
template <class L> constexpr typename L::Float parameters() {
    typename L::Float real;
    std::copy(std::begin(trained), std::end(trained), real.weights.data());
    return real;
}

int main() {
    // It quantizes, like any other scale.
    constexpr auto w = quantize<int8_symmetric>(trained, Shape<3, 4>{}, ShiftPerChannel<3>{{-7, -11, -5}});
    static_assert(w(0, 0) == 115 && w(1, 0) == 61 && w(2, 0) == -80);

    // It multiplies: the result has one scale per column, input times weight.
    constexpr auto x = quantize<std::int8_t>({1.0f, 0.5f, -0.25f, 0.75f}, Shape<1, 4>{}, Affine{1 / 64.f, 0});
    constexpr auto sums = matmul(x, w);
    static_assert(sums.scale().scale(0) == exp2i(-6 - 7) && sums.scale().scale(2) == exp2i(-6 - 5));

    // It serves a layer: `fit` chose what we chose by hand.
    constexpr Affine output{1 / 128.f, 0};
    constexpr auto shifts = ShiftLayer::quantized(parameters<ShiftLayer>(), x.scale(), output);
    constexpr auto usual = UsualLayer::quantized(parameters<UsualLayer>(), x.scale(), output);
    static_assert(shifts.weights.scale() == w.scale());

    // And it does what it is for. Input and output have powers of two as well, so the multiplier of a channel is one:
    // its 31-bit mantissa is exactly one half, and what remains is a shift.
    constexpr float step = shifts.weights.scale().scale(0);
    static_assert(TfLiteDoubleRounding::derive(x.scale().scale(), step, output.scale())[0] == 1 << 30);

    std::array<std::int8_t, 3> by_shifts{}, by_floats{};
    alignas(64) std::array<std::byte, 256> workspace;
    pack<arch::native>(shifts).run(x.data(), by_shifts.data(), 1, workspace);
    pack<arch::native>(usual).run(x.data(), by_floats.data(), 1, workspace);

    std::printf("  row     step 2^e   step float       y 2^e   y float steps    y exactly\n");
    for (std::size_t c = 0; c < 3; ++c) {
        float exact = 0.0f;
        for (std::size_t k = 0; k < 4; ++k) exact += trained[c * 4 + k] * dequantize(x)(0, k);
        std::printf("  %3zu   %10.6f   %10.6f  %10.4f  %14.4f  %11.4f\n", c,
                    static_cast<double>(shifts.weights.scale().scale(c)),
                    static_cast<double>(usual.weights.scale().scale(c)), by_shifts[c] / 128.0, by_floats[c] / 128.0,
                    static_cast<double>(exact));
    }
}
