// SPDX-License-Identifier: BSL-1.0
// expect: the integer GRU computes like TFLite: take a bundle whose dialect is of its family, numerics::TfLite
#include <qtensor/layer.hpp>
using namespace qtensor;

#ifdef BAD
using Layer = Gru<1, 2, 3, numerics::Xnnpack>;
#else
using Layer = Gru<1, 2, 3, numerics::CmsisNn>;
#endif
constexpr auto bytes = Layer::Quantized::packed<arch::scalar>::workspace_bytes();
