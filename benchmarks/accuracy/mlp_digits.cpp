// SPDX-License-Identifier: BSL-1.0
#include "accuracy.hpp"

using namespace qtensor;

template <class N> using Net = Sequential<Dense<64, 32, Relu, N>, Dense<32, 10, Identity, N>>;

int main(int argc, char** argv) { return accuracy::run<Net, 8>("mlp_digits", {30, 20, 0.005f}, argc, argv); }
