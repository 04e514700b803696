// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Every architecture that this translation unit is compiled for, the scalar one first.

#include <qtensor/arch.hpp>

namespace qtensor_test {

template <class... Arches> struct ArchList {
    /// body<Arch>() for each of them that has a kernel here.
    template <class Body> static void each(Body&& body) { (call<Arches>(body), ...); }

private:
    template <class Arch, class Body> static void call(Body& body) {
        if constexpr (std::same_as<Arch, qtensor::arch::scalar> ||
                      (qtensor::arch::HasAtom<Arch, std::int8_t, std::int8_t> &&
                       qtensor::arch::HasAtom<Arch, float, float>)) {
            body.template operator()<Arch>();
        }
    }
};

using EveryArch = ArchList<qtensor::arch::scalar, qtensor::arch::sse41, qtensor::arch::avx2, qtensor::arch::avx_vnni,
                           qtensor::arch::avx512bw, qtensor::arch::avx512_vnni>;

/// For layers that add nothing to kernels which are tested on every architecture elsewhere: the definition and the
/// best.
using ScalarAndBest = ArchList<qtensor::arch::scalar, qtensor::arch::native>;

}  // namespace qtensor_test
