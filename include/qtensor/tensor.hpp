// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 4. `QTensor<T, Scale, Shape, Storage>` and the three conversions: real numbers to codes (quantize), codes to
/// real numbers (dequantize), codes of one scale to codes of another (requantize); and float to its 16-bit storage
/// forms (convert). Slices and transpositions are views (sliced, transposed); copy_into makes tensors of them.

#include "tensor/convert.hpp"
#include "tensor/copy.hpp"
#include "tensor/dequantize.hpp"
#include "tensor/ggml_blocks.hpp"
#include "tensor/qtensor.hpp"
#include "tensor/quantize.hpp"
#include "tensor/quantize_dynamic.hpp"
#include "tensor/requantize.hpp"
#include "tensor/rows.hpp"
#include "tensor/sliced.hpp"
#include "tensor/transposed.hpp"
