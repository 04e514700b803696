// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 9, host. Several processors, and processors of several kinds: thread_pool.hpp is an executor (gemm/executor.hpp)
/// of standard threads, dispatch.hpp takes the best of the instruction sets that a program was compiled for. openmp.hpp
/// is an executor for programs that use OpenMP; it needs that compiler flag and is therefore not included here.

#include "parallel/dispatch.hpp"
#include "parallel/thread_pool.hpp"
