// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Filters of a depthwise convolution, [rows][columns][outputs]. A dot-product instruction takes neighbours in depth,
/// and a depthwise sum has none among the channels: so rows of taps are laid side by side, `k` of them per channel,
///
///     blocks [outputs / n][phase][rows / k][columns][n][k]
///
/// 3 x 3 taps are three instructions per register of channels where k is 4, and one slot in four is spare. With it the
/// next row of outputs can be had from the same numbers, by filters that are one slot further down: phase 1.

#include <limits>
#include <span>

#include "../arch.hpp"
#include "../arch/interleave.hpp"
#include "../gemm/packed_weights.hpp"
#include "../scale/on_axis.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// No instruction: sums are taken as they are defined.
struct NoAtom {
    static constexpr std::size_t n = 1, k = 1;
    using packed = std::int8_t;
    using accumulator = std::int32_t;
};

/// The instruction for depthwise sums, and what it reads of the image. Bytes go through a dot product of unsigned and
/// signed bytes where weights have no zero point; everything else that int16 holds goes through pairs of int16, weights
/// with their zero point taken out.
template <class Arch, class X, class W, bool WZero> struct depthwise_atom {
    static constexpr bool is_real = std::same_as<X, float> && std::same_as<W, float>;
    static constexpr bool has_bytes = [] {
        if constexpr (sizeof(X) == 1 && std::same_as<W, std::int8_t> && !WZero &&
                      arch::HasAtom<Arch, std::uint8_t, std::int8_t>) {
            return arch::Atom<Arch, std::uint8_t, std::int8_t>::k == 4;
        } else {
            return false;
        }
    }();
    static constexpr bool has_words =
        std::is_integral_v<X> && std::is_integral_v<W> && sizeof(X) <= 2 && !std::same_as<X, std::uint16_t> &&
        (sizeof(W) == 1 || (sizeof(W) == 2 && !WZero)) && arch::HasAtom<Arch, std::int16_t, std::int16_t>;
    using cell = std::conditional_t<is_real, float, std::conditional_t<has_bytes, std::uint8_t, std::int16_t>>;
    using weight = std::conditional_t<is_real, float, std::conditional_t<has_bytes, std::int8_t, std::int16_t>>;
    static constexpr bool exists = arch::HasAtom<Arch, cell, weight> && (is_real || has_bytes || has_words);
    using type = typename std::conditional_t<exists, std::type_identity<arch::Atom<Arch, cell, weight>>,
                                             std::type_identity<NoAtom>>::type;
};

/// A register of what lies side by side. Its cells are as many bytes as those of weights.
template <class Atom, class Side> QTENSOR_FORCE_INLINE auto load_side(const Side* from) {
    if constexpr (std::is_same_v<Side, typename Atom::packed>) {
        return Atom::load_b(from);
    } else {
        static_assert(sizeof(Side) == sizeof(typename Atom::packed));
        return Atom::load_b(reinterpret_cast<const typename Atom::packed*>(from));
    }
}
}  // namespace detail

/// Where the weights of `n` outputs lie; filters of rows x columns taps.
template <class Atom> struct DepthwiseLayout {
    std::size_t n = 0;
    std::size_t rows = 0;
    std::size_t columns = 0;

    constexpr std::size_t blocks() const { return (n + Atom::n - 1) / Atom::n; }
    /// Instructions per column of taps.
    constexpr std::size_t groups() const { return (rows + Atom::k - 1) / Atom::k; }
    /// Rows of outputs that one set of image rows can serve.
    constexpr std::size_t phases() const { return rows % Atom::k == 0 ? 1 : 2; }
    constexpr std::size_t phase_cells() const {
        return checked_product(checked_product(groups(), columns), Atom::n * Atom::k);
    }
    constexpr std::size_t block_cells() const { return checked_product(phases(), phase_cells()); }
    constexpr std::size_t cells() const { return checked_product(blocks(), block_cells()); }
    /// Sums of the weights: whole registers.
    constexpr std::size_t sums() const { return blocks() * Atom::n; }
    constexpr std::size_t index(std::size_t j, std::size_t phase, std::size_t row, std::size_t column) const {
        const std::size_t slot = row + phase;
        return j / Atom::n * block_cells() + phase * phase_cells() +
               ((slot / Atom::k * columns + column) * Atom::n + j % Atom::n) * Atom::k + slot % Atom::k;
    }
};

