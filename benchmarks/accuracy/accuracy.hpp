// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One network by every method: accuracy on images that neither training nor calibration saw, size, latency. A network
/// is a file beside this one: a template of its bundle, and a recipe.
///
///     accuracy NET METHOD MEAN SPREAD bytes B ns_per_sample N
///
/// MEAN and SPREAD (the standard deviation) are of the accuracy over several seeds, as fractions of 1. Every method had
/// the same epochs: `float32` is the network after all of them; what is quantized after training starts from it; what
/// is trained for its integers branches off where the last epochs begin. Every network runs on the library's kernels as
/// it would be deployed, and so do the ones whose time is taken: float16 weights, dynamic ranges, int8, int4.
///
/// What was trained in integers is compared with what it is frozen into, over the whole test set, on every instruction
/// set that this is compiled for; where a code differs, the program fails.

#include <qtensor/host.hpp>
#include <qtensor/laws/check_freeze.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <functional>
#include <future>
#include <thread>

namespace accuracy {

using namespace qtensor;

// ---- data -----------------------------------------------------------------------------------------------------------

struct Part {
    std::vector<float> inputs;
    std::vector<std::size_t> labels;
};
struct Data {
    std::size_t side = 0;
    Part training, test;
};

/// Every fourth image is for testing.
inline void add(Data& data, std::size_t number, std::span<const float> image, std::size_t label) {
    Part& part = number % 4 == 3 ? data.test : data.training;
    part.inputs.insert(part.inputs.end(), image.begin(), image.end());
    part.labels.push_back(label);
}

inline Data read_digits(const std::string& path) {
    const Table table = read_csv(path);
    if (table.columns != 65) throw std::runtime_error(path + ": digits have 64 pixels and a label");
    Data data{8, {}, {}};
    std::vector<float> image(64);
    for (std::size_t row = 0; row < table.rows; ++row) {
        for (std::size_t p = 0; p < 64; ++p) image[p] = table(row, p) / 16.0f;
        add(data, row, image, static_cast<std::size_t>(table(row, 64)));
    }
    return data;
}

inline Data read_mnist(const std::string& images_path, const std::string& labels_path) {
    const Bytes images = read_idx(images_path), labels = read_idx(labels_path);
    if (images.extents.size() != 3 || images.extents[1] != 28 || images.extents[2] != 28 ||
        labels.values.size() != images.extents[0]) {
        throw std::runtime_error(images_path + ": holds no 28 x 28 images with a label each in " + labels_path);
    }
    Data data{28, {}, {}};
    std::vector<float> image(784);
    for (std::size_t n = 0; n < labels.values.size(); ++n) {
        for (std::size_t p = 0; p < 784; ++p) image[p] = static_cast<float>(images.values[n * 784 + p]) / 255.0f;
        add(data, n, image, labels.values[n]);
    }
    return data;
}

/// Half of the images are moved by a pixel along one axis.
template <std::size_t Side> void jitter(std::span<float> image, Random& random) {
    const std::size_t way = random.below(8);
    if (way > 3) return;
    const std::vector<float> from(image.begin(), image.end());
    for (std::size_t y = 0; y < Side; ++y) {
        for (std::size_t x = 0; x < Side; ++x) {
            const std::size_t fy = y + (way == 0) - (way == 1), fx = x + (way == 2) - (way == 3);  // -1 wraps
            image[y * Side + x] = fy < Side && fx < Side ? from[fy * Side + fx] : 0.0f;
        }
    }
}

// ---- measuring ------------------------------------------------------------------------------------------------------

/// TFLite's numbers with weights of four bits, [-8, 7].
struct FourBits : numerics::TfLite {
    using weight = int4;
};

struct Recipe {
    std::size_t epochs = 0;       // of training in float
    std::size_t last_epochs = 0;  // in float or in integers
    float rate = 0.0f;
};

inline std::size_t right_answers(std::span<const float> answers, const std::vector<std::size_t>& labels) {
    std::size_t right = 0;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const auto own = answers.subspan(i * 10, 10);
        right += static_cast<std::size_t>(std::max_element(own.begin(), own.end()) - own.begin()) == labels[i] ? 1 : 0;
    }
    return right;
}
inline double accuracy_of(std::span<const float> answers, const std::vector<std::size_t>& labels) {
    return static_cast<double>(right_answers(answers, labels)) / static_cast<double>(labels.size());
}

