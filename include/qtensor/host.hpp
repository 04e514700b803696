// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Everything: the core and what a host adds. It needs no library either; what does (OpenMP, file formats) has a header
/// of its own.

// clang-format off: the order is the order in which data flows
#include "qtensor.hpp"

#include "heap.hpp"       // storage, packed weights and products that allocate
#include "calibrate.hpp"  // post-training quantization
#include "parallel.hpp"   // threads that share a product's work
#include "train.hpp"      // training and quantization-aware training
#include "io.hpp"         // files
// clang-format on
