// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A chain of layers that learns: forward from the first to the last, backward the other way. Either reading.

#include <array>
#include <tuple>
#include <utility>

#include "../net/sequential.hpp"
#include "trainable.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <class... Layers, class How> class Trainable<Sequential<Layers...>, How> {
    using L = Sequential<Layers...>;
    static constexpr std::size_t depth = sizeof...(Layers);

public:
    using Edge = detail::edge_of<L, How>;

    explicit Trainable(const typename L::Float& start, const How& how = {})
        : Trainable(start, how, std::make_index_sequence<depth>{}) {}
    typename L::Float parameters() const {
        return std::apply([](const auto&... layer) { return typename L::Float(layer.parameters()...); }, layers_);
    }

    /// Layer I.
    template <std::size_t I> const auto& at() const { return std::get<I>(layers_); }

    const Edge& forward(const Edge& x, const Pass& pass) { return forward_from<0>(x, pass); }
    void backward(std::span<const float> dy, std::span<float> dx) { backward_from<depth - 1>(dy, dx); }
    template <class F> void each_parameter(F&& f) {
        std::apply([&](auto&... layer) { (layer.each_parameter(f), ...); }, layers_);
    }

    /// Codes and output scale, for an input worth x.
    template <class Scale> auto frozen(const Scale& x) { return frozen_from<0>(x); }

private:
    template <std::size_t... I>
    Trainable(const typename L::Float& start, const How& how, std::index_sequence<I...>)
        : layers_(Trainable<Layers, How>(get<I>(start), how)...) {}

    template <std::size_t I> const auto& forward_from(const auto& x, const Pass& pass) {
        const auto& y = std::get<I>(layers_).forward(x, pass);
        if constexpr (I + 1 == depth) {
            return y;
        } else {
            return forward_from<I + 1>(y, pass);
        }
    }
    template <std::size_t I> void backward_from(std::span<const float> dy, std::span<float> dx) {
        if constexpr (I == 0) {
            std::get<0>(layers_).backward(dy, dx);
        } else {
            using Here = detail::nth<I, Layers...>;
            std::vector<float>& inner = rising_[I];
            inner.resize(dy.size() / output_size<Here> * input_size<Here>);
            std::get<I>(layers_).backward(dy, inner);
            backward_from<I - 1>(inner, dx);
        }
    }
    template <std::size_t I, class Scale, class... Done> auto frozen_from(const Scale& x, const Done&... done) {
        const auto made = std::get<I>(layers_).frozen(x);
        if constexpr (I + 1 == depth) {
            return std::pair(typename L::Quantized(done..., made.first), made.second);
        } else {
            return frozen_from<I + 1>(made.second, done..., made.first);
        }
    }

    std::tuple<Trainable<Layers, How>...> layers_;
    std::array<std::vector<float>, depth> rising_{};
};

}  // namespace qtensor::inline QTENSOR_ABI
