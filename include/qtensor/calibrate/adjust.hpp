// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Walks a float network and its integers over the same samples, layer by layer, and lets the codes of every layer with
/// weights be adjusted before what is behind it sees their outputs. correct_bias.hpp and round_weights.hpp are made of
/// it.
///
///     adjust_layers(net, quantized, samples, [](const auto& real, auto& codes, const LayerInputs<...>& in) { ... });

#include "../layer/recurrent.hpp"
#include "compare.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// What flows into a layer in either reading.
template <class Code> struct LayerInputs {
    const std::vector<float>& real;
    const std::vector<Code>& codes;
    std::size_t samples = 0;

    /// What the codes mean at the layer's scale.
    template <class Scale> std::vector<float> meant(const Scale& scale) const {
        std::vector<float> values(codes.size());
        const std::int32_t zero = zero_point_of(scale, 0);
        for (std::size_t i = 0; i < codes.size(); ++i)
            values[i] = static_cast<float>(static_cast<std::int32_t>(codes[i]) - zero) * scale.scale(0);
        return values;
    }
};

namespace detail {

template <class L>
concept has_sums = requires { typename L::sums; };

struct SeesNothing {
    void operator()(const auto&, const auto*, const auto*, std::size_t) const {}
};

template <class Real, class Codes, class Code, class F>
void adjust_in(const Real& real, Codes& codes, const LayerInputs<Code>& in, const F& adjust) {
    using L = typename Real::layer;
    if constexpr (is_sequential<L>) {
        std::vector<float> x = in.real;
        std::vector<Code> q = in.codes;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto one = [&](const auto& r, auto& c) {
                adjust_in(r, c, LayerInputs<Code>{x, q, in.samples}, adjust);
                x = run_probed(pack<arch::native>(r), x.data(), in.samples, SeesNothing{});
                q = run_probed(pack<arch::native>(c), q.data(), in.samples, SeesNothing{});
            };
            (one(get<I>(real), get<I>(codes)), ...);
        }(std::make_index_sequence<L::depth>{});
    } else if constexpr (requires { get<0>(real), L::depth; }) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (adjust_in(get<I>(real), get<I>(codes), in, adjust), ...);
        }(std::make_index_sequence<L::depth>{});
    } else if constexpr (has_sums<L> || is_gated<L>) {
        adjust(real, codes, in);
    }
}

}  // namespace detail

/// Calls adjust(real, codes, inputs) for every layer with weights, from front to back. Ways of a composition all see
/// its input. Throws as compare does.
template <class FloatNet, class Quantized, class F>
void adjust_layers(const FloatNet& net, Quantized& quantized, std::span<const float> samples, const F& adjust) {
    using L = typename FloatNet::layer;
    static_assert(std::same_as<L, typename Quantized::layer>,
                  "compare takes two readings of one network: these are parameters of different ones");
    constexpr std::size_t width = input_size<L>;
    detail::require_samples(samples, width, "calibrate");
    const auto packed = pack<arch::native>(quantized);
    const auto codes = detail::Comparer::taken(packed, samples);
    using Code = typename std::remove_cvref_t<decltype(codes)>::value_type;
    const std::vector<float> x(samples.begin(), samples.end());
    detail::adjust_in(net, quantized, LayerInputs<Code>{x, codes, samples.size() / width}, adjust);
}

}  // namespace qtensor::inline QTENSOR_ABI
