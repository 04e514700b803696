// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Concepts that carry a sentence. A public concept is written
///
///     concept Good = holds<T> || unsatisfied<"say what is wrong and what to write instead">();
///
/// and both g++ and clang print the sentence when the concept fails (the habit is mp-units' `unsatisfied.h`). They
/// print it late, though: behind the candidates of an overload, the files that include each other, the operands that
/// failed before. Where users meet a concept first, in a public function or class, it therefore stands in the first
/// `static_assert` of the body (`detail::must_be_good<T>()`, beside the concept), whose sentence is the error itself.

#include <cstddef>

#include "config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// A string literal as a template argument.
template <std::size_t N> struct Sentence {
    char text[N]{};
    // NOLINTNEXTLINE(google-explicit-constructor): a literal must convert where a Sentence is expected
    consteval Sentence(const char (&literal)[N]) {
        for (std::size_t i = 0; i < N; ++i) text[i] = literal[i];
    }
};

/// Always false; the compiler shows the sentence because it shows the expression that failed.
template <Sentence What> consteval bool unsatisfied() { return false; }

/// False for every T: `static_assert(never<T>, "sentence")` fires only where a template is instantiated.
template <class...> inline constexpr bool never = false;

}  // namespace qtensor::inline QTENSOR_ABI
