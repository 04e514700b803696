// SPDX-License-Identifier: BSL-1.0
//
// The whole job on real data: read handwritten digits, train a small network in float, quantize it to int8, compare.
//
//     c++ -std=c++20 -O2 -march=native -I include examples/digits/digits.cpp -o digits && ./digits [file.csv]
//
// The library's part is five lines: train, calibrate, pack, quantize_into, run. training.hpp has the data and the
// training.

#include "training.hpp"

#include <chrono>
#include <cstdio>
#include <exception>

using namespace qtensor;
using namespace digits;

namespace {

// One network type, read twice. Packed means: parameters in the order in which the kernels read them.
using FloatNet = Net::Float::packed<arch::native>;
using Int8Net = Net::Quantized::packed<arch::native>;

/// A packed network with its inputs, outputs and arena: whatever running needs is allocated before the clock starts.
template <class Packed> struct Runner {
    using In = typename Packed::input_element;
    using Out = typename Packed::output_element;

    const Packed& net;
    const std::vector<In>& inputs;
    std::size_t samples = inputs.size() / pixels;
    std::vector<Out> outputs = std::vector<Out>(samples * classes);
    AlignedBytes arena{Packed::arena_bytes_for(samples)};

    void run(std::size_t batch) {
        for (std::size_t i = 0; i < samples; i += batch) {
            net.run(inputs.data() + i * pixels, outputs.data() + i * classes, std::min(batch, samples - i),
                    arena.span());
        }
    }
    /// The place of the largest output. Codes of one scale are in the order of what they mean, so int8 outputs need not
    /// be dequantized for it.
    std::size_t answer(std::size_t i) const {
        const Out* first = outputs.data() + i * classes;
        return static_cast<std::size_t>(std::max_element(first, first + classes) - first);
    }
    double accuracy(const std::vector<std::size_t>& labels) const {
        std::size_t right = 0;
        for (std::size_t i = 0; i < samples; ++i) right += answer(i) == labels[i] ? 1u : 0u;
        return static_cast<double>(right) / static_cast<double>(samples);
    }
};

struct Speed {
    double real, int8;  // nanoseconds per image
};

/// Medians over passes through all images, as many as fit in half a second. The readings take turns, so that neither
/// gets the quieter machine.
Speed measure(Runner<FloatNet>& real, Runner<Int8Net>& int8, std::size_t batch) {
    using Clock = std::chrono::steady_clock;
    std::vector<double> real_ns, int8_ns;
    const auto pass = [batch](auto& runner) {
        const auto start = Clock::now();
        runner.run(batch);
        const std::chrono::duration<double, std::nano> spent = Clock::now() - start;
        return spent.count() / static_cast<double>(runner.samples);
    };
    const auto end = Clock::now() + std::chrono::milliseconds(500);
    do {
        real_ns.push_back(pass(real));
        int8_ns.push_back(pass(int8));
    } while (Clock::now() < end || real_ns.size() < 5);
    const auto median = [](std::vector<double>& values) {
        std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
        return values[values.size() / 2];
    };
    return {median(real_ns), median(int8_ns)};
}

/// Signal to quantization noise: the energy of float values over that of their difference to what the codes mean.
double decibels(const std::vector<float>& real, const std::vector<std::int8_t>& codes, const Affine<>& scale) {
    std::vector<float> meant(codes.size());
    dequantize_into(QTensor<const std::int8_t, Affine<>>(codes.data(), Shape(codes.size()), scale), meant);
    double signal = 0.0, noise = 0.0;
    for (std::size_t i = 0; i < real.size(); ++i) {
        const double error = static_cast<double>(real[i]) - static_cast<double>(meant[i]);
        signal += static_cast<double>(real[i]) * static_cast<double>(real[i]);
        noise += error * error;
    }
    return 10.0 * std::log10(signal / noise);
}

/// Runs both networks side by side, layer by layer, and compares what leaves each layer.
template <std::size_t I = 0>
void print_noise(const FloatNet& float_net, const Int8Net& int8_net, const std::vector<float>& x,
                 const std::vector<std::int8_t>& q) {
    if constexpr (I == 0) {
        std::printf("\n  signal to quantization noise\n");
        std::printf("    %-40s %5.1f dB\n", "the images", decibels(x, q, int8_net.input_scale()));
    }
    if constexpr (I < Net::depth) {
        constexpr std::size_t inputs = input_size<Net::layer<I>>, width = output_size<Net::layer<I>>;
        const auto& real = float_net.at<I>();
        const auto& int8 = int8_net.at<I>();
        const std::size_t samples = x.size() / inputs;
        std::vector<float> y(samples * width);
        std::vector<std::int8_t> r(samples * width);
        const AlignedBytes workspace(std::max(real.workspace_bytes(samples), int8.workspace_bytes(samples)));
        real.run(x.data(), y.data(), samples, workspace.span());
        int8.run(q.data(), r.data(), samples, workspace.span());
        const std::string place = "after layer " + std::to_string(I) + ", " + std::to_string(width) + " values";
        std::printf("    %-40s %5.1f dB\n", place.c_str(), decibels(y, r, int8.output_scale()));
        print_noise<I + 1>(float_net, int8_net, y, r);
    }
}

/// Images side by side, with the truth and both answers underneath.
void draw(const Digits& test, const std::vector<std::size_t>& which, const Runner<FloatNet>& real,
          const Runner<Int8Net>& int8) {
    for (std::size_t y = 0; y < side; ++y) {
        for (const std::size_t i : which) {
            std::printf("   ");
            for (std::size_t x = 0; x < side; ++x) {
                const char ink = " .:-=+*#%@"[static_cast<std::size_t>(test.image(i)[y * side + x] * 9.0f)];
                std::printf("%c%c", ink, ink);  // twice, because a character is about twice as high as wide
            }
        }
        std::printf("\n");
    }
    const auto line = [&](const char* name, auto&& digit) {
        for (const std::size_t i : which) std::printf("      %7s %zu    ", name, digit(i));
        std::printf("\n");
    };
    line("truth", [&](std::size_t i) { return test.labels[i]; });
    line("float32", [&](std::size_t i) { return real.answer(i); });
    line("int8", [&](std::size_t i) { return int8.answer(i); });
}

void compare(const std::string& path) {
    const auto [training, test] = load(path);
    std::printf("%zu images of 8 x 8 pixels to train on, %zu to test (every fourth row of the file)\n", training.size(),
                test.size());
    const Net::Float trained = train(training);

    // Post-training quantization: scales are fitted to what the float network computes on the training images.
    const Net::Quantized quantized = calibrate(trained, std::span<const float>(training.images));
    const FloatNet float_net = pack<arch::native>(trained);
    const Int8Net int8_net = pack<arch::native>(quantized);

    std::vector<std::int8_t> codes(test.images.size());
    quantize_into(test.images,
                  QTensor<std::int8_t, Affine<>>(codes.data(), Shape(codes.size()), int8_net.input_scale()));

    Runner<FloatNet> real{float_net, test.images};
    Runner<Int8Net> int8{int8_net, codes};
    const Speed one = measure(real, int8, 1), sixteen = measure(real, int8, 16);
    const double real_accuracy = real.accuracy(test.labels), int8_accuracy = int8.accuracy(test.labels);

    std::printf("network %zu -> %zu (relu) -> %zu, trained in float32, quantized to int8 afterwards, run on %s\n\n",
                pixels, hidden, classes, arch::native::name);
    std::printf("                                         float32          int8     ratio\n");
    std::printf("  accuracy on test images            %9.2f %%   %9.2f %%\n", real_accuracy * 100, int8_accuracy * 100);
    const auto bytes = [](const char* what, std::size_t a, std::size_t b) {
        std::printf("  %-30s %8zu bytes %7zu bytes %9.2f\n", what, a, b,
                    static_cast<double>(a) / static_cast<double>(b));
    };
    bytes("weights", Net::macs * sizeof(float), Net::weight_bytes);
    bytes("weights, biases, scales", sizeof(Net::Float), sizeof(Net::Quantized));
    bytes("packed for this processor", sizeof(FloatNet), sizeof(Int8Net));
    const auto speed = [](const char* what, const Speed& s) {
        std::printf("  %-30s %11.1f ns %10.1f ns %9.2f\n", what, s.real, s.int8, s.real / s.int8);
    };
    speed("time per image, one by one", one);
    speed("time per image, batches of 16", sixteen);

    print_noise(float_net, int8_net, test.images, codes);

    std::vector<std::size_t> shown;
    std::size_t left[] = {3, 2};  // right ones, wrong ones
    for (std::size_t i = 0; i < test.size(); ++i) {
        const bool wrong = real.answer(i) != test.labels[i] || int8.answer(i) != test.labels[i];
        if (left[wrong] > 0) {
            --left[wrong];
            shown.push_back(i);
        }
    }
    std::printf("\n");
    draw(test, shown, real, int8);

    const bool batched = sixteen.real + sixteen.int8 < one.real + one.int8;
    const Speed& best = batched ? sixteen : one;
    std::printf("\nns_per_sample below: %s, for both readings\n", batched ? "in batches of 16" : "one by one");
    std::printf("digits: float32 accuracy %.4f bytes %zu ns_per_sample %.0f\n", real_accuracy,
                Net::macs * sizeof(float), best.real);
    std::printf("digits: int8 accuracy %.4f bytes %zu ns_per_sample %.0f\n", int8_accuracy, Net::weight_bytes,
                best.int8);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string source = __FILE__;  // the data stand beside the examples, wherever those are
        compare(argc > 1 ? argv[1] : source.substr(0, source.find_last_of('/') + 1) + "../data/digits.csv");
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "digits: %s\n", error.what());
        return 1;
    }
}
