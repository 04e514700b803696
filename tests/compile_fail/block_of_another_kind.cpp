// SPDX-License-Identifier: BSL-1.0
// expect: not a block of ggml: use BlockQ8_0 or BlockQ4_0
#include <qtensor/tensor.hpp>
using namespace qtensor;

struct BlockQ5_0 {};
#ifdef BAD
using Block = BlockQ5_0;
#else
using Block = BlockQ4_0;
#endif
void quantize(std::span<const float> values, std::span<Block> blocks) { quantize_blocks(values, blocks); }
