// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Dynamic quantization of a sample: real numbers come in, are measured and quantized, multiplied as integers, and real
/// numbers go out (numerics::Dynamic):
///
///     s, z   by the rule of the bundle from the range of the sample           q = codes of x
///     y      = activation(f32(f32(sum (q - z) w) * f32(s s_w)) + b)
///
/// MeasuredLayer is the packed form of a layer with one matrix, MeasuredRowProduct one product of a recurrent step.

#include <array>

#include "../gemm/add_bias.hpp"
#include "../gemm/bound_linear.hpp"
#include "../gemm/dequantize.hpp"
#include "../tensor/quantize_dynamic.hpp"
#include "numerics.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class S> struct batched;
template <std::size_t... Extents> struct batched<Shape<Extents...>> {
    using type = Shape<dyn, Extents...>;
};
/// Samples of a shape, one after the other.
template <class S> using Batched = typename batched<S>::type;

/// How sums see their ends.
template <class Sums> struct image_of {
    using input = typename Sums::input_shape;
    using output = typename Sums::output_shape;
};
template <class Sums>
    requires requires { typename Sums::input_image; }
struct image_of<Sums> {
    using input = typename Sums::input_image;
    using output = typename Sums::output_image;
};

/// Scratch of bound sums, for so many workers where an executor has something to divide.
template <class Sums, class Bound>
constexpr std::size_t sums_workspace(std::size_t batch, [[maybe_unused]] std::size_t workers) {
    if constexpr (requires { Sums::template workspace_bytes<Bound>(batch, workers); }) {
        return Sums::template workspace_bytes<Bound>(batch, workers);
    } else {
        return Sums::template workspace_bytes<Bound>(batch);
    }
}

template <class Q> using view_of = decltype(view(std::declval<const Q&>()));
}  // namespace detail

/// Weighted layer `Self` (weighted.hpp says what Sums has) with parameters `Codes`: weights and a real bias. A sample
/// at a time; it refers to nothing but itself.
template <class Self, class Sums, class Activation, class N, class Codes, class Arch> class MeasuredLayer {
    using Code = typename N::code;
    using Real = typename N::activation;
    using Weights = decltype(Sums::template packed<Arch, Code>(std::declval<const Codes&>().weights));
    using Bias = decltype(Codes::bias);
    using Bound = typename Sums::template Bound<void, Weights, Affine<>, Dequantize<Real>,
                                                AddBias<detail::view_of<Bias>>, Activation>;
    using In = detail::Batched<typename detail::image_of<Sums>::input>;
    using Out = detail::Batched<typename detail::image_of<Sums>::output>;
    static constexpr std::size_t inputs = static_size<typename Sums::input_shape>;
    static constexpr std::size_t outputs = static_size<typename Sums::output_shape>;

public:
    using layer = Self;
    using input_element = Real;
    using output_element = Real;

    constexpr explicit MeasuredLayer(const Codes& codes)
        : weights_(Sums::template packed<Arch, Code>(codes.weights)), bias_(codes.bias) {}
    static constexpr Unscaled input_scale() { return {}; }
    static constexpr Unscaled output_scale() { return {}; }
    static constexpr std::size_t workspace_bytes(std::size_t) {
        return checked_sum(codes_bytes, checked_sum(reals_bytes, detail::sums_workspace<Sums, Bound>(1, 1)));
    }

    void run(const Real* x, Real* y, std::size_t batch, std::span<std::byte> workspace) const {
        QTENSOR_REQUIRE(workspace.size() >= workspace_bytes(batch),
                        "the workspace is smaller than workspace_bytes(batch)", workspace.size(),
                        workspace_bytes(batch));
        auto* codes = reinterpret_cast<cell_of<Code>*>(workspace.data());
        for (std::size_t n = 0; n < batch; ++n, x += inputs, y += outputs) {
            const float* reals = nullptr;
            if constexpr (std::same_as<Real, float>) {
                reals = x;
            } else {
                auto* wide = reinterpret_cast<float*>(workspace.data() + codes_bytes);
                for (std::size_t i = 0; i < inputs; ++i) wide[i] = static_cast<float>(x[i]);
                reals = wide;
            }
            const auto sample = quantize_dynamic<typename N::dynamic_rule, Code>(std::span<const float>(reals, inputs),
                                                                                 codes, Shape<inputs>{});
            const auto bound = Sums::template bind<void>(weights_, sample.scale(), Dequantize<Real>{},
                                                         AddBias<detail::view_of<Bias>>{view(bias_)}, Activation{});
            const QTensor<const Code, Affine<>, In> from(codes, In(std::size_t{1}), sample.scale());
            const QTensor<Real, Unscaled, Out> to(y, Out(std::size_t{1}));
            bound.run(weights_, from, to, workspace.subspan(codes_bytes + reals_bytes));
        }
    }

private:
    static constexpr std::size_t codes_bytes = round_up(inputs * sizeof(cell_of<Code>), 64);
    static constexpr std::size_t reals_bytes = std::same_as<Real, float> ? 0 : round_up(inputs * sizeof(float), 64);

    Weights weights_;
    Bias bias_;
};

/// x W^T + b of one row of floats, measured; the same interface as RowProduct of floats (recurrent.hpp).
template <class Arch, class N, AnyTensor W, class... Bias> class MeasuredRowProduct {
    using Code = typename N::code;
    using Weights = packed_for<Arch, Code, W>;
    using Product = BoundLinear<Weights, Affine<>, void, Dequantize<float>, AddBias<detail::view_of<Bias>>...>;

public:
    using Sum = float;
    static constexpr std::size_t in = Weights::static_k, rows = Weights::static_n;

    constexpr MeasuredRowProduct(const W& weights, Unscaled, const Bias&... bias) : weights_(weights), bias_{bias...} {}
    static constexpr std::size_t workspace_bytes() { return Product::workspace_bytes(1, in); }
    constexpr void run(const float* x, float* sums, std::span<std::byte> workspace) const {
        measure(x, [&](const Product& product, const Codes& codes) {
            product.run_rows(weights_, row_of(codes), sums, 0, workspace);
        });
    }
    constexpr void run(const float* x, float* sums, std::span<std::byte> workspace, std::size_t first,
                       std::size_t last) const {
        measure(x, [&](const Product& product, const Codes& codes) {
            product.run_outputs(weights_, row_of(codes), sums, 0, workspace, first, last);
        });
    }

private:
    using Codes = std::array<cell_of<Code>, in>;
    static constexpr Rows<value_of<Code>> row_of(const Codes& codes) { return {codes.data(), 0, 1, in}; }

    template <class Body> constexpr void measure(const float* x, Body&& body) const {
        Codes codes{};
        const auto row =
            quantize_dynamic<typename N::dynamic_rule, Code>(std::span<const float>(x, in), codes.data(), Shape<in>{});
        if constexpr (sizeof...(Bias) == 0) {
            body(Product(weights_, row.scale(), BindMemory{}, Dequantize<float>{}), codes);
        } else {
            body(Product(weights_, row.scale(), BindMemory{}, Dequantize<float>{},
                         AddBias<detail::view_of<Bias>>{view(bias_[0])}...),
                 codes);
        }
    }

    template <class... B> struct first_of {
        using type = float;
    };
    template <class B> struct first_of<B> {
        using type = B;
    };
    Weights weights_;
    std::array<typename first_of<Bias...>::type, sizeof...(Bias)> bias_;
};

}  // namespace qtensor::inline QTENSOR_ABI
