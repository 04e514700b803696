// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The executor of programs that use OpenMP: parts run on the threads that its runtime has anyway. It needs -fopenmp:
/// link the CMake target qtensor::openmp.
///
///     linear(x, y, workspace, OpenMp{});                            // workspace_bytes(m, k, OpenMp{}.workers())

#if !defined(_OPENMP)
#error "qtensor: parallel/openmp.hpp needs OpenMP: compile with -fopenmp, or link qtensor::openmp"
#endif

#include <omp.h>

#include <cstddef>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// As many workers as OMP_NUM_THREADS or omp_set_num_threads allow. In a parallel region of the program a call runs its
/// parts on the thread that makes it, unless nesting is switched on. A body that throws ends the program.
struct OpenMp {
    std::size_t workers() const {
        const int threads = omp_get_max_threads();
        return threads < 1 ? 1 : static_cast<std::size_t>(threads);
    }

    template <class Body> void operator()(std::size_t parts, Body&& body) const {
        const auto count = static_cast<long long>(parts);
#pragma omp parallel for schedule(static, 1) if (count > 1)
        for (long long part = 0; part < count; ++part) body(static_cast<std::size_t>(part));
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
