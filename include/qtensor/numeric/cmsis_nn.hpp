// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// CMSIS-NN's requantization (`arm_nnsupportfunctions.h`, arm_nn_requantize): arm_nn_doubling_high_mult_no_sat is the
/// high product, (m1 * m2 + 2^30) >> 31, and arm_nn_divide_by_power_of_two is rounding_divide_by_power_of_two. "no_sat"
/// differs from gemmlowp only where both factors are -2^31, and a mantissa is never negative. So it is TFLite's rule,
/// int64 accumulators included (arm_nn_requantize_s64).

#include "tflite.hpp"
#include "tflite_single.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The default build.
using CmsisNn = TfLiteDoubleRounding;

/// A build with CMSIS_NN_USE_SINGLE_ROUNDING.
using CmsisNnSingleRounding = TfLiteSingleRounding;

}  // namespace qtensor::inline QTENSOR_ABI
