// SPDX-License-Identifier: BSL-1.0
// Convolutions as layers of static type, one image, both readings: int8 with zero points, bias, ReLU and a scale per
// channel by XNNPACK's fp32 rule, and float. Weights are noise: time does not depend on them.
#include <benchmark/benchmark.h>

#include <qtensor/heap.hpp>
#include <qtensor/qtensor.hpp>

#include "support/roofline.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace qtensor;

namespace {

using N = numerics::Xnnpack;
template <std::size_t Size, std::size_t In, std::size_t Out, std::size_t Taps, std::size_t Step = 1>
using Conv = Conv2d<Shape<Size, Size, In>, Out, Kernel<Taps, Taps, Stride<Step>, Same>, Relu, N>;
template <std::size_t Size, std::size_t Channels, std::size_t Step = 1>
using Depth = DepthwiseConv2d<Shape<Size, Size, Channels>, Kernel<3, 3, Stride<Step>, Same>, Relu, N>;

/// The peak of this instruction set's products, measured once; 0 where it is not known.
double peak_of(const auto& sequences) {
    for (const roofline::Sequence& sequence : sequences)
        if (sequence.isa == std::string(arch::native::name)) return roofline::peak(sequence).operations;
    return 0;
}

template <class Parameters> void run(benchmark::State& state, const Parameters& parameters, double peak) {
    using L = typename Parameters::layer;
    using Packed = typename Parameters::template packed<arch::native>;
    const auto packed = std::make_unique<Packed>(parameters);  // too large for a stack
    std::vector<typename Packed::input_element> x(input_size<L>);
    std::vector<typename Packed::output_element> y(output_size<L>);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<typename Packed::input_element>(i * 37 % 128);
    const AlignedBytes workspace(Packed::workspace_bytes(1));
    for (auto _ : state) {
        packed->run(x.data(), y.data(), 1, workspace.span());
        benchmark::ClobberMemory();
    }
    const double operations = 2.0 * static_cast<double>(L::macs);
    using Counter = benchmark::Counter;
    state.counters["ops"] = Counter(operations, Counter::kIsIterationInvariantRate);
    if (peak > 0) state.counters["share_of_peak"] = Counter(operations / peak, Counter::kIsIterationInvariantRate);
}

template <class L> std::unique_ptr<typename L::Float> noise() {
    auto real = std::make_unique<typename L::Float>();
    std::uint32_t state = 7;
    for (std::size_t i = 0; i < real->weights.size(); ++i) {
        state = state * 1664525u + 1013904223u;
        real->weights.data()[i] = static_cast<float>(static_cast<int>(state >> 16)) / 65536.0f - 0.5f;
    }
    return real;
}

template <class L> void integer_reading(benchmark::State& state) {
    static const double peak = peak_of(roofline::dot_products);
    const auto real = noise<L>();
    const auto codes = std::make_unique<typename L::Quantized>(L::quantized(*real, {0.02f, 3}, {0.05f, -5}));
    run(state, *codes, peak);
}

template <class L> void float_reading(benchmark::State& state) {
    static const double peak = peak_of(roofline::float_products);
    run(state, *noise<L>(), peak);
}

template <class L> void enter(const std::string& name) {
    benchmark::RegisterBenchmark(("int8/" + name).c_str(), integer_reading<L>)->UseRealTime();
    benchmark::RegisterBenchmark(("float/" + name).c_str(), float_reading<L>)->UseRealTime();
}

const bool entered = [] {
    enter<Conv<56, 64, 64, 3>>("3x3 56x56x64 to 64");
    enter<Conv<14, 256, 256, 3>>("3x3 14x14x256 to 256");
    enter<Conv<224, 3, 32, 3, 2>>("3x3 stride 2 224x224x3 to 32");
    enter<Conv<112, 32, 64, 1>>("1x1 112x112x32 to 64");
    enter<Conv<56, 128, 128, 1>>("1x1 56x56x128 to 128");
    enter<Conv<14, 512, 512, 1>>("1x1 14x14x512 to 512");
    enter<Conv<7, 1024, 1024, 1>>("1x1 7x7x1024 to 1024");
    enter<Depth<112, 32>>("depthwise 3x3 112x112x32");
    enter<Depth<112, 64, 2>>("depthwise 3x3 stride 2 112x112x64");
    enter<Depth<56, 128>>("depthwise 3x3 56x56x128");
    enter<Depth<14, 512>>("depthwise 3x3 14x14x512");
    return true;
}();

}  // namespace
