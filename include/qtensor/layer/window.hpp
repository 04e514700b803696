// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The geometry of everything that slides over an image: convolution, depthwise convolution, pooling. `Window` is a
/// value, for shapes known when the program runs; `Kernel` names one in a layer's type:
///
///     Kernel<3, 3>   Kernel<3, 3, Stride<2>, Same>   Kernel<5, 1, Padding<2, 0>>   Kernel<3, 3, Dilation<2>>

#include <cstddef>
#include <type_traits>

#include "../base/shape.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The taps [first, last) of a window that lie inside the image; tap t reads index origin + t * dilation.
struct Taps {
    std::ptrdiff_t origin = 0;
    std::size_t first = 0;
    std::size_t last = 0;
};

/// One axis of a window: `kernel` taps, `dilation` apart, moved by `stride`, over an image with `before` and `after`
/// cells of padding.
struct WindowAxis {
    std::size_t kernel = 1;
    std::size_t stride = 1;
    std::size_t dilation = 1;
    std::size_t before = 0;
    std::size_t after = 0;

    /// From the first tap to the last, in cells.
    constexpr std::size_t span() const { return checked_sum(checked_product(kernel - 1, dilation), 1); }

    /// The window is one, and lies in the padded image at least once.
    constexpr bool is_usable() const { return kernel > 0 && stride > 0 && dilation > 0; }
    constexpr bool fits(std::size_t input) const {
        return is_usable() && span() <= checked_sum(checked_sum(before, input), after);
    }

    /// floor((before + input + after - span) / stride) + 1 positions.
    constexpr std::size_t output(std::size_t input) const {
        QTENSOR_REQUIRE(kernel > 0, "a window has at least one tap: its kernel is 0", kernel, 1);
        QTENSOR_REQUIRE(stride > 0, "a window moves: its stride is at least 1", stride, 1);
        QTENSOR_REQUIRE(dilation > 0, "taps are at least one cell apart: the dilation is at least 1", dilation, 1);
        QTENSOR_REQUIRE(fits(input), "the window is larger than the padded image", span(), before + input + after);
        return (before + input + after - span()) / stride + 1;
    }

    /// The same window with TFLite's SAME padding (`padding.h`, ComputePaddingWithOffset): ceil(input / stride)
    /// positions, the odd cell of padding at the end.
    constexpr WindowAxis same(std::size_t input) const {
        QTENSOR_REQUIRE(is_usable() && input > 0,
                        "SAME padding needs an image, a kernel, a stride and a dilation of at least 1", input, 1);
        const std::size_t reach = ((input + stride - 1) / stride - 1) * stride + span();
        const std::size_t padding = reach > input ? reach - input : 0;
        return {kernel, stride, dilation, padding / 2, padding - padding / 2};
    }

    /// The taps of position `at` inside an image of `input` cells.
    constexpr Taps taps(std::size_t at, std::size_t input) const {
        const std::ptrdiff_t origin = static_cast<std::ptrdiff_t>(at * stride) - static_cast<std::ptrdiff_t>(before);
        const std::ptrdiff_t left = static_cast<std::ptrdiff_t>(input) - origin;
        // Most positions see all their taps; the others divide.
        if (origin >= 0 && left > static_cast<std::ptrdiff_t>((kernel - 1) * dilation)) return {origin, 0, kernel};
        const std::size_t last = left <= 0 ? 0 : (static_cast<std::size_t>(left) + dilation - 1) / dilation;
        const std::size_t first = origin >= 0 ? 0 : (static_cast<std::size_t>(-origin) + dilation - 1) / dilation;
        const std::size_t end = last < kernel ? last : kernel;
        return {origin, first < end ? first : end, end};
    }

    /// Every tap of every position is inside the image.
    constexpr bool stays_inside() const { return before == 0 && after == 0; }
};

/// Rows (y) and columns (x).
struct Window {
    WindowAxis y{};
    WindowAxis x{};

