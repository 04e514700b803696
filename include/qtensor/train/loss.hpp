// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What training makes small: a loss knows what every sample's answer should have been. One of your own is
///
///     double operator()(std::span<const float> y, std::span<const std::size_t> which, std::span<float> dy) const
///
/// y are the answers to the samples `which`, one behind the other; it returns the mean loss of them and fills dy.
///
///     CrossEntropy        of softmax(y) and the label: log sum e^y - y[label]
///     SquaredError        mean of (y - target)^2 over numbers and samples
///     Distillation        weight T^2 CE(softmax(y / T), softmax(teacher / T)) + (1 - weight) CrossEntropy
///                         (Hinton, Vinyals and Dean 2015)

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// p = softmax(y / temperature) in double; returns log sum e^(y / temperature).
inline double softmax_of(std::span<const float> y, double temperature, std::span<double> p) {
    const double largest = static_cast<double>(*std::max_element(y.begin(), y.end())) / temperature;
    double sum = 0.0;
    for (std::size_t c = 0; c < y.size(); ++c)
        sum += p[c] = std::exp(static_cast<double>(y[c]) / temperature - largest);
    for (double& value : p) value /= sum;
    return largest + std::log(sum);
}

inline std::size_t width_of(std::span<const float> y, std::size_t samples, const char* who) {
    if (samples == 0 || y.empty() || y.size() % samples != 0) {
        throw std::invalid_argument(std::string(who) + ": " + std::to_string(y.size()) + " numbers are no answers to " +
                                    std::to_string(samples) + " samples");
    }
    return y.size() / samples;
}

template <class Labels> std::span<const std::size_t> labels_of(const Labels& labels) {
    static_assert(std::convertible_to<const Labels&, std::span<const std::size_t>>,
                  "labels are numbers of classes, counted from 0, in memory of std::size_t: "
                  "std::vector<std::size_t> labels(first, last)");
    return labels;
}

}  // namespace detail

/// Labels count from 0. They must outlive the loss.
class CrossEntropy {
public:
    template <class Labels> explicit CrossEntropy(const Labels& labels) : labels_(detail::labels_of(labels)) {}

    /// Throws std::invalid_argument on a label that is none of y's classes and a sample that has none.
    double operator()(std::span<const float> y, std::span<const std::size_t> which, std::span<float> dy) const {
        const std::size_t classes = detail::width_of(y, which.size(), "CrossEntropy");
        const double share = 1.0 / static_cast<double>(which.size());
        std::vector<double> p(classes);
        double loss = 0.0;
        for (std::size_t i = 0; i < which.size(); ++i) {
            const std::size_t truth = label(which[i], classes);
            const auto own = y.subspan(i * classes, classes);
            loss += detail::softmax_of(own, 1.0, p) - static_cast<double>(own[truth]);
            for (std::size_t c = 0; c < classes; ++c)
                dy[i * classes + c] = static_cast<float>((p[c] - (c == truth ? 1.0 : 0.0)) * share);
        }
        return loss * share;
    }

    std::size_t label(std::size_t sample, std::size_t classes) const {
        if (sample >= labels_.size()) {
            throw std::invalid_argument("CrossEntropy: sample " + std::to_string(sample) + " has no label, there are " +
                                        std::to_string(labels_.size()));
        }
        if (labels_[sample] >= classes) {
            throw std::invalid_argument("CrossEntropy: sample " + std::to_string(sample) + " has label " +
                                        std::to_string(labels_[sample]) + ", the network answers with " +
                                        std::to_string(classes) + " classes, counted from 0");
        }
        return labels_[sample];
    }

private:
    std::span<const std::size_t> labels_;
};

/// Targets: as many numbers per sample as the network answers. They must outlive the loss.
class SquaredError {
public:
    explicit SquaredError(std::span<const float> targets) : targets_(targets) {}

    /// Throws std::invalid_argument where a sample has no target.
    double operator()(std::span<const float> y, std::span<const std::size_t> which, std::span<float> dy) const {
        const std::size_t width = detail::width_of(y, which.size(), "SquaredError");
        const double share = 1.0 / static_cast<double>(y.size());
        double loss = 0.0;
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t at = which[i / width] * width + i % width;
            if (at >= targets_.size()) {
                throw std::invalid_argument("SquaredError: sample " + std::to_string(which[i / width]) +
                                            " has no target of " + std::to_string(width) + " numbers, there are " +
                                            std::to_string(targets_.size()) + " numbers");
            }
            const double error = static_cast<double>(y[i]) - static_cast<double>(targets_[at]);
            loss += error * error;
            dy[i] = static_cast<float>(2.0 * error * share);
        }
        return loss * share;
    }

private:
    std::span<const float> targets_;
};

/// A student learns a teacher's answers to the same samples beside the truth.
class Distillation {
public:
    /// teacher: the logits of all samples, which must outlive this, as the labels must.
    template <class Labels>
    Distillation(const Labels& labels, std::span<const float> teacher, double temperature = 4.0, double weight = 0.9)
        : truth_(labels), teacher_(teacher), temperature_(temperature), weight_(weight) {
        if (!(temperature > 0.0) || !(weight >= 0.0 && weight <= 1.0)) {
            throw std::invalid_argument("Distillation: the temperature is positive and the weight from 0 to 1, not " +
                                        std::to_string(temperature) + " and " + std::to_string(weight));
        }
    }

    double operator()(std::span<const float> y, std::span<const std::size_t> which, std::span<float> dy) const {
        const std::size_t classes = detail::width_of(y, which.size(), "Distillation");
        double loss = (1.0 - weight_) * truth_(y, which, dy);
        const double share = 1.0 / static_cast<double>(which.size());
        std::vector<double> p(classes), wanted(classes);
        for (std::size_t i = 0; i < which.size(); ++i) {
            if ((which[i] + 1) * classes > teacher_.size()) {
                throw std::invalid_argument("Distillation: the teacher has not answered sample " +
                                            std::to_string(which[i]));
            }
            const auto own = y.subspan(i * classes, classes);
            const double norm = detail::softmax_of(own, temperature_, p);
            detail::softmax_of(teacher_.subspan(which[i] * classes, classes), temperature_, wanted);
            for (std::size_t c = 0; c < classes; ++c) {
                loss += weight_ * temperature_ * temperature_ * share * wanted[c] *
                        (norm - static_cast<double>(own[c]) / temperature_);
                float& slope = dy[i * classes + c];
                slope = static_cast<float>((1.0 - weight_) * static_cast<double>(slope) +
                                           weight_ * temperature_ * share * (p[c] - wanted[c]));
            }
        }
        return loss;
    }

private:
    CrossEntropy truth_;
    std::span<const float> teacher_;
    double temperature_, weight_;
};

}  // namespace qtensor::inline QTENSOR_ABI
