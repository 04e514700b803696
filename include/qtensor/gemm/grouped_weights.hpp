// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Weights with a scale per group of the depth, ready for products (gemm/grouped.hpp). w is [n][groups][depth of a
/// group] with a PerGroup or PerGroupAffine scale; every group is packed like weights of its own:
///
///     panels [groups][panels of PanelLayout{n, depth}], then [groups][padded n]: sum_k (w - z_w), scale, zero point
///
/// For float activations (weights alone are codes) a panel holds w - z_w, in int16 where there are zero points.

#include "../scale/per_group.hpp"
#include "packed_weights.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// What a panel of group codes holds before the atom's offset.
template <class X, class W, class S>
using group_code = std::conditional_t<std::same_as<X, float> && has_zero_point<S>, std::int16_t, value_of<W>>;

template <class Arch, class X, class W, class S>
struct group_atom : chosen_atom<Arch, X, std::conditional_t<std::same_as<X, float>, group_code<X, W, S>, W>> {};

template <class Q> constexpr void check_groups() {
    static_assert(Q::rank == 3 && spans_leading_axes<typename Q::scale_type> && Q::storage_type::contiguous,
                  "grouped weights are a contiguous tensor [n][groups][depth of a group] with a PerGroup scale");
}

}  // namespace detail

template <class Arch, class X, class W, Scale S> class GroupedWeights {
public:
    using arch_type = Arch;
    using x_element = X;
    using Atom = typename detail::group_atom<Arch, X, W, S>::type;
    using packed_type = typename Atom::packed;
    using sum_type = typename Atom::accumulator;
    using Layout = PanelLayout<Atom>;
    static constexpr bool is_real = std::same_as<X, float>;
    static constexpr bool has_zeros = has_zero_point<S> && !is_real;

    constexpr std::size_t n() const { return layout_.n; }
    constexpr std::size_t groups() const { return groups_; }
    constexpr std::size_t depth() const { return layout_.k; }  ///< of a group
    constexpr const Layout& layout() const { return layout_; }
    constexpr std::uint64_t magnitude() const { return magnitude_; }  ///< the largest sum_k |w - z_w| of a group

    /// Of one group.
    const packed_type* panels(std::size_t group) const { return panels_ + group * panel_stride(layout_); }
    const std::int32_t* sums(std::size_t group) const { return words_ + group * layout_.padded_n(); }
    const std::int32_t* zeros(std::size_t group) const { return sums(2 * groups_ + group); }
    const std::int32_t* scale_bits(std::size_t group) const { return sums(groups_ + group); }

    /// Bytes of the caller's memory for n outputs and `groups` groups of `depth` codes.
    static constexpr std::size_t bytes(std::size_t n, std::size_t groups, std::size_t depth) {
        const Layout layout{n, depth};
        const std::size_t words = checked_product(layout.padded_n(), (has_zeros ? 3 : 2) * sizeof(std::int32_t));
        return checked_product(groups, checked_sum(panel_stride(layout) * sizeof(packed_type), words));
    }

    /// `memory` has bytes(n, groups, depth) bytes, aligned to 64, and outlives this; the original weights may go.
    template <AnyTensor Q>
    GroupedWeights(const Q& w, std::span<std::byte> memory) : layout_{w.extent(0), w.extent(2)}, groups_(w.extent(1)) {
        detail::check_groups<Q>();
        QTENSOR_REQUIRE(memory.size() >= bytes(n(), groups_, depth()),
                        "grouped weights: the memory is smaller than GroupedWeights::bytes", memory.size(),
                        bytes(n(), groups_, depth()));
        QTENSOR_REQUIRE(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0,
                        "pack: the memory must be aligned to 64 bytes",
                        reinterpret_cast<std::uintptr_t>(memory.data()) % 64, 0);
        require_usable(w.scale(), n() * groups_);
        panels_ = reinterpret_cast<packed_type*>(memory.data());
        words_ = reinterpret_cast<std::int32_t*>(memory.data() + groups_ * panel_stride(layout_) * sizeof(packed_type));
        for (std::size_t i = 0; i < groups_ * panel_stride(layout_); ++i) panels_[i] = packed_type{};
        for (std::size_t i = 0; i < (has_zeros ? 3 : 2) * groups_ * layout_.padded_n(); ++i) words_[i] = 0;
        for (std::size_t group = 0; group < groups_; ++group) {
            for (std::size_t j = 0; j < n(); ++j) fill(w, group, j);
        }
    }

private:
    /// Cells from one group's panels to the next: whole cache lines.
    static constexpr std::size_t panel_stride(const Layout& layout) { return round_up(layout.cells(), 64); }

    template <class Q> void fill(const Q& w, std::size_t group, std::size_t j) {
        const std::size_t index = j * groups_ + group;
        const std::int32_t zero = zero_point_of(w.scale(), index);
        std::int64_t sum = 0;
        std::uint64_t magnitude = 0;
        for (std::size_t k = 0; k < depth(); ++k) {
            const std::int64_t code = detail::checked_weight<W>(element<W>::load(w.data(), index * depth() + k));
            const std::int64_t apart = code - zero;
            if constexpr (is_real) {
                using Code = detail::group_code<X, W, S>;
                QTENSOR_REQUIRE(apart == static_cast<Code>(apart),
                                "a weight is too far from its zero point: at most 32767", apart, 32767);
                panels_[group * panel_stride(layout_) + layout_.index(j, k)] = static_cast<packed_type>(apart);
            } else {
                layout_.put(panels_ + group * panel_stride(layout_), j, k,
                            static_cast<packed_type>(code + Atom::w_offset));
            }
            sum += apart;
            magnitude += static_cast<std::uint64_t>(apart < 0 ? -apart : apart);
        }
        magnitude_ = magnitude > magnitude_ ? magnitude : magnitude_;
        const std::size_t at = group * layout_.padded_n() + j;
        const std::size_t step = groups_ * layout_.padded_n();
        words_[at] = static_cast<std::int32_t>(sum);  // modulo 2^32
        words_[at + step] = std::bit_cast<std::int32_t>(w.scale().scale(index));
        if constexpr (has_zeros) words_[at + 2 * step] = zero;
    }

    Layout layout_{};
    std::size_t groups_ = 0;
    std::uint64_t magnitude_ = 0;
    packed_type* panels_ = nullptr;
    std::int32_t* words_ = nullptr;
};

