// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 6. Layers: one definition with two readings, float and integer (layer.hpp says what a layer needs), and the
/// numerics bundles they take (numerics.hpp).

#include "layer/activation.hpp"
#include "layer/dense.hpp"
#include "layer/layer.hpp"
#include "layer/numerics.hpp"
#include "layer/window.hpp"
