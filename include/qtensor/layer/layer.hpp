// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What a layer is. One definition, two readings: in float (training, comparison) and in integers (deployment). A layer
/// is a type, never an object; no base class is needed, only
///
///     using input_shape, output_shape              Shape<...> of one sample, static
///     struct Float, Quantized                      the parameters of each reading, each with `using layer`
///     template <class Arch> struct PackedFloat     made from Float: parameters in reading order, ready to run
///     template <class Arch> struct PackedQuantized made from Quantized
///     static constexpr std::size_t macs, weight_bytes
///     fixed_output(input scale)                    optional: the output scale, where the layer leaves no choice
///
/// and of a packed form
///
///     using input_element, output_element
///     input_scale(), output_scale()                what codes are worth at either end
///     static constexpr std::size_t workspace_bytes(std::size_t batch)
///     constexpr void run(const in* x, out* y, std::size_t batch, std::span<std::byte> workspace) const
///
/// A layer that can divide its work takes an executor as well (gemm/executor.hpp): workspace_bytes(batch, workers) and
/// run(x, y, batch, workspace, executor). `workspace_bytes_of` and `run_layer` call either kind.
///
/// A packed form that reads weights where they are, on other architectures than arch::scalar too, says
/// `static constexpr bool refers_to_parameters = true`.
///
/// A packed form that may write its results over its inputs, cell by cell, says `static constexpr bool in_place =
/// true`; a network then gives both one place.
///
/// Samples follow each other without gaps. `pack<Arch>(parameters)` makes the packed form of a layer or a whole
/// network.

#include <cstddef>
#include <span>
#include <type_traits>

#include "../arch/tags.hpp"
#include "../base/concepts.hpp"
#include "../base/shape.hpp"
#include "../gemm/executor.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class L>
concept is_layer = L::input_shape::is_static && L::output_shape::is_static && requires {
    typename L::Float;
    typename L::Quantized;
    L::macs;
    L::weight_bytes;
};
template <class P>
concept is_parameters = requires { typename P::layer; };
}  // namespace detail

template <class L>
concept Layer =
    detail::is_layer<L> ||
    unsatisfied<"not a layer: it needs static input_shape and output_shape, Float and Quantized parameters, "
                "macs and weight_bytes (layer/layer.hpp lists them)">();

namespace detail {
template <class L> constexpr bool must_be_layer() {
    static_assert(Layer<L>, "not a layer: it needs static input_shape and output_shape, Float and Quantized "
                            "parameters, macs and weight_bytes (layer/layer.hpp lists them)");
    return true;
}
}  // namespace detail

/// Elements of one sample at either end of a layer.
template <Layer L> inline constexpr std::size_t input_size = static_size<typename L::input_shape>;
template <Layer L> inline constexpr std::size_t output_size = static_size<typename L::output_shape>;

/// Scratch bytes of a packed layer for a batch and so many workers.
template <class Packed>
constexpr std::size_t workspace_bytes_of(std::size_t batch, [[maybe_unused]] std::size_t workers) {
    if constexpr (requires { Packed::workspace_bytes(batch, workers); }) {
        return Packed::workspace_bytes(batch, workers);
    } else {
        return Packed::workspace_bytes(batch);
    }
}

namespace detail {
/// The layer may write y over x: it says so, and both have one element, and as many of them.
template <class P> constexpr bool writes_in_place() {
    if constexpr (requires { P::in_place; }) {
        return P::in_place && std::is_same_v<typename P::input_element, typename P::output_element> &&
               input_size<typename P::layer> == output_size<typename P::layer>;
    } else {
        return false;
    }
}
}  // namespace detail

/// y = layer(x), divided among the workers of the executor where the layer can do that. An executor that wants to see
/// what layers make (net/probe.hpp) is shown it.
template <class Packed, class E>
constexpr void run_layer(const Packed& layer, const auto* x, auto* y, std::size_t batch, std::span<std::byte> workspace,
                         [[maybe_unused]] const E& executor) {
    static_assert(detail::must_be_executor<E>());
    if constexpr (requires { layer.run(x, y, batch, workspace, executor); }) {
        layer.run(x, y, batch, workspace, executor);
    } else {
        layer.run(x, y, batch, workspace);
    }
    if constexpr (requires { executor.seen(layer, x, y, batch); }) {
        decltype(x) gone = nullptr;  // where y lies over x
        executor.seen(layer, static_cast<const void*>(x) == static_cast<const void*>(y) ? gone : x, y, batch);
    }
}

namespace detail {
/// The packed form reads weights where they are: on the scalar architecture, or wherever a layer says so.
template <class Arch, class Packed> constexpr bool refers_to_parameters() {
    if constexpr (requires { Packed::refers_to_parameters; }) {
        return Packed::refers_to_parameters;
    } else {
        return std::is_same_v<Arch, arch::scalar> && Packed::layer::weight_bytes > 0;
    }
}
template <class Arch> constexpr bool must_be_architecture() {
    static_assert(arch::Architecture<Arch>, "a network is packed for an architecture: pack<arch::native>(parameters)");
    return true;
}
}  // namespace detail

/// Parameters in reading order for Arch, every constant derived: run it as often as you like, from any thread. With
/// arch::scalar the result refers to the parameters, which must outlive it (in firmware both are constexpr, in flash).
template <class Arch, class Parameters>
    requires detail::is_parameters<Parameters>
constexpr auto pack(const Parameters& parameters) {
    static_assert(detail::must_be_architecture<Arch>());
    return typename Parameters::template packed<Arch>(parameters);
}
/// Of parameters that are a temporary: not where the result would refer to them.
template <class Arch, class Parameters>
    requires detail::is_parameters<Parameters>
constexpr auto pack(const Parameters&& parameters) {
    static_assert(!detail::refers_to_parameters<Arch, typename Parameters::template packed<Arch>>(),
                  "the packed form refers to its parameters, and these are a temporary: give them a name first, "
                  "const auto parameters = calibrate(...)");
    return pack<Arch>(parameters);
}

/// What is wrong with these, in a sentence.
template <class Parameters>
    requires detail::is_parameters<Parameters>
constexpr void pack(const Parameters&) {
    static_assert(never<Parameters>, "a network is packed for an architecture: pack<arch::native>(parameters)");
}
template <class... Given, class L>
    requires detail::is_layer<L>
constexpr void pack(const L&) {
    static_assert(never<L>, "a layer is a type and holds nothing: pack its parameters, those that calibrate returns or "
                            "a Float of your own, pack<arch::native>(parameters)");
}

}  // namespace qtensor::inline QTENSOR_ABI
