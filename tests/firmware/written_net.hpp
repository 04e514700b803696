// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The network that write.cpp writes on the host and written.cpp runs: filters, four bits, a way around, gates.

#include <qtensor/qtensor.hpp>

using Net = qtensor::Sequential<
    qtensor::Conv2d<qtensor::Shape<4, 4, 1>, 4, qtensor::Kernel<3, 3, qtensor::Same>, qtensor::Relu>,
    qtensor::MaxPool2d<qtensor::Shape<4, 4, 4>, qtensor::Kernel<2, 2, qtensor::Stride<2>>>,
    qtensor::Residual<qtensor::Dense<16, 16, qtensor::Relu, qtensor::numerics::TfLiteInt4>>, qtensor::Lstm<2, 8, 3>,
    qtensor::Dense<6, 3>>;

inline constexpr std::size_t samples = 5, inputs = 16, outputs = 3;
