// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A network of layers, one after the other; itself a layer, so networks nest. Neighbours must fit: shapes at compile
/// time (a sentence says which joint does not), scales when it is packed.
///
///     using Net = Sequential<Dense<64, 32, Relu>, Dense<32, 10>>;
///     constexpr Net::Quantized net{...};
///     constexpr auto model = pack<arch::scalar>(net);         // or arch::native, on a server
///     alignas(arena_alignment) std::byte arena[Net::arena_bytes<1, arch::scalar>];
///     model.run(x, y, 1, arena);

#include "../layer/layer.hpp"
#include "../numeric/element.hpp"
#include "../scale/scale.hpp"
#include "../tensor/qtensor.hpp"
#include "chain.hpp"
#include "evaluate.hpp"
#include "plan.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
/// What flows into the first layer, where it says so: calibration chooses the scale of the input.
template <class...> struct ActivationsOf {};
template <class First, class... Rest>
    requires requires { typename First::activation_scale; }
struct ActivationsOf<First, Rest...> {
    using activation_element = typename First::activation_element;
    using activation_scale = typename First::activation_scale;
};

/// Shapes are equal, or one side has a single axis and the sizes are.
template <class A, class B>
inline constexpr bool joint_fits = std::same_as<typename A::output_shape, typename B::input_shape> ||
                                   ((A::output_shape::rank == 1 || B::input_shape::rank == 1) &&
                                    static_size<typename A::output_shape> == static_size<typename B::input_shape>);

/// Parameters are quantized without samples: the layer measures as it runs (numerics::Dynamic).
template <class L>
concept needs_no_samples = requires(const typename L::Float& real) { L::quantized(real, Unscaled{}, Unscaled{}); };

template <class First, class... Rest> struct Joints {
    static constexpr bool fit = true;
};
template <class A, class B, class... Rest> struct Joints<A, B, Rest...> {
    static_assert(
        joint_fits<A, B>,
        "two neighbouring layers do not fit: the first one's output has another shape or size than the second one's "
        "input");
    static constexpr bool fit = Joints<B, Rest...>::fit;
};
}  // namespace detail

template <class... Layers> struct Sequential : detail::ActivationsOf<Layers...> {
    static_assert((detail::must_be_layer<Layers>() && ...));
    static_assert(sizeof...(Layers) > 0, "a network has at least one layer: Sequential<Dense<2, 1>>");
    static_assert(detail::Joints<Layers...>::fit);

    static constexpr std::size_t depth = sizeof...(Layers);
    using input_shape = typename detail::nth<0, Layers...>::input_shape;
    using output_shape = typename detail::nth<depth - 1, Layers...>::output_shape;
    template <std::size_t I> using layer = detail::nth<I, Layers...>;

    /// Per sample, and of the integer weights alone.
    static constexpr std::size_t macs = (Layers::macs + ...);
    static constexpr std::size_t weight_bytes = (Layers::weight_bytes + ...);

    template <class Arch, class... Packed> class PackedChain;

    struct Float : Chain<typename Layers::Float...> {
        using Chain<typename Layers::Float...>::Chain;
        using layer = Sequential;
        template <class Arch> using packed = PackedChain<Arch, typename Layers::Float::template packed<Arch>...>;
    };
    struct Quantized : Chain<typename Layers::Quantized...> {
        using Chain<typename Layers::Quantized...>::Chain;
        using layer = Sequential;
        template <class Arch> using packed = PackedChain<Arch, typename Layers::Quantized::template packed<Arch>...>;
    };

    /// Post-training quantization without samples, for layers that measure as they run (numerics::Dynamic).
    static constexpr Quantized quantized(const Float& real, Unscaled = {}, Unscaled = {})
        requires(detail::needs_no_samples<Layers> && ...)
    {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return Quantized(Layers::quantized(get<I>(real), Unscaled{}, Unscaled{})...);
        }(std::make_index_sequence<depth>{});
    }

    /// Calibrates layer by layer; `calibrator` is the host's (calibrate/calibrate.hpp).
    template <class Calibrator, class Packed, class Values, class Scale>
    static auto calibrated(const Calibrator& calibrator, const Float& real, const Packed& packed, const Values& x,
                           const Scale& input) {
        return calibrate_from<0>(calibrator, real, packed, x, input);
    }

    /// Bytes of caller's memory, aligned to arena_alignment, in which the integer network runs a batch with so many
    /// workers: activations between the layers and all scratch. Input and output are the caller's own.
    template <std::size_t Batch = 1, class Arch = arch::native, std::size_t Workers = 1>
    static constexpr std::size_t arena_bytes = Quantized::template packed<Arch>::arena_bytes_for(Batch, Workers);

private:
    template <std::size_t I, class Calibrator, class Packed, class Values, class Scale, class... Done>
    static auto calibrate_from(const Calibrator& calibrator, const Float& real, const Packed& packed, const Values& x,
                               const Scale& input, const Done&... done) {
        auto made = calibrator.template layer<layer<I>>(I, get<I>(real), packed.template at<I>(), x, input);
        if constexpr (I + 1 == depth) {
            return calibrator.composed(Quantized(done..., made.codes), std::move(made));
        } else {
            return calibrate_from<I + 1>(calibrator, real, packed, made.y, made.output, done..., made.codes);
        }
    }
};

