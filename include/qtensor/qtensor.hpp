// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The core: everything firmware needs and nothing that allocates, throws or prints. One sentence says what it is
/// about: a quantized tensor is integers plus the scale that gives them meaning; multiplying the integers multiplies
/// the scales; an epilogue turns accumulators back into integers; a layer is those steps with one set of numeric
/// policies; a network is layers whose types fit. Each clause is a folder, in the order in which data flows.

// clang-format off: the order is the order in which data flows
#include "base.hpp"     // shapes, storage, sentences for errors
#include "arch.hpp"     // instruction sets: lanes and dot-product atoms
#include "numeric.hpp"  // one number: ranges, rounding, overflow, requantization dialects
#include "scale.hpp"    // what a stored integer is worth
#include "tensor.hpp"   // QTensor, quantize, dequantize, requantize
#include "gemm.hpp"     // products and their epilogues
#include "layer.hpp"    // layers in two readings, float and integer
#include "net.hpp"      // networks and their memory plan
// clang-format on
