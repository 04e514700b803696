// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 6. Layers: one definition with two readings, float and integer (layer.hpp says what a layer needs), and the
/// numerics bundles they take (numerics.hpp). What slides over an image has a window (window.hpp); window_sum.hpp
/// defines the sum under it.

#include "layer/activation.hpp"
#include "layer/bound_conv2d.hpp"
#include "layer/bound_depthwise2d.hpp"
#include "layer/bound_transpose_conv2d.hpp"
#include "layer/combine.hpp"
#include "layer/combine_into.hpp"
#include "layer/conv2d.hpp"
#include "layer/dense.hpp"
#include "layer/depthwise_conv2d.hpp"
#include "layer/depthwise_weights.hpp"
#include "layer/functions.hpp"
#include "layer/image_checks.hpp"
#include "layer/layer.hpp"
#include "layer/leaky_relu.hpp"
#include "layer/lookup.hpp"
#include "layer/lookup_table.hpp"
#include "layer/lstm.hpp"
#include "layer/lstm_gates.hpp"
#include "layer/numerics.hpp"
#include "layer/parameters.hpp"
#include "layer/patches.hpp"
#include "layer/pool.hpp"
#include "layer/pool2d.hpp"
#include "layer/rearrange.hpp"
#include "layer/softmax.hpp"
#include "layer/softmax_rows.hpp"
#include "layer/svdf.hpp"
#include "layer/transpose_conv2d.hpp"
#include "layer/weighted.hpp"
#include "layer/weightless.hpp"
#include "layer/window.hpp"
#include "layer/window_sum.hpp"
