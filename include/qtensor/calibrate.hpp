// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 9, host. From a trained float network to an integer one: observers watch real values (min_max), ranges become
/// scales (range), calibrate does it for a whole network.

#include "calibrate/calibrate.hpp"
#include "calibrate/min_max.hpp"
#include "calibrate/range.hpp"