/// Filters W [Rows][Columns][N] of scale S for Arch and activations X; extents may be dyn.
template <class Arch, class X, class W, Scale S, std::size_t Rows, std::size_t Columns, std::size_t N>
class DepthwiseWeights {
    static constexpr bool is_static = N != dyn && Rows != dyn && Columns != dyn;
    using Chosen = detail::depthwise_atom<Arch, value_of<X>, value_of<W>, has_zero_point<S>>;

public:
    using arch_type = Arch;
    using x_element = X;
    using w_element = W;
    /// Sums have their channels along the columns, as a matrix product has: axis 0 of its weights.
    using scale_type = on_axis<0, S>;
    static constexpr std::size_t static_n = N;
    static constexpr std::size_t static_rows = Rows;
    static constexpr std::size_t static_columns = Columns;
    static constexpr std::size_t static_k = Rows == dyn || Columns == dyn ? dyn : Rows * Columns;
    /// Filters are read where they are, in a microcontroller's flash, and must outlive this. Otherwise they may go.
    static constexpr bool in_place = !Chosen::exists;
    using Atom = typename Chosen::type;
    using Layout = DepthwiseLayout<Atom>;
    /// What the instruction reads of the image.
    using x_cell = typename Chosen::cell;
    using packed_type = typename Chosen::weight;
    using sum_type = typename Atom::accumulator;

    /// Bytes of caller's memory, aligned to 64, that filters of run-time shape need.
    static constexpr std::size_t bytes(std::size_t rows, std::size_t columns, std::size_t n) {
        const Layout layout{n, rows, columns};
        return in_place || is_static ? 0
                                     : checked_sum(round_up(checked_product(layout.cells(), sizeof(packed_type)), 64),
                                                   round_up(checked_product(layout.sums(), sizeof(sum_type)), 64));
    }

    /// From filters [rows][columns][outputs].
    template <AnyTensor Q>
    constexpr explicit DepthwiseWeights(const Q& filters, [[maybe_unused]] std::span<std::byte> memory = {})
        : shape_(filters.extent(0), filters.extent(1), filters.extent(2)), scale_(as_policy(filters.scale())) {
        static_assert(Q::rank == 3, "the filters of a depthwise convolution have three axes: [rows][columns][outputs]");
        static_assert(Q::storage_type::contiguous, "filters are contiguous: copy a strided view first");
        static_assert(S::axis == per_tensor || S::axis == 2,
                      "the scale of depthwise filters is per tensor or per output: its axis is 2");
        require_usable(scale_, S::axis == per_tensor ? 1 : n());
        if constexpr (in_place) {
            cells_ = filters.data();
        } else if constexpr (!is_static) {
            const std::size_t needed = bytes(rows(), columns(), n());
            QTENSOR_REQUIRE(memory.size() >= needed,
                            "depthwise filters: the memory is smaller than DepthwiseWeights::bytes(rows, columns, n)",
                            memory.size(), needed);
            QTENSOR_REQUIRE(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0,
                            "pack: the memory must be aligned to 64 bytes",
                            reinterpret_cast<std::uintptr_t>(memory.data()) % 64, 0);
            storage_.panel_cells = reinterpret_cast<packed_type*>(memory.data());
            storage_.sum_cells =
                reinterpret_cast<sum_type*>(memory.data() + round_up(layout().cells() * sizeof(packed_type), 64));
            for (std::size_t i = 0; i < layout().cells(); ++i) storage_.panels()[i] = packed_type{};
            for (std::size_t j = 0; j < layout().sums(); ++j) storage_.sums()[j] = sum_type{};
        }
        for (std::size_t j = 0; j < n(); ++j) read(filters.data(), j);
    }

