// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Multi-head self-attention with its projections (Vaswani et al. 2017):
///
///     MultiHeadAttention<128, 64, 4>                        128 tokens of 64 numbers, 4 heads of 16
///     MultiHeadAttention<128, 64, 4, Past, numerics::Dynamic>
///
/// A chain of three layers: queries, keys and values by one matrix, the heads (layer/attention.hpp), what they say by
/// another. The matrices are [3 Width][1][Width] and [Width][1][Width], queries first (PyTorch's in_proj_weight).

#include "../layer/attention.hpp"
#include "../layer/conv1d.hpp"
#include "sequential.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <std::size_t Width, std::size_t Heads> constexpr std::size_t head_depth() {
    static_assert(Heads > 0 && Width % (Heads > 0 ? Heads : 1) == 0,
                  "the numbers of a token are divided evenly among the heads of an attention");
    return Width / (Heads > 0 ? Heads : 1);
}
}  // namespace detail

template <std::size_t Tokens, std::size_t Width, std::size_t Heads, class Sight = Everything,
          class N = numerics::TfLite>
using MultiHeadAttention = Sequential<Conv1d<Shape<Tokens, Width>, 3 * Width, Kernel1d<1>, Identity, N>,
                                      Attention<Tokens, Heads, detail::head_depth<Width, Heads>(), Sight, N>,
                                      Conv1d<Shape<Tokens, Width>, Width, Kernel1d<1>, Identity, N>>;

}  // namespace qtensor::inline QTENSOR_ABI
