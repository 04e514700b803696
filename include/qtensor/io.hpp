// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 11, host. What goes in and out: numbers from csv, idx (MNIST) and npy (NumPy); pictures of loss landscapes
/// (contour); codes of a network as a C++ header for firmware (header); networks as tables (describe), comparisons of
/// networks as a table (comparison_text) and as a page (comparison_html).

#include "io/comparison_html.hpp"
#include "io/comparison_text.hpp"
#include "io/contour.hpp"
#include "io/csv.hpp"
#include "io/describe.hpp"
#include "io/escaped.hpp"
#include "io/header.hpp"
#include "io/idx.hpp"
#include "io/npy.hpp"
