// SPDX-License-Identifier: BSL-1.0
// expect: write_header takes the codes of a network, as calibrate\(net, samples\) or freeze\(model\) makes them
#include <qtensor/io.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>
using namespace qtensor;

using Net = Sequential<Dense<2, 1>>;
#ifdef BAD
using Given = Net::Float;
#else
using Given = Net::Quantized;
#endif
void write(const Given& parameters) { write_header("model.hpp", parameters); }
