// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 11, host. What goes in and out: numbers from csv files, networks as tables (describe).

#include "io/csv.hpp"
#include "io/describe.hpp"
