// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Weights that are held at zero (Han et al. 2015), chosen by magnitude; training goes on with the others:
///
///     const Pruning mask = prune_smallest(model, 0.9);         nine tenths of every layer's weights
///     const Pruning mask = prune_to(model, 2, 4);              2 of every 4 weights along the depth stay (N:M)
///     train(model, images, loss, Masked{Sgd{}, mask}, ...);
///
/// Zeros survive quantization: real zero is a code. The library's kernels do not skip them.

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

#include "model.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Which weights stay, in the order of each_parameter.
class Pruning {
public:
    void begin_step() const { next_ = 0; }
    /// Holds what is pruned of the next parameter at zero.
    void apply(const Parameter& p) const {
        if (!p.is_weight) return;
        const std::vector<bool>& kept = kept_.at(next_++);
        for (std::size_t i = 0; i < kept.size(); ++i) {
            if (!kept[i]) p.values[i] = 0.0f;
        }
    }
    void add(std::vector<bool> kept) { kept_.push_back(std::move(kept)); }

    /// Pruned weights among all weights.
    double sparsity() const {
        std::size_t all = 0, pruned = 0;
        for (const auto& kept : kept_) {
            all += kept.size();
            pruned += static_cast<std::size_t>(std::count(kept.begin(), kept.end(), false));
        }
        return all == 0 ? 0.0 : static_cast<double>(pruned) / static_cast<double>(all);
    }

private:
    std::vector<std::vector<bool>> kept_;
    mutable std::size_t next_ = 0;
};

namespace detail {
/// A mask made by mark(parameter, kept), applied at once.
template <class Model, class Mark> Pruning prune(Model& model, Mark&& mark) {
    Pruning mask;
    model.each_parameter([&](const Parameter& p) {
        if (!p.is_weight) return;
        std::vector<bool> kept(p.values.size(), true);
        mark(p, kept);
        mask.add(std::move(kept));
    });
    mask.begin_step();
    model.each_parameter([&](const Parameter& p) { mask.apply(p); });
    return mask;
}
}  // namespace detail

/// Prunes the smallest `fraction` of each layer's weights, rounded down; of equal ones the first go. Throws
/// std::invalid_argument where fraction is not from 0 to 1.
template <class M> Pruning prune_smallest(M& model, double fraction) {
    static_assert(detail::must_be_model<M>());
    if (!(fraction >= 0.0 && fraction <= 1.0)) {
        throw std::invalid_argument("prune_smallest: a fraction is from 0 to 1, not " + std::to_string(fraction));
    }
    return detail::prune(model, [&](const Parameter& p, std::vector<bool>& kept) {
        std::vector<std::size_t> order(p.values.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return std::fabs(p.values[a]) < std::fabs(p.values[b]); });
        const auto count = static_cast<std::size_t>(fraction * static_cast<double>(order.size()));
        for (std::size_t i = 0; i < count; ++i) kept[order[i]] = false;
    });
}

/// Keeps the n largest of every m weights that follow each other along the depth of a filter; at the end of a filter
/// fewer than m compete. Throws std::invalid_argument unless n <= m and m > 0.
template <class M> Pruning prune_to(M& model, std::size_t n, std::size_t m) {
    static_assert(detail::must_be_model<M>());
    if (m == 0 || n > m) {
        throw std::invalid_argument("prune_to: " + std::to_string(n) + " of every " + std::to_string(m) +
                                    " weights cannot stay");
    }
    return detail::prune(model, [&](const Parameter& p, std::vector<bool>& kept) {
        std::vector<std::size_t> group;
        for (std::size_t j = 0; j < p.filters; ++j) {
            for (std::size_t first = 0; first < p.depth(); first += m) {
                group.clear();
                for (std::size_t k = first; k < std::min(first + m, p.depth()); ++k) group.push_back(p.at(j, k));
                std::stable_sort(group.begin(), group.end(), [&](std::size_t a, std::size_t b) {
                    return std::fabs(p.values[a]) > std::fabs(p.values[b]);
                });
                for (std::size_t i = n; i < group.size(); ++i) kept[group[i]] = false;
            }
        }
    });
}

/// An optimizer that leaves pruned weights at zero.
template <class Optimizer> struct Masked {
    Optimizer optimizer;
    Pruning mask;

    void begin_step() {
        optimizer.begin_step();
        mask.begin_step();
    }
    void update(const Parameter& p, float rate) {
        optimizer.update(p, rate);
        mask.apply(p);
    }
};
template <class Optimizer> Masked(Optimizer, Pruning) -> Masked<Optimizer>;

}  // namespace qtensor::inline QTENSOR_ABI
