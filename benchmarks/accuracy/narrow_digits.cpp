// SPDX-License-Identifier: BSL-1.0
#include "accuracy.hpp"

using namespace qtensor;

/// A chain so narrow that every number counts: what four bits cost is not averaged away.
template <class N>
using Net = Sequential<Dense<64, 12, Relu, N>, Dense<12, 12, Relu, N>, Dense<12, 12, Relu, N>, Dense<12, 12, Relu, N>,
                       Dense<12, 10, Identity, N>>;

int main(int argc, char** argv) { return accuracy::run<Net, 8>("narrow_digits", {25, 50, 0.005f}, argc, argv); }