/// The scalar architecture reads the weights where they are; they outlive this.
template <class X, class W, Scale S> class GroupedWeights<arch::scalar, X, W, S> {
public:
    using arch_type = arch::scalar;
    using x_element = X;
    static constexpr bool is_real = std::same_as<X, float>;
    static constexpr bool in_place = true;

    constexpr std::size_t n() const { return n_; }
    constexpr std::size_t groups() const { return groups_; }
    constexpr std::size_t depth() const { return depth_; }
    constexpr std::uint64_t magnitude() const { return magnitude_; }
    static constexpr std::size_t bytes(std::size_t, std::size_t, std::size_t) { return 0; }

    constexpr value_of<W> weight(std::size_t j, std::size_t group, std::size_t k) const {
        return element<W>::load(cells_, (j * groups_ + group) * depth_ + k);
    }
    constexpr float scale(std::size_t j, std::size_t group) const { return scale_.scale(j * groups_ + group); }
    constexpr std::int32_t zero(std::size_t j, std::size_t group) const {
        return zero_point_of(scale_, j * groups_ + group);
    }

    template <AnyTensor Q>
    constexpr explicit GroupedWeights(const Q&& w, std::span<std::byte> = {}) : GroupedWeights(w) {
        static_assert(detail::must_outlive<GroupedWeights, Q>());
    }
    template <AnyTensor Q>
    constexpr explicit GroupedWeights(const Q& w, std::span<std::byte> = {})
        : cells_(w.data()), n_(w.extent(0)), groups_(w.extent(1)), depth_(w.extent(2)), scale_(w.scale()) {
        detail::check_groups<Q>();
        require_usable(scale_, n_ * groups_);
        for (std::size_t j = 0; j < n_; ++j) {
            for (std::size_t group = 0; group < groups_; ++group) {
                std::uint64_t magnitude = 0;
                for (std::size_t k = 0; k < depth_; ++k) {
                    const std::int64_t apart = detail::checked_weight<W>(weight(j, group, k)) - zero(j, group);
                    magnitude += static_cast<std::uint64_t>(apart < 0 ? -apart : apart);
                }
                magnitude_ = magnitude > magnitude_ ? magnitude : magnitude_;
            }
        }
    }

private:
    const typename element<W>::cell* cells_ = nullptr;
    std::size_t n_ = 0, groups_ = 0, depth_ = 0;
    S scale_{};
    std::uint64_t magnitude_ = 0;
};

/// The packed form of grouped weights Q for Arch and activations X.
template <class Arch, class X, AnyTensor Q>
using grouped_for =
    GroupedWeights<Arch, std::remove_const_t<X>, std::remove_const_t<typename Q::element_type>, typename Q::scale_type>;

}  // namespace qtensor::inline QTENSOR_ABI
