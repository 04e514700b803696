// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 2. One number, or one register of them. Which values an element type can have (element), how reals become
/// integers (rounding, overflow), how an accumulator becomes a code under a published rule (dialect; tflite, xnnpack),
/// and the proof that an accumulator is wide enough (accumulator).

#include "numeric/accumulator.hpp"
#include "numeric/dialect.hpp"
#include "numeric/element.hpp"
#include "numeric/fixed_point.hpp"
#include "numeric/float16.hpp"
#include "numeric/overflow.hpp"
#include "numeric/rounding.hpp"
#include "numeric/tflite.hpp"
#include "numeric/xnnpack.hpp"
