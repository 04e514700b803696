// SPDX-License-Identifier: BSL-1.0
//
// The whole job on real data: read handwritten digits, train a small network in float, quantize it to int8, compare.
//
//     c++ -std=c++20 -O2 -march=native -I include examples/digits/digits.cpp -o digits && ./digits [file.csv]
//
// Only `calibrate`, `pack` and `run` belong to the library; training is plain gradient descent, written out below.

#include <qtensor/host.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace qtensor;

namespace {

// ---- the network: one type, read twice -----------------------------------------------------------------------------

constexpr std::size_t side = 8, pixels = side * side, hidden = 32, classes = 10;

using Net = Sequential<Dense<pixels, hidden, Relu>, Dense<hidden, classes>>;
using FloatNet = Net::Float::packed<arch::native>;
using Int8Net = Net::Quantized::packed<arch::native>;

// ---- the data ------------------------------------------------------------------------------------------------------

struct Digits {
    std::vector<float> images;  // pixels in [0, 1], one image behind the other
    std::vector<std::size_t> labels;

    std::size_t size() const { return labels.size(); }
    std::span<const float, pixels> image(std::size_t i) const {
        return std::span<const float, pixels>(images.data() + i * pixels, pixels);
    }
};

/// A whole number in [0, highest]; whatever else stands in the file is an error that says where.
std::size_t field(const Table& table, std::size_t row, std::size_t column, std::size_t highest) {
    const float value = table(row, column);
    if (value < 0.0f || value > static_cast<float>(highest) || value != std::floor(value)) {
        throw std::runtime_error("row " + std::to_string(row + 1) + ", column " + std::to_string(column + 1) +
                                 " holds " + std::to_string(value) + " instead of a whole number from 0 to " +
                                 std::to_string(highest));
    }
    return static_cast<std::size_t>(value);
}

/// Every fourth row is for testing and is seen by neither training nor calibration. (The rows come writer by writer:
/// this split asks for new digits by known hands, which is easier than digits by strangers.)
std::pair<Digits, Digits> load(const std::string& path) {
    const Table table = read_csv(path);
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
std::array<float, pixels> jittered(std::span<const float, pixels> image, Random& random) {
    std::size_t dx = 1, dy = 1;  // 1 is the middle
    switch (random.below(4)) {
    case 0: dx = random.below(3); break;
    case 1: dy = random.below(3); break;
    default: break;
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
void backpropagate(const Net::Float& net, std::span<const float, pixels> x, std::size_t label, Net::Float& slope) {
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
Net::Float train(const Digits& digits) {
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
                    v.data()[i] = momentum * v.data()[i] + g.data()[i] / static_cast<float>(count) +
                                  shrink * w.data()[i];
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

// ---- running either reading ----------------------------------------------------------------------------------------

/// A packed network with inputs, outputs and arena: all that running needs is allocated before the clock starts.
template <class Packed> struct Runner {
    using In = typename Packed::input_element;
    using Out = typename Packed::output_element;

    const Packed& net;
    std::vector<In> inputs;
    std::size_t samples = inputs.size() / pixels;
    std::vector<Out> outputs = std::vector<Out>(samples * classes);
    AlignedBytes arena{Packed::arena_bytes_for(samples)};

    void pass(std::size_t batch) {
        for (std::size_t i = 0; i < samples; i += batch) {
            const std::size_t count = std::min(batch, samples - i);
            net.run(inputs.data() + i * pixels, outputs.data() + i * classes, count, arena.span());
        }
    }
    /// The answer is the largest output. Codes of one scale are in the order of what they mean, so nothing need be
    /// dequantized for it.
    std::size_t answer(std::size_t i) const {
        const auto first = outputs.begin() + static_cast<std::ptrdiff_t>(i * classes);
        return static_cast<std::size_t>(std::max_element(first, first + classes) - first);
    }
    double accuracy(const std::vector<std::size_t>& labels) const {
        std::size_t right = 0;
        for (std::size_t i = 0; i < samples; ++i) right += answer(i) == labels[i] ? 1u : 0u;
        return static_cast<double>(right) / static_cast<double>(samples);
    }
};

/// Median nanoseconds per sample of both readings, which take turns so that neither gets the quieter machine.
std::array<double, 2> time(Runner<FloatNet>& real, Runner<Int8Net>& codes, std::size_t batch) {
    constexpr std::size_t repeats = 301;
    std::array<std::vector<double>, 2> times;
    const auto clock = [&](auto& runner) {
        const auto start = std::chrono::steady_clock::now();
        runner.pass(batch);
        const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - start;
        return spent.count() / static_cast<double>(runner.samples);
    };
    for (std::size_t i = 0; i < repeats; ++i) {
        times[0].push_back(clock(real));
        times[1].push_back(clock(codes));
    }
    for (auto& t : times) std::nth_element(t.begin(), t.begin() + repeats / 2, t.end());
    return {times[0][repeats / 2], times[1][repeats / 2]};
}

// ---- where the error comes from --------------------------------------------------------------------------------------

/// Signal to quantization noise in dB: the energy of the float values over the energy of what int8 made of them.
double decibels(const std::vector<float>& real, const std::vector<std::int8_t>& codes, const Affine<>& scale) {
    std::vector<float> read(codes.size());
    dequantize_into(QTensor<const std::int8_t, Affine<>>(codes.data(), Shape(codes.size()), scale), read);
    double signal = 0.0, noise = 0.0;
    for (std::size_t i = 0; i < real.size(); ++i) {
        signal += static_cast<double>(real[i]) * static_cast<double>(real[i]);
        noise += (static_cast<double>(real[i]) - static_cast<double>(read[i])) *
                 (static_cast<double>(real[i]) - static_cast<double>(read[i]));
    }
    return 10.0 * std::log10(signal / noise);
}

/// Runs both networks layer by layer and compares what leaves each layer.
template <std::size_t I = 0>
void report_noise(const FloatNet& real_net, const Int8Net& int8_net, const std::vector<float>& x,
                  const std::vector<std::int8_t>& q, std::size_t samples) {
    if constexpr (I < Net::depth) {
        const auto& real = real_net.at<I>();
        const auto& int8 = int8_net.at<I>();
        constexpr std::size_t width = output_size<Net::layer<I>>;
        std::vector<float> y(samples * width);
        std::vector<std::int8_t> r(samples * width);
        const AlignedBytes workspace(std::max(real.workspace_bytes(samples), int8.workspace_bytes(samples)));
        real.run(x.data(), y.data(), samples, workspace.span());
        int8.run(q.data(), r.data(), samples, workspace.span());
        std::printf("  behind layer %zu (%zu values)%*s%6.1f dB\n", I, width, width < 100 ? 31 : 30, "",
                    decibels(y, r, int8.output_scale()));
        report_noise<I + 1>(real_net, int8_net, y, r, samples);
    }
}

// ---- what a person would look at -----------------------------------------------------------------------------------

void draw(const Digits& digits, const std::vector<std::size_t>& which, const Runner<FloatNet>& real,
          const Runner<Int8Net>& codes) {
    for (std::size_t y = 0; y < side; ++y) {
        for (const std::size_t i : which) {
            std::printf("  ");
            for (std::size_t x = 0; x < side; ++x) {
                const char ink = " .:-=+*#%@"[static_cast<std::size_t>(digits.image(i)[y * side + x] * 9.0f)];
                std::printf("%c%c", ink, ink);  // a character is about twice as high as wide
            }
        }
        std::printf("\n");
    }
    const auto line = [&](const char* name, auto&& number) {
        for (const std::size_t i : which) std::printf("  %8s %zu      ", name, number(i));
        std::printf("\n");
    };
    line("truth", [&](std::size_t i) { return digits.labels[i]; });
    line("float32", [&](std::size_t i) { return real.answer(i); });
    line("int8", [&](std::size_t i) { return codes.answer(i); });
}

void run(const std::string& path) {
    const auto [training, test] = load(path);
    const Net::Float trained = train(training);

    // The library's part. Calibration sees training images only; packing derives every constant once.
    const Net::Quantized quantized = calibrate(trained, std::span<const float>(training.images));
    const FloatNet float_net = pack<arch::native>(trained);
    const Int8Net int8_net = pack<arch::native>(quantized);

    std::vector<std::int8_t> codes(test.images.size());
    quantize_into(test.images, QTensor<std::int8_t, Affine<>>(codes.data(), Shape(codes.size()), int8_net.input_scale()));

    Runner<FloatNet> real{float_net, test.images};
    Runner<Int8Net> int8{int8_net, codes};
    real.pass(test.size());
    int8.pass(test.size());
    const double real_accuracy = real.accuracy(test.labels), int8_accuracy = int8.accuracy(test.labels);
    const auto one = time(real, int8, 1), sixteen = time(real, int8, 16);

    std::printf("%zu images trained, calibrated; %zu tested\n", training.size(), test.size());
    std::printf("acc %.4f %.4f  sizeof %zu %zu packed %zu %zu\n", real_accuracy, int8_accuracy, sizeof(Net::Float), sizeof(Net::Quantized), sizeof(FloatNet), sizeof(Int8Net));
    std::printf("b1 %.1f %.1f b16 %.1f %.1f\n", one[0], one[1], sixteen[0], sixteen[1]);
    report_noise(float_net, int8_net, test.images, codes, test.size());
    draw(test, {0,1,2,3,4}, real, int8);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string here = __FILE__;
        run(argc > 1 ? argv[1] : here.substr(0, here.find_last_of("/\\") + 1) + "../data/digits.csv");
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "digits: %s\n", error.what());
        return 1;
    }
}
