// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A two-dimensional convolution bound to its window, scales and stages; images [batch][height][width][channels],
/// filters [out][rows][columns][channels / groups], shapes static or known when the program runs.
///
///     acc(n, y, x, j) = sum over taps and channels of j's group: (image - z_x) (filter_j - z_w)
///
/// The scalar architecture takes that sum where the numbers lie. Kernels see it as a product of patches and filters: in
/// place where a patch is contiguous already (pointwise, and one row of taps without padding), otherwise on a few
/// patches at a time.

#include "../gemm/bound_linear.hpp"
#include "../gemm/executor.hpp"
#include "image_checks.hpp"
#include "patches.hpp"
#include "window_sum.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Filters [out][rows][columns][channels] as the matrix [out][rows * columns * channels] that is packed. A view.
template <AnyTensor Q> constexpr auto filter_rows(const Q& filters) {
    static_assert(Q::rank == 4, "filters have four axes: [out][rows][columns][channels / groups]");
    static_assert(Q::storage_type::contiguous, "filters are contiguous: copy a strided view first");
    using S = typename Q::shape_type;
    constexpr bool known = S::static_extent(1) != dyn && S::static_extent(2) != dyn && S::static_extent(3) != dyn;
    constexpr std::size_t depth = known ? S::static_extent(1) * S::static_extent(2) * S::static_extent(3) : dyn;
    using Matrix = Shape<S::static_extent(0), depth>;
    return QTensor<const std::remove_const_t<typename Q::element_type>, typename Q::scale_type, Matrix>(
        filters.data(),
        Matrix(filters.extent(0),
               checked_product(checked_product(filters.extent(1), filters.extent(2)), filters.extent(3))),
        filters.scale());
}

/// `Groups` is their number, or dyn. `Packed`: the filters of filter_rows, packed. Holds no pointer to them: `run` is
/// given those it was bound for. `Acc` as in BoundSums.
template <std::size_t Groups, class Packed, class XScale, class Acc, class... Stages> class BoundGroupedConv2d {
    using Product = BoundLinear<Packed, XScale, Acc, Stages...>;
    using X = typename Packed::x_element;
    static constexpr bool is_scalar = std::same_as<typename Packed::arch_type, arch::scalar>;

public:
    using element_type = typename Product::element_type;
    using scale_type = typename Product::scale_type;

    constexpr BoundGroupedConv2d(const Packed& weights, const Window& window, std::size_t groups, XScale x_scale,
                                 BindMemory memory, const Stages&... stages)
        : window_(window), groups_(groups), product_(weights, x_scale, memory, stages...) {
        QTENSOR_REQUIRE(groups > 0 && weights.n() % groups == 0,
                        "the outputs of a convolution are divided evenly among its groups", weights.n(), groups);
        QTENSOR_REQUIRE(weights.k() % window.taps() == 0, "the filters have another number of taps than the window",
                        weights.k(), window.taps());
        require_padding_code<X>(x_scale, window);
    }

    constexpr const XScale& input_scale() const { return product_.input_scale(); }
    constexpr const scale_type& output_scale() const { return product_.output_scale(); }
    constexpr const Window& window() const { return window_; }

    /// Scratch bytes for images of this size and so many workers; the batch does not matter.
    static constexpr std::size_t workspace_bytes(const Window& window, std::size_t groups, const ImageSize& image,
                                                 std::size_t workers = 1) {
        if constexpr (is_scalar) {
            return 0;
        } else if (workers > 1) {
            return checked_product(workers, round_up(workspace_bytes(window, groups, image), 64));
        } else {
            const std::size_t k = checked_product(window.taps(), image.channels / groups);
            if (in_place(window, groups)) return Product::workspace_bytes(detail::block_rows<Atom>, k);
            const std::size_t padded = round_up(k, Atom::k);
            return checked_sum(patch_bytes(padded), Product::workspace_bytes(patches_at_once(padded), padded));
        }
    }

    /// y = stages(convolution of x). Nothing is written unless every precondition holds. An executor divides the
    /// positions among its workers (gemm/executor.hpp).
    template <class XT, class YT, class E = Serial>
    constexpr void run(const Packed& weights, const XT& x, YT&& y, [[maybe_unused]] std::span<std::byte> workspace = {},
                       [[maybe_unused]] const E& executor = {}) const {
        static_assert(detail::must_be_executor<E>());
        check_images<X, element_type>(product_, window_, weights.k() * groups_ / window_.taps(), weights.n(), x, y);
        QTENSOR_REQUIRE(weights.n() == product_.n(), "these are not the filters that this convolution was bound for",
                        weights.n(), product_.n());
        const ImageSize image{x.extent(1), x.extent(2), x.extent(3)};
        const std::size_t height = y.extent(1);
        const std::size_t width = y.extent(2);
        product_.check_range(x.data(), 1, x.size(), 0);
        if constexpr (is_scalar) {
            for (std::size_t n = 0; n < x.extent(0); ++n)
                run_scalar(weights, x.data() + n * image.size(), image, y.data() + n * height * width * weights.n(),
                           height, width, n * height * width);
        } else {
            const std::size_t needed = workspace_bytes(window_, groups_, image, executor.workers());
            QTENSOR_REQUIRE(workspace.size() >= needed, "the workspace is smaller than workspace_bytes",
                            workspace.size(), needed);
            QTENSOR_REQUIRE(reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t) == 0,
                            "the workspace is aligned to 4 bytes",
                            reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t), 0);
            // Whole rows of positions where the window jumps from row to row in place; else positions.
            const std::size_t rows = x.extent(0) * height;
            const bool by_rows = in_place(window_, groups_) && !is_gapless();
            const ProductParts parts(by_rows ? rows : rows * width, weights.n(),
                                     by_rows ? weights.k() * width : weights.k(), by_rows ? 1 : arch::tile_rows<Atom>,
                                     weights.n(), executor.workers());
            const std::size_t bytes = round_up(workspace_bytes(window_, groups_, image), 64);
            executor(parts.parts(), [&](std::size_t part) {
                const std::span<std::byte> own =
                    parts.parts() == 1 ? workspace : workspace.subspan(part * bytes, bytes);
                const Interval of = parts.rows(part);
                if (in_place(window_, groups_)) {
                    run_in_place(weights, x.data(), image, y.data(), height, width, of, own);
                } else {
                    run_patches(weights, x.data(), image, y.data(), height, width, of, own);
                }
            });
        }
    }

