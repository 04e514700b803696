// SPDX-License-Identifier: BSL-1.0
// A small network (the shape of examples/digits) in both readings, on one sample and on batches. Weights are noise:
// time does not depend on them.
#include <benchmark/benchmark.h>

#include <qtensor/host.hpp>

using namespace qtensor;

namespace {

using Net = Sequential<Dense<64, 128, Relu>, Dense<128, 64, Relu>, Dense<64, 10>>;

struct Model {
    Net::Float real;
    std::vector<float> samples;

    Model() : samples(64 * input_size<Net>) {
        std::uint32_t state = 7;
        const auto noise = [&] {
            state = state * 1664525u + 1013904223u;
            return static_cast<float>(static_cast<int>(state >> 16)) / 65536.0f - 0.5f;
        };
        const auto fill = [&](auto& layer) {
            for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights.data()[i] = 0.2f * noise();
        };
        fill(get<0>(real));
        fill(get<1>(real));
        fill(get<2>(real));
        for (float& value : samples) value = noise() + 0.5f;
    }
};

template <class Parameters> void run(benchmark::State& state, const Parameters& parameters) {
    const auto batch = static_cast<std::size_t>(state.range(0));
    const auto model = pack<arch::native>(parameters);
    using Packed = std::remove_const_t<decltype(model)>;
    std::vector<typename Packed::input_element> x(batch * input_size<Net>);
    std::vector<typename Packed::output_element> y(batch * output_size<Net>);
    const AlignedBytes arena(Packed::arena_bytes_for(batch));
    for (auto _ : state) {
        model.run(x.data(), y.data(), batch, arena.span());
        benchmark::ClobberMemory();
    }
    state.counters["per_sample"] = benchmark::Counter(
        static_cast<double>(batch), benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void float_reading(benchmark::State& state) { run(state, Model().real); }
void integer_reading(benchmark::State& state) {
    const Model model;
    run(state, calibrate(model.real, std::span<const float>(model.samples)));
}

BENCHMARK(float_reading)->ArgName("batch")->Arg(1)->Arg(16)->UseRealTime();
BENCHMARK(integer_reading)->ArgName("batch")->Arg(1)->Arg(16)->UseRealTime();

}  // namespace
