// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// xsimd where the library takes its lanes from there: half of what a test file parses, so precompiled headers have it.

#include <qtensor/base/config.hpp>
#if QTENSOR_HAS_XSIMD
#include <xsimd/xsimd.hpp>
#endif
