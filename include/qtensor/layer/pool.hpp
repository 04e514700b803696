// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Pooling: what a window sees of a channel becomes one number. Input and output have the same scale, so codes are
/// pooled as they are; cells outside the image count for nothing.
///
///     Largest   max of the codes                                                               (TFLite MAX_POOL_2D)
///     Mean      sum of the codes / their number n, halves away from zero:                      (AVERAGE_POOL_2D)
///               trunc((sum + n / 2) / n) for sum > 0, trunc((sum - n / 2) / n) otherwise; tflite-micro
///               `reference/integer_ops/pooling.h`. In real numbers: the sum, rows first, divided by n.

#include "../arch/bytes.hpp"
#include "../gemm/epilogue.hpp"
#include "../gemm/executor.hpp"
#include "../gemm/store.hpp"
#include "image_checks.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The largest number under a window.
struct Largest {
    static constexpr std::size_t longest = static_cast<std::size_t>(-1);
    template <class V, class X> static constexpr V start() {
        if constexpr (detail::is_integer_element<X>) {
            return lane::broadcast<V>(static_cast<std::int32_t>(element<X>::lowest));
        } else {
            return lane::broadcast<V>(-std::numeric_limits<float>::infinity());
        }
    }
    template <class V> QTENSOR_FORCE_INLINE static constexpr V add(V seen, V x) { return lane::max(seen, x); }
    template <class, class V> QTENSOR_FORCE_INLINE static constexpr V finish(V seen, std::size_t) { return seen; }
};

/// Their mean.
struct Mean {
    static constexpr std::size_t longest = 65535;  // 16-bit codes of so many taps fit an int32
    template <class V, class X> static constexpr V start() {
        if constexpr (detail::is_integer_element<X>) {
            return lane::broadcast<V>(std::int32_t{0});
        } else {
            return lane::broadcast<V>(0.0f);
        }
    }
    template <class V> QTENSOR_FORCE_INLINE static constexpr V add(V sum, V x) { return sum + x; }
    /// A register of sums of bytes is divided in float32, exactly: |sum| + n / 2 < 2^23 has a quotient at least 1 / n
    /// below the next integer, and floats lie closer than that. So no rounding, whatever the thread's, reaches the
    /// integer.
    template <class X, class V> QTENSOR_FORCE_INLINE static constexpr V finish(V sum, std::size_t count) {
        if constexpr (lane::width<V> > 1 && detail::is_integer_element<X> && sizeof(value_of<X>) == 1) {
            if (count < 32768) {
                using F = lane::floats<V>;
                const auto n = static_cast<std::int32_t>(count);
                const V half =
                    lane::select(sum > lane::broadcast<V>(0), lane::broadcast<V>(n / 2), lane::broadcast<V>(-(n / 2)));
                return lane::to_int(lane::to_float(sum + half) / lane::broadcast<F>(static_cast<float>(n)));
            }
        }
        return lane::each(
            [count]<class T>(T s) {
                const auto n = static_cast<T>(count);
                if constexpr (std::same_as<T, std::int32_t>) {
                    return s > 0 ? (s + n / 2) / n : (s - n / 2) / n;
                } else {
                    return s / n;
                }
            },
            sum);
    }
};

