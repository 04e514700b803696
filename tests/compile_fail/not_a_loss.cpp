// SPDX-License-Identifier: BSL-1.0
// expect: not a loss: it is called as loss\(y, which, dy\) and returns the mean loss: CrossEntropy\(labels\)
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
auto losses(Model<Net>& model, std::span<const float> x, const std::vector<std::size_t>& labels) {
#ifdef BAD
    return train(model, x, labels, Sgd{}, {.epochs = 1});
#else
    return train(model, x, CrossEntropy(labels), Sgd{}, {.epochs = 1});
#endif
}
