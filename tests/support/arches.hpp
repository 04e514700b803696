// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Every architecture that this translation unit is compiled for, the scalar one first.

#include <qtensor/arch.hpp>

namespace qtensor_test {

template <class... Arches> struct ArchList {
    /// body<Arch>() for each of them.
    template <class Body> static void each(Body&& body) { (body.template operator()<Arches>(), ...); }
};

#if defined(QTENSOR_NO_SIMD) || !(defined(__AVX2__) && defined(__FMA__) && defined(__F16C__))
using EveryArch = ArchList<qtensor::arch::scalar>;
#elif defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
using EveryArch = ArchList<qtensor::arch::scalar, qtensor::arch::avx2, qtensor::arch::avx512_vnni>;
#else
using EveryArch = ArchList<qtensor::arch::scalar, qtensor::arch::avx2>;
#endif

}  // namespace qtensor_test
