// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A failed precondition as text: `CHECK(says(refused([&] { call(); }), "a sentence"))`.

#include <string>

#include "assert_hook.hpp"

namespace qtensor_test {

/// What the precondition said that `call` broke; "nothing was refused" when there was none.
template <class Call> std::string refused(Call&& call) {
    try {
        call();
    } catch (const PreconditionFailed& failure) {
        return failure.what();
    }
    return "nothing was refused";
}

inline bool says(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace qtensor_test
