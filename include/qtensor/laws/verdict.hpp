// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What a law found: nothing, or the sentence that a policy does not keep and where that showed.

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// True when every law holds. Streams to anything that takes text, so that a test framework shows the sentence.
struct Verdict {
    const char* broken = nullptr;  ///< the law that does not hold; null when all do
    double at = 0.0;               ///< the input, channel or index at which it does not; the sentence says which

    constexpr explicit operator bool() const { return broken == nullptr; }

    template <class Stream> friend Stream& operator<<(Stream& out, const Verdict& verdict) {
        if (verdict) {
            out << "every law holds";
        } else {
            out << verdict.broken << " (at " << verdict.at << ")";
        }
        return out;
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
