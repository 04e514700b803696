// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Products of float activations and weights that are stored narrow: the float atom of an instruction set, with
/// weights that become floats as they are loaded. Panels hold int8, uint8, int16, float16 or bfloat16, so weights take
/// a half or a quarter of the memory and of its bandwidth. Codes are worth something only with their scales: they go
/// through grouped products (grouped.hpp); float16 and bfloat16 go through every product.

#include "../arch.hpp"
#include "../numeric/float16.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

template <class W>
concept narrow_weight = std::same_as<W, std::int8_t> || std::same_as<W, std::uint8_t> ||
                        std::same_as<W, std::int16_t> || std::same_as<W, float16> || std::same_as<W, bfloat16>;

/// F is the float atom of Arch.
template <class Arch, class F, narrow_weight W> struct WeightOnlyAtom : F {
    using packed = W;

    /// n weights as floats, exactly.
    QTENSOR_FORCE_INLINE static typename F::B load_b(const W* panel) {
        using V = lanes<float, Arch>;
        using I = lane::ints<V>;
        static_assert(lane::width<V> == F::n && F::k == 1);
        if constexpr (std::same_as<W, float16>) {
            return lane::to_register(lane::load_half<V>(&panel->bits, F::n));
        } else if constexpr (std::same_as<W, bfloat16>) {
            const I bits = lane::load<I>(&panel->bits, F::n);
            return lane::to_register(lane::as_float(lane::shift_left(bits, lane::broadcast<I>(16))));
        } else {
            return lane::to_register(lane::to_float(lane::load<I>(panel, F::n)));
        }
    }
};

}  // namespace detail

namespace arch {
template <class Arch, qtensor::detail::narrow_weight W>
    requires(!std::same_as<Arch, scalar> && HasAtom<Arch, float, float>)
struct Atom<Arch, float, W> : qtensor::detail::WeightOnlyAtom<Arch, Atom<Arch, float, float>, W> {};
}  // namespace arch

}  // namespace qtensor::inline QTENSOR_ABI
