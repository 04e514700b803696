// SPDX-License-Identifier: BSL-1.0
// Blocks are ggml's, byte for byte.
// expect: not a block of ggml: use BlockQ8_0 or BlockQ4_0
#include <qtensor/tensor/ggml_blocks.hpp>
using namespace qtensor;

#ifdef BAD
using Block = float16;
#else
using Block = BlockQ4_0;
#endif
void blocks(std::span<const float> values, std::span<Block> to) { quantize_blocks<Block>(values, to); }
