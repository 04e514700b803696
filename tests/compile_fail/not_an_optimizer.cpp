// SPDX-License-Identifier: BSL-1.0
// A mask holds weights at zero and moves none.
// expect: not an optimizer: it needs begin_step\(\) and update\(parameter, rate\)
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
auto losses(Model<Net>& model, std::span<const float> x, const std::vector<std::size_t>& labels, const Pruning& mask) {
#ifdef BAD
    return train(model, x, CrossEntropy(labels), mask, {.epochs = 1});
#else
    return train(model, x, CrossEntropy(labels), Masked{Sgd{}, mask}, {.epochs = 1});
#endif
}
