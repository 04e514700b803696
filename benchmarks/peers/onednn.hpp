// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What everything that oneDNN does here begins with: its engine, one thread, this program's instruction set.
#include <dnnl.hpp>

#include <qtensor/arch.hpp>

#include <string>
#include <type_traits>

extern "C" [[gnu::weak]] void omp_set_num_threads(int threads);  // where oneDNN was built with OpenMP

namespace bench::onednn_parts {

using dnnl::memory;
using Type = memory::data_type;

/// Without it its int8 sums saturate, by design.
inline constexpr bool has_vnni = std::is_same_v<qtensor::arch::native, qtensor::arch::avx512_vnni>;

inline dnnl::engine& engine() {
    static dnnl::engine one(dnnl::engine::kind::cpu, 0);
    return one;
}

/// One thread, and this program's instruction set; its version.
inline std::string prepared() {
    if (omp_set_num_threads != nullptr) omp_set_num_threads(1);
    if (std::is_same_v<qtensor::arch::native, qtensor::arch::avx2>) dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
    const auto* version = dnnl_version();
    return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
}

}  // namespace bench::onednn_parts
