// SPDX-License-Identifier: BSL-1.0
// The target brings the flag of the compiler, the library of threads and the include path.
#include <qtensor/parallel/openmp.hpp>

int main() {
    int sums[] = {0, 0};
    qtensor::OpenMp{}(2, [&](std::size_t part) { sums[part] = static_cast<int>(part) + 1; });
    return sums[0] + sums[1] == 3 ? 0 : 1;
}
