// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 8, host. Where the core would need the caller's memory, this allocates: tensors (storage), packed weights
/// (pack), and the one-call product for run-time shapes (matmul).

#include "heap/aligned_bytes.hpp"
#include "heap/matmul.hpp"
#include "heap/pack.hpp"
#include "heap/storage.hpp"
