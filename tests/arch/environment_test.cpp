// SPDX-License-Identifier: BSL-1.0
#include <qtensor/arch/environment.hpp>

#include <cfenv>

#include "support/catch.hpp"
#include "support/refused.hpp"

namespace {

using qtensor::arch::Environment;
using qtensor_test::refused;
using qtensor_test::says;

/// What the thread's environment and the two checks say after `change`; the default is restored before returning.
struct Seen {
    Environment environment;
    std::string nearest, subnormals;
};
template <class Change> Seen after(Change&& change) {
    Seen seen;
    std::fenv_t before;
    std::fegetenv(&before);
    change();
    seen.environment = Environment::of_thread();
    seen.nearest = refused([] { qtensor::detail::require_nearest(); });
    seen.subnormals = refused([] { qtensor::detail::require_subnormals(); });
    std::fesetenv(&before);
    return seen;
}

#if defined(NDEBUG)
constexpr bool checks = false;
#else
constexpr bool checks = true;
#endif

}  // namespace

TEST_CASE("A thread begins in the default environment", "[arch]") {
    const Seen seen = after([] {});
    CHECK(seen.environment.nearest);
    CHECK(seen.environment.subnormals);
    CHECK(seen.nearest == "nothing was refused");
    CHECK(seen.subnormals == "nothing was refused");
}

TEST_CASE("A changed rounding mode is seen", "[arch]") {
    for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        const Seen seen = after([&] { std::fesetround(mode); });
        CHECK(!seen.environment.nearest);
        CHECK(seen.environment.subnormals);
        CHECK(says(seen.nearest, "the thread's rounding mode is not to nearest") == checks);
        CHECK(seen.subnormals == "nothing was refused");
    }
}

#if defined(__SSE__)
TEST_CASE("Flushing results or operands to zero is seen", "[arch]") {
    for (const unsigned bits : {0x8000u, 0x40u, 0x8040u}) {
        const Seen seen =
            after([&] { __builtin_ia32_ldmxcsr(static_cast<unsigned>(__builtin_ia32_stmxcsr()) | bits); });
        CHECK(seen.environment.nearest);
        CHECK(!seen.environment.subnormals);
        CHECK(seen.nearest == "nothing was refused");
        CHECK(says(seen.subnormals, "the thread flushes subnormal numbers to zero") == checks);
    }
}
#endif

TEST_CASE("The compiler has no environment to check", "[arch]") {
    constexpr int evaluated = (qtensor::detail::require_nearest(), qtensor::detail::require_subnormals(), 3);
    STATIC_REQUIRE(evaluated == 3);
}
