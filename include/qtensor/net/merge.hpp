// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Two ways through a network that meet again: y = activation(op(a(x), b(x))), op one of Add, Subtract, Multiply,
/// Minimum, Maximum (layer/combine.hpp). `Skip<Shape>` is the way that does nothing.
///
///     Residual<Conv2d<...>, Conv2d<...>>                                 y = x + layers(x)
///     Merge<Add, Relu, Skip<Shape<56, 56, 64>>, Sequential<...>>         a block of ResNet
///     Merge<Multiply, Identity, Skip<S>, Sequential<..., Lookup<...>>>   a gate
///
/// Way b writes to y, way a to scratch of its own (Skip needs none), and both are combined in y: while b runs, x and
/// the end of a are alive and nothing else.

#include "../layer/activation.hpp"
#include "../layer/combine_into.hpp"
#include "../layer/rearrange.hpp"
#include "sequential.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Passes its input on.
template <class Size, class N = numerics::TfLite> using Skip = Reshape<Size, Size, N>;

namespace detail {
template <class L> inline constexpr bool is_skip = false;
template <class S, class N> inline constexpr bool is_skip<Reshape<S, S, N>> = true;

template <class A, class B>
concept SameWays = (std::same_as<typename A::input_shape, typename B::input_shape> &&
                    std::same_as<typename A::output_shape, typename B::output_shape>) ||
                   unsatisfied<"two ways that meet again begin and end in the same shapes">();
}  // namespace detail

template <class Op, class Activation, class A, class B, class N = numerics_of<B>> struct Merge {
    static_assert(detail::must_be_operation<Op>() && detail::must_be_layer<A>() && detail::must_be_layer<B>());
    static_assert(detail::must_be_activation<Activation>() && detail::must_be_numerics<N>());
    static_assert(detail::SameWays<A, B>, "two ways that meet again begin and end in the same shapes");
    static_assert(!detail::is_skip<B>,
                  "the way that does nothing is the first one: Merge<Add, Identity, Skip<S>, Layer>");
    using numerics = N;
    using input_shape = typename B::input_shape;
    using output_shape = typename B::output_shape;
    using activation_element = typename N::activation;
    using activation_scale = typename N::activation_scale;
    static constexpr std::size_t depth = 2;  // ways
    static constexpr std::size_t macs = A::macs + B::macs + static_size<output_shape>;
    static constexpr std::size_t weight_bytes = A::weight_bytes + B::weight_bytes;

    template <class Arch, class X, class S, class PackedA, class PackedB> struct Packed;

    struct Float : Chain<typename A::Float, typename B::Float> {
        using Chain<typename A::Float, typename B::Float>::Chain;
        using layer = Merge;
        template <class Arch>
        using packed = Packed<Arch, float, Unscaled, typename A::Float::template packed<Arch>,
                              typename B::Float::template packed<Arch>>;
        static constexpr Unscaled output{};
    };
    /// The ways, and what their sum is worth.
    struct Quantized : Chain<typename A::Quantized, typename B::Quantized> {
        using layer = Merge;
        template <class Arch>
        using packed = Packed<Arch, activation_element, activation_scale, typename A::Quantized::template packed<Arch>,
                              typename B::Quantized::template packed<Arch>>;
        activation_scale output{};

        constexpr Quantized() = default;
        constexpr Quantized(const typename A::Quantized& a, const typename B::Quantized& b, activation_scale y)
            : Chain<typename A::Quantized, typename B::Quantized>(a, b), output(y) {}
    };

    /// Without samples, as Sequential does.
    static constexpr Quantized quantized(const Float& real, Unscaled, Unscaled)
        requires(detail::needs_no_samples<A> && detail::needs_no_samples<B>)
    {
        return {A::quantized(get<0>(real), Unscaled{}, Unscaled{}), B::quantized(get<1>(real), Unscaled{}, Unscaled{}),
                activation_scale{}};
    }

    /// Calibrates both ways on the same input, then their result; `calibrator` is the host's.
    template <class Calibrator, class PackedFloat, class Values>
    static auto calibrated(const Calibrator& calibrator, const Float& real, const PackedFloat& packed, const Values& x,
                           const activation_scale& input) {
        const auto a = calibrator.template layer<A>(0, get<0>(real), packed.template at<0>(), x, input);
        const auto b = calibrator.template layer<B>(1, get<1>(real), packed.template at<1>(), x, input);
        auto y = calibrator.template values<Merge>("of a merge", packed, x);
        const auto output = calibrator.template scale<Merge>(y);
        return calibrator.composed(Quantized(a.codes, b.codes, output), std::move(y), output);
    }
};