namespace detail {

/// What lies under a window of one image: `rows` x `columns` cells, so many numbers apart.
struct UnderWindow {
    std::size_t rows, columns, row_pitch, column_pitch;
};

/// to[c] = the largest byte of channel c, `Count` channels at a time; the last of them overlap those before. Fewer
/// channels take a narrower register.
template <std::size_t Count, class X>
QTENSOR_FORCE_INLINE void largest_bytes(const X* first, const UnderWindow& under, std::size_t channels, X* to) {
    if constexpr (Count > 4) {
        if (channels < Count) return largest_bytes<Count / 2>(first, under, channels, to);
    }
    using Register = arch::Bytes<X, Count>;
    for (std::size_t c = 0;; c = channels - c < 2 * Count ? channels - Count : c + Count) {
        Register seen = Register::load(first + c);
        for (std::size_t i = 0; i < under.rows; ++i) {
            const X* cell = first + i * under.row_pitch + c;
            for (std::size_t j = 0; j < under.columns; ++j, cell += under.column_pitch)
                seen = max(seen, Register::load(cell));
        }
        seen.store(to + c);
        if (c + Count == channels) return;
    }
}

/// Positions of one image, [channels] each, on lanes of Arch; y is where the first one goes, in rows of `width`;
/// `stages` take the channel as column.
template <class Arch, class How, class X, class Stages, class YCell>
constexpr void pool_image(const Window& window, const ImageSize& image, const value_of<X>* x, YCell* y,
                          Interval positions, std::size_t width, const Stages& stages) {
    using T = std::conditional_t<is_integer_element<X>, std::int32_t, float>;
    using V = lanes<T, Arch>;
    constexpr std::size_t step = lane::width<V>;
    const std::size_t channels = image.channels;
    for (std::size_t at = positions.first; at < positions.last; ++at, y += channels) {
        const Taps rows = window.y.taps(at / width, image.height);
        const Taps columns = window.x.taps(at % width, image.width);
        const std::size_t count = (rows.last - rows.first) * (columns.last - columns.first);
        if constexpr (lane::width<V> > 1 && std::same_as<How, Largest> && sizeof(value_of<X>) == 1) {
            if (channels >= 4) {
                const std::ptrdiff_t row = rows.origin + static_cast<std::ptrdiff_t>(rows.first * window.y.dilation);
                const std::ptrdiff_t column =
                    columns.origin + static_cast<std::ptrdiff_t>(columns.first * window.x.dilation);
                const UnderWindow under{rows.last - rows.first, columns.last - columns.first,
                                        window.y.dilation * image.width * channels, window.x.dilation * channels};
                largest_bytes<Arch::lane_bytes>(
                    x + (static_cast<std::size_t>(row) * image.width + static_cast<std::size_t>(column)) * channels,
                    under, channels, y);
                if constexpr (requires { stages.first; }) {
                    for (std::size_t c = 0; c < channels; c += step) {
                        const std::size_t here = channels - c < step ? channels - c : step;
                        store_cells<typename Stages::element>(
                            y + c, stages(lane::load<V>(y + c, here), Cell{at, c, here}), here);
                    }
                }
                continue;
            }
        }
        for (std::size_t c = 0; c < channels; c += step) {
            const std::size_t here = channels - c < step ? channels - c : step;
            V seen = How::template start<V, X>();
            for (std::size_t i = rows.first; i < rows.last; ++i) {
                const std::ptrdiff_t row = rows.origin + static_cast<std::ptrdiff_t>(i * window.y.dilation);
                for (std::size_t j = columns.first; j < columns.last; ++j) {
                    const std::ptrdiff_t column = columns.origin + static_cast<std::ptrdiff_t>(j * window.x.dilation);
                    const value_of<X>* cell =
                        x + (static_cast<std::size_t>(row) * image.width + static_cast<std::size_t>(column)) * channels;
                    seen = How::add(seen, lane::load<V>(cell + c, here));
                }
            }
            using E = typename Stages::element;
            store_cells<E>(y + c, stages(How::template finish<X>(seen, count), Cell{at, c, here}), here);
        }
    }
}

/// Output rows [first, last), counted through all images of a batch whose results are [height][width][channels].
template <class Arch, class How, class X, class Stages, class YCell>
constexpr void pool_rows(const Window& window, const ImageSize& image, const value_of<X>* x, YCell* y,
                         std::size_t height, std::size_t width, std::size_t first, std::size_t last,
                         const Stages& stages) {
    while (first < last) {
        const std::size_t n = first / height, row = first % height;
        const std::size_t rows = last - first < height - row ? last - first : height - row;
        pool_image<Arch, How, X>(window, image, x + n * image.size(), y + first * width * image.channels,
                                 {row * width, (row + rows) * width}, width, stages);
        first += rows;
    }
}

/// Every position of the window sees a cell of the image.
constexpr bool sees_something(const WindowAxis& axis, std::size_t input) {
    for (std::size_t at = 0; at < axis.output(input); ++at) {
        const Taps taps = axis.taps(at, input);
        if (taps.first >= taps.last) return false;
    }
    return true;
}

}  // namespace detail

/// y = stages(pooled x), images [batch][height][width][channels], shapes static or known when the program runs. `How`
/// is Largest or Mean; stages such as Relu or Clamp see codes at the scale of x.
template <class How, class Arch = arch::native, AnyTensor XT, AnyTensor YT, class... Stages>
constexpr void pool_into(const Window& window, const XT& x, YT&& y, const Stages&... stages) {
    using X = std::remove_const_t<typename XT::element_type>;
    using S = typename XT::scale_type;
    static_assert(PerTensorScale<S>);
    const auto bound = bind_stages(Incoming<X, dyn, S>{x.scale(), x.extent(3)}, stages...);
    struct Ends {
        S input;
        std::remove_cvref_t<decltype(outgoing_scale(bound))> output;
        constexpr const auto& input_scale() const { return input; }
        constexpr const auto& output_scale() const { return output; }
    };
    check_images<X, typename decltype(bound)::element>(Ends{x.scale(), outgoing_scale(bound)}, window, x.extent(3),
                                                       x.extent(3), x, y);
    QTENSOR_REQUIRE(window.taps() <= How::longest, "the sum of a pooling window would not fit an int32", window.taps(),
                    How::longest);
    QTENSOR_REQUIRE(detail::sees_something(window.y, x.extent(1)) && detail::sees_something(window.x, x.extent(2)),
                    "a pooling window would lie in the padding alone: use less padding", 0, 0);
    const ImageSize image{x.extent(1), x.extent(2), x.extent(3)};
    detail::pool_rows<Arch, How, X>(window, image, x.data(), y.data(), y.extent(1), y.extent(2), 0,
                                    x.extent(0) * y.extent(1), bound);
}

}  // namespace qtensor::inline QTENSOR_ABI
