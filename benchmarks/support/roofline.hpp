// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What this core can do at most, measured in the process that measures the library: multiply-adds per second of the
/// atom's own instruction sequence on registers alone, and bytes per second of memcpy. Every figure is shown as a share
/// of it.

#include <qtensor/qtensor.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

namespace roofline {

/// Shortest of several timings of `work`, in seconds.
template <class Work> double shortest(Work&& work, int repeats = 9) {
    using Clock = std::chrono::steady_clock;
    double best = 1e9;
    for (int i = 0; i < repeats; ++i) {
        const auto start = Clock::now();
        work();
        best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
    }
    return best;
}

/// Operations per second (two per multiply-add) of Atom::mma on 12 independent accumulators, no memory traffic.
template <class Atom> double peak_ops() {
    constexpr int accumulators = 12;
    constexpr int steps = 20000;
    alignas(64) typename Atom::a_cell activations[64]{};
    alignas(64) typename Atom::packed panel[256]{};
    const typename Atom::a_cell* rows[1] = {activations};
    alignas(64) typename Atom::accumulator out[64];
    const double seconds = shortest([&] {
        typename Atom::A a = Atom::load_a(rows, 0);
        typename Atom::B b = Atom::load_b(panel);
        asm volatile("" : "+x"(a), "+x"(b));
        typename Atom::C c[accumulators];
        QTENSOR_UNROLL
        for (int i = 0; i < accumulators; ++i) {
            c[i] = Atom::zero();
            asm volatile("" : "+x"(c[i]));  // unknown, or twelve equal sums become one
        }
        for (int step = 0; step < steps; ++step) {
            QTENSOR_UNROLL
            for (int i = 0; i < accumulators; ++i) {
                asm volatile("" : "+x"(a));  // a new value for all the compiler knows: no product is computed once for all
                c[i] = Atom::mma(c[i], a, b);
            }
        }
        QTENSOR_UNROLL
        for (int i = 1; i < accumulators; ++i) c[0] = Atom::add(c[0], c[i]);
        Atom::store(out, 0, c[0]);
        asm volatile("" : : "m"(out));
    });
    return 2.0 * static_cast<double>(Atom::m * Atom::n * Atom::k) * accumulators * steps / seconds;
}

/// Bytes per second, read plus written, of memcpy with so much traffic in total.
inline double memcpy_bytes(std::size_t traffic) {
    std::vector<char> from(traffic / 2, 1);
    std::vector<char> to(traffic / 2, 2);
    const int calls = static_cast<int>(std::max<std::size_t>(1, (std::size_t{64} << 20) / traffic));
    const double seconds = shortest([&] {
        for (int i = 0; i < calls; ++i) {
            std::memcpy(to.data(), from.data(), from.size());
            asm volatile("" : : "r"(to.data()) : "memory");
        }
    });
    return static_cast<double>(traffic) * calls / seconds;
}

}  // namespace roofline
