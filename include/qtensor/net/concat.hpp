// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Several ways through a network side by side, joined along the last axis: y = [a(x), b(x), ...].
///
///     Concat<Conv2d<Shape<28, 28, 64>, 32, Kernel<1, 1>>, Sequential<...>, MaxPool2d<...>>     a block of Inception
///     Concat<Skip<S>, Conv2d<...>>                                                             a layer of DenseNet
///
/// Ways whose scale is that of the result are copied, others requantized by the dialect of the bundle. One way runs at
/// a time, into scratch that the next one takes over.

#include "../tensor/requantize.hpp"
#include "merge.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// Shapes of equal rank that differ in the last extent alone.
template <class A, class B> constexpr bool joins() {
    if (A::rank != B::rank || A::rank == 0) return false;
    for (std::size_t axis = 0; axis + 1 < A::rank; ++axis) {
        if (A{}.extent(axis) != B{}.extent(axis)) return false;
    }
    return true;
}
template <class S> inline constexpr std::size_t last_extent = S::static_extent(S::rank - 1);

template <std::size_t Last, class S, class Axes> struct with_last;
template <std::size_t Last, class S, std::size_t... Axes> struct with_last<Last, S, std::index_sequence<Axes...>> {
    using type = Shape<S::static_extent(Axes)..., Last>;
};
}  // namespace detail

template <class First, class... Rest> struct Concat {
    static_assert(detail::must_be_layer<First>() && (detail::must_be_layer<Rest>() && ...));
    static_assert((std::same_as<typename First::input_shape, typename Rest::input_shape> && ...),
                  "ways side by side begin with the same shape");
    static_assert((detail::joins<typename First::output_shape, typename Rest::output_shape>() && ...),
                  "ways that are joined have the same shape but for the last axis");
    using numerics = numerics_of<First>;
    using input_shape = typename First::input_shape;
    static constexpr std::size_t depth = 1 + sizeof...(Rest);
    /// Numbers per position: of way I, where it begins, and of all.
    static constexpr std::array<std::size_t, depth> widths{detail::last_extent<typename First::output_shape>,
                                                           detail::last_extent<typename Rest::output_shape>...};
    static constexpr std::size_t width = (widths[0] + ... + detail::last_extent<typename Rest::output_shape>);
    static constexpr std::size_t positions = static_size<typename First::output_shape> / widths[0];
    using output_shape = typename detail::with_last<width, typename First::output_shape,
                                                    std::make_index_sequence<First::output_shape::rank - 1>>::type;
    using activation_element = typename numerics::activation;
    using activation_scale = typename numerics::activation_scale;
    static constexpr std::size_t macs = (First::macs + ... + Rest::macs);
    static constexpr std::size_t weight_bytes = (First::weight_bytes + ... + Rest::weight_bytes);
    template <std::size_t I> using layer = detail::nth<I, First, Rest...>;

    template <class Arch, class X, class S, class... Packed> class Ways;

    struct Float : Chain<typename First::Float, typename Rest::Float...> {
        using Chain<typename First::Float, typename Rest::Float...>::Chain;
        using layer = Concat;
        template <class Arch>
        using packed = Ways<Arch, float, Unscaled, typename First::Float::template packed<Arch>,
                            typename Rest::Float::template packed<Arch>...>;
        static constexpr Unscaled output{};
    };
    struct Quantized : Chain<typename First::Quantized, typename Rest::Quantized...> {
        using layer = Concat;
        template <class Arch>
        using packed =
            Ways<Arch, activation_element, activation_scale, typename First::Quantized::template packed<Arch>,
                 typename Rest::Quantized::template packed<Arch>...>;
        activation_scale output{};

        constexpr Quantized() = default;
        constexpr Quantized(activation_scale y, const typename First::Quantized& head,
                            const typename Rest::Quantized&... tail)
            : Chain<typename First::Quantized, typename Rest::Quantized...>(head, tail...), output(y) {}
    };

    /// Without samples, as Sequential does.
    static constexpr Quantized quantized(const Float& real, Unscaled, Unscaled)
        requires(detail::needs_no_samples<First> && (detail::needs_no_samples<Rest> && ...))
    {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return Quantized(activation_scale{}, layer<I>::quantized(get<I>(real), Unscaled{}, Unscaled{})...);
        }(std::make_index_sequence<depth>{});
    }

    /// Calibrates every way on the same input; the result spans all of them.
    template <class Calibrator, class PackedFloat, class Values>
    static auto calibrated(const Calibrator& calibrator, const Float& real, const PackedFloat& packed, const Values& x,
                           const activation_scale& input) {
        auto y = calibrator.template values<Concat>("of a concatenation", packed, x);
        const auto output = calibrator.template scale<Concat>(y);
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return calibrator.composed(
                Quantized(
                    output,
                    calibrator.template layer<layer<I>>(I, get<I>(real), packed.template at<I>(), x, input).codes...),
                std::move(y), output);
        }(std::make_index_sequence<depth>{});
    }
};

