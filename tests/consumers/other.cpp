// SPDX-License-Identifier: BSL-1.0
// A second translation unit of the same program: nothing in a header may be defined twice.
#include <qtensor/host.hpp>

qtensor::Affine<> scale_of_other() { return {0.5f, 3}; }
