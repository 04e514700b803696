// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 9, host. Several processors: thread_pool.hpp is an executor (gemm/executor.hpp) of standard threads.
/// openmp.hpp is one for programs that use OpenMP; it needs that compiler flag and is therefore not included here.

#include "parallel/thread_pool.hpp"
