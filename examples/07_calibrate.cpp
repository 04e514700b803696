// SPDX-License-Identifier: BSL-1.0
//
// Which method keeps how much? Two networks for handwritten digits, trained in float and quantized in every way that
// needs no further training: weights of two bytes, weights of one byte with activations measured as they come, and
// integers throughout with each observer choosing the scales. Then a look at where the accuracy goes.
//
//     c++ -std=c++20 -O2 -march=native -I include examples/07_calibrate.cpp -o calibrate && ./calibrate [report.html]

#include "digits/training.hpp"

#include <cstdio>
#include <exception>

using namespace qtensor;

namespace {

using Mlp = digits::Net;
using Cnn =
    Sequential<Conv2d<Shape<8, 8, 1>, 8, Kernel<3, 3, Same>, Relu>, MaxPool2d<Shape<8, 8, 8>, Kernel<2, 2, Stride<2>>>,
               Conv2d<Shape<4, 4, 8>, 16, Kernel<3, 3, Same>, Relu>,
               MaxPool2d<Shape<4, 4, 16>, Kernel<2, 2, Stride<2>>>, Dense<64, 10>>;

/// Right answers of a network in any reading, in percent.
template <class Parameters> double accuracy(const Parameters& parameters, const digits::Digits& test) {
    const auto net = pack<arch::native>(parameters);
    using Packed = std::remove_const_t<decltype(net)>;
    std::vector<typename Packed::input_element> x(test.images.size());
    std::vector<typename Packed::output_element> y(test.size() * digits::classes);
    if constexpr (std::same_as<typename Packed::input_element, float>) {
        x = test.images;
    } else {
        quantize_into(test.images, QTensor<std::int8_t, Affine<>>(x.data(), Shape(x.size()), net.input_scale()));
    }
    const AlignedBytes arena(net.arena_bytes_for(test.size()));
    net.run(x.data(), y.data(), test.size(), arena.span());
    std::size_t right = 0;
    for (std::size_t i = 0; i < test.size(); ++i) {
        const auto* first = y.data() + i * digits::classes;
        right += static_cast<std::size_t>(std::max_element(first, first + digits::classes) - first) == test.labels[i];
    }
    return 100.0 * static_cast<double>(right) / static_cast<double>(test.size());
}

template <class Net>
auto show(const char* name, const digits::Digits& training, const digits::Digits& test, std::size_t epochs,
          float rate) {
    Model<Net> model(initial<Net>(Random(1)));
    train(
        model, training.images, CrossEntropy(training.labels), Adam{.decay = 1e-3f},
        {.epochs = epochs, .batch = 32, .rate = rate}, Cosine{}, [](const Progress&) {}, digits::jitter);
    const typename Net::Float real = model.parameters();

    std::printf("%s: accuracy on %zu held-out images, signal to noise at the output\n", name, test.size());
    const auto line = [&](const char* method, const auto& parameters) {
        const Comparison lost = compare(real, parameters, std::span<const float>(test.images));
        const double decibel = lost.layers.back().sqnr;
        std::printf("  %-28s %6.2f %%  %6zu bytes of weights", method, accuracy(parameters, test),
                    weight_bytes<std::remove_cvref_t<decltype(parameters)>>);
        if (std::isfinite(decibel)) std::printf("  %5.1f dB", decibel);
        std::printf("\n");
        return lost;
    };
    const std::span<const float> samples(training.images);
    line("float32", real);
    line("float16 weights", float16_weights(real));
    line("dynamic range", dynamic_range(real));
    const Comparison lost = line("int8, MinMax", calibrate(real, samples));
    line("int8, MovingAverage", calibrate(real, samples, MovingAverage{}));
    line("int8, Percentile{.9999}", calibrate(real, samples, Percentile{.9999}));
    line("int8, TorchHistogram", calibrate(real, samples, TorchHistogram{}));
    line("int8, Entropy", calibrate(real, samples, Entropy{}));
    line("int8, MeanSquaredError", calibrate(real, samples, MeanSquaredError{}));
    std::printf("\n");
    return lost;
}

int run(const std::string& path, const char* report) {
    const auto [training, test] = digits::load(path);
    show<Mlp>("MLP 64-128-10", training, test, 60, 0.005f);
    const Comparison lost = show<Cnn>("CNN", training, test, 40, 0.005f);
    std::printf("where it goes, CNN with MinMax\n\n%s", to_text(lost).c_str());
    if (report != nullptr) write_html(report, lost, "Handwritten digits: a CNN in int8, MinMax");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string source = __FILE__;
        return run(source.substr(0, source.find_last_of('/') + 1) + "data/digits.csv", argc > 1 ? argv[1] : nullptr);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "calibrate: %s\n", error.what());
        return 1;
    }
}
