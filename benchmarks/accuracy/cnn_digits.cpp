// SPDX-License-Identifier: BSL-1.0
#include "accuracy.hpp"

using namespace qtensor;

template <class N>
using Net = Sequential<Conv2d<Shape<8, 8, 1>, 8, Kernel<3, 3, Same>, Relu, N>,
                       MaxPool2d<Shape<8, 8, 8>, Kernel<2, 2, Stride<2>>, Identity, N>,
                       Conv2d<Shape<4, 4, 8>, 16, Kernel<3, 3, Same>, Relu, N>,
                       MaxPool2d<Shape<4, 4, 16>, Kernel<2, 2, Stride<2>>, Identity, N>, Dense<64, 10, Identity, N>>;

int main(int argc, char** argv) { return accuracy::run<Net, 8>("cnn_digits", {20, 12, 0.005f}, argc, argv); }
