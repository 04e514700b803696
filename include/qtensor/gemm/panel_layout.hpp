// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Where a weight lies in the order in which a kernel reads. w is [n][k] (a row per output); a panel holds `columns`
/// outputs:
///
///     panels [n / columns][k / atom.k][columns][atom.k],   packed = w + w_offset, zero behind the edges
///
/// Weights of four bits are two to a byte there, too, where the architecture takes them apart (arch/nibbles.hpp).

#include <array>
#include <cstddef>

#include "../arch/atom.hpp"
#include "../base/shape.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The sizes of packed weights for n outputs of depth k.
template <arch::DotProductAtom Atom> struct PanelLayout {
    static constexpr std::size_t columns = arch::panel_columns<Atom>;
    static constexpr std::size_t shared = arch::codes_per_cell<Atom>;  ///< weights in a cell
    static constexpr std::size_t span = Atom::k / shared;              ///< cells of an output in a group of k
    std::size_t n = 0;
    std::size_t k = 0;

    constexpr std::size_t padded_n() const { return round_up(n, columns); }
    constexpr std::size_t padded_k() const { return round_up(k, Atom::k); }
    constexpr std::size_t panel_cells() const { return checked_product(columns, padded_k() / shared); }
    constexpr std::size_t cells() const { return checked_product(padded_n(), padded_k() / shared); }
    /// The cell of w[j][kk].
    constexpr std::size_t index(std::size_t j, std::size_t kk) const {
        return j / columns * panel_cells() + (kk / Atom::k * columns + j % columns) * span + kk % span;
    }
    /// Stores w[j][kk] + w_offset, once, into cells that were zero.
    constexpr void put(typename Atom::packed* cells, std::size_t j, std::size_t kk,
                       typename Atom::packed weight) const {
        typename Atom::packed& cell = cells[index(j, kk)];
        if constexpr (shared == 1) {
            cell = weight;
        } else {
            cell = static_cast<typename Atom::packed>(cell | weight << (8 / shared * (kk % Atom::k / span)));
        }
    }
};

namespace detail {

/// Where packed cells live: in the object for static shapes, in the caller's (64-byte aligned) memory otherwise.
template <class Packed, class Sum, std::size_t Cells, std::size_t Sums> struct PackedStorage {
    alignas(64) std::array<Packed, Cells> panel_cells{};
    alignas(64) std::array<Sum, Sums> sum_cells{};
    constexpr Packed* panels() { return panel_cells.data(); }
    constexpr const Packed* panels() const { return panel_cells.data(); }
    constexpr Sum* sums() { return sum_cells.data(); }
    constexpr const Sum* sums() const { return sum_cells.data(); }
};
template <class Packed, class Sum> struct PackedStorage<Packed, Sum, 0, 0> {
    Packed* panel_cells = nullptr;
    Sum* sum_cells = nullptr;
    constexpr Packed* panels() const { return panel_cells; }
    constexpr Sum* sums() const { return sum_cells; }
};

}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
