// SPDX-License-Identifier: BSL-1.0
// expect: the sums are deeper than an int32 accumulator is proven for
#include <qtensor/gemm.hpp>
#include <qtensor/layer.hpp>
using namespace qtensor;

struct vector_code : arch::scalar {};  // any architecture but the scalar one
#ifdef BAD
using Filters = DepthwiseWeights<vector_code, std::int16_t, std::int16_t, PerTensor<>, 3, 3, 2>;
#else
using Filters = DepthwiseWeights<vector_code, std::int8_t, std::int8_t, PerTensor<>, 3, 3, 2>;
#endif
using Bound = BoundDepthwise2d<Filters, PerTensor<>, void>;
constexpr auto size = sizeof(Bound);