/// A packed network on this machine's kernels.
template <class Packed> std::vector<float> answers(const Packed& net, const std::vector<float>& inputs) {
    using X = typename Packed::input_element;
    constexpr std::size_t width = input_size<typename Packed::layer>, batch = 50;
    const std::size_t samples = inputs.size() / width;
    std::vector<X> x(inputs.size());
    std::vector<typename Packed::output_element> y(samples * 10);
    if constexpr (std::same_as<X, float>) {
        x = inputs;
    } else {
        quantize_into(inputs, QTensor<X, Affine<>>(x.data(), Shape(x.size()), net.input_scale()));
    }
    const AlignedBytes arena(Packed::arena_bytes_for(batch));
    for (std::size_t i = 0; i < samples; i += batch)
        net.run(x.data() + i * width, y.data() + i * 10, std::min(batch, samples - i), arena.span());
    return {y.begin(), y.end()};  // codes of one scale are in the order of what they mean
}
/// The accuracy of a network as it is deployed.
template <class Parameters> double deployed(const Parameters& parameters, const Part& test) {
    return accuracy_of(answers(pack<arch::native>(parameters), test.inputs), test.labels);
}

/// Runs of one network in batches of 16, and how long they took.
struct Timed {
    std::function<void()> run;
    std::vector<double> nanoseconds{};  // per sample

    template <class Parameters> explicit Timed(const Parameters& parameters) {
        using Packed = std::remove_const_t<decltype(pack<arch::native>(parameters))>;
        using X = typename Packed::input_element;
        const auto net = std::make_shared<const Packed>(pack<arch::native>(parameters));
        const auto arena = std::make_shared<AlignedBytes>(Packed::arena_bytes_for(batch));
        std::vector<X> x(batch * input_size<typename Packed::layer>);
        for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<X>(i % 7);
        std::vector<typename Packed::output_element> y(batch * 10);
        run = [=]() mutable { net->run(x.data(), y.data(), batch, arena->span()); };
    }
    void pass() {
        const auto start = std::chrono::steady_clock::now();
        for (int i = 0; i < 8; ++i) run();
        nanoseconds.push_back(
            std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count() / (8.0 * batch));
    }
    double median() {
        const auto middle = nanoseconds.begin() + static_cast<std::ptrdiff_t>(nanoseconds.size() / 2);
        std::nth_element(nanoseconds.begin(), middle, nanoseconds.end());
        return *middle;
    }

private:
    static constexpr std::size_t batch = 16;
};
/// The networks take turns, so that none gets the quieter machine.
inline void take_times(std::span<Timed> networks, bool quick) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(quick ? 50 : 1500);
    do {
        for (Timed& one : networks) one.pass();
    } while (std::chrono::steady_clock::now() < end);
}

// ---- methods --------------------------------------------------------------------------------------------------------

constexpr const char* methods[] = {"float32", "float16", "dynamic", "int8", "qat", "int4", "int4_qat"};
constexpr std::size_t method_count = std::size(methods);
constexpr std::size_t int4_method = 5;
using Accuracies = std::array<double, method_count>;

/// A network in the bundle of dynamic ranges: weights as codes, activations measured as they come.
template <template <class> class Net> auto dynamic(const typename Net<numerics::TfLite>::Float& real) {
    using D = Net<numerics::Dynamic>;
    return D::quantized(carried_over<D>(real), Unscaled{}, Unscaled{});
}

/// What can be chosen after training.
constexpr const char* after_training[] = {"MinMax",
                                          "MinMax, adaptive",
                                          "MinMax, weights by error",
                                          "MinMax, weights by error, adaptive",
                                          "Percentile",
                                          "Percentile, adaptive",
                                          "Percentile, weights by error",
                                          "Percentile, weights by error, adaptive",
                                          "MeanSquaredError",
                                          "MeanSquaredError, adaptive",
                                          "MeanSquaredError, weights by error",
                                          "MeanSquaredError, weights by error, adaptive"};
constexpr std::size_t ways = std::size(after_training);

/// Three observers of activations and two of weights per output, rounded to nearest and adaptively, calibrated on the
/// training images.
template <class Float> std::array<double, ways> every_way(const Float& real, const Data& data) {
    const std::span<const float> seen(data.training.inputs);
    std::array<double, ways> found{};
    std::size_t next = 0;
    const auto attempt = [&](const auto& observer, const auto& of_weights) {
        const auto nearest = calibrate(real, seen, observer, of_weights);
        found[next++] = deployed(nearest, data.test);
        found[next++] = deployed(adaptively_rounded(real, nearest, seen), data.test);
    };
    const auto activations = [&](const auto& observer) {
        attempt(observer, MinMax{});
        attempt(observer, MeanSquaredError{});
    };
    activations(MinMax{});
    activations(Percentile{0.9999});
    activations(MeanSquaredError{});
    return found;
}

