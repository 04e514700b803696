// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What a packed network consists of, layer by layer, as constants where the network is one:
///
///     static constexpr auto facts = inspect(model);          an array, one entry per layer
///     static_assert(facts[0].macs == 75264 && facts[2].name == "Softmax");
///
/// Compositions (Sequential, Merge, Concat) have an entry of their own in front of those of their layers, which are one
/// `depth` deeper. io/describe.hpp prints it. Cannot fail; nothing is computed when the program runs but scales.

#include <array>
#include <cstddef>
#include <string_view>

#include "../base/type_name.hpp"
#include "../layer/layer.hpp"
#include "../layer/window.hpp"
#include "../numeric/element.hpp"
#include "../scale/scale.hpp"
#include "../tensor/rows.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The extents of a shape of at most eight axes.
struct Extents {
    std::array<std::size_t, 8> values{};
    std::size_t rank = 0;

    constexpr std::size_t size() const {
        std::size_t product = 1;
        for (std::size_t axis = 0; axis < rank; ++axis) product *= values[axis];
        return product;
    }
};

/// One end of a layer.
struct EdgeFacts {
    Extents shape{};          ///< of a sample
    std::string_view type{};  ///< "int8", "float32"
    float scale = 1.0f;       ///< what a code is worth; 1 for real numbers
    std::int32_t zero = 0;    ///< the code of real zero
    std::size_t bytes = 0;    ///< of a sample
};

struct LayerFacts {
    std::string_view name{};   ///< of the layer's template: "Conv2d"
    std::size_t depth = 0;     ///< how many compositions it is in
    bool composition = false;  ///< its numbers are those of its layers together
    EdgeFacts input{}, output{};
    Window window{{0}, {0}};     ///< of a convolution, with its padding; no taps elsewhere
    std::string_view weights{};  ///< their element, "" without weights
    std::size_t weight_bytes = 0;
    std::size_t macs = 0;     ///< multiply-adds of a sample
    std::size_t scratch = 0;  ///< bytes of workspace for one sample
};

namespace detail {

template <class T> constexpr std::string_view element_name() {
    if constexpr (std::same_as<T, float>) {
        return "float32";
    } else if constexpr (std::same_as<T, int8_symmetric>) {
        return "int8_symmetric";
    } else if constexpr (element<T>::per_cell == 2) {
        return element<T>::lowest == 0 ? "uint4" : element<T>::lowest == -7 ? "int4_symmetric" : "int4";
    } else if constexpr (is_integer_element<T>) {
        using V = value_of<T>;
        constexpr std::string_view names[] = {"int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"};
        constexpr std::size_t power = sizeof(V) == 1 ? 0 : sizeof(V) == 2 ? 1 : sizeof(V) == 4 ? 2 : 3;
        return names[2 * power + (std::is_signed_v<V> ? 0 : 1)];
    } else {
        return bare_type_name<T>();
    }
}

template <class S> constexpr Extents extents_of_shape() {
    static_assert(S::rank <= 8, "inspect shows shapes of at most eight axes");
    Extents made{{}, S::rank};
    for (std::size_t axis = 0; axis < S::rank; ++axis) made.values[axis] = S::static_extent(axis);
    return made;
}

template <class T, class ShapeType, class S> constexpr EdgeFacts edge_facts(const S& scale) {
    return {extents_of_shape<ShapeType>(), element_name<T>(), scale.scale(0), zero_point_of(scale, 0),
            cells_for<T>(static_size<ShapeType>) * sizeof(cell_of<T>)};
}

template <class P> constexpr bool must_be_packed() {
    static_assert(
        requires {
            typename P::layer;
            typename P::input_element;
        }, "inspect and describe take a packed layer or network: inspect(pack<arch::native>(parameters))");
    return true;
}

/// A packed form made of others.
template <class P>
concept is_composition = requires(const P& packed) {
    P::layer::depth;
    packed.template at<0>();
};

template <class P> constexpr std::size_t count_layers() {
    if constexpr (is_composition<P>) {
        return []<std::size_t... I>(std::index_sequence<I...>) {
            return (1 + ... + count_layers<std::remove_cvref_t<decltype(std::declval<const P&>().template at<I>())>>());
        }(std::make_index_sequence<P::layer::depth>{});
    } else {
        return 1;
    }
}

template <class P, class Visit> constexpr void visit_layers(const P& packed, std::size_t depth, Visit&& visit) {
    visit(packed, depth);
    if constexpr (is_composition<P>) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (visit_layers(packed.template at<I>(), depth + 1, visit), ...);
        }(std::make_index_sequence<P::layer::depth>{});
    }
}

template <class P> constexpr LayerFacts layer_facts(const P& packed, std::size_t depth) {
    using L = typename P::layer;
    LayerFacts made;
    made.name = bare_type_name<L>();
    made.depth = depth;
    made.composition = is_composition<P>;
    made.input = edge_facts<typename P::input_element, typename L::input_shape>(packed.input_scale());
    made.output = edge_facts<typename P::output_element, typename L::output_shape>(packed.output_scale());
    if constexpr (requires { L::window; }) made.window = L::window;
    if constexpr (requires { typename L::weight_element; }) {
        made.weights = std::same_as<typename P::input_element, float> && !requires {
            typename L::numerics::dynamic_rule;
        } ? std::string_view("float32") : element_name<typename L::weight_element>();
    }
    made.weight_bytes = L::weight_bytes;
    made.macs = L::macs;
    made.scratch = P::workspace_bytes(1);
    return made;
}

}  // namespace detail

/// The facts of a packed layer or network, in the order in which it runs.
template <class P> constexpr auto inspect(const P& packed) {
    static_assert(detail::must_be_packed<P>());
    std::array<LayerFacts, detail::count_layers<P>()> facts{};
    std::size_t next = 0;
    detail::visit_layers(
        packed, 0, [&](const auto& part, std::size_t depth) { facts[next++] = detail::layer_facts(part, depth); });
    return facts;
}

}  // namespace qtensor::inline QTENSOR_ABI
