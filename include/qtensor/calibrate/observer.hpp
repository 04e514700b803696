// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What an observer is: it sees the real values of an edge and says which range its codes should cover. A copyable type
/// with
///
///     void observe(std::span<const float> values);   a batch of samples at a time
///     Range range() const;                           of everything observed so far; {0, 0} before the first value
///     Range range(std::size_t levels) const;         optional: where the answer depends on how many codes there are
///     void merge(const O& other);                    optional: as if this one had observed what the other one did
///
/// The observers of the library refuse values that are not finite with std::invalid_argument, and what they say of
/// nothing, of one value and of a constant is a range that fit_affine takes.

#include <cmath>
#include <concepts>
#include <span>
#include <stdexcept>
#include <string>

#include "range.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class O>
concept observes = std::copyable<O> && requires(O observer, const O seen, std::span<const float> values) {
    observer.observe(values);
    { seen.range() } -> std::same_as<Range>;
};

/// `who` is asked to observe these values.
inline void require_observable(std::span<const float> values, const char* who) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i])) {
            throw std::invalid_argument(std::string(who) + ": value " + std::to_string(i) + " is " +
                                        std::to_string(values[i]) + ": only finite numbers can be observed");
        }
    }
}
}  // namespace detail

template <class O>
concept Observer =
    detail::observes<O> ||
    unsatisfied<"not an observer: it needs void observe(std::span<const float>) and Range range() const">();

/// Two of them that saw one half each say what one says that saw both.
template <class O>
concept MergeableObserver = Observer<O> && requires(O observer, const O& other) { observer.merge(other); };

namespace detail {
template <class O> constexpr bool must_be_observer() {
    static_assert(Observer<O>,
                  "not an observer: it needs void observe(std::span<const float>) and Range range() const");
    return true;
}
}  // namespace detail

/// How many codes an element has.
template <IntegerElement T>
inline constexpr std::size_t levels_of =
    static_cast<std::size_t>(static_cast<std::int64_t>(element<T>::highest) - element<T>::lowest + 1);

/// What an observer says for codes of T.
template <IntegerElement T, class O> Range range_for(const O& seen) {
    static_assert(detail::must_be_observer<O>());
    if constexpr (requires { seen.range(levels_of<T>); }) {
        return seen.range(levels_of<T>);
    } else {
        return seen.range();
    }
}

}  // namespace qtensor::inline QTENSOR_ABI
