// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// An executor of a test's own: as many workers as it says, one part after the other, the last one first.

#include <cstddef>
#include <vector>

namespace qtensor_test {

struct Backwards {
    std::size_t count = 1;
    std::vector<std::size_t>* asked = nullptr;  ///< gets the number of parts of every call
    std::size_t workers() const { return count; }
    template <class Body> void operator()(std::size_t parts, Body&& body) const {
        if (asked != nullptr) asked->push_back(parts);
        for (std::size_t part = parts; part-- > 0;) body(part);
    }
};

}  // namespace qtensor_test
