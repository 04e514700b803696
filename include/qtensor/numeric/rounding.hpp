// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rounding policies. Each has two forms that agree wherever both apply: `round(x)` on a real number (float, double or
/// float lanes; NaN and infinities return themselves) and `divide(x, shift)` = round(x / 2^shift) on an integer. None
/// can fail, and none depends on the thread's rounding mode.
///
///     Floor       towards minus infinity: half a step of negative bias on average
///     Ceil        towards plus infinity
///     TowardZero  cut off
///     HalfEven    nearest, ties to even      (IEEE default, ONNX, XNNPACK)
///     HalfAway    nearest, ties away from 0  (std::round, TFLite)
///     HalfUp      nearest, ties up           (floor(x + 1/2): ruy, gemmlowp's high product)
///     Stochastic  up with probability x - floor(x); seeded, so reproducible

#include <cstddef>
#include <cstdint>

#include "../arch/lanes.hpp"
#include "../base/concepts.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// floor(x / 2^shift) and the remainder as a fraction of 2^shift; 0 <= shift <= 62.
struct Halves {
    std::int64_t below;
    std::int64_t rest;
    std::int64_t half;
    constexpr Halves(std::int64_t x, int shift)
        : below(x >> shift), rest(x & ((std::int64_t{1} << shift) - 1)),
          half(shift > 0 ? std::int64_t{1} << (shift - 1) : 1) {}
};
}  // namespace detail

struct Floor {
    template <class F> static constexpr F round(F x) { return lane::floor(x); }
    static constexpr std::int64_t divide(std::int64_t x, int shift) { return x >> shift; }
};

struct Ceil {
    template <class F> static constexpr F round(F x) { return -lane::floor(-x); }
    static constexpr std::int64_t divide(std::int64_t x, int shift) {
        const detail::Halves h(x, shift);
        return h.below + (h.rest > 0);
    }
};

struct TowardZero {
    template <class F> static constexpr F round(F x) { return lane::trunc(x); }
    static constexpr std::int64_t divide(std::int64_t x, int shift) {
        const detail::Halves h(x, shift);
        return h.below + (x < 0 && h.rest > 0);
    }
};

struct HalfEven {
    template <class F> static constexpr F round(F x) { return lane::nearest_even(x); }
    static constexpr std::int64_t divide(std::int64_t x, int shift) {
        const detail::Halves h(x, shift);
        return h.below + (h.rest > h.half || (h.rest == h.half && (h.below & 1)));
    }
};

struct HalfAway {
    template <class F> static constexpr F round(F x) {
        x = lane::rounded(x);
        const F truncated = lane::trunc(x);
        const F rest = x - truncated;  // exact
        const F half = lane::broadcast<F>(0.5f);
        const F one = lane::broadcast<F>(1.0f);
        const F up = lane::select(rest >= half, truncated + one, truncated);
        return lane::select(rest <= -half, up - one, up);
    }
    static constexpr std::int64_t divide(std::int64_t x, int shift) {
        const detail::Halves h(x, shift);
        return h.below + (h.rest > h.half || (h.rest == h.half && x >= 0));
    }
};

struct HalfUp {
    template <class F> static constexpr F round(F x) {
        x = lane::rounded(x);
        const F below = lane::floor(x);
        return lane::select(x - below >= lane::broadcast<F>(0.5f), below + lane::broadcast<F>(1.0f), below);
    }
    static constexpr std::int64_t divide(std::int64_t x, int shift) {
        const detail::Halves h(x, shift);
        return h.below + (h.rest >= h.half && shift > 0);
    }
};

/// Unbiased: the expected value of round(x, i) over seeds is x. The i-th number of a tensor always gets the same draw,
/// whatever the order of evaluation (the hash is SplitMix64's finaliser).
struct Stochastic {
    std::uint64_t seed = 0;

    template <class F> constexpr F round(F x, std::size_t index) const {
        const F below = lane::floor(x);
        const F draw = static_cast<F>(static_cast<double>(hash(index) >> 40) / 16777216.0);  // 24 bits, in [0, 1)
        return draw < x - below ? below + F(1) : below;
    }

private:
    constexpr std::uint64_t hash(std::size_t index) const {
        std::uint64_t z = seed + 0x9e3779b97f4a7c15u * (static_cast<std::uint64_t>(index) + 1u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
};

namespace detail {
template <class R>
concept rounds_alone = requires(const R r, float x, double d) {
    { r.round(x) } -> std::same_as<float>;
    { r.round(d) } -> std::same_as<double>;
};
template <class R>
concept rounds_by_index = requires(const R r, float x) {
    { r.round(x, std::size_t{}) } -> std::same_as<float>;
};
}  // namespace detail

template <class R>
concept RoundingPolicy = detail::rounds_alone<R> || detail::rounds_by_index<R> ||
                         unsatisfied<"not a rounding policy: use Floor, Ceil, TowardZero, HalfEven, HalfAway, HalfUp, "
                                     "Stochastic, or a type with round(x) for float and double">();

}  // namespace qtensor::inline QTENSOR_ABI
