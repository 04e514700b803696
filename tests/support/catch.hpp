// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Catch2, version 2 or 3. Tests keep to what both have: no SKIP, no BENCHMARK, no RangeEquals; `WithinAbs` and
/// `WithinRel` instead of `Approx`.

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
