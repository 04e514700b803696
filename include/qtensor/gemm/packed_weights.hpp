// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Weights in the order in which a kernel reads them (panel_layout.hpp), and beside them what the zero points need,
/// sum_k (w - z_w) per output, and the largest sum_k |w - z_w|, from which the accumulator is proven. Packing happens
/// once; the result is read-only and may be shared between threads.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "../arch.hpp"
#include "../arch/maddubs.hpp"
#include "../numeric/accumulator.hpp"
#include "../tensor/qtensor.hpp"
#include "panel_layout.hpp"
#include "weight_only.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// The atom for elements X and W: the ranges of narrow ones may allow a faster instruction than their cells do.
template <class Arch, class X, class W> struct chosen_atom {
    using type = arch::Atom<Arch, value_of<X>, value_of<W>>;
};
template <class Arch, class X, class W>
    requires(is_integer_element<X> && is_integer_element<W> && sizeof(value_of<X>) == 1 && sizeof(value_of<W>) == 1)
struct chosen_atom<Arch, X, W> {
    static constexpr std::size_t depth =
        arch::spill_depth(element<X>::lowest, element<X>::highest, element<W>::lowest, element<W>::highest);
    using Narrow = arch::Narrow < element<X>::lowest<0 ? static_cast<std::int32_t>(-element<W>::lowest) : 0, depth>;
    static constexpr bool is_narrow =
        depth > 0 &&
        std::is_signed_v<value_of<X>> == (element<X>::lowest < 0) && arch::HasAtom<Arch, value_of<X>, Narrow>;
    using Nibbles = arch::Nibbles<static_cast<std::int32_t>(-element<W>::lowest)>;
    static constexpr bool is_nibble =
        element<W>::highest - element<W>::lowest <= 15 && arch::HasAtom<Arch, value_of<X>, Nibbles>;
    using type = arch::Atom<Arch, value_of<X>,
                            std::conditional_t<is_nibble, Nibbles, std::conditional_t<is_narrow, Narrow, value_of<W>>>>;
};

template <class X, class W> inline constexpr bool can_multiply = is_integer_element<X> || !is_integer_element<W>;

/// A code of W, which is a promise about its range: the proof stands on it.
template <class W> constexpr std::int64_t checked_weight(std::int64_t code) {
    QTENSOR_REQUIRE(code >= element<W>::lowest && code <= element<W>::highest,
                    "a weight is outside the range that its element type promises", code,
                    code < element<W>::lowest ? element<W>::lowest : element<W>::highest);
    return code;
}

/// Weights that are read in place outlive their packed form: they are no temporary that owns its cells.
template <class Packed, class Q> constexpr bool must_outlive() {
    static_assert(
        !Packed::in_place || !Q::storage_type::owning,
        "weights packed for arch::scalar are read where they are, and these are a temporary: give them a name "
        "first, const auto w = quantize<std::int8_t>(...)");
    return true;
}

}  // namespace detail

