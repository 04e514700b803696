// SPDX-License-Identifier: BSL-1.0
// expect: a batch normalisation has one gain per output
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
constexpr std::size_t outputs = 3;
#else
constexpr std::size_t outputs = 2;
#endif
constexpr Dense<4, 2>::Float fold(const Dense<4, 2>::Float& layer, const BatchNorm<outputs>& norm) { return folded(layer, norm); }
