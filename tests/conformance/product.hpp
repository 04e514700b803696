// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Products of run-time shapes for the cases: x [m][k] * w [n][k]^T through stages, on every architecture that has an
/// instruction for the two elements. The results are the caller's to compare.

#include <qtensor/gemm.hpp>
#include <qtensor/heap.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>

#include <array>
#include <string>
#include <vector>

#include "conformance/case.hpp"
#include "support/arches.hpp"

namespace conformance {

using Matrix = qtensor::Shape<qtensor::dyn, qtensor::dyn>;

template <class T, class S>
qtensor::QTensor<const T, S, Matrix> matrix(const std::vector<T>& values, std::size_t rows, std::size_t columns,
                                            S scale) {
    if (values.size() != rows * columns) throw Malformed("a matrix has another number of elements than its shape");
    return {values.data(), Matrix(rows, columns), scale};
}

/// [rows][columns] turned into [columns][rows].
template <class T> std::vector<T> transposed(const T* values, std::size_t rows, std::size_t columns) {
    std::vector<T> turned(rows * columns);
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) turned[c * rows + r] = values[r * columns + c];
    }
    return turned;
}

/// The cells of x * w^T on Arch.
template <class Arch, class XT, class WT, class... Stages>
auto multiply(const XT& x, const WT& w, const Stages&... stages) {
    using namespace qtensor;
    using X = std::remove_const_t<typename XT::element_type>;
    using Packed = packed_for<Arch, X, WT>;
    const AlignedBytes memory(Packed::bytes(w.extent(0), w.extent(1)));
    const Packed packed(w, memory.span());
    std::vector<std::int32_t> words(4 * w.extent(0));
    const Linear linear(packed, x.scale(), BindMemory(words.data(), words.size()), stages...);
    using L = decltype(linear);
    std::vector<typename L::element_type> cells(x.extent(0) * w.extent(0));
    const QTensor<typename L::element_type, typename L::scale_type, Matrix> y(
        cells.data(), Matrix(x.extent(0), w.extent(0)), linear.output_scale());
    const AlignedBytes workspace(L::workspace_bytes(x.extent(0), x.extent(1)));
    linear(x, y, workspace.span());
    return cells;
}

/// body<Arch>() for every architecture on which products of these elements run.
template <class X, class W, class Body> void each_arch(Body&& body) {
    using namespace qtensor;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        // Sums of wider codes are int64 for run-time depths, which the scalar architecture alone has.
        if constexpr (std::same_as<Arch, arch::scalar> ||
                      ((sizeof(X) == 1 || std::same_as<X, float>) && arch::HasAtom<Arch, value_of<X>, value_of<W>>)) {
            body.template operator()<Arch>();
        }
    });
}

/// Bias as the stage takes it.
template <class T> auto bias_of(const std::vector<T>& bias) {
    return qtensor::AddBias{qtensor::QTensor<const T, qtensor::Unscaled, qtensor::Shape<qtensor::dyn>>(
        bias.data(), qtensor::Shape<qtensor::dyn>(bias.size()))};
}

}  // namespace conformance
