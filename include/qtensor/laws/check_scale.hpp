// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The laws of a scale policy (scale/scale.hpp): what `Scale<S>` cannot ask of the members it finds.

#include <array>

#include "../scale/scale.hpp"
#include "../tensor/dequantize.hpp"
#include "../tensor/quantize.hpp"
#include "verdict.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
inline constexpr std::array<float, 7> wanted_scales{1e-30f, 0.0078125f, 0.01f, 0.99999994f, 1.0f, 3.0f, 1e30f};

/// What `fit` promises: nothing that was representable is clipped.
template <class S> constexpr Verdict check_fit() {
    constexpr const char* law = "fit(wanted) is not smaller than wanted: a smaller scale would clip";
    for (const float wanted : wanted_scales) {
        if constexpr (requires { S::fit(wanted); }) {
            if (!(S::fit(wanted).scale(0) >= wanted)) return {law, static_cast<double>(wanted)};
        } else if constexpr (qtensor::channels_of<S> != dyn &&
                             requires(std::array<float, qtensor::channels_of<S>> all) { S::fit(all); }) {
            std::array<float, qtensor::channels_of<S>> all{};
            for (std::size_t c = 0; c < all.size(); ++c) all[c] = wanted_scales[(c + 1) % wanted_scales.size()];
            all[0] = wanted;
            const S fitted = S::fit(all);
            for (std::size_t c = 0; c < all.size(); ++c) {
                if (!(fitted.scale(c) >= all[c])) return {law, static_cast<double>(all[c])};
            }
        }
    }
    return {};
}

/// A code, made real and quantized again, is itself.
template <class S> constexpr Verdict check_round_trip(const S& scale, std::size_t channels) {
    for (std::size_t c = 0; c < channels; ++c) {
        const float step = scale.scale(c);
        const std::int32_t zero = zero_point_of(scale, c);
        if (step < 1e-30f || step > 1e30f) continue;  // products with codes are not all normal floats
        for (int code = -128; code < 128; code += std::is_constant_evaluated() ? 17 : 1) {
            const float real = dequantize_one<std::int8_t>(static_cast<std::int8_t>(code), step, zero);
            const int back = quantize_one<std::int8_t, Saturate>(real, step, zero, HalfAway{}, 0);
            if (back != code)
                return {"a code, dequantized and quantized again, is itself (channel)", static_cast<double>(c)};
        }
    }
    return {};
}
}  // namespace detail

/// The laws of S, shown at `scale`; a policy whose `channels` is dyn is shown at as many channels as are given.
template <class S> constexpr Verdict check_scale(const S& scale = {}, std::size_t channels = 1) {
    static_assert(detail::must_be_scale<S>());
    if constexpr (channels_of<S> != dyn) channels = channels_of<S>;
    if (S::axis < per_tensor) return {"axis is the number of an axis, or per_tensor", static_cast<double>(S::axis)};
    if (S::axis == per_tensor && channels != 1) return {"a scale for the whole tensor has one channel", 0.0};
    if constexpr (detail::is_static_scale<S>) {
        if (!same_meaning(scale, S{}, channels)) return {"all objects of a scale that is_static mean the same", 0.0};
    }
    const S copy = scale;
    for (std::size_t c = 0; c < channels; ++c) {
        const auto place = static_cast<double>(c);
        const float step = scale.scale(c);
        if (!(step > 0.0f && step <= std::numeric_limits<float>::max()))
            return {"a scale is positive and finite (channel)", place};
        const std::int32_t zero = zero_point_of(scale, c);
        if (zero < -farthest_zero_point || zero > farthest_zero_point)
            return {"a zero point is at most 2^23 from 0 (channel)", place};
        if (scale.scale(c) != step || zero_point_of(scale, c) != zero)
            return {"asked twice, a scale answers the same (channel)", place};
        if (copy.scale(c) != step || zero_point_of(copy, c) != zero) return {"a copy means the same (channel)", place};
    }
    if constexpr (S::axis == per_tensor) {
        if (scale.scale(1) != scale.scale(0) || zero_point_of(scale, 7) != zero_point_of(scale, 0))
            return {"a scale for the whole tensor does not look at the channel", 1.0};
    }
    if constexpr (requires { scale == copy; }) {
        if (!(scale == copy)) return {"a copy is equal", 0.0};
    }
    if (const Verdict fit = detail::check_fit<S>(); !fit) return fit;
    return detail::check_round_trip(scale, channels);
}

}  // namespace qtensor::inline QTENSOR_ABI
