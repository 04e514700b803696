// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The threshold on magnitudes that loses least information: of all thresholds t, the one whose clipped histogram P is
/// nearest to its quantized form Q,
///
///     KL(P || Q) = sum p log(p / q)
///
/// where P holds the bins below t with everything beyond added to the last one, and Q the same bins (without what is
/// beyond) merged into as many groups as codes have magnitudes and spread evenly over the bins of a group that are not
/// empty. S. Migacz, "8-bit inference with TensorRT" (GTC 2017), in the form of NVIDIA's pytorch-quantization
/// (`calib/histogram.py`, _compute_amax_entropy): the bin at zero takes the count of its neighbour, so that the zeros
/// behind a Relu do not outvote everything else, and of equal divergences the widest threshold wins. It is blind to
/// how far a clipped value lies outside: on small networks another observer often keeps more.

#include <limits>

#include "histogram.hpp"

namespace qtensor::inline QTENSOR_ABI {

class Entropy {
public:
    /// Throws std::invalid_argument on a value that is not finite.
    void observe(std::span<const float> values) { seen_.add(values, "Entropy"); }
    void merge(const Entropy& other) { seen_.merge(other.seen_); }

    /// Values of both signs share the codes evenly; values of one sign have all of them.
    Range range(std::size_t levels = 256) const {
        const Range all = seen_.extremes();
        const bool both = all.lowest < 0.0f && all.highest > 0.0f;
        const double reach = threshold(both ? levels / 2 : levels) * seen_.width();
        return seen_.clipped(-reach, reach);
    }

private:
    /// In bins.
    double threshold(std::size_t groups) const {
        std::vector<std::uint64_t> bins = seen_.total() == 0 ? std::vector<std::uint64_t>{} : seen_.magnitudes();
        const std::size_t n = bins.size();
        if (n <= groups) return static_cast<double>(n);
        bins[0] = bins[1];
        // Sums over the bins in front of a place: of counts, of bins that are not empty, of p log p.
        std::vector<double> counted(n + 1), filled(n + 1), informed(n + 1);
        for (std::size_t i = 0; i < n; ++i) {
            const auto p = static_cast<double>(bins[i]);
            counted[i + 1] = counted[i] + p;
            filled[i + 1] = filled[i] + (p > 0.0 ? 1.0 : 0.0);
            informed[i + 1] = informed[i] + times_log(p, p);
        }
        std::size_t best = n;
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t t = groups; t <= n; ++t) {
            const double last = static_cast<double>(bins[t - 1]), beyond = counted[n] - counted[t];
            if (last == 0.0 && beyond > 0.0) continue;  // Q has nothing where P has something
            double cross = 0.0, q_last = 0.0;           // sum p log q
            for (std::size_t g = 0, from = 0; g < groups; ++g) {
                const std::size_t to = ((g + 1) * t + groups - 1) / groups;
                const double sum = counted[to] - counted[from], bins_of = filled[to] - filled[from];
                if (sum > 0.0) {
                    q_last = sum / bins_of;
                    cross += times_log(sum, q_last);
                }
                from = to;
            }
            if (counted[t] == 0.0) continue;
            if (beyond > 0.0) cross += times_log(beyond, q_last);
            const double p_log_p = informed[t - 1] + times_log(last + beyond, last + beyond);
            const double all = counted[n];
            const double divergence = (p_log_p - cross) / all - std::log(all) + std::log(counted[t]);
            if (divergence <= least) {
                least = divergence;
                best = t;
            }
        }
        return static_cast<double>(best);
    }

    static double times_log(double a, double b) { return a > 0.0 ? a * std::log(b) : 0.0; }

    Histogram seen_;
};

}  // namespace qtensor::inline QTENSOR_ABI