private:
    using Code = value_of<X>;

    template <class YCell>
    constexpr void run_scalar(const Packed& weights, const Code* x, const ImageSize& image, YCell* y,
                              std::size_t height, std::size_t width, std::size_t first) const {
        using Sum = typename Product::Sum;
        const std::size_t per_group = weights.n() / groups_;
        const std::size_t channels = image.channels / groups_;
        for (std::size_t at = 0; at < height * width; ++at) {
            const Taps rows = window_.y.taps(at / width, image.height);
            const Taps columns = window_.x.taps(at % width, image.width);
            for (std::size_t j = 0; j < weights.n(); ++j, ++y) {
                const Code* group = x + j / per_group * channels;
                const Sum sum = reference_window_sum<Sum>(
                    window_, rows, columns, channels,
                    [&](std::size_t row, std::size_t column, std::size_t c) {
                        return group[(row * image.width + column) * image.channels + c];
                    },
                    [&](std::size_t row, std::size_t column, std::size_t c) {
                        return weights.weight(j, (row * window_.x.kernel + column) * channels + c);
                    },
                    zero_point_of(input_scale(), 0), zero_point_of(weights.scale(), j));
                store_cells<element_type>(y, product_.epilogue()(sum, Cell{first + at, j, 1}), 1);
            }
        }
    }

    // ---- as a product of patches and filters ---------------------------------------------------------------------

    struct NoAtom {};
    template <class P> struct atom_of {
        using type = typename P::Atom;
    };
    using Atom = typename std::conditional_t<is_scalar, std::type_identity<NoAtom>, atom_of<Packed>>::type;

    /// A patch is contiguous in the image.
    static constexpr bool in_place(const Window& window, std::size_t groups) {
        return window.stays_inside() && window.y.kernel == 1 &&
               (window.x.kernel == 1 || (window.x.dilation == 1 && groups == 1));
    }

    /// 32 KiB of patches stay in the first-level cache while the filters pass; never fewer than one tile.
    static constexpr std::size_t patches_at_once(std::size_t k) {
        const std::size_t tile = arch::tile_rows<Atom>;
        const std::size_t tiles = 32768 / (k * sizeof(Code) * tile + 1);
        const std::size_t rows = (tiles > 0 ? tiles : 1) * tile;
        return rows < detail::block_rows<Atom> ? rows : detail::block_rows<Atom>;
    }
    static constexpr std::size_t patch_bytes(std::size_t k) {
        return round_up(checked_product(patches_at_once(k), checked_product(k, sizeof(Code))), 64);
    }

    /// The images are one long matrix; otherwise each row of positions is one.
    constexpr bool is_gapless() const {
        return window_.x.kernel == 1 && window_.x.stride == 1 && window_.y.stride == 1;
    }

    /// Every group's outputs, from the rows that rows_of(group) makes.
    template <class RowsOf, class YCell>
    void run_groups(const Packed& weights, RowsOf&& rows_of, YCell* y, std::span<std::byte> workspace) const {
        const auto stride = static_cast<std::ptrdiff_t>(weights.n());
        if constexpr (Groups == 1) {
            product_.run_rows(weights, rows_of(std::size_t{0}), y, stride, workspace);
        } else {
            const std::size_t outputs = weights.n() / groups_;
            for (std::size_t g = 0; g < groups_; ++g)
                product_.run_outputs(weights, rows_of(g), y, stride, workspace, g * outputs, (g + 1) * outputs);
        }
    }

    /// Positions, or rows of positions, `of` all images.
    template <class YCell>
    void run_in_place(const Packed& weights, const Code* x, const ImageSize& image, YCell* y, std::size_t height,
                      std::size_t width, Interval of, std::span<std::byte> workspace) const {
        const std::size_t k = weights.k();
        const auto x_stride = static_cast<std::ptrdiff_t>(window_.x.stride * image.channels);
        const auto run = [&](const Code* from, std::size_t position, std::size_t m) {
            const auto rows_of = [&](std::size_t g) { return Rows<Code>{from + g * k, x_stride, m, k, position}; };
            run_groups(weights, rows_of, y + position * weights.n(), workspace);
        };
        if (is_gapless()) return run(x + of.first * image.channels, of.first, of.size());
        for (std::size_t i = of.first; i < of.last; ++i) {
            const std::size_t row = i / height * image.height + i % height * window_.y.stride;
            run(x + row * image.width * image.channels, i * width, width);
        }
    }

    /// Positions `of` all images, as many at a time as stay in the first-level cache.
    template <class YCell>
    void run_patches(const Packed& weights, const Code* x, const ImageSize& image, YCell* y, std::size_t height,
                     std::size_t width, Interval of, std::span<std::byte> workspace) const {
        Code* patches = reinterpret_cast<Code*>(workspace.data());
        const std::size_t padded = round_up(weights.k(), Atom::k);  // with zeros: no patch has a tail
        const std::size_t at_once = patches_at_once(padded), channels = image.channels / groups_;
        const Code fill = static_cast<Code>(zero_point_of(input_scale(), 0));
        for (std::size_t at = of.first; at < of.last; at += at_once) {
            const std::size_t m = of.last - at < at_once ? of.last - at : at_once;
            const auto rows_of = [&](std::size_t g) {
                copy_patches(x, image, window_, height, width, at, m, ChannelRange{g * channels, channels}, fill,
                             padded, patches);
                return Rows<Code>{patches, static_cast<std::ptrdiff_t>(padded), m, padded, at};
            };
            run_groups(weights, rows_of, y + at * weights.n(), workspace.subspan(patch_bytes(padded)));
        }
    }

    Window window_;
    std::size_t groups_;
    Product product_;
};

template <class Packed, class XScale, class Acc, class... Stages>
using BoundConv2d = BoundGroupedConv2d<dyn, Packed, XScale, Acc, Stages...>;

}  // namespace qtensor::inline QTENSOR_ABI
