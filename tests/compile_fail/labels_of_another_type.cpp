// SPDX-License-Identifier: BSL-1.0
// A view of labels converts nothing.
// expect: labels are numbers of classes, counted from 0, in memory of std::size_t
#include <qtensor/calibrate.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/train.hpp>
using namespace qtensor;

#ifdef BAD
using Labels = std::vector<int>;
#else
using Labels = std::vector<std::size_t>;
#endif
auto loss(const Labels& labels, std::span<const float> teacher) { return Distillation(labels, teacher); }
