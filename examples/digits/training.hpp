// SPDX-License-Identifier: BSL-1.0
#pragma once
//
// What comes before quantization: reading the digits and training a float network, in plain C++. The library's part is
// in digits.cpp.

#include <qtensor/host.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace digits {

constexpr std::size_t side = 8, pixels = side * side, hidden = 128, classes = 10;

using Net = qtensor::Sequential<qtensor::Dense<pixels, hidden, qtensor::Relu>, qtensor::Dense<hidden, classes>>;

// ---- the data -------------------------------------------------------------------------------------------------------

struct Digits {
    std::vector<float> images;  // pixels in [0, 1], one image behind the other
    std::vector<std::size_t> labels;

    std::size_t size() const { return labels.size(); }
    std::span<const float, pixels> image(std::size_t i) const {
        return std::span<const float, pixels>(images.data() + i * pixels, pixels);
    }
};

/// A whole number in [0, highest]; whatever else stands in the file is an error that says where.
inline std::size_t field(const qtensor::Table& table, std::size_t row, std::size_t column, std::size_t highest) {
    const float value = table(row, column);
    if (value < 0.0f || value > static_cast<float>(highest) || value != std::floor(value)) {
        throw std::runtime_error("line " + std::to_string(row + 1) + ", column " + std::to_string(column + 1) +
                                 " holds " + std::to_string(value) + " instead of a whole number from 0 to " +
                                 std::to_string(highest));
    }
    return static_cast<std::size_t>(value);
}

/// Every fourth row is for testing and is seen by neither training nor calibration. (The rows come writer by writer:
/// this split asks for new digits by known hands, which is easier than digits by strangers.)
inline std::pair<Digits, Digits> load(const std::string& path) {
    const qtensor::Table table = qtensor::read_csv(path);
    if (table.columns != pixels + 1 || table.rows < 4) {
        throw std::runtime_error(path + ": has " + std::to_string(table.rows) + " rows of " +
                                 std::to_string(table.columns) + " columns; digits have 64 pixels and a label, so 65");
    }
    Digits train, test;
    for (std::size_t row = 0; row < table.rows; ++row) {
        Digits& part = row % 4 == 3 ? test : train;
        for (std::size_t p = 0; p < pixels; ++p)
            part.images.push_back(static_cast<float>(field(table, row, p, 16)) / 16.0f);
        part.labels.push_back(field(table, row, pixels, classes - 1));
    }
    return {train, test};
}

// ---- training in float ---------------------------------------------------------------------------------------------

/// SplitMix64: the same numbers with every standard library, which std::uniform_real_distribution does not promise.
struct Random {
    std::uint64_t state;

    std::uint32_t next() {
        std::uint64_t z = state += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
    }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>((std::uint64_t{next()} * n) >> 32); }
    float between(float low, float high) { return low + (high - low) * static_cast<float>(next() >> 8) / 16777216.0f; }
};

/// Half of the images are trained on as they are, the others moved by at most a pixel along one axis.
inline std::array<float, pixels> jittered(std::span<const float, pixels> image, Random& random) {
    std::size_t dx = 1, dy = 1;  // 1 is the middle
    switch (random.below(4)) {
    case 0:
        dx = random.below(3);
        break;
    case 1:
        dy = random.below(3);
        break;
    default:
        break;
    }
    std::array<float, pixels> moved{};
    for (std::size_t y = 0; y < side; ++y) {
        for (std::size_t x = 0; x < side; ++x) {
            const std::size_t to_y = y + dy - 1, to_x = x + dx - 1;  // an index of -1 wraps and is >= side, too
            if (to_y < side && to_x < side) moved[to_y * side + to_x] = image[y * side + x];
        }
    }
    return moved;
}

/// Adds the gradient of one image's cross-entropy to `slope`, which has the form of the network itself.
inline void backpropagate(const Net::Float& net, std::span<const float, pixels> x, std::size_t label,
                          Net::Float& slope) {
    const float* w0 = get<0>(net).weights.data();
    const float* w1 = get<1>(net).weights.data();
    std::array<float, hidden> h{}, dh{};
    std::array<float, classes> y{};
    for (std::size_t j = 0; j < hidden; ++j) {
        float sum = get<0>(net).bias.data()[j];
        for (std::size_t k = 0; k < pixels; ++k) sum += w0[j * pixels + k] * x[k];
        h[j] = std::max(sum, 0.0f);
    }
    for (std::size_t c = 0; c < classes; ++c) {
        y[c] = get<1>(net).bias.data()[c];
        for (std::size_t j = 0; j < hidden; ++j) y[c] += w1[c * hidden + j] * h[j];
    }

    const float largest = *std::max_element(y.begin(), y.end());
    float total = 0.0f;
    for (float& v : y) total += v = std::exp(v - largest);
    for (std::size_t c = 0; c < classes; ++c) {
        const float dy = y[c] / total - (c == label ? 1.0f : 0.0f);  // softmax minus the truth
        get<1>(slope).bias.data()[c] += dy;
        for (std::size_t j = 0; j < hidden; ++j) {
            get<1>(slope).weights.data()[c * hidden + j] += dy * h[j];
            dh[j] += dy * w1[c * hidden + j];
        }
    }
    for (std::size_t j = 0; j < hidden; ++j) {
        if (h[j] <= 0.0f) continue;  // relu passes nothing back where it passed nothing on
        get<0>(slope).bias.data()[j] += dh[j];
        for (std::size_t k = 0; k < pixels; ++k) get<0>(slope).weights.data()[j * pixels + k] += dh[j] * x[k];
    }
}

/// Gradient descent with momentum, weight decay and a learning rate that falls to zero.
inline Net::Float train(const Digits& digits) {
    constexpr int epochs = 100;
    constexpr std::size_t batch = 16;
    constexpr float first_rate = 0.05f, momentum = 0.9f, decay = 0.001f;

    Random random{1};
    Net::Float net{}, velocity{};
    const auto start = [&](auto& w) {  // He: as much variance behind a relu as before it
        const float reach = std::sqrt(6.0f / static_cast<float>(w.extent(1)));
        for (std::size_t i = 0; i < w.size(); ++i) w.data()[i] = random.between(-reach, reach);
    };
    start(get<0>(net).weights);
    start(get<1>(net).weights);

    std::vector<std::size_t> order(digits.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    for (int epoch = 0; epoch < epochs; ++epoch) {
        const float rate = first_rate * static_cast<float>(epochs - epoch) / static_cast<float>(epochs);
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
        for (std::size_t first = 0; first < order.size(); first += batch) {
            const std::size_t count = std::min(batch, order.size() - first);
            Net::Float slope{};
            for (std::size_t i = first; i < first + count; ++i)
                backpropagate(net, jittered(digits.image(order[i]), random), digits.labels[order[i]], slope);

            const auto step = [&](auto& w, auto& v, const auto& g, float shrink) {
                for (std::size_t i = 0; i < w.size(); ++i) {
                    v.data()[i] =
                        momentum * v.data()[i] + g.data()[i] / static_cast<float>(count) + shrink * w.data()[i];
                    w.data()[i] -= rate * v.data()[i];
                }
            };
            const auto step_layer = [&](auto& layer, auto& v, const auto& g) {
                step(layer.weights, v.weights, g.weights, decay);
                step(layer.bias, v.bias, g.bias, 0.0f);
            };
            step_layer(get<0>(net), get<0>(velocity), get<0>(slope));
            step_layer(get<1>(net), get<1>(velocity), get<1>(slope));
        }
    }
    return net;
}

}  // namespace digits