    constexpr std::size_t rows() const { return shape_.extent(0); }
    constexpr std::size_t columns() const { return shape_.extent(1); }
    constexpr std::size_t n() const { return shape_.extent(2); }
    constexpr std::size_t k() const { return rows() * columns(); }
    constexpr Layout layout() const { return {n(), rows(), columns()}; }
    constexpr const scale_type& scale() const { return scale_; }
    /// max over outputs of sum over taps of |w - z_w|.
    constexpr std::uint64_t row_magnitude() const { return row_magnitude_; }

    /// A weight where it is.
    constexpr value_of<W> weight(std::size_t tap, std::size_t j) const
        requires in_place
    {
        return element<W>::load(cells_, tap * n() + j);
    }
    /// In reading order: see DepthwiseLayout.
    constexpr const packed_type* blocks() const
        requires(!in_place)
    {
        return storage_.panels();
    }
    /// sum over taps of (w - z_w) of each output; padded with zeros to whole registers.
    constexpr const sum_type* column_sums() const
        requires(!in_place)
    {
        return storage_.sums();
    }

private:
    /// The policy without its axis, which is that of the tensor and not of the sums.
    template <class P> static constexpr scale_type as_policy(const P& policy) {
        if constexpr (std::same_as<P, scale_type>) {
            return policy;
        } else {
            return scale_type(policy);
        }
    }

    /// Output j: its bound, its sum, its cells.
    constexpr void read(const typename element<W>::cell* filters, std::size_t j) {
        std::uint64_t magnitude = 0;
        for (std::size_t tap = 0; tap < k(); ++tap) {
            const auto value = element<W>::load(filters, tap * n() + j);
            if constexpr (detail::is_integer_element<W>) {
                const std::int64_t offset = detail::checked_weight<W>(value) - zero_point_of(scale_, j);
                magnitude += static_cast<std::uint64_t>(offset < 0 ? -offset : offset);
                if constexpr (!in_place) {
                    QTENSOR_REQUIRE(offset == static_cast<packed_type>(offset),
                                    "depthwise filters: a weight minus its zero point does not fit the 16 bits of the "
                                    "instruction",
                                    offset, std::numeric_limits<packed_type>::max());
                    storage_.sums()[j] = lane::wrapping_add(storage_.sums()[j], static_cast<sum_type>(offset));
                    place(tap, j, static_cast<packed_type>(offset));
                }
            } else if constexpr (!in_place) {
                place(tap, j, value);
            }
        }
        row_magnitude_ = magnitude > row_magnitude_ ? magnitude : row_magnitude_;
    }
    constexpr void place(std::size_t tap, std::size_t j, packed_type value) {
        for (std::size_t phase = 0; phase < layout().phases(); ++phase)
            storage_.panels()[layout().index(j, phase, tap / columns(), tap % columns())] = value;
    }

    static constexpr Layout static_layout{is_static ? N : 0, is_static ? Rows : 0, is_static ? Columns : 0};
    using Storage = detail::PackedStorage<packed_type, sum_type, in_place ? 0 : static_layout.cells(),
                                          in_place ? 0 : static_layout.sums()>;
    struct None {};

    [[no_unique_address]] Shape<Rows, Columns, N> shape_{};
    scale_type scale_{};
    std::uint64_t row_magnitude_ = 0;
    [[no_unique_address]] std::conditional_t<in_place, const typename element<W>::cell*, None> cells_{};
    [[no_unique_address]] std::conditional_t<in_place, None, Storage> storage_{};
};

/// The packed form of a filter tensor Q for Arch and activations X.
template <class Arch, class X, AnyTensor Q>
using depthwise_for = DepthwiseWeights<Arch, std::remove_const_t<X>, std::remove_const_t<typename Q::element_type>,
                                       typename Q::scale_type, Q::shape_type::static_extent(0),
                                       Q::shape_type::static_extent(1), Q::shape_type::static_extent(2)>;

}  // namespace qtensor::inline QTENSOR_ABI
