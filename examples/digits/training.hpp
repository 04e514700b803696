// SPDX-License-Identifier: BSL-1.0
#pragma once
//
// What comes before quantization: reading the digits and training a float network.

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

/// Half of the images are trained on as they are, the others moved by at most a pixel along one axis.
inline void jitter(std::span<float> image, qtensor::Random& random) {
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
    std::copy(moved.begin(), moved.end(), image.begin());
}

/// Gradient descent with momentum, weight decay and a learning rate that falls to zero.
inline Net::Float train(const Digits& digits) {
    qtensor::Model<Net> model(qtensor::initial<Net>(qtensor::Random(1)));
    qtensor::train(
        model, digits.images, qtensor::CrossEntropy(digits.labels), qtensor::Sgd{.momentum = 0.9f, .decay = 0.001f},
        {.epochs = 100, .batch = 16, .rate = 0.05f}, qtensor::LinearDecay{}, [](const qtensor::Progress&) {}, jitter);
    return model.parameters();
}

}  // namespace digits
