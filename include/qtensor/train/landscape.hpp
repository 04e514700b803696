// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The loss around a trained network, on the plane of two random directions (Li, Xu, Taylor, Studer and Goldstein
/// 2018): a direction is normal noise whose every filter is brought to the length of the network's own filter, so that
/// pictures of different networks can be compared. Biases, gains and steps stay.
///
///     const Landscape real  = landscape<Net>(trained, images, CrossEntropy(labels));
///     const Landscape codes = landscape<Net, QuantizationAware<>>(trained, images, CrossEntropy(labels));
///
/// At every point the network is made afresh: one that is quantized gets the scales that fit its weights there and its
/// activations on these inputs, as post-training quantization would.

#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "model.hpp"

namespace qtensor::inline QTENSOR_ABI {

struct LandscapeOptions {
    std::size_t points = 21;  ///< along each direction, odd: the network itself is in the middle
    float reach = 1.0f;       ///< the outermost points are so many directions away
    std::uint64_t seed = 1;
};

/// points x points losses; row i is at step(i) along the first direction, column j at step(j) along the second.
struct Landscape {
    std::size_t points = 0;
    float reach = 0.0f;
    std::vector<double> losses;

    double operator()(std::size_t i, std::size_t j) const { return losses[i * points + j]; }
    float step(std::size_t i) const {
        return reach * (2.0f * static_cast<float>(i) / static_cast<float>(points - 1) - 1.0f);
    }

    /// Which part of the inner points is curved downwards along some direction of the plane: the smaller eigenvalue of
    /// the 3 x 3 differences' Hessian is negative, by more than `noise` of the loss there.
    double negative_curvature(double noise = 1e-6) const {
        if (points < 3) return 0.0;
        std::size_t negative = 0;
        for (std::size_t i = 1; i + 1 < points; ++i) {
            for (std::size_t j = 1; j + 1 < points; ++j) {
                const auto& f = *this;
                const double xx = f(i + 1, j) - 2.0 * f(i, j) + f(i - 1, j);
                const double yy = f(i, j + 1) - 2.0 * f(i, j) + f(i, j - 1);
                const double xy = (f(i + 1, j + 1) - f(i + 1, j - 1) - f(i - 1, j + 1) + f(i - 1, j - 1)) / 4.0;
                const double smaller = (xx + yy) / 2.0 - std::hypot((xx - yy) / 2.0, xy);
                negative += smaller < -noise * f(i, j) ? 1u : 0u;
            }
        }
        return static_cast<double>(negative) / static_cast<double>((points - 2) * (points - 2));
    }
};

namespace detail {

/// Numbers for every weight, in the order of each_parameter.
using Direction = std::vector<std::vector<float>>;

/// Noise, filter by filter as long as the filter.
template <class Net> Direction filter_normalised(Model<Net>& model, Random& random) {
    Direction direction;
    model.each_parameter([&](const Parameter& p) {
        if (!p.is_weight) return;
        std::vector<float> noise(p.values.size());
        for (float& value : noise) value = random.normal();
        for (std::size_t j = 0; j < p.filters; ++j) {
            double own = 0.0, drawn = 0.0;
            for (std::size_t k = 0; k < p.depth(); ++k) {
                own += static_cast<double>(p.values[p.at(j, k)]) * static_cast<double>(p.values[p.at(j, k)]);
                drawn += static_cast<double>(noise[p.at(j, k)]) * static_cast<double>(noise[p.at(j, k)]);
            }
            const auto factor = static_cast<float>(drawn > 0.0 ? std::sqrt(own / drawn) : 0.0);
            for (std::size_t k = 0; k < p.depth(); ++k) noise[p.at(j, k)] *= factor;
        }
        direction.push_back(std::move(noise));
    });
    return direction;
}

}  // namespace detail

/// The loss on `inputs` (all of them in one pass) around `center`. Networks of one form get the same directions from
/// one seed, whatever their bundles. report(point, points) after every row. Throws std::invalid_argument on fewer than
/// 3 points, an even number, or a reach that is not positive.
template <class Net, class How = Real, class Loss, class Report>
Landscape landscape(const typename Net::Float& center, std::span<const float> inputs, const Loss& loss,
                    const LandscapeOptions& options, const How& how, Report&& report) {
    if (options.points < 3 || options.points % 2 == 0 || !(options.reach > 0.0f)) {
        throw std::invalid_argument("landscape: an odd number of points from 3 on, and a positive reach, not " +
                                    std::to_string(options.points) + " and " + std::to_string(options.reach));
    }
    Random random(options.seed);
    Model<Net> around(center);
    const detail::Direction first = detail::filter_normalised(around, random);
    const detail::Direction second = detail::filter_normalised(around, random);
    std::vector<std::size_t> which(inputs.size() / input_size<Net>);
    for (std::size_t i = 0; i < which.size(); ++i) which[i] = i;
    std::vector<float> unused(which.size() * output_size<Net>);

    Landscape made{options.points, options.reach, {}};
    for (std::size_t i = 0; i < made.points; ++i) {
        for (std::size_t j = 0; j < made.points; ++j) {
            Model<Net, How> there(center, how);
            std::size_t at = 0;
            there.each_parameter([&](const Parameter& p) {
                if (!p.is_weight) return;
                for (std::size_t k = 0; k < p.values.size(); ++k)
                    p.values[k] += made.step(i) * first[at][k] + made.step(j) * second[at][k];
                ++at;
            });
            made.losses.push_back(loss(there.forward(inputs, true), which, std::span(unused)));
        }
        report((i + 1) * made.points, made.points * made.points);
    }
    return made;
}
template <class Net, class How = Real, class Loss>
Landscape landscape(const typename Net::Float& center, std::span<const float> inputs, const Loss& loss,
                    const LandscapeOptions& options = {}, const How& how = {}) {
    return landscape<Net>(center, inputs, loss, options, how, [](std::size_t, std::size_t) {});
}

}  // namespace qtensor::inline QTENSOR_ABI
