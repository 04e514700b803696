// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 11, host. The contracts of policies as functions that a test calls, for policies of your own too:
///
///     static_assert(check_scale(MyScale{...}));                // by the compiler
///     CHECK(check_rounding<MyRounding>());                     // in any test framework; a failure prints the law
///
/// A concept asks whether a policy has the right members; a law asks whether they keep their promises. The library's
/// own policies are held to the same laws. No other header includes these (docs/decisions/0012-laws.md).

#include "laws/check_atom.hpp"
#include "laws/check_freeze.hpp"
#include "laws/check_layer.hpp"
#include "laws/check_observer.hpp"
#include "laws/check_rounding.hpp"
#include "laws/check_scale.hpp"
#include "laws/check_stage.hpp"
#include "laws/draws.hpp"
#include "laws/verdict.hpp"
