// SPDX-License-Identifier: BSL-1.0
// Element-wise conversions against memcpy of the same traffic in the same process: `share_of_memcpy` is bytes read plus
// written per second over memcpy's. 419,430 elements are about 2 MiB of traffic, 32,768 stay in L2.
#include <benchmark/benchmark.h>

#include <qtensor/host.hpp>

#include <cmath>
#include <map>

#include "support/roofline.hpp"

using namespace qtensor;

namespace {

double memcpy_rate(std::size_t traffic) {
    static std::map<std::size_t, double> known;
    const auto found = known.find(traffic);
    return found != known.end() ? found->second : known.emplace(traffic, roofline::memcpy_bytes(traffic)).first->second;
}

using Clock = std::chrono::steady_clock;

/// Rates by the wall clock, as memcpy's is.
void report(benchmark::State& state, Clock::time_point start, std::size_t traffic) {
    const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
    const double rate = static_cast<double>(traffic) * static_cast<double>(state.iterations()) / seconds;
    state.counters["GB/s"] = rate * 1e-9;
    state.counters["share_of_memcpy"] = rate / memcpy_rate(traffic);
}

struct Operands {
    std::vector<float> reals;
    std::vector<std::int8_t> cells;
    QTensor<std::int8_t, Affine<>> codes;
    explicit Operands(std::size_t count)
        : reals(count), cells(count), codes(cells.data(), Shape<dyn>(count), Affine{0.03f, 5}) {
        for (std::size_t i = 0; i < count; ++i) reals[i] = 4.0f * std::sin(static_cast<float>(i));
    }
};

template <class Rounding> void f32_s8(benchmark::State& state) {
    Operands operands(static_cast<std::size_t>(state.range(0)));
    memcpy_rate(operands.reals.size() * 5);  // measured before the clock starts
    const auto start = Clock::now();
    for (auto _ : state) {
        quantize_into(std::span<const float>(operands.reals), operands.codes, Rounding{});
        benchmark::ClobberMemory();
    }
    report(state, start, operands.reals.size() * 5);
}

void s8_f32(benchmark::State& state) {
    Operands operands(static_cast<std::size_t>(state.range(0)));
    memcpy_rate(operands.reals.size() * 5);  // measured before the clock starts
    const auto start = Clock::now();
    for (auto _ : state) {
        dequantize_into(operands.codes, std::span<float>(operands.reals));
        benchmark::ClobberMemory();
    }
    report(state, start, operands.reals.size() * 5);
}

void sizes(benchmark::internal::Benchmark* bench) { bench->ArgName("elements")->Arg(32768)->Arg(419430)->Arg(1 << 24); }

BENCHMARK(f32_s8<HalfAway>)->Name("f32_s8_half_away")->Apply(sizes)->UseRealTime();
BENCHMARK(f32_s8<HalfEven>)->Name("f32_s8_half_even")->Apply(sizes)->UseRealTime();
BENCHMARK(f32_s8<Floor>)->Name("f32_s8_floor")->Apply(sizes)->UseRealTime();
BENCHMARK(s8_f32)->Name("s8_f32")->Apply(sizes)->UseRealTime();

}  // namespace
