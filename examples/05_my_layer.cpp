// SPDX-License-Identifier: BSL-1.0
//
// A layer of your own, without a base class. A layer is a type that reads in two ways: in float, where it is trained,
// and in integers, where it runs. It joins a network with numerics of your own, is calibrated with it, and both
// readings are compared.

#include <qtensor/host.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <span>
#include <vector>

using namespace qtensor;

/// Averages neighbouring features: y[i] = (x[2 i] + x[2 i + 1]) / 2.
template <std::size_t N, Numerics Num = numerics::TfLite> struct AveragePairs {
    static_assert(N % 2 == 0, "AveragePairs needs an even number of features");
    using input_shape = Shape<N>;
    using output_shape = Shape<N / 2>;
    using activation_element = typename Num::activation;
    using activation_scale = typename Num::activation_scale;
    static constexpr std::size_t macs = N, weight_bytes = 0;

    template <class Arch> struct PackedFloat;
    template <class Arch> struct PackedQuantized;

    // The parameters of each reading. There is nothing to train, but codes have scales.
    struct Float {
        using layer = AveragePairs;
        template <class Arch> using packed = PackedFloat<Arch>;
    };
    struct Quantized {
        using layer = AveragePairs;
        template <class Arch> using packed = PackedQuantized<Arch>;
        activation_scale input{};
        activation_scale output{};
    };
    /// From one to the other: what calibration calls with the scales it chose for both ends.
    static constexpr Quantized quantized(const Float&, activation_scale input, activation_scale output) {
        return {input, output};
    }

    // The packed form of each reading: ready to run, constants derived.
    template <class Arch> struct PackedFloat {
        using layer = AveragePairs;
        using input_element = float;
        using output_element = float;

        constexpr explicit PackedFloat(const Float&) {}
        static constexpr Unscaled input_scale() { return {}; }
        static constexpr Unscaled output_scale() { return {}; }
        static constexpr std::size_t workspace_bytes(std::size_t) { return 0; }

        constexpr void run(const float* x, float* y, std::size_t batch, std::span<std::byte>) const {
            for (std::size_t i = 0; i < batch * N / 2; ++i) y[i] = (x[2 * i] + x[2 * i + 1]) * 0.5f;
        }
    };

    template <class Arch> struct PackedQuantized {
        using layer = AveragePairs;
        using input_element = activation_element;
        using output_element = activation_element;
        using Dialect = typename Num::dialect;
        using Code = value_of<activation_element>;

        // The average of two codes is their sum times s_in * (1/2) / s_out: the half is part of the multiplier, so the
        // only rounding is the one that changes the scale.
        constexpr explicit PackedQuantized(const Quantized& q)
            : scales_(q), multiplier_(Dialect::derive(q.input.scale(), 0.5f, q.output.scale())) {}
        constexpr activation_scale input_scale() const { return scales_.input; }
        constexpr activation_scale output_scale() const { return scales_.output; }
        static constexpr std::size_t workspace_bytes(std::size_t) { return 0; }

        constexpr void run(const Code* x, Code* y, std::size_t batch, std::span<std::byte>) const {
            const std::int32_t zero = zero_point_of(scales_.input, 0);
            const CodeRange range{zero_point_of(scales_.output, 0), element<activation_element>::lowest,
                                  element<activation_element>::highest};
            for (std::size_t i = 0; i < batch * N / 2; ++i) {
                const std::int32_t sum = x[2 * i] + x[2 * i + 1] - 2 * zero;
                y[i] = static_cast<Code>(Dialect::apply(sum, multiplier_, range));
            }
        }

    private:
        Quantized scales_;
        std::array<std::int32_t, Dialect::words> multiplier_;
    };
};
static_assert(Layer<AveragePairs<8>>);

/// Numerics are chosen once and go through the whole network, own layers included.
struct Mine : numerics::TfLite {
    using rounding = HalfEven;
    using dialect = XnnpackFp32;
};
using Net = Sequential<Dense<6, 8, Relu, Mine>, AveragePairs<8, Mine>, Dense<4, 3, Identity, Mine>>;

int main() {
    // Weights and samples that stand for trained and recorded ones.
    std::uint32_t state = 7;
    const auto fill = [&](std::span<float> values) {
        for (float& v : values) v = static_cast<float>((state = state * 1664525u + 1013904223u) >> 8) / 8388608.f - 1.f;
    };
    Net::Float real;
    fill({get<0>(real).weights.data(), 48});
    fill({get<0>(real).bias.data(), 8});
    fill({get<2>(real).weights.data(), 12});
    constexpr std::size_t samples = 100;
    std::vector<float> x(samples * 6), y(samples * 3), read(samples * 3);
    fill(x);

    // Both readings of the same network.
    const auto float_net = pack<arch::native>(real);
    const auto quantized = calibrate(real, std::span<const float>(x));
    const auto int8_net = pack<arch::native>(quantized);
    const AlignedBytes arena(std::max(float_net.arena_bytes_for(samples), int8_net.arena_bytes_for(samples)));
    float_net.run(x.data(), y.data(), samples, arena.span());

    std::vector<std::int8_t> qx(x.size()), qy(y.size());
    quantize_into(x, QTensor<std::int8_t, Affine<>>(qx.data(), Shape(qx.size()), int8_net.input_scale()));
    int8_net.run(qx.data(), qy.data(), samples, arena.span());
    dequantize_into(QTensor<std::int8_t, Affine<>>(qy.data(), Shape(qy.size()), int8_net.output_scale()), read);

    float largest = 0.0f;
    for (std::size_t i = 0; i < y.size(); ++i) largest = std::max(largest, std::max(y[i] - read[i], read[i] - y[i]));
    const float step = int8_net.output_scale().scale();
    std::printf("  sample          float outputs               int8 outputs\n");
    for (std::size_t i = 0; i < 4; ++i) {
        std::printf("  %6zu  %8.4f %8.4f %8.4f  %8.4f %8.4f %8.4f\n", i, static_cast<double>(y[3 * i]),
                    static_cast<double>(y[3 * i + 1]), static_cast<double>(y[3 * i + 2]),
                    static_cast<double>(read[3 * i]), static_cast<double>(read[3 * i + 1]),
                    static_cast<double>(read[3 * i + 2]));
    }
    std::printf("  largest difference over %zu samples: %.4f, that is %.1f steps of the output\n", samples,
                static_cast<double>(largest), static_cast<double>(largest / step));
    return largest < 4 * step ? 0 : 1;
}
