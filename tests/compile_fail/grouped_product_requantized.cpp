// SPDX-License-Identifier: BSL-1.0
// The sums of the groups are real numbers: there is no accumulator to requantize.
// expect: stages of a grouped product keep float
#include <qtensor/gemm.hpp>
using namespace qtensor;

using W = QTensor<const std::int8_t, PerGroup<dyn>, Shape<2, 2, 8>>;
using Packed = grouped_for<arch::scalar, std::int8_t, W>;
struct ToHalf {
    template <class In> struct Bound {
        using element = float16;
        Unscaled scale;
        template <class V> constexpr V operator()(V value, const Cell&) const { return value; }
    };
    template <class In> constexpr Bound<In> bind(const In&) const { return {}; }
};
#ifdef BAD
using Last = ToHalf;
#else
using Last = Relu;
#endif
using X = QTensor<const std::int8_t, Affine<>, Shape<1, 16>>;
using Y = QTensor<float, Unscaled, Shape<1, 2>>;
void run(const X& x, const Packed& w, const Y& y) { multiply_groups(x, w, y, {}, Last{}); }
