// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 2. One number, or one register of them. Which values an element type can have (element), how reals become
/// integers (rounding, reciprocal, overflow), how an accumulator becomes a code under a published rule (dialect, and one
/// file per family: tflite, tflite_single, tflite_neon, cmsis_nn, xnnpack, xnnpack_rndnu, fbgemm, onnx, gemmlowp,
/// power_of_two_shift, exact_rational), exp, logistic and tanh on integers (fixed_functions), and the proof that an
/// accumulator is wide enough (accumulator).

#include "numeric/accumulator.hpp"
#include "numeric/cmsis_nn.hpp"
#include "numeric/dialect.hpp"
#include "numeric/element.hpp"
#include "numeric/exact_rational.hpp"
#include "numeric/fbgemm.hpp"
#include "numeric/few_bits.hpp"
#include "numeric/fixed_functions.hpp"
#include "numeric/fixed_point.hpp"
#include "numeric/float16.hpp"
#include "numeric/gemmlowp.hpp"
#include "numeric/onnx.hpp"
#include "numeric/overflow.hpp"
#include "numeric/power_of_two_shift.hpp"
#include "numeric/real_functions.hpp"
#include "numeric/reciprocal.hpp"
#include "numeric/rounding.hpp"
#include "numeric/table_functions.hpp"
#include "numeric/tflite.hpp"
#include "numeric/tflite_neon.hpp"
#include "numeric/tflite_single.hpp"
#include "numeric/which_dialect.hpp"
#include "numeric/xnnpack.hpp"
#include "numeric/xnnpack_rndnu.hpp"
