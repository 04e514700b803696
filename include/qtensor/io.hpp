// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 11, host. What goes in and out: numbers from csv, idx (MNIST) and npy (NumPy); pictures of loss landscapes
/// (contour); networks as tables (describe).

#include "io/contour.hpp"
#include "io/csv.hpp"
#include "io/describe.hpp"
#include "io/idx.hpp"
#include "io/npy.hpp"
