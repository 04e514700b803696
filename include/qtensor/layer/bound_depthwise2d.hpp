// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A depthwise convolution bound to its window, scales and stages; images [batch][height][width][channels], filters
/// [rows][columns][channels * multiplier], shapes static or known when the program runs:
///
///     acc(n, y, x, j) = sum over taps of (image(channel j / multiplier) - z_x) (filter_j - z_w)
///
/// The scalar architecture is the definition, the others have a direct kernel (depthwise_rows.hpp).

#include "../gemm/bound_sums.hpp"
#include "../gemm/executor.hpp"
#include "../gemm/store.hpp"
#include "depthwise_rows.hpp"
#include "image_checks.hpp"
#include "window_sum.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Packed`: a DepthwiseWeights. Holds no pointer to it: `run` is given the one it was bound for. `Acc` as in
/// BoundSums.
template <class Packed, class XScale, class Acc, class... Stages>
class BoundDepthwise2d : public BoundSums<Packed, XScale, Acc, Stages...> {
    using Base = BoundSums<Packed, XScale, Acc, Stages...>;
    using X = typename Packed::x_element;
    using Arch = typename Packed::arch_type;
    using Sum = typename Base::Sum;
    static_assert(std::same_as<Arch, arch::scalar> || sizeof(Sum) == 4,
                  "the sums are deeper than an int32 accumulator is proven for: use arch::scalar (int64) or narrower "
                  "ranges");

public:
    using typename Base::element_type;
    using typename Base::scale_type;

    constexpr BoundDepthwise2d(const Packed& weights, const Window& window, std::size_t multiplier, XScale x_scale,
                               BindMemory memory, const Stages&... stages)
        : Base(weights, x_scale, memory, stages...), window_(window), multiplier_(multiplier) {
        QTENSOR_REQUIRE(multiplier > 0 && weights.n() % multiplier == 0,
                        "a depthwise convolution makes a multiple of its channels", weights.n(), multiplier);
        QTENSOR_REQUIRE(weights.rows() == window.y.kernel && weights.columns() == window.x.kernel,
                        "the filters have another number of taps than the window", weights.k(), window.taps());
        require_padding_code<X>(x_scale, window);
    }

    constexpr const Window& window() const { return window_; }

    /// Scratch bytes for images of this size: the rows under one or two rows of outputs, of one register of channels.
    /// Neither the batch nor the multiplier matters.
    static constexpr std::size_t workspace_bytes(const Window& window, std::size_t, const ImageSize& image,
                                                 std::size_t workers = 1) {
        if constexpr (Packed::in_place) {
            return 0;
        } else if (workers > 1) {
            return checked_product(workers, round_up(workspace_bytes(window, 1, image), 64));
        } else {
            return detail::DepthwiseRows<Packed>::workspace_bytes(window, image);
        }
    }

    /// y = stages(depthwise convolution of x). Nothing is written unless every precondition holds. An executor divides
    /// the rows among its workers (gemm/executor.hpp).
    template <class XT, class YT, class E = Serial>
    constexpr void run(const Packed& weights, const XT& x, YT&& y, [[maybe_unused]] std::span<std::byte> workspace = {},
                       [[maybe_unused]] const E& executor = {}) const {
        static_assert(detail::must_be_executor<E>());
        check_images<X, element_type>(*this, window_, weights.n() / multiplier_, weights.n(), x, y);
        QTENSOR_REQUIRE(weights.n() == this->n(), "these are not the filters that this convolution was bound for",
                        weights.n(), this->n());
        this->check_range(x.data(), 1, x.size(), 0);
        const ImageSize image{x.extent(1), x.extent(2), x.extent(3)};
        const std::size_t height = y.extent(1), width = y.extent(2);
        if constexpr (Packed::in_place) {
            for (std::size_t n = 0; n < x.extent(0); ++n)
                run_image_as_defined(weights, x.data() + n * image.size(), image,
                                     y.data() + n * height * width * weights.n(), height, width, n * height * width);
        } else {
            const std::size_t needed = workspace_bytes(window_, multiplier_, image, executor.workers());
            QTENSOR_REQUIRE(workspace.size() >= needed, "the workspace is smaller than workspace_bytes",
                            workspace.size(), needed);
            QTENSOR_REQUIRE(reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t) == 0,
                            "the workspace is aligned to 4 bytes",
                            reinterpret_cast<std::uintptr_t>(workspace.data()) % alignof(std::int32_t), 0);
            const ProductParts parts(x.extent(0) * height, weights.n(), weights.k() * width, 2, weights.n(),
                                     executor.workers());
            const std::size_t bytes = round_up(workspace_bytes(window_, multiplier_, image), 64);
            executor(parts.parts(), [&](std::size_t part) {
                std::byte* const own = workspace.data() + (parts.parts() == 1 ? 0 : part * bytes);
                detail::DepthwiseRows<Packed>(weights, window_, multiplier_, zero_point_of(this->input_scale(), 0),
                                              image, own)
                    .run(x.data(), y.data(), height, width, parts.rows(part), this->epilogue());
            });
        }
    }

private:
    using Code = value_of<X>;

    template <class YCell>
    constexpr void run_image_as_defined(const Packed& weights, const Code* x, const ImageSize& image, YCell* y,
                                        std::size_t height, std::size_t width, std::size_t first) const {
        for (std::size_t at = 0; at < height * width; ++at) {
            const Taps rows = window_.y.taps(at / width, image.height);
            const Taps columns = window_.x.taps(at % width, image.width);
            for (std::size_t j = 0; j < weights.n(); ++j, ++y) {
                const Code* channel = x + j / multiplier_;
                const Sum sum = reference_window_sum<Sum>(
                    window_, rows, columns, 1,
                    [&](std::size_t row, std::size_t column, std::size_t) {
                        return channel[(row * image.width + column) * image.channels];
                    },
                    [&](std::size_t row, std::size_t column, std::size_t) {
                        return weights.weight(row * window_.x.kernel + column, j);
                    },
                    zero_point_of(this->input_scale(), 0), zero_point_of(weights.scale(), j));
                store_cells<element_type>(y, this->epilogue()(sum, Cell{first + at, j, 1}), 1);
            }
        }
    }

    Window window_;
    std::size_t multiplier_;
};

}  // namespace qtensor::inline QTENSOR_ABI
