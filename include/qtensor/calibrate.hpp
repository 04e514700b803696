// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 9, host. From a trained float network to an integer one: observers (observer.hpp) watch real values, ranges
/// become scales (range.hpp), calibrate.hpp does it for a whole network, compare.hpp says what it cost and where.
///
///     MinMax              everything, outliers too
///     MovingAverage       extremes of batches, averaged
///     Percentile          the middle share
///     TorchHistogram      PyTorch's L2 search
///     Entropy             TensorRT's Kullback-Leibler threshold
///     MeanSquaredError    the threshold with the smallest squared error
///
/// The methods of TensorFlow Lite, a line each:
///
///     float16_weights(net)              weights in two bytes
///     dynamic_range(net)                weights in one byte, activations measured as they come
///     calibrate(net, samples)           integers throughout
///     freeze(aware)                     trained in the integers that are deployed (train/)
///
/// Tools for weights: equalized(net) before, bias_corrected and adaptively_rounded(net, quantized, samples) after; a
/// batch normalisation is folded in by folded (layer/fold.hpp).

#include "calibrate/adjust.hpp"
#include "calibrate/calibrate.hpp"
#include "calibrate/compare.hpp"
#include "calibrate/comparison.hpp"
#include "calibrate/correct_bias.hpp"
#include "calibrate/dynamic_range.hpp"
#include "calibrate/entropy.hpp"
#include "calibrate/equalize.hpp"
#include "calibrate/float16_weights.hpp"
#include "calibrate/histogram.hpp"
#include "calibrate/mean_squared_error.hpp"
#include "calibrate/min_max.hpp"
#include "calibrate/moving_average.hpp"
#include "calibrate/observer.hpp"
#include "calibrate/percentile.hpp"
#include "calibrate/range.hpp"
#include "calibrate/reading.hpp"
#include "calibrate/round_weights.hpp"
#include "calibrate/torch_histogram.hpp"