/// The packed network of either reading.
template <class... Layers> template <class Arch, class... Packed> class Sequential<Layers...>::PackedChain {
    static constexpr std::size_t depth = sizeof...(Packed);
    using First = detail::nth<0, Packed...>;
    using Last = detail::nth<depth - 1, Packed...>;

public:
    using layer = Sequential;
    using input_element = typename First::input_element;
    using output_element = typename Last::output_element;
    static constexpr bool refers_to_parameters = (detail::refers_to_parameters<Arch, Packed>() || ...);

    template <class... Parameters>
    constexpr explicit PackedChain(const Chain<Parameters...>& parameters) : layers_(parameters) {
        check_joints<0>();
    }

    constexpr auto input_scale() const { return get<0>(layers_).input_scale(); }
    constexpr auto output_scale() const { return get<depth - 1>(layers_).output_scale(); }
    static constexpr std::size_t arena_bytes_for(std::size_t batch, std::size_t workers = 1) {
        return plan_bytes(steps(batch, workers));
    }
    static constexpr std::size_t workspace_bytes(std::size_t batch, std::size_t workers = 1) {
        return arena_bytes_for(batch, workers);
    }

    /// One layer of the packed network, for looking inside.
    template <std::size_t I> constexpr const auto& at() const { return get<I>(layers_); }

    /// y [batch][outputs] = network(x [batch][inputs]). The arena holds arena_bytes_for(batch, executor.workers()),
    /// aligned to arena_alignment; x and y lie outside it. Each layer that can divides its work among the workers; the
    /// bits do not depend on how many there are.
    template <class X, class Y, class E = Serial>
    void run(const X* x, Y* y, std::size_t batch, std::span<std::byte> arena, const E& executor = {}) const {
        static_assert(detail::must_be_executor<E>());
        static_assert(std::same_as<X, cell_of<input_element>>, "x has another element type than the network's input");
        static_assert(std::same_as<Y, cell_of<output_element>>, "y has another element type than the network's output");
        const std::size_t bytes = arena_bytes_for(batch, detail::workers_of(executor));
        QTENSOR_REQUIRE((x != nullptr && y != nullptr) || batch == 0,
                        "a network needs memory to read and to write: x or y is null", 0, 0);
        QTENSOR_REQUIRE(arena.size() >= bytes, "the arena is smaller than arena_bytes for this batch", arena.size(),
                        bytes);
        QTENSOR_REQUIRE(reinterpret_cast<std::uintptr_t>(arena.data()) % arena_alignment == 0 || bytes == 0,
                        "the arena is aligned to arena_alignment",
                        reinterpret_cast<std::uintptr_t>(arena.data()) % arena_alignment, 0);
        run_from<0>(x, y, batch, arena.first(bytes), executor);
    }

    /// The same on tensors, which know their batch and scale; both are compared.
    /// An arena whose size the compiler knows (an array) is compared with the batch where that is static, too.
    template <class X, class Y, class Arena = std::span<std::byte>, class E = Serial>
        requires std::convertible_to<Arena&&, std::span<std::byte>>
    void run(const X& x, Y&& y, Arena&& arena, const E& executor = {}) const {
        static_assert(detail::must_be_tensor<X>() && detail::must_be_tensor<Y>());
        static_assert(X::rank == 2 && std::remove_cvref_t<Y>::rank == 2,
                      "a network takes x [batch][inputs] and y [batch][outputs]");
        static_assert(std::same_as<std::remove_const_t<typename X::element_type>, input_element>,
                      "x has another element type than the network's input");
        static_assert(extents_agree(X::shape_type::static_extent(1), static_size<input_shape>),
                      "x has another width than the network's input");
        static_assert(
            extents_agree(X::shape_type::static_extent(0), std::remove_cvref_t<Y>::shape_type::static_extent(0)),
            "x and y have different batches");
        constexpr std::size_t batch = X::shape_type::static_extent(0);
        if constexpr (constexpr std::size_t bytes = decltype(std::span(arena))::extent;
                      batch != dyn && bytes != std::dynamic_extent) {
            static_assert(bytes >= arena_bytes_for(batch), "the arena is smaller than arena_bytes for this batch");
        }
        check_ends(x, y);
        run(x.data(), y.data(), x.extent(0), arena, executor);
    }

    /// The network on a static batch, in constant evaluation too: every edge is a tensor of its own on the stack.
    template <AnyTensor X>
        requires(X::shape_type::is_static && X::rank == 2)
    constexpr auto operator()(const X& x) const {
        static_assert(X::shape_type::static_extent(1) == static_size<input_shape>,
                      "x has another width than the network's input");
        constexpr std::size_t batch = X::shape_type::static_extent(0);
        using Scale = decltype(output_scale());
        QTensor<output_element, Scale, Shape<batch, static_size<output_shape>>, Inline> y({}, output_scale());
        check_ends(x, y);
        evaluate<batch>(x.data(), y.data());
        return y;
    }

    /// The same on plain cells, for a network inside a network.
    template <std::size_t Batch>
    constexpr void evaluate(const cell_of<input_element>* x, cell_of<output_element>* y) const {
        evaluate_from<0, Batch>(x, y);
    }

private:
    template <class X, class Y> constexpr void check_ends(const X& x, const Y& y) const {
        QTENSOR_REQUIRE(same_meaning(x.scale(), input_scale(), 1),
                        "x has another scale or zero point than the network's input", 0, 0);
        QTENSOR_REQUIRE(same_meaning(y.scale(), output_scale(), 1),
                        "y has another scale or zero point than the network's output", 0, 0);
        QTENSOR_REQUIRE(x.extent(1) == static_size<input_shape>, "x has another width than the network's input",
                        x.extent(1), static_size<input_shape>);
        QTENSOR_REQUIRE(y.extent(1) == static_size<output_shape>, "y has another width than the network's output",
                        y.extent(1), static_size<output_shape>);
        QTENSOR_REQUIRE(x.extent(0) == y.extent(0), "x and y have different batches", x.extent(0), y.extent(0));
    }

    template <std::size_t I> constexpr void check_joints() const {
        if constexpr (I + 1 < depth) {
            const auto out = get<I>(layers_).output_scale();
            const auto in = get<I + 1>(layers_).input_scale();
            static_assert(detail::must_be_compatible_scales<std::remove_const_t<decltype(out)>,
                                                            std::remove_const_t<decltype(in)>>());
            static_assert(std::same_as<typename detail::nth<I, Packed...>::output_element,
                                       typename detail::nth<I + 1, Packed...>::input_element>,
                          "two neighbouring layers do not fit: the first one makes another element type than the "
                          "second one takes");
            QTENSOR_REQUIRE(
                same_meaning(out, in, 1),
                "a layer's output scale differs from the next layer's input scale (value: the first layer's index)", I,
                depth);
            check_joints<I + 1>();
        }
    }

    /// Bytes of the edge behind layer I; the last one is the caller's.
    template <std::size_t I> static constexpr std::size_t edge_bytes(std::size_t batch) {
        if constexpr (I + 1 >= depth) {
            return 0;
        } else {
            using P = detail::nth<I, Packed...>;
            return checked_product(
                cells_for<typename P::output_element>(checked_product(batch, output_size<typename P::layer>)),
                sizeof(cell_of<typename P::output_element>));
        }
    }

    /// Layer I writes its inner edge over the one in front of it.
    static constexpr std::array<bool, depth> overwrites = []<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<bool, depth>{
            (I > 0 && I + 1 < depth && detail::writes_in_place<detail::nth<I, Packed...>>())...};
    }(std::make_index_sequence<depth>{});

    static constexpr std::array<PlanStep, depth> steps(std::size_t batch, std::size_t workers) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return std::array<PlanStep, depth>{PlanStep{
                I == 0 ? 0 : edge_bytes<(I == 0 ? depth : I - 1)>(batch), overwrites[I] ? 0 : edge_bytes<I>(batch),
                workspace_bytes_of<detail::nth<I, Packed...>>(batch, workers)}...};
        }(std::make_index_sequence<depth>{});
    }

    template <std::size_t I>
    void run_from(const auto* x, cell_of<output_element>* y, std::size_t batch, std::span<std::byte> arena,
                  const auto& executor) const {
        using P = detail::nth<I, Packed...>;
        // Of the edges alive here the one of an even place is at the front; scratch begins behind it.
        constexpr std::size_t place = edge_place(overwrites, I);
        constexpr std::size_t even = place % 2 == 0 ? I : overwrites[I] || I == 0 ? depth : I - 1;
        const std::size_t front = arena_round(edge_bytes<even>(batch));
        const std::span<std::byte> workspace = arena.subspan(front, workspace_bytes_of<P>(batch, executor.workers()));
        if constexpr (I + 1 == depth) {
            run_layer(get<I>(layers_), x, y, batch, workspace, executor);
        } else {
            using Out = cell_of<typename P::output_element>;
            Out* edge = reinterpret_cast<Out*>(arena.data() + edge_offset(place, edge_bytes<I>(batch), arena.size()));
            run_layer(get<I>(layers_), x, edge, batch, workspace, executor);
            run_from<I + 1>(static_cast<const Out*>(edge), y, batch, arena, executor);
        }
    }

    template <std::size_t I, std::size_t Batch>
    constexpr void evaluate_from(const auto* x, cell_of<output_element>* y) const {
        using P = detail::nth<I, Packed...>;
        if constexpr (I + 1 == depth) {
            evaluate_layer<Batch>(get<I>(layers_), x, y);
        } else {
            using Out = cell_of<typename P::output_element>;
            std::array<Out, cells_for<typename P::output_element>(Batch * output_size<typename P::layer>)> edge{};
            evaluate_layer<Batch>(get<I>(layers_), x, edge.data());
            evaluate_from<I + 1, Batch>(static_cast<const Out*>(edge.data()), y);
        }
    }

    Chain<Packed...> layers_;
};

}  // namespace qtensor::inline QTENSOR_ABI
