// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The loop: samples in a new order every epoch, batch by batch forward, loss, backward, step.
///
///     train(model, images, CrossEntropy(labels), Sgd{.decay = 1e-4f}, {.epochs = 20, .rate = 0.05f}, Cosine{},
///           [](const Progress& p) { std::printf("%zu of %zu: %.4f\n", p.epoch, p.epochs, p.loss); });

#include <algorithm>
#include <cmath>

#include "model.hpp"
#include "optimizer.hpp"

namespace qtensor::inline QTENSOR_ABI {

struct TrainingOptions {
    std::size_t epochs = 10;
    std::size_t batch = 32;
    float rate = 0.01f;
    std::uint64_t seed = 1;  ///< of the order of samples, and what `vary` draws
};

/// After every epoch.
struct Progress {
    std::size_t epoch = 0;  ///< from 1
    std::size_t epochs = 0;
    double loss = 0.0;  ///< mean over the epoch, as the parameters were when each batch came by
    float rate = 0.0f;  ///< of the last step
};

namespace detail {
template <class Loss> constexpr bool must_be_loss() {
    static_assert(
        requires(const Loss& loss, std::span<const float> y, std::span<const std::size_t> which, std::span<float> dy) {
            { loss(y, which, dy) } -> std::convertible_to<double>;
        }, "not a loss: it is called as loss(y, which, dy) and returns the mean loss: CrossEntropy(labels)");
    return true;
}
template <class Optimizer> constexpr bool must_be_optimizer() {
    static_assert(
        requires(Optimizer& optimizer, const Parameter& p) {
            optimizer.begin_step();
            optimizer.update(p, 1.0f);
        }, "not an optimizer: it needs begin_step() and update(parameter, rate): Sgd{}, Adam{}, Masked{Sgd{}, mask}");
    return true;
}
}  // namespace detail

/// Trains on whole inputs, one behind the other. `vary(sample, random)` may change each sample as it goes in (data
/// augmentation). The same seed on the same build gives the same parameters. Returns the loss of every epoch. Throws
/// std::invalid_argument on inputs that are none or not finite and on a batch of 0, std::runtime_error as soon as the
/// loss or a parameter is not finite any more.
template <class M, class Loss, class Optimizer, class Schedule, class Report, class Vary>
std::vector<double> train(M& model, std::span<const float> inputs, const Loss& loss, Optimizer&& optimizer,
                          const TrainingOptions& options, const Schedule& schedule, Report&& report, Vary&& vary) {
    static_assert(detail::must_be_model<M>() && detail::must_be_loss<Loss>() &&
                  detail::must_be_optimizer<std::remove_reference_t<Optimizer>>());
    constexpr std::size_t width = M::inputs;
    if (inputs.empty() || inputs.size() % width != 0) {
        throw std::invalid_argument("train: " + std::to_string(inputs.size()) + " numbers are no whole inputs of " +
                                    std::to_string(width));
    }
    if (options.batch == 0) throw std::invalid_argument("train: a batch has at least one sample, this one has 0");
    if (!(options.rate >= 0.0f) || !std::isfinite(options.rate)) {
        throw std::invalid_argument("train: the rate is a number from 0, not " + std::to_string(options.rate));
    }
    for (std::size_t i = 0; i < inputs.size(); ++i) {  // a relu would hide them
        if (std::isfinite(inputs[i])) continue;
        throw std::invalid_argument("train: sample " + std::to_string(i / width) + ", value " +
                                    std::to_string(i % width) + " is " + std::to_string(inputs[i]) +
                                    ": inputs are finite numbers");
    }
    const std::size_t samples = inputs.size() / width;
    const std::size_t steps = (samples + options.batch - 1) / options.batch;
    Random random(options.seed);
    std::vector<std::size_t> order(samples);
    for (std::size_t i = 0; i < samples; ++i) order[i] = i;
    std::vector<float> x, dy;
    std::vector<double> losses;
    for (std::size_t epoch = 0; epoch < options.epochs; ++epoch) {
        random.shuffle(std::span(order));
        double sum = 0.0;
        float rate = 0.0f;
        for (std::size_t step = 0; step < steps; ++step) {
            const std::size_t first = step * options.batch;
            const auto which =
                std::span<const std::size_t>(order).subspan(first, std::min(options.batch, samples - first));
            x.resize(which.size() * width);
            for (std::size_t i = 0; i < which.size(); ++i) {
                const auto sample = inputs.subspan(which[i] * width, width);
                const auto into = std::span(x).subspan(i * width, width);
                std::copy(sample.begin(), sample.end(), into.begin());
                vary(into, random);
            }
            model.each_parameter([](const Parameter& p) { std::fill(p.slopes.begin(), p.slopes.end(), 0.0f); });
            const auto y = model.forward(x, true);
            dy.resize(y.size());
            const double now = loss(y, which, std::span(dy));
            if (!std::isfinite(now)) {
                throw std::runtime_error("train: the loss is " + std::to_string(now) + " in epoch " +
                                         std::to_string(epoch + 1) + ": a lower rate may help");
            }
            sum += now * static_cast<double>(which.size());
            model.backward(dy);
            rate = options.rate *
                   schedule(static_cast<float>(epoch * steps + step) / static_cast<float>(options.epochs * steps));
            optimizer.begin_step();
            model.each_parameter([&](const Parameter& p) { optimizer.update(p, rate); });
        }
        model.each_parameter([&](const Parameter& p) {
            for (const float value : p.values) {
                if (!std::isfinite(value)) {
                    throw std::runtime_error("train: a parameter is " + std::to_string(value) + " after epoch " +
                                             std::to_string(epoch + 1) + ": a lower rate may help");
                }
            }
        });
        losses.push_back(sum / static_cast<double>(samples));
        report(Progress{epoch + 1, options.epochs, losses.back(), rate});
    }
    return losses;
}

template <class M, class Loss, class Optimizer, class Schedule = Constant, class Report>
std::vector<double> train(M& model, std::span<const float> inputs, const Loss& loss, Optimizer&& optimizer,
                          const TrainingOptions& options, const Schedule& schedule, Report&& report) {
    return train(model, inputs, loss, optimizer, options, schedule, report, [](std::span<float>, Random&) {});
}
template <class M, class Loss, class Optimizer, class Schedule = Constant>
std::vector<double> train(M& model, std::span<const float> inputs, const Loss& loss, Optimizer&& optimizer,
                          const TrainingOptions& options, const Schedule& schedule = {}) {
    return train(model, inputs, loss, optimizer, options, schedule, [](const Progress&) {});
}

}  // namespace qtensor::inline QTENSOR_ABI
