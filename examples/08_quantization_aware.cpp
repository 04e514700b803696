// SPDX-License-Identifier: BSL-1.0
//
// Training what is deployed: a small convolutional network with weights of four bits, first quantized after training,
// then trained on with its own integers in the forward pass. What training computed is what the frozen network
// computes: the last lines compare every code of the whole test set, on every instruction set that this program is
// compiled for.
//
//     c++ -std=c++20 -O2 -march=native -I include examples/08_quantization_aware.cpp -o aware && ./aware

#include "digits/training.hpp"

#include <qtensor/laws/check_freeze.hpp>

#include <cstdio>
#include <exception>

using namespace qtensor;

namespace {

/// TFLite's numbers with weights of four bits, [-8, 7].
struct FourBits : numerics::TfLite {
    using weight = int4;
};

template <class N>
using Net = Sequential<Conv2d<Shape<8, 8, 1>, 8, Kernel<3, 3, Same>, Relu, N>,
                       MaxPool2d<Shape<8, 8, 8>, Kernel<2, 2, Stride<2>>, Identity, N>,
                       Conv2d<Shape<4, 4, 8>, 16, Kernel<3, 3, Same>, Relu, N>,
                       MaxPool2d<Shape<4, 4, 16>, Kernel<2, 2, Stride<2>>, Identity, N>, Dense<64, 10, Identity, N>>;
using Int8 = Net<numerics::TfLite>;
using Int4 = Net<FourBits>;

double accuracy(std::span<const float> answers, const std::vector<std::size_t>& labels) {
    std::size_t right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto own = answers.subspan(i * digits::classes, digits::classes);
        right += static_cast<std::size_t>(std::max_element(own.begin(), own.end()) - own.begin()) == labels[i];
    }
    return 100.0 * static_cast<double>(right) / static_cast<double>(labels.size());
}

template <class Quantized> double accuracy_of(const Quantized& parameters, const digits::Digits& test) {
    const std::vector<float>& images = test.images;
    const auto net = pack<arch::native>(parameters);
    const std::size_t samples = test.size();
    std::vector<std::int8_t> x(images.size()), y(samples * digits::classes);
    quantize_into(images, QTensor<std::int8_t, Affine<>>(x.data(), Shape(x.size()), net.input_scale()));
    const AlignedBytes arena(net.arena_bytes_for(samples));
    net.run(x.data(), y.data(), samples, arena.span());
    // Codes of one scale are in the order of what they mean.
    return accuracy(std::vector<float>(y.begin(), y.end()), test.labels);
}

/// Whether every answer of the training pass is what the deployed network computes, on each of these.
template <class... Arches, class Aware> bool deployed_as_trained(Aware& aware, const std::vector<float>& images) {
    bool same = true;
    const auto one = [&]<class Arch>() {
        if constexpr (std::same_as<Arch, arch::scalar> || arch::HasAtom<Arch, std::int8_t, std::int8_t>) {
            const Verdict verdict = check_freeze<Arch>(aware, images);
            std::printf("  %-12s %s\n", Arch::name,
                        verdict ? "every code is what the training pass computes" : verdict.broken);
            same = same && static_cast<bool>(verdict);
        }
    };
    (one.template operator()<Arches>(), ...);
    return same;
}

int run(const std::string& path) {
    const auto data = digits::load(path);
    const digits::Digits& training = data.first;
    const digits::Digits& test = data.second;
    const CrossEntropy loss(training.labels);
    const auto train_on = [&](auto& model, std::size_t epochs, float rate) {
        train(
            model, training.images, loss, Adam{}, {.epochs = epochs, .batch = 32, .rate = rate}, Cosine{},
            [](const Progress&) {}, digits::jitter);
    };

    Model<Int8> real(initial<Int8>(Random(1)));
    train_on(real, 40, 0.005f);
    const Int8::Float trained = real.parameters();
    const Int4::Float start = carried_over<Int4>(trained);
    std::printf("accuracy on %zu test images\n", test.size());
    std::printf("  float32                              %6.2f %%\n", accuracy(real.answers(test.images), test.labels));
    std::printf("  int8, quantized after training       %6.2f %%\n",
                accuracy_of(calibrate(trained, std::span<const float>(training.images)), test));
    std::printf("  int4 weights, after training         %6.2f %%\n",
                accuracy_of(calibrate(start, std::span<const float>(training.images)), test));

    // Learned steps (LSQ) for weights, observed ranges for activations.
    Model<Int4, QuantizationAware<Observed<>, LearnedSteps>> aware(start);
    train_on(aware, 10, 0.002f);
    const Int4::Quantized frozen = freeze(aware);
    std::printf("  int4 weights, trained for it         %6.2f %%\n\n", accuracy_of(frozen, test));

    std::printf("all %zu outputs on the test images, instruction set by instruction set\n",
                test.size() * digits::classes);
    return deployed_as_trained<arch::scalar, arch::sse41, arch::avx2, arch::avx_vnni, arch::avx512bw,
                               arch::avx512_vnni>(aware, test.images)
               ? 0
               : 1;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string source = __FILE__;
        return run(argc > 1 ? argv[1] : source.substr(0, source.find_last_of('/') + 1) + "data/digits.csv");
    } catch (const std::exception& error) {
        std::fprintf(stderr, "quantization_aware: %s\n", error.what());
        return 1;
    }
}
