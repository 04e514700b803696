// SPDX-License-Identifier: BSL-1.0
// A stage behind a grouped product may not change what is stored.
// expect: a grouped product makes real numbers: y is a contiguous float matrix
#include <qtensor/gemm.hpp>
#include <qtensor/gemm/grouped.hpp>
#include <qtensor/scale.hpp>
using namespace qtensor;

struct Narrow {
    template <class In> struct Bound {
#ifdef BAD
        using element = float16;
#else
        using element = float;
#endif
        Unscaled scale;
        template <class V> constexpr V operator()(V value, const Cell&) const { return value; }
    };
    template <class In> constexpr Bound<In> bind(const In&) const { return {}; }
};
using W = GroupedWeights<arch::scalar, std::int8_t, std::int8_t, PerGroup<dyn>>;
using X = QTensor<const std::int8_t, PerTensor<>, Shape<2, 8>>;
using Y = QTensor<float, Unscaled, Shape<2, 3>>;
void run(X x, const W& w, Y y) { multiply_groups(x, w, y, {}, Narrow{}); }
