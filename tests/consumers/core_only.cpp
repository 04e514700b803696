// SPDX-License-Identifier: BSL-1.0
// A consumer of the core alone, without exceptions and RTTI.
#include <qtensor/qtensor.hpp>

using namespace qtensor;

constexpr auto x = quantize<std::int8_t>({1.0f, -2.0f}, Shape<1, 2>{}, PerTensor{0.5f});

int main() { return matmul(x, x)(0, 0) == 20 ? 0 : 1; }
