// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Networks of dense layers, nested ones included, as flat lists of the layers of dense_oracle.hpp.

#include <qtensor/net/sequential.hpp>

#include <cmath>
#include <utility>
#include <vector>

#include "dense_oracle.hpp"

namespace oracle {

template <class L>
concept IsNet = requires {
    L::depth;
};

/// body<I>() for every layer of a network.
template <class Net, class Body> void for_each_layer(Body&& body) {
    [&]<std::size_t... I>(std::index_sequence<I...>) { (body.template operator()<I>(), ...); }
    (std::make_index_sequence<Net::depth>{});
}

template <class Net> typename Net::Float random_net(Random& random) {
    typename Net::Float real{};
    for_each_layer<Net>([&]<std::size_t I>() {
        using L = typename Net::template layer<I>;
        if constexpr (IsNet<L>) {
            qtensor::get<I>(real) = random_net<L>(random);
        } else {
            qtensor::get<I>(real) = random_dense<L>(random);
        }
    });
    return real;
}

/// Quantizes layer by layer; edge i stands before layer i, counted through nested networks. `at` is the first one.
template <class Net>
typename Net::Quantized quantized_net(const typename Net::Float& real, const std::vector<qtensor::Affine<>>& edges,
                                      std::size_t& at) {
    typename Net::Quantized codes{};
    for_each_layer<Net>([&]<std::size_t I>() {
        using L = typename Net::template layer<I>;
        if constexpr (IsNet<L>) {
            qtensor::get<I>(codes) = quantized_net<L>(qtensor::get<I>(real), edges, at);
        } else {
            qtensor::get<I>(codes) = L::quantized(qtensor::get<I>(real), edges.at(at), edges.at(at + 1));
            ++at;
        }
    });
    return codes;
}

/// The layers of a network's parameters as `Made` by make<L>(parameters).
template <class Net, class Made, class Parameters, class Make>
void flatten(const Parameters& parameters, std::vector<Made>& layers, const Make& make) {
    for_each_layer<Net>([&]<std::size_t I>() {
        using L = typename Net::template layer<I>;
        if constexpr (IsNet<L>) {
            flatten<L>(qtensor::get<I>(parameters), layers, make);
        } else {
            layers.push_back(make.template operator()<L>(qtensor::get<I>(parameters)));
        }
    });
}

template <class Net> std::vector<IntegerDense> integer_net(const typename Net::Quantized& codes) {
    std::vector<IntegerDense> layers;
    flatten<Net>(codes, layers, []<class L>(const typename L::Quantized& one) { return integer_dense<L>(one); });
    return layers;
}

template <class Net> std::vector<RealDense> real_net(const typename Net::Float& real) {
    std::vector<RealDense> layers;
    flatten<Net>(real, layers, []<class L>(const typename L::Float& one) { return real_dense<L>(one); });
    return layers;
}

inline std::vector<std::int64_t> run(const std::vector<IntegerDense>& layers, std::vector<std::int64_t> codes,
                                     std::size_t batch) {
    for (const IntegerDense& layer : layers) codes = layer(codes, batch);
    return codes;
}

/// Outputs in double, and how far a float evaluation in any order may be from them.
struct RealRun {
    std::vector<double> y, bound;
};
inline RealRun run(const std::vector<RealDense>& layers, std::vector<double> x, std::size_t batch) {
    std::vector<double> bound(x.size(), 0.0);
    for (const RealDense& layer : layers) {
        std::vector<double> sizes;
        const auto y = layer(x, batch, &sizes);
        std::vector<double> next(y.size());
        for (std::size_t i = 0; i < batch; ++i) {
            for (std::size_t c = 0; c < layer.out; ++c) {
                double moved = 0.0;
                for (std::size_t k = 0; k < layer.in; ++k)
                    moved += std::fabs(layer.weights[c * layer.in + k]) * bound[i * layer.in + k];
                const double summed = static_cast<double>(layer.in + 2) / 16777216.0;
                next[i * layer.out + c] = moved * (1.0 + summed) + sizes[i * layer.out + c] * summed;
            }
        }
        x = y;
        bound = next;
    }
    return {x, bound};
}

}  // namespace oracle
