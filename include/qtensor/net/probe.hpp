// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Looking inside a network while it runs. A probe is called behind every layer with what the layer made of what:
///
///     net.run(x, y, batch, arena, Probed{[&](const auto& layer, const auto* in, const auto* out, std::size_t batch) {
///         ...
///     }});
///
/// `layer` is the packed layer itself (its type has `layer`; scales are input_scale() and output_scale()), `in` and
/// `out` are batch samples of codes or floats, alive during the call; `in` is null where the layer wrote over it (it is
/// what the layer before made). Layers come in the order in which they run, those
/// inside a composition before it. The probe travels with the executor, so a network that runs without one is the code
/// that it was before there were probes (docs/decisions/0021-probes.md).

#include "../gemm/executor.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// An executor that shows every layer to a probe; the work itself is done by E, by the executor itself where it has a
/// name: Probed{probe, pool}.
template <class P, class E = Serial> struct Probed {
    static_assert(detail::must_be_executor<std::remove_cvref_t<E>>());
    P probe;
    E executor{};

    constexpr std::size_t workers() const { return executor.workers(); }
    template <class Body> constexpr void operator()(std::size_t parts, Body&& body) const { executor(parts, body); }

    /// Called by run_layer (layer/layer.hpp), in the thread that runs the network.
    template <class Packed, class In, class Out>
    constexpr void seen(const Packed& layer, const In* x, const Out* y, std::size_t batch) const {
        static_assert(
            requires { probe(layer, x, y, batch); },
            "not a probe: it is called as probe(layer, x, y, batch) with pointers to what flowed in and out");
        probe(layer, x, y, batch);
    }
};
template <class P> Probed(P) -> Probed<P>;
template <class P, class E> Probed(P, E&&) -> Probed<P, E>;

}  // namespace qtensor::inline QTENSOR_ABI
