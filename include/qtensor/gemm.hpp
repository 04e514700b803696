// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Rank 5. Products. reference.hpp defines the answer; pack.hpp puts weights in reading order; tile.hpp repeats an atom
/// in registers; gemm.hpp has the loops, finish.hpp what becomes of the sums; stage.hpp says what a stage is,
/// epilogue.hpp joins stages, and add_bias, clamp, requantize and dequantize are some. linear.hpp makes of all this a
/// product that is ready to run, matmul.hpp is the one-call form; executor.hpp says who runs its parts.

#include "gemm/add_bias.hpp"
#include "gemm/bound_linear.hpp"
#include "gemm/bound_sums.hpp"
#include "gemm/channel_table.hpp"
#include "gemm/clamp.hpp"
#include "gemm/dequantize.hpp"
#include "gemm/epilogue.hpp"
#include "gemm/executor.hpp"
#include "gemm/finish.hpp"
#include "gemm/gemm.hpp"
#include "gemm/grouped.hpp"
#include "gemm/grouped_weights.hpp"
#include "gemm/linear.hpp"
#include "gemm/matmul.hpp"
#include "gemm/pack.hpp"
#include "gemm/packed_weights.hpp"
#include "gemm/panel_layout.hpp"
#include "gemm/reference.hpp"
#include "gemm/requantize.hpp"
#include "gemm/requantize_by.hpp"
#include "gemm/stage.hpp"
#include "gemm/store.hpp"
#include "gemm/tile.hpp"
#include "gemm/weight_only.hpp"
