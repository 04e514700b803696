// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A product ready to run: packed weights, the scale of the activations and the epilogue, bound once; calling it only
/// multiplies.
///
///     Linear linear(packed, x.scale(), AddBias{b}, Requantize<std::int8_t>{Affine{8 / 127.f, 0}});
///     linear(x, y, workspace);

#include <utility>

#include "bound_linear.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Refers to the packed weights, which must outlive it.
template <class Packed, class XScale, class... Stages>
class Linear : public BoundLinear<Packed, XScale, void, Stages...> {
    using Bound = BoundLinear<Packed, XScale, void, Stages...>;

public:
    constexpr Linear(const Packed& weights, XScale x_scale, const Stages&... stages)
        : Bound(weights, x_scale, BindMemory{}, stages...), weights_(&weights) {}

    /// With memory for per-channel scales of run-time shapes, which must outlive it too.
    constexpr Linear(const Packed& weights, XScale x_scale, BindMemory memory, const Stages&... stages)
        : Bound(weights, x_scale, memory, stages...), weights_(&weights) {}

    template <std::same_as<Packed> P>
    constexpr Linear(P&& weights, XScale x_scale, const Stages&... stages)
        : Linear(std::as_const(weights), x_scale, stages...) {
        static_assert(std::is_void_v<P>,
                      "Linear refers to its packed weights, and these are a temporary: give them a name first, "
                      "const auto packed = pack<Arch, X>(w)");
    }

    constexpr const Packed& weights() const { return *weights_; }

    /// y [m][n] = epilogue(x [m][k] * w^T); see BoundLinear::run.
    template <class XT, class YT, class E = Serial>
    constexpr void operator()(const XT& x, YT&& y, std::span<std::byte> workspace = {}, const E& executor = {}) const {
        this->run(*weights_, x, y, workspace, executor);
    }

private:
    const Packed* weights_;
};

template <class Packed, class XScale, class... Stages>
    requires(!(std::same_as<Stages, BindMemory> || ...))
Linear(const Packed&, XScale, const Stages&...) -> Linear<Packed, XScale, Stages...>;
template <class Packed, class XScale, class... Stages>
Linear(const Packed&, XScale, BindMemory, const Stages&...) -> Linear<Packed, XScale, Stages...>;

}  // namespace qtensor::inline QTENSOR_ABI
