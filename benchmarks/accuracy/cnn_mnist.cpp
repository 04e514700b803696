// SPDX-License-Identifier: BSL-1.0
#include "accuracy.hpp"

using namespace qtensor;

template <class N>
using Net = Sequential<Conv2d<Shape<28, 28, 1>, 8, Kernel<5, 5, Stride<2>>, Relu, N>,
                       Conv2d<Shape<12, 12, 8>, 16, Kernel<3, 3, Stride<2>>, Relu, N>, Dense<400, 32, Relu, N>,
                       Dense<32, 10, Identity, N>>;

int main(int argc, char** argv) { return accuracy::run<Net, 28>("cnn_mnist", {6, 4, 0.003f}, argc, argv); }
