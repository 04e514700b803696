// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What every layer that slides a window asks of its images [batch][height][width][channels], as sentences.

#include "../tensor/qtensor.hpp"
#include "window.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Padding is real zero, which has to be a code of X.
template <class X, PerTensorScale S> constexpr void require_padding_code(const S& scale, const Window& window) {
    if constexpr (detail::is_integer_element<X>) {
        const std::int64_t zero = zero_point_of(scale, 0);
        QTENSOR_REQUIRE(window.stays_inside() || (zero >= element<X>::lowest && zero <= element<X>::highest),
                        "padding is real zero, but the zero point of x is no code of its element", zero, 0);
    }
}

/// x and y are images that fit the window, the channels and the scales that `bound` was bound to. (`auto`: a deduced
/// return type makes the compiler read the body, and these sentences, before the rest of the caller.)
template <class X, class Y, class Bound, class XT, class YT>
constexpr auto check_images(const Bound& bound, const Window& window, std::size_t in, std::size_t out, const XT& x,
                            const YT& y) {
    static_assert(detail::must_be_tensor<XT>() && detail::must_be_tensor<YT>());
    static_assert(XT::rank == 4 && YT::rank == 4,
                  "images have four axes, x and y [batch][height][width][channels]: view one image as a batch of one");
    static_assert(std::same_as<std::remove_const_t<typename XT::element_type>, X>,
                  "x has another element type than this layer was packed for: pack<Arch, X> with the X of this image");
    static_assert(std::same_as<typename YT::element_type, Y>,
                  "the result has another element type than the last stage makes: end with Requantize<T> or "
                  "Dequantize<T> for the type you store");
    static_assert(detail::must_be_compatible_scales<typename XT::scale_type,
                                                    std::remove_cvref_t<decltype(bound.input_scale())>>());
    static_assert(detail::must_be_compatible_scales<typename YT::scale_type,
                                                    std::remove_cvref_t<decltype(bound.output_scale())>>());
    static_assert(XT::storage_type::contiguous && YT::storage_type::contiguous,
                  "images are contiguous: copy a strided view first");
    const std::size_t height = window.y.output(x.extent(1));
    const std::size_t width = window.x.output(x.extent(2));
    QTENSOR_REQUIRE(x.extent(3) == in, "the image has another number of channels than the filters take", x.extent(3),
                    in);
    QTENSOR_REQUIRE(y.extent(0) == x.extent(0), "x and y have different batches", x.extent(0), y.extent(0));
    QTENSOR_REQUIRE(y.extent(1) == height, "y has another height than the window makes", y.extent(1), height);
    QTENSOR_REQUIRE(y.extent(2) == width, "y has another width than the window makes", y.extent(2), width);
    QTENSOR_REQUIRE(y.extent(3) == out, "y has another number of channels than this layer makes", y.extent(3), out);
    if constexpr (requires { bound.check_environment(); }) bound.check_environment();
    QTENSOR_REQUIRE(same_meaning(x.scale(), bound.input_scale(), 1),
                    "x has another scale or zero point than this layer was bound for", 0, 0);
    QTENSOR_REQUIRE(same_meaning(y.scale(), bound.output_scale(), YT::scale_type::axis == per_tensor ? 1 : out),
                    "y has another scale or zero point than the stages make", 0, 0);
}

}  // namespace qtensor::inline QTENSOR_ABI