/// Weights W [N][K] with their scale, packed for Arch and activations X; N and K may be dyn.
template <class Arch, class X, class W, Scale S, std::size_t N, std::size_t K> class PackedWeights {
    static_assert(detail::can_multiply<X, W>,
                  "codes beside float activations need their scales at once: use GroupedWeights and multiply_groups");

public:
    using arch_type = Arch;
    using x_element = X;
    using w_element = W;
    using scale_type = S;
    using Atom = typename detail::chosen_atom<Arch, X, W>::type;
    using packed_type = typename Atom::packed;
    using sum_type = typename Atom::accumulator;
    using Layout = PanelLayout<Atom>;
    static constexpr bool in_place = false;
    static constexpr std::size_t static_n = N;
    static constexpr std::size_t static_k = K;
    static constexpr bool is_static = N != dyn && K != dyn;

    constexpr std::size_t n() const { return layout_.n; }
    constexpr std::size_t k() const { return layout_.k; }
    constexpr const Layout& layout() const { return layout_; }
    constexpr const S& scale() const { return scale_; }
    constexpr const packed_type* panels() const { return storage_.panels(); }
    /// sum_k (w - z_w) of each output; padded with zeros to whole panels.
    constexpr const sum_type* column_sums() const { return storage_.sums(); }
    /// max over outputs of sum_k |w - z_w|.
    constexpr std::uint64_t row_magnitude() const { return row_magnitude_; }

    /// Bytes of caller's memory that dynamic weights of this size need.
    static constexpr std::size_t bytes(std::size_t n, std::size_t k) {
        const Layout layout{n, k};
        return checked_sum(round_up(checked_product(layout.cells(), sizeof(packed_type)), 64),
                           round_up(checked_product(layout.padded_n(), sizeof(sum_type)), 64));
    }

    template <AnyTensor Q>
    constexpr explicit PackedWeights(const Q& w)
        requires(is_static)
        : layout_{N, K}, scale_(w.scale()) {
        fill(w);
    }

    template <AnyTensor Q>
    PackedWeights(const Q& w, std::span<std::byte> memory)
        requires(!is_static)
        : layout_{w.extent(0), w.extent(1)}, scale_(w.scale()) {
        QTENSOR_REQUIRE(memory.size() >= bytes(n(), k()), "pack: the memory is smaller than PackedWeights::bytes(n, k)",
                        memory.size(), bytes(n(), k()));
        QTENSOR_REQUIRE(reinterpret_cast<std::uintptr_t>(memory.data()) % 64 == 0,
                        "pack: the memory must be aligned to 64 bytes",
                        reinterpret_cast<std::uintptr_t>(memory.data()) % 64, 0);
        storage_.panel_cells = reinterpret_cast<packed_type*>(memory.data());
        storage_.sum_cells =
            reinterpret_cast<sum_type*>(memory.data() + round_up(layout_.cells() * sizeof(packed_type), 64));
        for (std::size_t i = 0; i < layout_.cells(); ++i) storage_.panels()[i] = packed_type{};
        for (std::size_t j = 0; j < layout_.padded_n(); ++j) storage_.sums()[j] = 0;
        fill(w);
    }

private:
    template <class Q> constexpr void fill(const Q& w) {
        const auto strides = w.strides();
        require_usable(scale_, S::axis == per_tensor ? 1 : n());
        for (std::size_t j = 0; j < n(); ++j) {
            sum_type sum = 0;
            std::uint64_t magnitude = 0;
            for (std::size_t kk = 0; kk < k(); ++kk) {
                const auto at =
                    static_cast<std::ptrdiff_t>(j) * strides[0] + static_cast<std::ptrdiff_t>(kk) * strides[1];
                const auto value = element<W>::load(w.data(), at);
                if constexpr (std::is_floating_point_v<sum_type>) {
                    storage_.panels()[layout_.index(j, kk)] = value;
                } else {
                    const std::int64_t offset = detail::checked_weight<W>(value) - zero_point_of(scale_, j);
                    layout_.put(storage_.panels(), j, kk, static_cast<packed_type>(value + Atom::w_offset));
                    sum = lane::wrapping_add(sum, static_cast<sum_type>(offset));
                    magnitude += static_cast<std::uint64_t>(offset < 0 ? -offset : offset);
                }
            }
            storage_.sums()[j] = sum;
            row_magnitude_ = magnitude > row_magnitude_ ? magnitude : row_magnitude_;
        }
    }

    Layout layout_{};
    S scale_{};
    std::uint64_t row_magnitude_ = 0;
    detail::PackedStorage<packed_type, sum_type, is_static ? PanelLayout<Atom>{N, K}.cells() + (N == 0 || K == 0) : 0,
                          is_static ? PanelLayout<Atom>{N, K}.padded_n() + (N == 0) : 0>
        storage_{};
};

/// The scalar architecture reads weights where they are (a microcontroller's flash): only the bound is computed. The
/// weights must outlive this.
template <class X, class W, Scale S, std::size_t N, std::size_t K> class PackedWeights<arch::scalar, X, W, S, N, K> {
    static_assert(detail::can_multiply<X, W>,
                  "codes beside float activations need their scales at once: use GroupedWeights and multiply_groups");

public:
    using arch_type = arch::scalar;
    using x_element = X;
    using w_element = W;
    using scale_type = S;
    static constexpr bool in_place = true;
    static constexpr std::size_t static_n = N;
    static constexpr std::size_t static_k = K;
    static constexpr bool is_static = N != dyn && K != dyn;

    constexpr std::size_t n() const { return shape_.extent(0); }
    constexpr std::size_t k() const { return shape_.extent(1); }
    constexpr const S& scale() const { return scale_; }
    constexpr std::uint64_t row_magnitude() const { return row_magnitude_; }
    constexpr value_of<W> weight(std::size_t j, std::size_t kk) const {
        const auto at = static_cast<std::ptrdiff_t>(j) * strides_[0] + static_cast<std::ptrdiff_t>(kk) * strides_[1];
        return element<W>::load(cells_, at);
    }

    static constexpr std::size_t bytes(std::size_t, std::size_t) { return 0; }

    template <AnyTensor Q>
    constexpr explicit PackedWeights(const Q& w, std::span<std::byte> = {})
        : cells_(w.data()), shape_(w.extent(0), w.extent(1)), strides_(w.strides()), scale_(w.scale()) {
        require_usable(scale_, S::axis == per_tensor ? 1 : n());
        if constexpr (detail::is_integer_element<W>) {
            for (std::size_t j = 0; j < n(); ++j) {
                std::uint64_t magnitude = 0;
                for (std::size_t kk = 0; kk < k(); ++kk) {
                    const std::int64_t offset = detail::checked_weight<W>(weight(j, kk)) - zero_point_of(scale_, j);
                    magnitude += static_cast<std::uint64_t>(offset < 0 ? -offset : offset);
                }
                row_magnitude_ = magnitude > row_magnitude_ ? magnitude : row_magnitude_;
            }
        }
    }

private:
    const typename element<W>::cell* cells_ = nullptr;
    Shape<N, K> shape_{};
    std::array<std::ptrdiff_t, 2> strides_{};
    S scale_{};
    std::uint64_t row_magnitude_ = 0;
};

/// The packed form of a weight tensor Q for Arch and activations X.
template <class Arch, class X, AnyTensor Q>
using packed_for =
    PackedWeights<Arch, std::remove_const_t<X>, std::remove_const_t<typename Q::element_type>, typename Q::scale_type,
                  Q::shape_type::static_extent(0), Q::shape_type::static_extent(1)>;

}  // namespace qtensor::inline QTENSOR_ABI
