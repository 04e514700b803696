// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// SVDF (singular value decomposition filter, Nakkiran et al. 2015): a product with features whose last `Memory`
/// results are kept and weighed; `Rank` features make one unit. Sequences [Steps][In] in, [Steps][Units] out.
///
///     Svdf<1, 40, 64, 8, 2, Relu>          a step as one sample; the packed form also streams with a state of the
///     caller's
///
/// Integer reading: TFLite SVDF (tflite-micro `kernels/svdf_common.cc`, CMSIS-NN arm_svdf_state_s16_s8 and
/// arm_svdf_s8):
///
///     new    = held(requantized(sum (x - z_x) w_feature))                             worth s_state, zero point 0
///     y      = activation(requantized(b + sum over rank and memory of state w_time))  the bias in units of s_state
///     s_time
///
/// States and time weights are 16-bit (`StateElement`), or 8-bit as in arm_svdf_s8.

#include "../gemm/bound_linear.hpp"
#include "../gemm/requantize.hpp"
#include "../scale/per_tensor.hpp"
#include "activation.hpp"
#include "combine.hpp"
#include "recurrent.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <std::size_t Steps, std::size_t In, std::size_t Units, std::size_t Memory, std::size_t Rank = 1,
          class Activation = Identity, class N = numerics::TfLite, class StateElement = std::int16_t>
struct Svdf {
    static_assert(detail::must_be_activation<Activation>() && detail::must_be_numerics<N>());
    static_assert(detail::must_be_integer_element<StateElement>());
    static_assert(Steps > 0 && In > 0 && Units > 0 && Memory > 0 && Rank > 0,
                  "an SVDF has at least one step, input, unit, rank and one result to remember");
    using numerics = N;
    using input_shape = Shape<Steps, In>;
    using output_shape = Shape<Steps, Units>;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    using weight_element = typename N::weight;
    static constexpr std::size_t features = Units * Rank;
    static constexpr std::size_t macs = Steps * features * (In + Memory);
    static constexpr std::size_t weight_bytes =
        cells_for<weight_element>(features * In) + features * Memory * sizeof(value_of<StateElement>);

    template <class Arch> class RealStep;
    template <class Arch> class IntegerStep;
    template <class Arch> using PackedFloat = Sequence<Svdf, RealStep<Arch>>;
    template <class Arch> using PackedQuantized = Sequence<Svdf, IntegerStep<Arch>>;

    struct Float {
        using layer = Svdf;
        template <class Arch> using packed = PackedFloat<Arch>;
        QTensor<float, Unscaled, Shape<features, In>, Inline> feature_weights{};
        QTensor<float, Unscaled, Shape<features, Memory>, Inline> time_weights{};
        QTensor<float, Unscaled, Shape<Units>, Inline> bias{};
    };
    struct Quantized {
        using layer = Svdf;
        template <class Arch> using packed = PackedQuantized<Arch>;
        QTensor<weight_element, PerTensor<>, Shape<features, In>, Inline> feature_weights{};
        QTensor<StateElement, PerTensor<>, Shape<features, Memory>, Inline> time_weights{};
        QTensor<std::int32_t, Unscaled, Shape<Units>, Inline> bias{};
        activation_scale input{};
        activation_scale output{};
        PerTensor<> state{};
    };

    /// Post-training quantization, a scale per tensor. States may be as large as the features' weights make them: their
    /// scale spans the largest sum of |w| times the largest |x| of the input's codes. That of the time weights spans
    /// the largest sum of a unit, so that weighed states fit an int32.
    static constexpr Quantized quantized(const Float& real, activation_scale input, activation_scale output) {
        float largest_feature = 0.0f, largest_time = 0.0f, largest_sum = 0.0f;
        for (std::size_t f = 0; f < features; ++f) {
            float sum = 0.0f;
            for (std::size_t i = 0; i < In; ++i) {
                const float size = detail::magnitude(real.feature_weights(f, i));
                largest_feature = lane::max(largest_feature, size);
                sum += size;
            }
            largest_sum = lane::max(largest_sum, sum);
        }
        for (std::size_t u = 0; u < Units; ++u) {
            float sum = 0.0f;
            for (std::size_t i = u * Rank * Memory; i < (u + 1) * Rank * Memory; ++i)
                sum += detail::magnitude(real.time_weights.data()[i]);
            largest_time = lane::max(largest_time, sum);
        }
        const auto scale = [](float largest, std::int64_t highest) {
            return PerTensor<>{largest > 0.0f ? largest / static_cast<float>(highest) : 1.0f};
        };
        const float reach = static_cast<float>(detail::reach<activation_element>(input)) * input.scale(0);
        constexpr std::int64_t top = element<StateElement>::highest;
        Quantized codes{
            decltype(Quantized::feature_weights)({}, scale(largest_feature, element<weight_element>::highest)),
            decltype(Quantized::time_weights)({}, scale(largest_time, top)),
            {},
            input,
            output,
            scale(largest_sum * reach, top)};
        quantize_into(std::span<const float>(real.feature_weights.data(), features * In), codes.feature_weights,
                      typename N::rounding{});
        quantize_into(std::span<const float>(real.time_weights.data(), features * Memory), codes.time_weights,
                      typename N::rounding{});
        for (std::size_t u = 0; u < Units; ++u)
            codes.bias(u) = quantize_bias<N>(real.bias(u), codes.state.scale(), codes.time_weights.scale().scale(), u);
        return codes;
    }

private:
    /// The last results of every feature, oldest first, a new one at the end.
    template <class T> struct Memories {
        std::array<T, features * Memory> values{};
        constexpr void remember(const T* made) {
            for (std::size_t f = 0; f < features; ++f) {
                T* row = values.data() + f * Memory;
                for (std::size_t t = 0; t + 1 < Memory; ++t) row[t] = row[t + 1];
                row[Memory - 1] = made[f];
            }
        }
        /// What unit u makes of them, from `sum` on.
        template <class Sum, class W> constexpr Sum weigh(std::size_t u, Sum sum, const W* weights) const {
            for (std::size_t i = u * Rank * Memory; i < (u + 1) * Rank * Memory; ++i)
                sum += static_cast<Sum>(values[i]) * static_cast<Sum>(weights[i]);
            return sum;
        }
    };
};

