// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Filters of a depthwise convolution, [taps][outputs], in reading order: neighbouring outputs are neighbours, so a
/// register takes as many of them as it holds. The scalar architecture reads them where they are, a microcontroller's
/// flash; the others unpack them, so that the original weights may go.

#include <array>
#include <span>

#include "../arch/tags.hpp"
#include "../scale/on_axis.hpp"
#include "../tensor/qtensor.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// Whole numbers of their own (Count of them, or in the caller's memory), or none: the caller's tensor.
template <class Arch, class W, std::size_t Count> struct DepthwiseCells {
    std::array<value_of<W>, Count> cells{};
    constexpr value_of<W>* data() { return cells.data(); }
    constexpr const value_of<W>* data() const { return cells.data(); }
};
template <class Arch, class W> struct DepthwiseCells<Arch, W, dyn> {
    value_of<W>* cells = nullptr;
    constexpr value_of<W>* data() const { return cells; }
};
}  // namespace detail

/// Filters W [Taps][N] of scale S for Arch and activations X; Taps and N may be dyn.
template <class Arch, class X, class W, Scale S, std::size_t N, std::size_t Taps> class DepthwiseWeights {
    static constexpr bool in_place = std::same_as<Arch, arch::scalar>;
    static constexpr bool is_static = N != dyn && Taps != dyn;

public:
    using arch_type = Arch;
    using x_element = X;
    using w_element = W;
    /// Sums have their channels along the columns, as a matrix product has: axis 0 of its weights.
    using scale_type = on_axis<0, S>;
    static constexpr std::size_t static_n = N;
    static constexpr std::size_t static_k = Taps;

    /// Bytes of caller's memory that filters of run-time shape need.
    static constexpr std::size_t bytes(std::size_t n, std::size_t taps) {
        return in_place || is_static ? 0 : checked_product(checked_product(n, taps), sizeof(value_of<W>));
    }

    /// From filters [rows][columns][outputs].
    template <AnyTensor Q>
    constexpr explicit DepthwiseWeights(const Q& filters, [[maybe_unused]] std::span<std::byte> memory = {})
        : shape_(filters.extent(2), checked_product(filters.extent(0), filters.extent(1))),
          scale_(as_policy(filters.scale())) {
        static_assert(Q::rank == 3, "the filters of a depthwise convolution have three axes: [rows][columns][outputs]");
        static_assert(Q::storage_type::contiguous, "filters are contiguous: copy a strided view first");
        static_assert(S::axis == per_tensor || S::axis == 2,
                      "the scale of depthwise filters is per tensor or per output: its axis is 2");
        require_usable(scale_, S::axis == per_tensor ? 1 : n());
        if constexpr (in_place) {
            cells_ = filters.data();
        } else if constexpr (!is_static) {
            QTENSOR_REQUIRE(memory.size() >= bytes(n(), k()),
                            "depthwise filters: the memory is smaller than DepthwiseWeights::bytes(n, taps)",
                            memory.size(), bytes(n(), k()));
            cells_.cells = reinterpret_cast<value_of<W>*>(memory.data());
        }
        for (std::size_t j = 0; j < n(); ++j) {
            std::uint64_t magnitude = 0;
            for (std::size_t tap = 0; tap < k(); ++tap) {
                const auto value = element<W>::load(filters.data(), tap * n() + j);
                if constexpr (!in_place) cells_.data()[tap * n() + j] = value;
                if constexpr (detail::is_integer_element<W>) {
                    QTENSOR_REQUIRE(value >= element<W>::lowest && value <= element<W>::highest,
                                    "a weight is outside the range that its element type promises", value,
                                    value < element<W>::lowest ? element<W>::lowest : element<W>::highest);
                    const std::int64_t offset = static_cast<std::int64_t>(value) - zero_point_of(scale_, j);
                    magnitude += static_cast<std::uint64_t>(offset < 0 ? -offset : offset);
                }
            }
            row_magnitude_ = magnitude > row_magnitude_ ? magnitude : row_magnitude_;
        }
    }

    constexpr std::size_t n() const { return shape_.extent(0); }
    constexpr std::size_t k() const { return shape_.extent(1); }
    constexpr const scale_type& scale() const { return scale_; }
    /// max over outputs of sum over taps of |w - z_w|.
    constexpr std::uint64_t row_magnitude() const { return row_magnitude_; }

    constexpr value_of<W> weight(std::size_t tap, std::size_t j) const {
        if constexpr (in_place) {
            return element<W>::load(cells_, tap * n() + j);
        } else {
            return cells_.data()[tap * n() + j];
        }
    }
    /// The weights of all outputs at one tap; not on the scalar architecture.
    const value_of<W>* row(std::size_t tap) const { return cells_.data() + tap * n(); }

private:
    /// The policy without its axis, which is that of the tensor and not of the sums.
    template <class P> static constexpr scale_type as_policy(const P& policy) {
        if constexpr (std::same_as<P, scale_type>) {
            return policy;
        } else {
            return scale_type(policy);
        }
    }

    using Cells = std::conditional_t<in_place, const typename element<W>::cell*,
                                     detail::DepthwiseCells<Arch, W, is_static ? N * Taps : dyn>>;
    [[no_unique_address]] Shape<N, Taps> shape_{};
    scale_type scale_{};
    std::uint64_t row_magnitude_ = 0;
    Cells cells_{};
};

/// The packed form of a filter tensor Q for Arch and activations X.
template <class Arch, class X, AnyTensor Q>
using depthwise_for =
    DepthwiseWeights<Arch, std::remove_const_t<X>, std::remove_const_t<typename Q::element_type>,
                     typename Q::scale_type, Q::shape_type::static_extent(2),
                     (Q::shape_type::static_extent(0) == dyn || Q::shape_type::static_extent(1) == dyn)
                         ? dyn
                         : Q::shape_type::static_extent(0) * Q::shape_type::static_extent(1)>;

}  // namespace qtensor::inline QTENSOR_ABI