    constexpr std::size_t taps() const { return checked_product(y.kernel, x.kernel); }
    constexpr bool stays_inside() const { return y.stays_inside() && x.stays_inside(); }
};

/// How far the window moves; 1 unless said.
template <std::size_t Y, std::size_t X = Y> struct Stride {
    static constexpr void set(Window& window) { window.y.stride = Y, window.x.stride = X; }
};

/// How far taps are apart; 1 unless said.
template <std::size_t Y, std::size_t X = Y> struct Dilation {
    static constexpr void set(Window& window) { window.y.dilation = Y, window.x.dilation = X; }
};

/// Cells around the image; none unless said.
template <std::size_t Top, std::size_t Left = Top, std::size_t Bottom = Top, std::size_t Right = Left> struct Padding {
    static constexpr void set(Window& window) {
        window.y.before = Top, window.y.after = Bottom;
        window.x.before = Left, window.x.after = Right;
    }
};

/// As much padding as makes ceil(input / stride) positions (TFLite and TensorFlow SAME).
struct Same {
    static constexpr void set(Window&) {}
};

/// A window in a layer's type: Height x Width taps and, in any order, Stride, Dilation, and Padding or Same.
template <std::size_t Height, std::size_t Width, class... Options> struct Kernel {
    static_assert(Height > 0 && Width > 0, "a kernel has at least one tap: Kernel<3, 3>");
    static constexpr std::size_t height = Height, width = Width;
    static constexpr bool is_same = (std::is_same_v<Options, Same> || ...);

    /// The window over an image of this size.
    static constexpr Window window(std::size_t image_height, std::size_t image_width) {
        Window made{{Height}, {Width}};
        (Options::set(made), ...);
        if constexpr (is_same) made = {made.y.same(image_height), made.x.same(image_width)};
        return made;
    }

    /// What the options alone say, for a sentence when they are wrong.
    static constexpr Window options() {
        Window made{{Height}, {Width}};
        (Options::set(made), ...);
        return made;
    }
};

/// The size of one image, [height][width][channels].
struct ImageSize {
    std::size_t height = 0;
    std::size_t width = 0;
    std::size_t channels = 0;

    constexpr std::size_t size() const { return checked_product(checked_product(height, width), channels); }
};

/// The window of a layer's type over its image, refused in a sentence where it is none.
template <class Image, class K> struct ImageWindow {
    static_assert(Image::is_static && Image::rank == 3,
                  "this layer takes images of static shape: Shape<height, width, channels>");
    static_assert(static_size<Image> > 0, "an image has at least one cell and one channel: Shape<28, 28, 1>");
    static_assert(
        requires { K::options(); }, "a window is a Kernel<rows, columns>, with its options behind: Kernel<3, 3, Same>");
    static_assert(K::options().y.stride > 0 && K::options().x.stride > 0,
                  "a window moves: its stride is at least 1, Kernel<3, 3, Stride<1>>");
    static_assert(K::options().y.dilation > 0 && K::options().x.dilation > 0,
                  "taps are at least one cell apart: the dilation is at least 1, Kernel<3, 3, Dilation<1>>");

    using input_shape = Image;
    static constexpr ImageSize image{Image{}.extent(0), Image{}.extent(1), Image{}.extent(2)};

private:
    // A refused window is replaced by one tap, so that the sentence is the only error.
    static constexpr bool is_usable = K::options().y.is_usable() && K::options().x.is_usable() && image.size() > 0;
    static constexpr Window given = is_usable ? K::window(image.height, image.width) : Window{};
    static constexpr bool fits = given.y.fits(image.height) && given.x.fits(image.width);
    static_assert(fits || !is_usable,
                  "the window is larger than the padded image: take a smaller kernel or dilation, or add Padding or "
                  "Same");

public:
    static constexpr Window window = fits ? given : Window{};
    template <std::size_t Channels>
    using output_shape = Shape<window.y.output(image.height), window.x.output(image.width), Channels>;
};

}  // namespace qtensor::inline QTENSOR_ABI