/// The float reading.
template <std::size_t Steps, std::size_t In, std::size_t Units, std::size_t Memory, std::size_t Rank, class Activation,
          class N, class StateElement>
template <class Arch>
class Svdf<Steps, In, Units, Memory, Rank, Activation, N, StateElement>::RealStep {
public:
    using input_element = float;
    using output_element = float;
    using State = Memories<float>;
    static constexpr std::size_t in = In, out = Units;

    constexpr explicit RealStep(const Float& real)
        : weights_(real.feature_weights), product_(weights_, Unscaled{}, BindMemory{}), real_(real),
          stages_(bind_stages(Incoming<float, Units, Unscaled>{{}, Units}, Activation{})) {}
    static constexpr Unscaled input_scale() { return {}; }
    static constexpr Unscaled output_scale() { return {}; }
    static constexpr std::size_t workspace_bytes() { return FeatureProduct::workspace_bytes(1, In); }
    static constexpr State initial_state() { return {}; }

    constexpr void step(const float* x, State& state, float* y, std::span<std::byte> workspace) const {
        std::array<float, features> made{};
        product_.run_rows(weights_, Rows<float>{x, 0, 1, In}, made.data(), 0, workspace);
        state.remember(made.data());
        for (std::size_t u = 0; u < Units; ++u)
            y[u] = stages_(state.weigh(u, real_.bias(u), real_.time_weights.data()), Cell{0, u, 1});
    }

private:
    using Weights = packed_for<Arch, float, decltype(Float::feature_weights)>;
    using FeatureProduct = BoundLinear<Weights, Unscaled, void>;
    Weights weights_;
    FeatureProduct product_;
    Float real_;
    decltype(bind_stages(Incoming<float, Units, Unscaled>{}, Activation{})) stages_;
};

/// The integer reading.
template <std::size_t Steps, std::size_t In, std::size_t Units, std::size_t Memory, std::size_t Rank, class Activation,
          class N, class StateElement>
template <class Arch>
class Svdf<Steps, In, Units, Memory, Rank, Activation, N, StateElement>::IntegerStep {
public:
    using input_element = activation_element;
    using output_element = activation_element;
    using State = Memories<value_of<StateElement>>;
    static constexpr std::size_t in = In, out = Units;

    constexpr explicit IntegerStep(const Quantized& codes)
        : weights_(codes.feature_weights), product_(weights_, codes.input, BindMemory{}, ToState{codes.state}),
          time_(codes.time_weights), bias_(codes.bias), output_(codes.output),
          stages_(bind_stages(In32{{codes.state, codes.time_weights.scale()}, Units}, ToOutput{codes.output},
                              Activation{})) {
        std::uint64_t most = 0;
        for (std::size_t u = 0; u < Units; ++u) {
            const std::int64_t b = bias_(u);
            std::uint64_t sum = static_cast<std::uint64_t>(b < 0 ? -b : b);
            for (std::size_t i = u * Rank * Memory; i < (u + 1) * Rank * Memory; ++i) {
                const std::int64_t w = time_.data()[i];
                sum += static_cast<std::uint64_t>(w < 0 ? -w : w) * magnitude_bound<StateElement>(false);
            }
            most = sum > most ? sum : most;
        }
        QTENSOR_REQUIRE(most <= stages_.limit() && holds_bound<std::int32_t>(most),
                        "SVDF: the weighed states could overflow an int32: fewer results to remember, or smaller time "
                        "weights",
                        most, INT32_MAX);
    }

    constexpr activation_scale input_scale() const { return product_.input_scale(); }
    constexpr activation_scale output_scale() const { return output_; }
    static constexpr std::size_t workspace_bytes() { return FeatureProduct::workspace_bytes(1, In); }
    static constexpr State initial_state() { return {}; }

    constexpr void step(const cell_of<input_element>* x, State& state, cell_of<output_element>* y,
                        std::span<std::byte> workspace) const {
        product_.check_range(x, 1, In, 0);
        std::array<value_of<StateElement>, features> made{};
        product_.run_rows(weights_, Rows<value_of<input_element>>{x, 0, 1, In}, made.data(), 0, workspace);
        state.remember(made.data());
        for (std::size_t u = 0; u < Units; ++u) {
            const std::int32_t sum = state.weigh(u, bias_(u), time_.data());
            y[u] = static_cast<value_of<output_element>>(stages_(sum, Cell{0, u, 1}));
        }
    }

private:
    using ToState = Requantize<StateElement, typename N::dialect, PerTensor<>>;
    using ToOutput = Requantize<activation_element, typename N::dialect, activation_scale>;
    using In32 = Incoming<std::int32_t, Units, Product<PerTensor<>, PerTensor<>>>;
    using Weights = packed_for<Arch, activation_element, decltype(Quantized::feature_weights)>;
    using FeatureProduct = BoundLinear<Weights, activation_scale, void, ToState>;
    Weights weights_;
    FeatureProduct product_;
    decltype(Quantized::time_weights) time_;
    decltype(Quantized::bias) bias_;
    activation_scale output_;
    decltype(bind_stages(std::declval<In32>(), std::declval<ToOutput>(), Activation{})) stages_;
};

}  // namespace qtensor::inline QTENSOR_ABI
