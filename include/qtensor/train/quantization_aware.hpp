// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The integer reading, while it learns. Codes flow from layer to layer, computed by the integers that will be
/// deployed: exact sums, the dialect of the layer's bundle, its tables; real numbers beside them are what the codes
/// mean. Slopes go straight through the rounding (fake_quantize.hpp).
///
///     Model<Net, QuantizationAware<>> aware(trained);            observed ranges, weights by the largest
///     Model<Net, QuantizationAware<LearnedStep, LearnedSteps>> aware(trained);                       LSQ
///     train(aware, images, CrossEntropy(labels), ...);
///     const Net::Quantized deployed = freeze(aware);             what aware answers, exactly

#include "../calibrate/calibrate.hpp"
#include "../layer/activation.hpp"
#include "../layer/numerics.hpp"
#include "../net/sequential.hpp"
#include "quantizers.hpp"
#include "trainable.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Codes of X worth S, and what they mean.
template <class X, class S> struct CodedEdge {
    static_assert(detail::must_be_whole_bytes<X>());
    std::vector<cell_of<X>> codes;
    std::vector<float> values;
    S scale{};

    /// values from codes, f32(f32(q - z) s).
    void read() {
        const auto zero = zero_point_of(scale, 0);
        values.resize(codes.size());
        for (std::size_t i = 0; i < codes.size(); ++i)
            values[i] = static_cast<float>(static_cast<std::int32_t>(codes[i]) - zero) * scale.scale(0);
    }
};

/// `Activations` and `Weights` are quantizers (quantizers.hpp); every edge and layer starts with a copy of these.
template <class Activations = Observed<>, class Weights = LargestWeight> struct QuantizationAware {
    using activations_type = Activations;
    using weights_type = Weights;
    Activations activations{};
    Weights weights{};
    Observed<> entrance{};  ///< of the inputs of the network

    template <class L> using Edge = CodedEdge<typename L::activation_element, typename L::activation_scale>;

    template <class Net> typename Net::activation_scale input() {
        return entrance.template scale<typename Net::activation_scale, typename Net::activation_element>();
    }
    template <class Net> void enter(std::span<const float> x, Edge<Net>& edge, const Pass& pass) {
        using X = typename Net::activation_element;
        if (pass.learns) entrance.observe(x);
        edge.scale = input<Net>();
        edge.codes.resize(x.size());
        quantize_into(x,
                      QTensor<X, typename Net::activation_scale>(edge.codes.data(), Shape<dyn>(x.size()), edge.scale),
                      typename detail::entry_numerics<Net>::type::rounding{});
        edge.read();
    }
};

namespace detail {

/// Wide enough for the code of every accumulator before it is clamped, narrow enough for a sum with a zero point.
inline constexpr std::int32_t unclamped = 1 << 29;

template <class X> constexpr Clip clip_of(std::int32_t code) {
    return code < element<X>::lowest ? Clip::below : code > element<X>::highest ? Clip::above : Clip::inside;
}
template <class X> constexpr cell_of<X> clamped(std::int32_t code) {
    constexpr auto lowest = static_cast<std::int32_t>(element<X>::lowest);
    constexpr auto highest = static_cast<std::int32_t>(element<X>::highest);
    return static_cast<cell_of<X>>(code < lowest ? lowest : code > highest ? highest : code);
}

/// Where the codes of real numbers fall.
template <class X, class N, class S>
void find_clips(std::span<const float> real, const S& scale, std::vector<Clip>& clips) {
    clips.resize(real.size());
    for (std::size_t i = 0; i < real.size(); ++i)
        clips[i] = fake_quantize<X>(real[i], scale.scale(0), zero_point_of(scale, 0), typename N::rounding{}).clip;
}

/// An activation on codes, one at a time: the stage of the integer reading.
template <class A, class X, class S> class CodeActivation {
    using In = Incoming<X, 1, S>;
    decltype(bind_stages(std::declval<In>(), A{})) stage_;

public:
    explicit CodeActivation(const S& scale) : stage_(bind_stages(In{scale, 1}, A{})) {}
    std::int32_t operator()(std::int32_t code) const { return stage_(code, Cell{}); }
};

}  // namespace detail

}  // namespace qtensor::inline QTENSOR_ABI