/// Throws where what is deployed differs from what was trained.
template <class... Arches, class Net, class How>
void check_frozen(Model<Net, How>& model, const Part& test, const std::string& what) {
    const auto one = [&]<class Arch>() {
        if constexpr (std::same_as<Arch, arch::scalar> || arch::HasAtom<Arch, std::int8_t, std::int8_t>) {
            if (const Verdict verdict = check_freeze<Arch>(model, test.inputs); !verdict)
                throw std::runtime_error(what + " on " + Arch::name + ": " + verdict.broken + " (at " +
                                         std::to_string(static_cast<std::size_t>(verdict.at)) + ")");
        }
    };
    (one.template operator()<Arches>(), ...);
}
template <class Net, class How>
void check_frozen_everywhere(Model<Net, How>& model, const Part& test, const std::string& what) {
    check_frozen<arch::scalar, arch::sse41, arch::avx2, arch::avx_vnni, arch::avx512bw, arch::avx512_vnni>(model, test,
                                                                                                           what);
}

template <template <class> class Net, std::size_t Side>
std::pair<Accuracies, std::array<double, ways>> run_seed(const Data& data, const Recipe& recipe, std::uint64_t seed) {
    using F = Net<numerics::TfLite>;
    using I4 = Net<FourBits>;
    const CrossEntropy loss(data.training.labels);
    const auto train_for = [&](auto& model, std::size_t epochs, float rate) {
        train(
            model, data.training.inputs, loss, Adam{.decay = 1e-3f},
            {.epochs = epochs, .batch = 32, .rate = rate, .seed = seed}, Cosine{}, [](const Progress&) {},
            jitter<Side>);
    };
    Model<F> base(initial<F>(Random(seed)));
    train_for(base, recipe.epochs, recipe.rate);
    const typename F::Float branch = base.parameters();
    const float last_rate = recipe.rate / 4.0f;

    train_for(base, recipe.last_epochs, last_rate);
    const typename F::Float real = base.parameters();
    Model<F, QuantizationAware<>> aware(branch);
    train_for(aware, recipe.last_epochs, last_rate);
    check_frozen_everywhere(aware, data.test, "int8");
    Model<I4, QuantizationAware<Observed<>, LearnedSteps>> aware4(carried_over<I4>(branch));
    train_for(aware4, recipe.last_epochs, last_rate);
    check_frozen_everywhere(aware4, data.test, "int4 weights");

    const Accuracies found{deployed(real, data.test),
                           deployed(float16_weights(real), data.test),
                           deployed(dynamic<Net>(real), data.test),
                           deployed(calibrate(real, std::span<const float>(data.training.inputs)), data.test),
                           deployed(freeze(aware), data.test),
                           0.0,  // the best way, known when all seeds are
                           deployed(freeze(aware4), data.test)};
    return {found, every_way(carried_over<I4>(real), data)};
}

