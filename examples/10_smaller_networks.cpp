// SPDX-License-Identifier: BSL-1.0
//
// Smaller networks: weights that are held at zero, by size and 2 of every 4, and a small network that learns from a
// large one. All of them are quantized to int8 in the end.
//
//     c++ -std=c++20 -O2 -march=native -I include examples/10_smaller_networks.cpp -o smaller && ./smaller

#include "digits/training.hpp"

#include <cstdio>
#include <exception>

using namespace qtensor;

namespace {

/// Accuracy in float, and after quantization to int8.
template <class Net>
std::pair<double, double> accuracy(const typename Net::Float& real, const digits::Digits& training,
                                   const digits::Digits& test) {
    const auto share = [&](std::span<const float> answers) {
        std::size_t right = 0;
        for (std::size_t i = 0; i < test.size(); ++i) {
            const auto own = answers.subspan(i * digits::classes, digits::classes);
            right += static_cast<std::size_t>(std::max_element(own.begin(), own.end()) - own.begin()) == test.labels[i];
        }
        return 100.0 * static_cast<double>(right) / static_cast<double>(test.size());
    };
    const auto quantized = calibrate(real, std::span<const float>(training.images));
    const auto int8 = pack<arch::native>(quantized);
    std::vector<std::int8_t> x(test.images.size()), y(test.size() * digits::classes);
    quantize_into(test.images, QTensor<std::int8_t, Affine<>>(x.data(), Shape(x.size()), int8.input_scale()));
    const AlignedBytes arena(int8.arena_bytes_for(test.size()));
    int8.run(x.data(), y.data(), test.size(), arena.span());
    Model<Net> model(real);
    return {share(model.answers(test.images)), share(std::vector<float>(y.begin(), y.end()))};
}

template <class Net, class Loss, class Optimizer>
void train_on(Model<Net>& model, const digits::Digits& training, const Loss& loss, Optimizer&& optimizer,
              std::size_t epochs) {
    train(
        model, training.images, loss, optimizer, {.epochs = epochs, .rate = 0.003f}, Cosine{}, [](const Progress&) {},
        digits::jitter);
}

void run(const std::string& path) {
    const auto [training, test] = digits::load(path);
    const CrossEntropy labels(training.labels);
    const auto line = [](const std::string& what, std::pair<double, double> share) {
        std::printf("  %-44s %6.2f %%  %6.2f %%\n", what.c_str(), share.first, share.second);
    };
    std::printf("  %-44s %8s  %8s\n", "accuracy on test images", "float32", "int8");

    using Large = digits::Net;  // 64 -> 128 -> 10
    Model<Large> large(initial<Large>(Random(1)));
    train_on(large, training, labels, Adam{.decay = 0.01f}, 40);
    line("9344 weights", accuracy<Large>(large.parameters(), training, test));
    Model<Large> pruned = large;
    for (const double fraction : {0.5, 0.75, 0.9, 0.95, 0.98}) {  // little by little (Zhu and Gupta 2017)
        const Pruning mask = prune_smallest(pruned, fraction);
        train_on(pruned, training, labels, Masked{Adam{}, mask}, 20);
        line(std::to_string(static_cast<int>(100.0 * fraction + 0.5)) + " % of them pruned, trained on",
             accuracy<Large>(pruned.parameters(), training, test));
    }
    Model<Large> two_of_four = large;
    const Pruning mask = prune_to(two_of_four, 2, 4);
    train_on(two_of_four, training, labels, Masked{Adam{}, mask}, 20);
    line("2 of every 4 kept, trained on", accuracy<Large>(two_of_four.parameters(), training, test));

    using Small = Sequential<Dense<digits::pixels, 8, Relu>, Dense<8, digits::classes>>;
    Model<Small> alone(initial<Small>(Random(2))), taught = alone;
    train_on(alone, training, labels, Adam{}, 40);
    line("592 weights, from the labels", accuracy<Small>(alone.parameters(), training, test));
    const std::vector<float> teacher = large.answers(training.images);
    train_on(taught, training, Distillation(training.labels, teacher, 3.0, 0.8), Adam{}, 40);
    line("592 weights, from labels and the large network", accuracy<Small>(taught.parameters(), training, test));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string source = __FILE__;
        run(argc > 1 ? argv[1] : source.substr(0, source.find_last_of('/') + 1) + "data/digits.csv");
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "smaller_networks: %s\n", error.what());
        return 1;
    }
}
