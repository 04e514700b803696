// SPDX-License-Identifier: BSL-1.0
// There are two kinds of blocks.
// expect: not a block of ggml: use BlockQ8_0 or BlockQ4_0
#include <qtensor/qtensor.hpp>
using namespace qtensor;
#ifdef BAD
using Block = std::int8_t;
#else
using Block = BlockQ8_0;
#endif
void f(std::span<const float> values, std::span<Block> blocks) { quantize_blocks<Block>(values, blocks); }
int main() {}
