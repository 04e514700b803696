// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A packed network as a table, with the time that each layer takes on this machine:
///
///     std::cout << describe(model);            layer, shapes, element, scale, zero, weights, MACs, ns per sample
///
/// Times are the shortest of several runs of a layer by itself, on random inputs, for a batch of the caller's choice.

#include <chrono>
#include <cstdint>
#include <iomanip>
#include <sstream>
#include <string>
#include <vector>

#include "../heap/aligned_bytes.hpp"
#include "../net/inspect.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Nanoseconds per sample: the shortest of runs that take `budget` ns together, at least three.
template <class P> double measured_ns(const P& packed, std::size_t batch, double budget) {
    using X = cell_of<typename P::input_element>;
    using Y = cell_of<typename P::output_element>;
    using L = typename P::layer;
    std::vector<X> x(cells_for<typename P::input_element>(batch * input_size<L>));
    std::vector<Y> y(cells_for<typename P::output_element>(batch * output_size<L>));
    std::uint32_t state = 1;
    for (X& cell : x) {
        state = state * 1664525u + 1013904223u;
        if constexpr (std::is_integral_v<X> && sizeof(X) <= 2) {
            const auto low = static_cast<std::int64_t>(element<typename P::input_element>::lowest);
            const auto high = static_cast<std::int64_t>(element<typename P::input_element>::highest);
            cell = static_cast<X>(low + static_cast<std::int64_t>(state >> 8) % (high - low + 1));
        } else if constexpr (std::is_integral_v<X>) {
            cell = static_cast<X>(0);  // numbers of words: the first one
        } else {
            cell = static_cast<X>(static_cast<float>(state >> 8) / 8388608.0f - 1.0f);
        }
    }
    const AlignedBytes workspace(packed.workspace_bytes(batch));
    double best = 0.0, spent = 0.0;
    for (int runs = 0; runs < 3 || spent < budget; ++runs) {
        const auto begin = std::chrono::steady_clock::now();
        if constexpr (writes_in_place<P>()) {  // as a network runs it
            packed.run(x.data(), x.data(), batch, workspace.span());
        } else {
            packed.run(x.data(), y.data(), batch, workspace.span());
        }
        const auto end = std::chrono::steady_clock::now();
        const double took = std::chrono::duration<double, std::nano>(end - begin).count();
        best = runs == 0 || took < best ? took : best;
        spent += took;
    }
    return best / static_cast<double>(batch);
}

inline std::string spelled(const Extents& shape) {
    std::string text = "[";
    for (std::size_t axis = 0; axis < shape.rank; ++axis)
        text += (axis > 0 ? "x" : "") + std::to_string(shape.values[axis]);
    return text + "]";
}

}  // namespace detail

/// The table as text, a line per layer and one for all of them. `batch` samples run at a time; `budget` is the time for
/// each layer in ns, 0 leaves the times out. Throws std::bad_alloc.
template <class P> std::string describe(const P& packed, std::size_t batch = 1, double budget = 2e6) {
    static_assert(detail::must_be_packed<P>());
    std::ostringstream out;
    const auto row = [&](const std::string& name, const std::string& in, const std::string& made,
                         const std::string& type, const std::string& scale, const std::string& zero,
                         const std::string& weights, const std::string& macs, const std::string& ns) {
        out << std::left << std::setw(26) << name << std::setw(16) << in << std::setw(16) << made << std::setw(9)
            << type << std::right << std::setw(12) << scale << std::setw(6) << zero << std::setw(12) << weights
            << std::setw(14) << macs << std::setw(budget > 0.0 ? 12 : 0) << ns << '\n';
    };
    row("layer", "input", "output", "element", "scale", "zero", "weight B", "MACs", budget > 0.0 ? "ns" : "");
    detail::visit_layers(packed, 0, [&](const auto& part, std::size_t depth) {
        const LayerFacts facts = detail::layer_facts(part, depth);
        std::ostringstream scale, time;
        scale << std::setprecision(5) << facts.output.scale;
        if (budget > 0.0) time << std::fixed << std::setprecision(0) << detail::measured_ns(part, batch, budget);
        row(std::string(2 * depth, ' ') + std::string(facts.name), detail::spelled(facts.input.shape),
            detail::spelled(facts.output.shape), std::string(facts.output.type), scale.str(),
            std::to_string(facts.output.zero), std::to_string(facts.weight_bytes), std::to_string(facts.macs),
            time.str());
    });
    return out.str();
}

}  // namespace qtensor::inline QTENSOR_ABI
