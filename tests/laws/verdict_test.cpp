// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/laws/verdict.hpp>

#include <sstream>

namespace {
using namespace qtensor;
}

static_assert(Verdict{});
static_assert(!Verdict{"a law", 2.0});

TEST_CASE("a verdict shows the law that is broken and where") {
    std::ostringstream held;
    held << Verdict{};
    CHECK(held.str() == "every law holds");
    std::ostringstream broken;
    broken << Verdict{"a scale is positive (channel)", 3.0};
    CHECK(broken.str() == "a scale is positive (channel) (at 3)");
}
