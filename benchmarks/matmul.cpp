// SPDX-License-Identifier: BSL-1.0
// Products through the public interface: weights packed and scales bound before, as in deployment. `share_of_peak` is
// the rate over that of the atom's instruction sequence on registers, measured in this process.
#include <benchmark/benchmark.h>

#include <qtensor/host.hpp>

#include "support/roofline.hpp"

using namespace qtensor;

namespace {

using Matrix = Shape<dyn, dyn>;

template <class Cell> std::vector<Cell> noise(std::size_t count, int lowest, int span) {
    std::vector<Cell> values(count);
    std::uint32_t state = 12345;
    for (Cell& value : values) {
        state = state * 1664525u + 1013904223u;
        value = static_cast<Cell>(static_cast<int>((state >> 8) % static_cast<std::uint32_t>(span)) + lowest);
    }
    return values;
}

using Clock = std::chrono::steady_clock;

/// Rates by the wall clock, as the peak is.
void report(benchmark::State& state, Clock::time_point start, double peak) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double operations = 2.0 * static_cast<double>(state.range(0) * state.range(1) * state.range(2));
    const double rate = operations * static_cast<double>(state.iterations()) / seconds;
    state.counters["GOPS"] = rate * 1e-9;
    state.counters["share_of_peak"] = rate / peak;
}

/// s8 x s8 -> s8: zero points, bias, per-channel requantization.
template <class Dialect> void s8s8_s8(benchmark::State& state) {
    static const double peak = roofline::peak_ops<arch::Atom<arch::native, std::int8_t, std::int8_t>>();
    const auto m = static_cast<std::size_t>(state.range(0));
    const auto n = static_cast<std::size_t>(state.range(1));
    const auto k = static_cast<std::size_t>(state.range(2));
    const auto x_cells = noise<std::int8_t>(m * k, -128, 256);
    const auto w_cells = noise<std::int8_t>(n * k, -127, 255);
    const auto bias = noise<std::int32_t>(n, -1000, 2001);
    const std::vector<float> scales(n, 0.01f);
    std::vector<std::int8_t> y_cells(m * n);
    const QTensor<const std::int8_t, Affine<>, Matrix> x(x_cells.data(), Matrix(m, k), Affine{0.02f, 5});
    const QTensor<const int8_symmetric, PerChannel<dyn>, Matrix> w(w_cells.data(), Matrix(n, k), {scales.data()});
    const auto packed = pack<arch::native, std::int8_t>(w);
    std::vector<std::int32_t> words(4 * n);
    const QTensor<const std::int32_t> b(bias.data(), Shape<dyn>(n));
    const Linear linear(packed.weights(), x.scale(), BindMemory(words.data(), words.size()), AddBias{b},
                        Requantize<std::int8_t, Dialect>{Affine{1.5f, -3}});
    const QTensor<std::int8_t, Affine<>, Matrix> y(y_cells.data(), Matrix(m, n), linear.output_scale());
    const AlignedBytes workspace(linear.workspace_bytes(m, k));
    const auto start = Clock::now();
    for (auto _ : state) {
        linear(x, y, workspace.span());
        benchmark::ClobberMemory();
    }
    report(state, start, peak);
}

void f32(benchmark::State& state) {
    static const double peak = roofline::peak_ops<arch::Atom<arch::native, float, float>>();
    const auto m = static_cast<std::size_t>(state.range(0));
    const auto n = static_cast<std::size_t>(state.range(1));
    const auto k = static_cast<std::size_t>(state.range(2));
    const std::vector<float> x_cells(m * k, 0.5f);
    const std::vector<float> w_cells(n * k, 0.25f);
    std::vector<float> y_cells(m * n);
    const QTensor<const float, Unscaled, Matrix> x(x_cells.data(), Matrix(m, k));
    const QTensor<const float, Unscaled, Matrix> w(w_cells.data(), Matrix(n, k));
    const auto packed = pack<arch::native, float>(w);
    const Linear linear(packed.weights(), Unscaled{});
    const QTensor<float, std::remove_cvref_t<decltype(linear.output_scale())>, Matrix> y(y_cells.data(), Matrix(m, n),
                                                                                         linear.output_scale());
    const auto start = Clock::now();
    for (auto _ : state) {
        linear(x, y);
        benchmark::ClobberMemory();
    }
    report(state, start, peak);
}

void shapes(benchmark::internal::Benchmark* bench) {
    bench->ArgNames({"m", "n", "k"});
    for (const std::int64_t size : {32, 64, 128, 256, 512, 1024}) bench->Args({size, size, size});
    bench->Args({128, 768, 768})->Args({196, 512, 512})->Args({4, 1024, 1024})->Args({1, 1024, 1024});
}

BENCHMARK(s8s8_s8<TfLiteDoubleRounding>)->Name("s8s8_s8_tflite")->Apply(shapes)->UseRealTime();
BENCHMARK(s8s8_s8<XnnpackFp32>)->Name("s8s8_s8")->Apply(shapes)->UseRealTime();
BENCHMARK(f32)->Name("f32")->Apply(shapes)->UseRealTime();

}  // namespace
