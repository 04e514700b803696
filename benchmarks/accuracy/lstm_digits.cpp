// SPDX-License-Identifier: BSL-1.0
#include "accuracy.hpp"

using namespace qtensor;

/// Eight rows of eight pixels, from top to bottom; the last hidden state decides.
template <class N>
using Net =
    Sequential<Lstm<8, 8, 24, N>, Slice<Shape<8, 24>, Begin<7, 0>, Shape<1, 24>, N>, Dense<24, 10, Identity, N>>;

int main(int argc, char** argv) { return accuracy::run<Net, 8>("lstm_digits", {24, 12, 0.01f}, argc, argv); }
