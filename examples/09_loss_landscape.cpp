// SPDX-License-Identifier: BSL-1.0
//
// The danger: networks change quickly with small changes of their weights, and quantization is such a change. The loss
// around a trained network, on a plane of two random directions, in float, int8 and int4, with and without skip
// connections: a picture (SVG), the numbers (csv), and how much of the ground is curved downwards.
//
//     c++ -std=c++20 -O2 -march=native -I include examples/09_loss_landscape.cpp -o landscape && ./landscape [FOLDER]

#include "digits/training.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>

using namespace qtensor;

namespace {

struct FourBits : numerics::TfLite {
    using weight = int4;
};

template <class N> using Layer = Dense<32, 32, Relu, N>;
template <class N> using Entrance = Dense<digits::pixels, 32, Relu, N>;
template <class N> using Exit = Dense<32, digits::classes, Identity, N>;

/// Eight hidden layers in a row, one behind the other ...
template <class N>
using Plain = Sequential<Entrance<N>, Layer<N>, Layer<N>, Layer<N>, Layer<N>, Layer<N>, Layer<N>, Layer<N>, Exit<N>>;
/// ... and the same with a way around every one but the first.
template <class N>
using Skips = Sequential<Entrance<N>, Residual<Layer<N>>, Residual<Layer<N>>, Residual<Layer<N>>, Residual<Layer<N>>,
                         Residual<Layer<N>>, Residual<Layer<N>>, Residual<Layer<N>>, Exit<N>>;

struct Scan {
    std::vector<Panel> panels;
    std::ofstream csv;
    const digits::Digits& seen;
    LandscapeOptions options{.points = 25, .reach = 0.5f, .seed = 7};

    template <class Net, class How> void add(const std::string& name, const typename Net::Float& center) {
        const Landscape land = landscape<Net, How>(center, seen.images, CrossEntropy(seen.labels), options);
        for (std::size_t i = 0; i < land.points; ++i) {
            for (std::size_t j = 0; j < land.points; ++j)
                csv << name << ',' << land.step(i) << ',' << land.step(j) << ',' << land(i, j) << '\n';
        }
        const std::size_t middle = land.points / 2;
        std::printf("  %-26s %10.4f %12.1f %%\n", name.c_str(), land(middle, middle),
                    100.0 * land.negative_curvature());
        panels.push_back({name, land});
    }

    template <template <class> class Net> void all(const std::string& name, const digits::Digits& training) {
        using Int8 = Net<numerics::TfLite>;
        using Int4 = Net<FourBits>;
        Model<Int8> model(initial<Int8>(Random(3)));
        train(model, training.images, CrossEntropy(training.labels), Adam{}, {.epochs = 20, .rate = 0.002f}, Cosine{});
        add<Int8, Real>(name + ", float", model.parameters());
        add<Int8, QuantizationAware<>>(name + ", int8", model.parameters());
        add<Int4, QuantizationAware<>>(name + ", int4 weights", carried_over<Int4>(model.parameters()));
    }
};

void run(const std::string& data, const std::string& folder) {
    const auto [training, test] = digits::load(data);
    digits::Digits seen;  // the loss of 128 images tells the ground
    seen.images.assign(training.images.begin(), training.images.begin() + 128 * digits::pixels);
    seen.labels.assign(training.labels.begin(), training.labels.begin() + 128);
    Scan scan{{}, std::ofstream(folder + "/landscape.csv"), seen};
    scan.csv << "network,first,second,loss\n";
    std::printf("  %-26s %10s %14s\n", "network", "loss", "curved down");
    scan.all<Skips>("with skips", training);
    scan.all<Plain>("without skips", training);
    write_contour(folder + "/landscape.svg", scan.panels);
    scan.csv.flush();
    if (!scan.csv) throw std::runtime_error(folder + "/landscape.csv: cannot be written");
    std::printf("\n%s/landscape.svg has the picture, landscape.csv the numbers\n", folder.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const std::string source = __FILE__;
        run(source.substr(0, source.find_last_of('/') + 1) + "data/digits.csv",
            argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "loss_landscape: %s\n", error.what());
        return 1;
    }
}
