// SPDX-License-Identifier: BSL-1.0
// How a layer learns stands in a header of its own.
// expect: nobody has said how this layer learns: include its header of qtensor/train/, or specialise Trainable<L, How>
#include <qtensor/layer/pool2d.hpp>
#include <qtensor/train/model.hpp>
#ifndef BAD
#include <qtensor/train/weightless.hpp>
#endif
using namespace qtensor;

using Net = MaxPool2d<Shape<4, 4, 1>, Kernel<2, 2>>;
Model<Net> model(Net::Float{});
