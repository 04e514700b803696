// SPDX-License-Identifier: BSL-1.0
// Linear over a vector kernel whose sums the types prove for int64 only.
// expect: the product is deeper than an int32 accumulator is proven for: use arch::scalar
#include <qtensor/gemm.hpp>
using namespace qtensor;

struct some_vector_arch;
#ifdef BAD
constexpr std::size_t depth = 131072;
#else
constexpr std::size_t depth = 131071;
#endif
/// The shape of packed weights is all that the proof looks at.
struct Packed {
    using arch_type = some_vector_arch;
    using x_element = std::int8_t;
    using w_element = std::int8_t;
    using scale_type = PerTensor<>;
    static constexpr std::size_t static_n = 1, static_k = depth;
};
using Accumulator = BoundLinear<Packed, PerTensor<>, void>::accumulator;