/// Either reading.
template <class First, class... Rest>
template <class Arch, class X, class S, class... Packed>
class Concat<First, Rest...>::Ways {
    using N = typename Concat::numerics;

public:
    using layer = Concat;
    using input_element = X;
    using output_element = X;
    static constexpr bool refers_to_parameters = (detail::refers_to_parameters<Arch, Packed>() || ...);
    static_assert((std::same_as<typename Packed::output_element, X> && ...) &&
                      (std::same_as<typename Packed::input_element, X> && ...),
                  "ways side by side have one element type: use one numerics bundle for all");

    template <class Parameters>
    constexpr explicit Ways(const Parameters& parameters) : ways_(parameters), output_(parameters.output) {
        each([&]<std::size_t I>() {
            QTENSOR_REQUIRE(same_meaning(get<I>(ways_).input_scale(), input_scale(), 1),
                            "ways that begin together take the same scale (value: the way at fault)", I, depth);
        });
    }

    constexpr auto input_scale() const { return get<0>(ways_).input_scale(); }
    constexpr S output_scale() const { return output_; }
    template <std::size_t I> constexpr const auto& at() const { return get<I>(ways_); }

    static constexpr std::size_t workspace_bytes(std::size_t batch, std::size_t workers = 1) {
        std::size_t most = 0;
        std::size_t way = 0;
        for (const std::size_t scratch : {workspace_bytes_of<Packed>(batch, workers)...}) {
            const std::size_t bytes = checked_sum(edge_bytes(way++, batch), scratch);
            most = bytes > most ? bytes : most;
        }
        return most;
    }

    template <class E = Serial>
    void run(const cell_of<X>* x, cell_of<X>* y, std::size_t batch, std::span<std::byte> workspace,
             const E& executor = {}) const {
        static_assert(detail::must_be_executor<E>());
        const std::size_t workers = detail::workers_of(executor);
        QTENSOR_REQUIRE(workspace.size() >= workspace_bytes(batch, workers),
                        "the workspace is smaller than workspace_bytes(batch)", workspace.size(),
                        workspace_bytes(batch, workers));
        std::size_t offset = 0;
        each([&]<std::size_t I>() {
            auto* edge = reinterpret_cast<cell_of<X>*>(workspace.data());
            using P = detail::nth<I, Packed...>;
            run_layer(get<I>(ways_), x, edge, batch,
                      workspace.subspan(edge_bytes(I, batch), workspace_bytes_of<P>(batch, workers)), executor);
            place<I>(edge, y + offset, batch);
            offset += widths[I];
        });
    }

    /// The same in constant evaluation.
    template <std::size_t Batch> constexpr void evaluate(const cell_of<X>* x, cell_of<X>* y) const {
        std::size_t offset = 0;
        each([&]<std::size_t I>() {
            std::array<cell_of<X>, Batch * positions * widths[I]> edge{};
            evaluate_layer<Batch>(get<I>(ways_), x, edge.data());
            place<I>(edge.data(), y + offset, Batch);
            offset += widths[I];
        });
    }

private:
    template <class Body> static constexpr void each(Body&& body) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (body.template operator()<I>(), ...);
        }(std::make_index_sequence<depth>{});
    }
    static constexpr std::size_t edge_bytes(std::size_t way, std::size_t batch) {
        return arena_round(checked_product(checked_product(batch, positions * widths[way]), sizeof(cell_of<X>)));
    }

    /// The end of way I to its columns of y, at the scale of the result; scratch is requantized where it lies.
    template <std::size_t I> constexpr void place(cell_of<X>* edge, cell_of<X>* y, std::size_t batch) const {
        const auto own = get<I>(ways_).output_scale();
        if constexpr (detail::is_integer_element<X>) {
            if (!same_meaning(own, output_, 1)) {
                const Shape<dyn> size(batch * positions * widths[I]);
                requantize_into<typename N::dialect>(QTensor<const X, S>(edge, size, own),
                                                     QTensor<X, S>(edge, size, output_));
            }
        }
        for (std::size_t i = 0; i < batch * positions; ++i) {
            for (std::size_t c = 0; c < widths[I]; ++c) y[i * width + c] = edge[i * widths[I] + c];
        }
    }

    Chain<Packed...> ways_;
    S output_;
};

}  // namespace qtensor::inline QTENSOR_ABI
