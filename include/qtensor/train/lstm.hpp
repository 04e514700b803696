// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Backward through time for Lstm (Hochreiter and Schmidhuber 1997; Werbos 1990), all steps of a sequence:
///
///     i, f, o = logistic(gates), g = tanh(gate);   c_t = f c_(t-1) + i g;   h_t = o tanh(c_t)
///
/// The pass needs the hidden numbers that went in, not how they were computed, so it serves both readings: of codes it
/// is given what they mean.

#include <algorithm>
#include <cmath>

#include "../layer/lstm.hpp"
#include "backward.hpp"
#include "sums_gradient.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// Slopes of one batch: x [batch][steps][in], h [batch][steps][hidden] what forward made, dh the same; dx may be null.
template <std::size_t Steps, std::size_t In, std::size_t Hidden, class Float>
void pull_back_lstm(const Float& value, const float* x, const float* h, const float* dh, float* dx, Float& slope,
                    std::size_t batch) {
    constexpr std::size_t rows = 4 * Hidden;
    std::vector<float> dgates(Steps * rows), before(Steps * Hidden);
    std::vector<double> gates(Steps * rows), cells((Steps + 1) * Hidden);
    for (std::size_t n = 0; n < batch; ++n, x += Steps * In, h += Steps * Hidden, dh += Steps * Hidden) {
        std::fill(cells.begin(), cells.begin() + Hidden, 0.0);
        std::fill(before.begin(), before.end(), 0.0f);
        std::copy(h, h + (Steps - 1) * Hidden, before.begin() + Hidden);  // h_(t-1) of step t
        const auto from_x = matmul(real_matrix(x, Steps, In), real_matrix(value.input_weights.data(), rows, In));
        const auto from_h =
            matmul(real_matrix(before.data(), Steps, Hidden), real_matrix(value.hidden_weights.data(), rows, Hidden));
        for (std::size_t t = 0; t < Steps; ++t) {
            for (std::size_t j = 0; j < rows; ++j) {
                const auto sum = static_cast<double>(from_x.data()[t * rows + j] + value.bias.data()[j] +
                                                     from_h.data()[t * rows + j]);
                gates[t * rows + j] = j / Hidden == 2 ? std::tanh(sum) : 1.0 / (1.0 + std::exp(-sum));
            }
            for (std::size_t j = 0; j < Hidden; ++j) {
                const double* gate = gates.data() + t * rows + j;
                cells[(t + 1) * Hidden + j] = gate[Hidden] * cells[t * Hidden + j] + gate[0] * gate[2 * Hidden];
            }
        }
        std::vector<double> dcell(Hidden), dhidden(Hidden);
        for (std::size_t t = Steps; t-- > 0;) {
            float* dgate = dgates.data() + t * rows;
            for (std::size_t j = 0; j < Hidden; ++j) {
                const double* gate = gates.data() + t * rows + j;
                const double i = gate[0], f = gate[Hidden], g = gate[2 * Hidden], o = gate[3 * Hidden];
                const double shown = std::tanh(cells[(t + 1) * Hidden + j]);
                const double rise = dhidden[j] + static_cast<double>(dh[t * Hidden + j]);
                const double dc = dcell[j] + rise * o * (1.0 - shown * shown);
                dgate[j] = static_cast<float>(dc * g * i * (1.0 - i));
                dgate[Hidden + j] = static_cast<float>(dc * cells[t * Hidden + j] * f * (1.0 - f));
                dgate[2 * Hidden + j] = static_cast<float>(dc * i * (1.0 - g * g));
                dgate[3 * Hidden + j] = static_cast<float>(rise * shown * o * (1.0 - o));
                dcell[j] = dc * f;
            }
            for (std::size_t k = 0; k < Hidden; ++k) {
                double sum = 0.0;
                for (std::size_t j = 0; j < rows; ++j) {
                    sum += static_cast<double>(dgate[j]) *
                           static_cast<double>(value.hidden_weights.data()[j * Hidden + k]);
                }
                dhidden[k] = sum;
            }
        }
        for (std::size_t i = 0; i < Steps * rows; ++i) slope.bias.data()[i % rows] += dgates[i];
        pull_back_weights(dgates.data(), x, slope.input_weights.data(), Steps, rows, In);
        pull_back_weights(dgates.data(), before.data(), slope.hidden_weights.data(), Steps, rows, Hidden);
        if (dx != nullptr) {
            pull_back_input(dgates.data(), value.input_weights.data(), dx + n * Steps * In, Steps, rows, In);
        }
    }
}

}  // namespace detail

template <std::size_t Steps, std::size_t In, std::size_t Hidden, class N> struct Backward<Lstm<Steps, In, Hidden, N>> {
    using Float = typename Lstm<Steps, In, Hidden, N>::Float;
    static void run(const Float& value, const float* x, const float* y, std::span<const float> dy, std::span<float> dx,
                    Float& slope) {
        detail::pull_back_lstm<Steps, In, Hidden>(value, x, y, dy.data(), dx.empty() ? nullptr : dx.data(), slope,
                                                  dy.size() / (Steps * Hidden));
    }
    template <class F> static void each_parameter(Float& value, Float& slope, F&& f) {
        constexpr std::size_t rows = 4 * Hidden;
        const float reach = 1.0f / std::sqrt(static_cast<float>(Hidden));  // PyTorch's start
        const auto weights = [&](auto& w, auto& dw) {
            f(Parameter{{w.data(), w.size()}, {dw.data(), dw.size()}, true, rows, false, reach});
        };
        weights(value.input_weights, slope.input_weights);
        weights(value.hidden_weights, slope.hidden_weights);
        f(Parameter{{value.bias.data(), rows}, {slope.bias.data(), rows}});
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
