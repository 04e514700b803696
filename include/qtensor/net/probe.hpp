// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Looking inside a network while it runs. A probe is called behind every layer with what the layer made of what:
///
///     net.run(x, y, batch, arena, [&](const auto& layer, const auto* in, const auto* out, std::size_t batch) { ... });
///
/// `layer` is the packed layer (its type has `layer`, its scales are input_scale() and output_scale()), `in` and `out`
/// are batch samples of codes or floats, alive during the call. Layers come in the order in which they run, those
/// inside a composition before it. A probe is copied like a function object of the standard library: let it refer to
/// what it fills. One that wants to know where it is has
///
///     Probe within(std::size_t index) const        the probe of layer number `index` of a composition
///
/// NoProbe, the default, leaves nothing behind in the machine code (docs/decisions/0021-probes.md).

#include <concepts>
#include <cstddef>
#include <span>

#include "../base/concepts.hpp"
#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Looks at nothing.
struct NoProbe {};

namespace detail {
template <class P, class Packed, class In, class Out>
concept is_probe =
    requires(P probe, const Packed& layer, const In* x, const Out* y, std::size_t batch) { probe(layer, x, y, batch); };

/// The probe of layer number `index`.
template <class Probe> constexpr auto probe_within(const Probe& probe, [[maybe_unused]] std::size_t index) {
    if constexpr (requires { probe.within(index); }) {
        return probe.within(index);
    } else {
        return probe;
    }
}

/// Runs layer number `index` of a composition and shows it to the probe.
template <class Packed, class In, class Out, class Probe>
QTENSOR_FORCE_INLINE void run_layer(const Packed& layer, [[maybe_unused]] std::size_t index, const In* x, Out* y,
                                    std::size_t batch, std::span<std::byte> workspace, [[maybe_unused]] Probe probe) {
    if constexpr (std::same_as<Probe, NoProbe>) {
        layer.run(x, y, batch, workspace);
    } else {
        auto here = probe_within(probe, index);
        static_assert(is_probe<decltype(here), Packed, In, Out>,
                      "not a probe: it is called as probe(layer, x, y, batch) with pointers to what flowed in and out");
        if constexpr (requires { layer.run(x, y, batch, workspace, here); }) {
            layer.run(x, y, batch, workspace, here);
        } else {
            layer.run(x, y, batch, workspace);
        }
        here(layer, x, static_cast<const Out*>(y), batch);
    }
}
}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
