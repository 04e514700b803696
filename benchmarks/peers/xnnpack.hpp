// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What everything that XNNPACK does here begins with: its two interfaces, and this program's instruction set.
#include <xnnpack.h>

#if __has_include("src/xnnpack/hardware-config.h")
#include "src/xnnpack/hardware-config.h"
#endif

#include <qtensor/arch.hpp>

#include <stdexcept>
#include <string>
#include <type_traits>

/// The interface with `reshape` (2023 and later) takes a weights cache.
#if defined(XNN_INVALID_VALUE_ID) && defined(XNN_EXTRA_QUANTIZATION_PARAMS)
#define QTENSOR_XNNPACK_RESHAPES 1
#else
#define QTENSOR_XNNPACK_RESHAPES 0
#endif

namespace bench::xnnpack_parts {

inline void check(xnn_status status) {
    if (status != xnn_status_success) throw std::runtime_error("XNNPACK: status " + std::to_string(status));
}

/// Initialised, and held to this program's instruction set; false where that cannot be done.
inline bool initialised() {
    constexpr bool capped = std::is_same_v<qtensor::arch::native, qtensor::arch::avx2>;
#if __has_include("src/xnnpack/hardware-config.h")
    // It has no switch for its instruction set; its own record of the processor is what it chooses kernels by.
    if (capped) {
        auto* config = const_cast<xnn_hardware_config*>(xnn_init_hardware_config());
        config->arch_flags &= 2 * static_cast<std::uint64_t>(xnn_arch_x86_avx2) - 1;
    }
#else
    if (capped) return false;
#endif
    return xnn_initialize(nullptr) == xnn_status_success;
}

}  // namespace bench::xnnpack_parts