/// Either reading.
template <class Op, class Activation, class A, class B, class N>
template <class Arch, class X, class S, class PackedA, class PackedB>
struct Merge<Op, Activation, A, B, N>::Packed {
    using layer = Merge;
    using input_element = X;
    using output_element = X;
    static constexpr bool refers_to_parameters =
        detail::refers_to_parameters<Arch, PackedA>() || detail::refers_to_parameters<Arch, PackedB>();
    static_assert(std::same_as<typename PackedA::output_element, X> &&
                      std::same_as<typename PackedB::output_element, X> &&
                      std::same_as<typename PackedA::input_element, X> &&
                      std::same_as<typename PackedB::input_element, X>,
                  "two ways that meet again have one element type: use one numerics bundle for both");

    template <class Parameters>
    constexpr explicit Packed(const Parameters& parameters)
        : ways_(parameters), output_(parameters.output),
          op_(detail::bind_operation<Op, X, N>(get<0>(ways_).output_scale(), get<1>(ways_).output_scale(), output_)),
          stages_(bind_stages(In{output_, 1}, Activation{})) {
        QTENSOR_REQUIRE(same_meaning(get<0>(ways_).input_scale(), get<1>(ways_).input_scale(), 1),
                        "two ways that begin together take the same scale", 0, 0);
    }

    constexpr auto input_scale() const { return get<1>(ways_).input_scale(); }
    constexpr S output_scale() const { return output_; }
    template <std::size_t I> constexpr const auto& at() const { return get<I>(ways_); }

    static constexpr std::size_t workspace_bytes(std::size_t batch, std::size_t workers = 1) {
        const std::size_t a = workspace_bytes_of<PackedA>(batch, workers);
        const std::size_t b = workspace_bytes_of<PackedB>(batch, workers);
        return detail::is_skip<A> ? b : checked_sum(edge_bytes(batch), a > b ? a : b);
    }

    template <class E = Serial>
    void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch, std::span<std::byte> workspace,
             const E& executor = {}) const {
        static_assert(detail::must_be_executor<E>());
        const std::size_t workers = detail::workers_of(executor);
        QTENSOR_REQUIRE(workspace.size() >= workspace_bytes(batch, workers),
                        "the workspace is smaller than workspace_bytes(batch)", workspace.size(),
                        workspace_bytes(batch, workers));
        [[maybe_unused]] const std::size_t a = workspace_bytes_of<PackedA>(batch, workers);
        const std::size_t b = workspace_bytes_of<PackedB>(batch, workers);
        if constexpr (detail::is_skip<A>) {
            run_layer(get<1>(ways_), x, y, batch, workspace.first(b), executor);
            combine(x, y, batch, executor);
        } else {
            auto* edge = reinterpret_cast<cell_of<X>*>(workspace.data());
            const std::span<std::byte> rest = workspace.subspan(edge_bytes(batch));
            run_layer(get<0>(ways_), x, edge, batch, rest.first(a), executor);
            run_layer(get<1>(ways_), x, y, batch, rest.first(b), executor);
            combine(edge, y, batch, executor);
        }
    }

    /// The same in constant evaluation.
    template <std::size_t Batch> constexpr void evaluate(const cell_of<X>* x, cell_of<X>* y) const {
        evaluate_layer<Batch>(get<1>(ways_), x, y);
        if constexpr (detail::is_skip<A>) {
            combine(x, y, Batch, Serial{});
        } else {
            std::array<cell_of<X>, Batch * static_size<output_shape>> edge{};
            evaluate_layer<Batch>(get<0>(ways_), x, edge.data());
            combine(edge.data(), y, Batch, Serial{});
        }
    }

private:
    using In = Incoming<X, dyn, S>;
    static constexpr std::size_t edge_bytes(std::size_t batch) {
        return arena_round(checked_product(checked_product(batch, static_size<output_shape>), sizeof(cell_of<X>)));
    }
    constexpr void combine(const cell_of<X>* a, cell_of<X>* y, std::size_t batch, const auto& executor) const {
        using T = std::conditional_t<std::same_as<X, float>, float, std::int32_t>;
        const auto some = [&](std::size_t first, std::size_t last) {
            const cell_of<X>* b = y + first;
            detail::combine_row<Arch, T>(op_, stages_, a + first, 1, b, 1, y + first, last - first);
        };
        divide(executor, batch * static_size<output_shape>, std::size_t{1} << 15, some);
    }

    Chain<PackedA, PackedB> ways_;
    S output_;
    decltype(detail::bind_operation<Op, X, N>(std::declval<PackedA>().output_scale(),
                                              std::declval<PackedB>().output_scale(), std::declval<S>())) op_;
    decltype(bind_stages(std::declval<In>(), Activation{})) stages_;
};

/// y = x + layers(x).
template <class... Layers>
using Residual =
    Merge<Add, Identity, Skip<typename Sequential<Layers...>::input_shape, numerics_of<detail::nth<0, Layers...>>>,
          Sequential<Layers...>, numerics_of<detail::nth<0, Layers...>>>;

}  // namespace qtensor::inline QTENSOR_ABI
