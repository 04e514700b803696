// SPDX-License-Identifier: BSL-1.0
#include "accuracy.hpp"

using namespace qtensor;

template <class N>
using Net = Sequential<Conv2d<Shape<8, 8, 1>, 12, Kernel<3, 3, Same>, Relu, N>,
                       Residual<Conv2d<Shape<8, 8, 12>, 12, Kernel<3, 3, Same>, Relu, N>>,
                       MaxPool2d<Shape<8, 8, 12>, Kernel<2, 2, Stride<2>>, Identity, N>,
                       Residual<Conv2d<Shape<4, 4, 12>, 12, Kernel<3, 3, Same>, Relu, N>>, Dense<192, 10, Identity, N>>;

int main(int argc, char** argv) { return accuracy::run<Net, 8>("residual_digits", {16, 10, 0.004f}, argc, argv); }
