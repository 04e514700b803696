// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 11, host. Files in and out: numbers from csv.

#include "io/csv.hpp"
