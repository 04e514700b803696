// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/train/loss.hpp>

#include <functional>
#include <string>

using namespace qtensor;

namespace {

const std::vector<std::size_t> labels{2, 0, 1}, which{2, 0};
const std::vector<float> answers{0.5f, -1.0f, 2.0f, 1.5f, 0.25f, -0.75f};  // of samples 2 and 0

/// The loss and its slopes against a formula in double and its central differences.
template <class Loss> void check(const Loss& loss, const std::function<double(const std::vector<double>&)>& wanted) {
    std::vector<float> dy(answers.size());
    std::vector<double> y(answers.begin(), answers.end());
    CHECK(std::fabs(loss(answers, which, dy) - wanted(y)) < 1e-12);
    for (std::size_t i = 0; i < y.size(); ++i) {
        const double kept = y[i];
        y[i] = kept + 1e-6;
        const double above = wanted(y);
        y[i] = kept - 1e-6;
        const double slope = (above - wanted(y)) / 2e-6;
        y[i] = kept;
        CHECK(std::fabs(static_cast<double>(dy[i]) - slope) < 1e-7);
    }
}

double log_softmax(const std::vector<double>& y, std::size_t row, std::size_t c, double temperature) {
    double sum = 0.0;
    for (std::size_t k = 0; k < 3; ++k) sum += std::exp(y[row * 3 + k] / temperature);
    return y[row * 3 + c] / temperature - std::log(sum);
}

template <class Call> std::string complaint(Call&& call) {
    try {
        call();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("loss: cross-entropy") {
    check(CrossEntropy(labels),
          [](const std::vector<double>& y) { return -(log_softmax(y, 0, 1, 1.0) + log_softmax(y, 1, 2, 1.0)) / 2.0; });
    // Logits far apart neither overflow nor lose the loss.
    std::vector<float> dy(3);
    const double loss = CrossEntropy(labels)(std::vector<float>{3e4f, -3e4f, 0.0f}, std::vector<std::size_t>{2}, dy);
    CHECK(loss == 6e4);
    CHECK(dy == std::vector<float>{1.0f, -1.0f, 0.0f});
}

TEST_CASE("loss: mean squared error") {
    const std::vector<float> targets{1, 2, 3, 4, 5, 6, 0.5f, 0.5f, -0.5f};
    check(SquaredError(targets), [&](const std::vector<double>& y) {
        double sum = 0.0;
        for (std::size_t i = 0; i < 6; ++i) {
            const double error = y[i] - static_cast<double>(targets[which[i / 3] * 3 + i % 3]);
            sum += error * error;
        }
        return sum / 6.0;
    });
}

TEST_CASE("loss: distillation") {
    const std::vector<float> teacher{1, 2, 0, 0, 0, 0, -1, 3, 0.5f};
    check(Distillation(labels, teacher, 3.0, 0.75), [&](const std::vector<double>& y) {
        const std::vector<double> taught(teacher.begin(), teacher.end());
        double soft = 0.0;
        for (std::size_t i = 0; i < 2; ++i) {
            for (std::size_t c = 0; c < 3; ++c)
                soft -= std::exp(log_softmax(taught, which[i], c, 3.0)) * log_softmax(y, i, c, 3.0);
        }
        const double hard = -(log_softmax(y, 0, 1, 1.0) + log_softmax(y, 1, 2, 1.0));
        return (0.75 * 9.0 * soft + 0.25 * hard) / 2.0;
    });
}

TEST_CASE("loss: wrong use is named") {
    std::vector<float> dy(6);
    const std::vector<std::size_t> far{7, 0}, wrong{1, 9, 1};
    CHECK(complaint([&] { CrossEntropy{labels}(answers, far, dy); }) ==
          "CrossEntropy: sample 7 has no label, there are 3");
    CHECK(complaint([&] {
              CrossEntropy{wrong}(answers, std::vector<std::size_t>{0, 1}, dy);
          }) == "CrossEntropy: sample 1 has label 9, the network answers with 3 classes, counted from 0");
    CHECK(complaint([&] { CrossEntropy{labels}(std::vector<float>(5), which, dy); }) ==
          "CrossEntropy: 5 numbers are no answers to 2 samples");
    CHECK(complaint([&] { SquaredError{std::vector<float>(8)}(answers, which, dy); }) ==
          "SquaredError: sample 2 has no target of 3 numbers, there are 8 numbers");
    CHECK(complaint([&] {
              Distillation{labels, std::vector<float>(6)}(answers, which, dy);
          }) == "Distillation: the teacher has not answered sample 2");
    CHECK(complaint([&] { Distillation(labels, answers, 0.0); }) ==
          "Distillation: the temperature is positive and the weight from 0 to 1, not 0.000000 and 0.900000");
}
