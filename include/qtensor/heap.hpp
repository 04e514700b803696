// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 8, host. Where the core would need the caller's memory, this allocates: tensors (storage), packed weights
/// (pack), the one-call product for run-time shapes (matmul), and networks that are known when the program runs (network).

#include "heap/aligned_bytes.hpp"
#include "heap/executor_ref.hpp"
#include "heap/matmul.hpp"
#include "heap/network.hpp"
#include "heap/network_graph.hpp"
#include "heap/pack.hpp"
#include "heap/storage.hpp"
#include "heap/weighted_step.hpp"