/// Student's t of n samples for an interval of 95 %, within 0.3 % from 5 samples on (Abramowitz and Stegun 26.7.5).
inline double student_t(std::size_t n) {
    const double z = 1.959964, z2 = z * z, v = static_cast<double>(n) - 1.0;
    const double terms[] = {z * (z2 + 1.0) / 4.0, z * ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0,
                            z * (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0};
    return z + (terms[0] + (terms[1] + terms[2] / v) / v) / v;
}

struct Options {
    std::size_t seeds = 20;
    bool quick = false;
    bool times = false;  // alone
};

template <template <class> class Net, std::size_t Side>
void measure(const std::string& name, const Data& data, Recipe recipe, const Options& options) {
    if (options.quick) recipe.epochs = recipe.last_epochs = 1;
    const auto start = std::chrono::steady_clock::now();
    using F = Net<numerics::TfLite>;
    using I4 = Net<FourBits>;
    const typename F::Float first = initial<F>(Random(1));
    const std::span<const float> few = std::span<const float>(data.training.inputs).first(64 * Side * Side);
    Timed networks[] = {Timed(first), Timed(float16_weights(first)), Timed(dynamic<Net>(first)),
                        Timed(calibrate(first, few)), Timed(calibrate(carried_over<I4>(first), few))};
    take_times(networks, options.quick);
    constexpr std::size_t runs_as[] = {0, 1, 2, 3, 3, 4, 4};  // which network a method runs
    if (options.times) {
        for (const std::size_t m : {0, 1, 2, 3, 5})
            std::printf("# %s: %s %.0f ns per sample\n", name.c_str(), methods[m], networks[runs_as[m]].median());
        return;
    }

    std::vector<Accuracies> seeds(options.seeds);
    std::vector<std::array<double, ways>> tried(options.seeds);
    const std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
    for (std::size_t from = 0; from < options.seeds; from += threads) {
        std::vector<std::future<void>> running;
        for (std::size_t s = from; s < std::min(from + threads, options.seeds); ++s) {
            running.push_back(std::async(std::launch::async, [&, s] {
                std::tie(seeds[s], tried[s]) = run_seed<Net, Side>(data, recipe, s + 1);
            }));
        }
        for (auto& one : running) one.get();
    }
    // The way with the best mean on the test images, which favours it.
    std::size_t best = 0;
    double most = -1.0;
    for (std::size_t way = 0; way < ways; ++way) {
        double mean = 0.0;
        for (const auto& one : tried) mean += one[way] / static_cast<double>(tried.size());
        if (mean > most) most = mean, best = way;
    }
    for (std::size_t s = 0; s < seeds.size(); ++s) seeds[s][int4_method] = tried[s][best];
    constexpr std::size_t int8 = weight_bytes<typename F::Quantized>, int4 = weight_bytes<typename I4::Quantized>;
    const std::size_t bytes[] = {weight_bytes<typename F::Float>,
                                 weight_bytes<decltype(float16_weights(first))>,
                                 weight_bytes<decltype(dynamic<Net>(first))>,
                                 int8,
                                 int8,
                                 int4,
                                 int4};
    const auto statistics = [&](auto&& value) {
        double mean = 0.0, squares = 0.0;
        for (const Accuracies& seed : seeds) mean += value(seed) / static_cast<double>(seeds.size());
        for (const Accuracies& seed : seeds) squares += (value(seed) - mean) * (value(seed) - mean);
        return std::pair(mean, seeds.size() < 2 ? 0.0 : std::sqrt(squares / static_cast<double>(seeds.size() - 1)));
    };
    for (std::size_t m = 0; m < method_count; ++m) {
        const auto [mean, spread] = statistics([m](const Accuracies& seed) { return seed[m]; });
        std::printf("accuracy %s %s %.4f %.4f bytes %zu ns_per_sample %.0f\n", name.c_str(), methods[m], mean, spread,
                    bytes[m], networks[runs_as[m]].median());
    }
    // Differences seed by seed: the same start, the same order of images.
    const auto difference = [&](const char* a, std::size_t ia, const char* b, std::size_t ib) {
        const auto [mean, spread] = statistics([=](const Accuracies& seed) { return seed[ia] - seed[ib]; });
        std::printf("# %s: %s - %s = %+.4f, 95 %% interval +- %.4f\n", name.c_str(), a, b, mean,
                    seeds.size() < 2 ? std::numeric_limits<double>::infinity()
                                     : student_t(seeds.size()) * spread / std::sqrt(static_cast<double>(seeds.size())));
    };
    difference("int8", 3, "float32", 0);
    difference("qat", 4, "float32", 0);
    difference("int4_qat", 6, "int4", int4_method);
    std::printf("# %s: int4 is %s\n", name.c_str(), after_training[best]);
    std::printf("# %s: what was trained in integers is what was deployed, every code of %zu test images, %zu seeds\n",
                name.c_str(), data.test.labels.size(), seeds.size());
    std::printf("# %s: %.0f s\n", name.c_str(),
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    std::fflush(stdout);
}

/// The program of one network: DATA... [--seeds N] [--quick] [--times]. DATA is a csv file of digits, or the idx files
/// of images and labels.
template <template <class> class Net, std::size_t Side>
int run(const char* name, const Recipe& recipe, int argc, char** argv) {
    try {
        Options options;
        std::vector<std::string> files;
        for (int i = 1; i < argc; ++i) {
            const std::string word = argv[i];
            if (word == "--quick") {
                options.quick = true;
            } else if (word == "--times") {
                options.times = true;
            } else if (word == "--seeds" && i + 1 < argc) {
                options.seeds = std::stoul(argv[++i]);
            } else {
                files.push_back(word);
            }
        }
        if (files.size() != (Side == 8 ? 1 : 2) || options.seeds == 0)
            throw std::invalid_argument("takes its data, then --seeds N, --quick or --times");
        measure<Net, Side>(name, Side == 8 ? read_digits(files[0]) : read_mnist(files[0], files[1]), recipe, options);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", name, error.what());
        return 1;
    }
}

}  // namespace accuracy
