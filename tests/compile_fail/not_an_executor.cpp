// SPDX-License-Identifier: BSL-1.0
// The library calls executors through a reference to const.
// expect: not an executor: it needs workers\(\) and operator\(\)\(parts, body\), both const
#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>

struct Mine {
    std::size_t workers() const { return 1; }
#ifdef BAD
    template <class Body>
    void operator()(std::size_t parts, Body&& body){
#else
    template <class Body> void operator()(std::size_t parts, Body&& body) const {
#endif
        for (std::size_t part = 0; part < parts; ++part) body(part);
}
}
;

int main() {
    using namespace qtensor;
    const std::int8_t codes[] = {1, 2, 3, 4};
    const QTensor<const std::int8_t, PerTensor<>, Shape<2, 2>> x(codes, {}, PerTensor<>{0.5f});
    const auto packed = pack<arch::scalar, std::int8_t>(x);
    const Linear linear(packed, x.scale());
    QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Shape<2, 2>, Inline> y({}, linear.output_scale());
    linear(x, y, {}, Mine{});
}
