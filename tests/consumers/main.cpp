// SPDX-License-Identifier: BSL-1.0
// What a consumer writes: the core and the host part, in a program of its own. Exit status 0: the numbers are right.
#include <qtensor/host.hpp>
#include <qtensor/qtensor.hpp>

#include <cstdio>

using namespace qtensor;

namespace {
constexpr auto x = quantize<std::int8_t>({1.0f, -2.0f, 3.0f}, Shape<1, 3>{}, PerTensor{0.5f});
constexpr auto w =
    quantize<int8_symmetric>({0.5f, 0.25f, 1.0f, -1.0f, 0.0f, 2.0f}, Shape<2, 3>{}, PerChannel<2>{{0.25f, 0.5f}});
constexpr auto y = matmul(x, w, Dequantize<float>{});
static_assert(y(0, 0) == 3.0f && y(0, 1) == 5.0f);
}  // namespace

int main() {
    const auto again = matmul(x, w, Dequantize<float>{});
    const QTensor<const std::int8_t, PerTensor<>, Shape<dyn, 3>> rows(x.data(), Shape<dyn, 3>(1), x.scale());
    const auto heap = matmul(rows, w, Dequantize<float>{});
    std::printf("%g %g on %s, version %d.%d.%d\n", static_cast<double>(again(0, 0)), static_cast<double>(again(0, 1)),
                arch::native::name, QTENSOR_VERSION_MAJOR, QTENSOR_VERSION_MINOR, QTENSOR_VERSION_PATCH);
    return again(0, 0) == 3.0f && again(0, 1) == 5.0f && heap(0, 0) == 3.0f && heap(0, 1) == 5.0f ? 0 : 1;
}
