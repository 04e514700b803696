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
#include <type_traits>

#include "../arch/lanes.hpp"
#include "../base/concepts.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// x / 2^shift on an integer or lanes of int32: floor, and what is left over beside half of 2^shift. 0 <= shift <= 62
/// on 64 bits, 0 <= shift <= 31 on 32.
template <class I> struct Halves {
    I x;
    I below;
    I rest;
    I half;
    QTENSOR_FORCE_INLINE constexpr Halves(I value, I shift)
        : x(value), below(lane::shift_right(value, shift)), rest(value - lane::shift_left(below, shift)),
          half(lane::shift_left(one(), lane::max(shift - one(), zero()))) {}
    static constexpr I zero() { return lane::broadcast<I>(0); }
    static constexpr I one() { return lane::broadcast<I>(1); }
};

/// Conditions on one value or on lanes.
constexpr bool both(bool a, bool b) { return a && b; }
constexpr bool either(bool a, bool b) { return a || b; }
template <class M> QTENSOR_FORCE_INLINE M both(M a, M b) { return a & b; }
template <class M> QTENSOR_FORCE_INLINE M either(M a, M b) { return a | b; }

/// The integer form of a policy, from its `up(halves)`: true where the quotient is rounded up.
template <class Policy> struct Divides {
    template <class I> QTENSOR_FORCE_INLINE static constexpr I divide(I x, std::type_identity_t<I> shift) {
        const Halves<I> h(x, shift);
        return h.below + lane::select(Policy::up(h), h.one(), h.zero());
    }
};
}  // namespace detail

struct Floor {
    template <class F> static constexpr F round(F x) { return lane::floor(x); }
    template <class I> QTENSOR_FORCE_INLINE static constexpr I divide(I x, std::type_identity_t<I> shift) {
        return lane::shift_right(x, shift);
    }
};

struct Ceil : detail::Divides<Ceil> {
    template <class F> static constexpr F round(F x) { return -lane::floor(-x); }
    template <class H> QTENSOR_FORCE_INLINE static constexpr auto up(const H& h) { return h.rest > h.zero(); }
};

struct TowardZero : detail::Divides<TowardZero> {
    template <class F> static constexpr F round(F x) { return lane::trunc(x); }
    template <class H> QTENSOR_FORCE_INLINE static constexpr auto up(const H& h) {
        const auto negative = h.x < h.zero();
        return detail::both(negative, h.rest > h.zero());
    }
};

struct HalfEven : detail::Divides<HalfEven> {
    template <class F> static constexpr F round(F x) { return lane::nearest_even(x); }
    template <class H> QTENSOR_FORCE_INLINE static constexpr auto up(const H& h) {
        return detail::either(h.rest > h.half, detail::both(h.rest == h.half, (h.below & h.one()) == h.one()));
    }
};

struct HalfAway : detail::Divides<HalfAway> {
    template <class F> static constexpr F round(F x) {
        x = lane::rounded(x);
        const F truncated = lane::trunc(x);
        const F rest = x - truncated;  // exact
        const F half = lane::broadcast<F>(0.5f);
        const F one = lane::broadcast<F>(1.0f);
        const F up = lane::select(rest >= half, truncated + one, truncated);
        return lane::select(rest <= -half, up - one, up);
    }
    template <class H> QTENSOR_FORCE_INLINE static constexpr auto up(const H& h) {
        return detail::either(h.rest > h.half, detail::both(h.rest == h.half, h.x >= h.zero()));
    }
};

struct HalfUp : detail::Divides<HalfUp> {
    template <class F> static constexpr F round(F x) {
        x = lane::rounded(x);
        const F below = lane::floor(x);
        return lane::select(x - below >= lane::broadcast<F>(0.5f), below + lane::broadcast<F>(1.0f), below);
    }
    template <class H> QTENSOR_FORCE_INLINE static constexpr auto up(const H& h) { return h.rest >= h.half; }
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

namespace detail {
template <class R> constexpr bool must_be_rounding_policy() {
    static_assert(RoundingPolicy<R>, "not a rounding policy: use Floor, Ceil, TowardZero, HalfEven, HalfAway, HalfUp, "
                                     "Stochastic, or a type with round(x) for float and double");
    return true;
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
