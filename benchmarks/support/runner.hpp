// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Somebody's way to do a job, ours or another library's, and how its result compares with what has to come out.

#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>

namespace bench {

/// A job ready to run: operands packed and primitives made by its constructor, as in deployment.
class Runner {
public:
    virtual ~Runner() = default;
    virtual void run() = 0;
    virtual double result(std::size_t at) const = 0;        ///< element `at` in memory's order
    virtual std::size_t weight_bytes() const { return 0; }  ///< as packed; asked of our products alone
    virtual bool easier() const { return false; }           ///< it does a neighbour of the job that costs less
};

/// How a result compares with the reference.
struct Verdict {
    std::size_t seen = 0;
    std::size_t different = 0;  ///< further off than allowed
    double furthest = 0;

    void compare(double result, double expected, double allowed = 0.0) {
        const double off = std::abs(result - expected);
        ++seen;
        different += !(off <= allowed);
        if (off > furthest || std::isnan(off)) furthest = off;
    }
    bool exact() const { return different == 0; }
};

/// Another library that does the same job. Each stands in a file of its own under peers/, is compiled only where it was
/// found, and is measured in the same process, taking turns with ours.
template <class Problem> struct PeerOf {
    const char* name;
    std::string version;
    /// Solves the problem the way its users would, weights packed before the clock starts where it can; null for a job
    /// that it does not have. Null itself where it cannot be held to this program's instruction set.
    std::unique_ptr<Runner> (*make)(const Problem&);
    /// Its int8 sums may saturate on this instruction set, by design.
    bool saturates = false;
    /// How far its codes may lie from the reference: 1 where it computes requantization in another order.
    int codes_off = 0;

    /// How far its result may lie from the reference where an error of a code grows so many times.
    double forgiven(int times) const { return saturates ? std::numeric_limits<double>::infinity() : times * codes_off; }
};

}  // namespace bench
