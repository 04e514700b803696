// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A packed network as a table, with the time that each layer takes on this machine:
///
///     std::cout << describe(model);
///
///     layer                   input          output         element   scale  zero  weight B         MACs         ns
///     ... Sequential              [224x224x3]    [7x7x1024]     int8       0.05   -10  ...
///       Conv2d 3x3 /2         [224x224x3]    [112x112x32]   int8       0.05   -10  ...
///
/// Scale and zero point are those of the output; ns is per sample, the shortest of several runs of a layer by itself,
/// on random inputs, for a batch of the caller's choice; MAC/ns is how many multiply-adds that makes per nanosecond.

#include <array>
#include <chrono>
#include <cmath>
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

/// In groups of three digits: 568'740'352.
inline std::string grouped(std::size_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, "'");
    return text;
}

/// "Conv2d 3x3 /2": the taps of a convolution's window, and its stride where it moves by more than one.
inline std::string spelled(const LayerFacts& facts) {
    const auto pair = [](std::size_t y, std::size_t x, bool always) {
        return std::to_string(y) + (always || y != x ? "x" + std::to_string(x) : "");
    };
    const WindowAxis &y = facts.window.y, &x = facts.window.x;
    std::string text = std::string(2 * facts.depth, ' ') + std::string(facts.name);
    if (facts.window.taps() > 0) text += " " + pair(y.kernel, x.kernel, true);
    if (facts.window.taps() > 0 && y.stride * x.stride > 1) text += " /" + pair(y.stride, x.stride, false);
    return text;
}

/// Rows under a head, each column as wide as its widest cell: the first `left` ones begin, the others end in line.
template <std::size_t Columns>
std::string in_columns(const std::vector<std::array<std::string, Columns>>& rows, std::size_t left) {
    std::array<std::size_t, Columns> widths{};
    for (const auto& row : rows)
        for (std::size_t i = 0; i < Columns; ++i) widths[i] = widths[i] > row[i].size() ? widths[i] : row[i].size();
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < Columns; ++i) {
            const std::string space(widths[i] - row[i].size(), ' ');
            const std::string gap(i > 0 && widths[i] > 0 ? 2 : 0, ' ');
            line += gap + (i < left ? row[i] + space : space + row[i]);
        }
        text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
    }
    return text;
}

inline std::string decimals(double number, int places) {
    std::ostringstream text;
    text << std::fixed << std::setprecision(places) << number;
    return text.str();
}

}  // namespace detail

/// The table as text, a line per layer and per composition, the network first. `batch` samples run at a time; `budget`
/// is the time for each layer in ns, 0 leaves the times out. "share" is of the network's time; that of its layers
/// together differs from all of it, because a layer by itself finds its input in another cache. Throws std::bad_alloc.
template <class P> std::string describe(const P& packed, std::size_t batch = 1, double budget = 2e6) {
    static_assert(detail::must_be_packed<P>());
    std::vector<std::array<std::string, 11>> rows{
        {"layer", "input", "output", "element", "scale", "zero", "weight B", "MACs", "", "", ""}};
    if (budget > 0.0) rows[0][8] = "ns", rows[0][9] = "share", rows[0][10] = "MAC/ns";
    double whole = 0.0;
    detail::visit_layers(packed, 0, [&](const auto& part, std::size_t depth) {
        const LayerFacts facts = detail::layer_facts(part, depth);
        std::ostringstream scale;
        scale << std::setprecision(5) << facts.output.scale;
        rows.push_back({detail::spelled(facts), detail::spelled(facts.input.shape), detail::spelled(facts.output.shape),
                        std::string(facts.output.type), scale.str(), std::to_string(facts.output.zero),
                        detail::grouped(facts.weight_bytes), detail::grouped(facts.macs), "", "", ""});
        if (!(budget > 0.0)) return;
        const double ns = detail::measured_ns(part, batch, budget);
        if (depth == 0) whole = ns;
        auto& row = rows.back();
        row[8] = detail::grouped(static_cast<std::size_t>(std::llround(ns)));
        row[9] = whole > 0.0 ? detail::decimals(100.0 * ns / whole, 1) + "%" : "";
        if (facts.macs > 0 && ns > 0.0) row[10] = detail::decimals(static_cast<double>(facts.macs) / ns, 1);
    });
    return detail::in_columns(rows, 4);
}

}  // namespace qtensor::inline QTENSOR_ABI
