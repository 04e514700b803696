// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/compare.hpp>
#include <qtensor/calibrate/percentile.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/net/concat.hpp>
#include <qtensor/net/merge.hpp>

#include <set>

#include "support/net_oracle.hpp"

using namespace qtensor;

namespace {

using Deep = Sequential<Dense<8, 24, Relu>, Dense<24, 12, Relu>, Dense<12, 5>>;

std::vector<float> random_samples(std::size_t count, std::uint64_t seed) {
    oracle::Random random(seed);
    std::vector<float> samples(count);
    for (float& value : samples) value = random.real();
    return samples;
}

std::vector<std::int64_t> codes_of(const std::vector<double>& x, const oracle::Edge& edge) {
    std::vector<std::int64_t> codes;
    for (const double value : x) {
        const double code = std::round(value / static_cast<double>(edge.scale)) + static_cast<double>(edge.zero);
        codes.push_back(static_cast<std::int64_t>(std::clamp(code, -128.0, 127.0)));
    }
    return codes;
}

/// One edge, by the formulas of the docstrings, all samples at once.
void check_edge(const LayerComparison& found, const std::vector<double>& x, const std::vector<std::int64_t>& codes,
                const std::vector<std::int64_t>& alone, const oracle::Edge& edge, std::size_t channels) {
    const auto step = static_cast<double>(edge.scale);
    const auto meant = [&](std::int64_t code) { return step * static_cast<double>(code - edge.zero); };
    double signal = 0, noise = 0, own = 0, dot = 0, energy = 0, largest = 0;
    std::size_t clipped = 0, saturated = 0;
    std::vector<std::set<double>> floats(channels);
    std::vector<std::set<std::int64_t>> used(channels);
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double y = meant(codes[i]);
        signal += x[i] * x[i];
        noise += (x[i] - y) * (x[i] - y);
        own += (x[i] - meant(alone[i])) * (x[i] - meant(alone[i]));
        dot += x[i] * y;
        energy += y * y;
        largest = std::max(largest, std::fabs(x[i] - y));
        clipped += x[i] < meant(-128) - step / 2 || x[i] > meant(127) + step / 2 ? 1 : 0;
        saturated += (codes[i] == -128 || codes[i] == 127) && codes[i] != edge.zero ? 1 : 0;
        floats[i % channels].insert(x[i]);
        used[i % channels].insert(codes[i]);
    }
    CHECK(std::fabs(found.sqnr - 10 * std::log10(signal / noise)) < 0.01);
    CHECK(std::fabs(found.alone - 10 * std::log10(signal / own)) < 0.01);
    CHECK(std::fabs(found.cosine - dot / std::sqrt(signal * energy)) < 1e-6);
    CHECK(std::fabs(found.largest_error - largest) < 1e-4 * largest);
    CHECK(found.step == step);
    CHECK(found.values == x.size());
    CHECK(found.clipped == clipped);
    CHECK(found.saturated == saturated);
    CHECK(found.channels == channels);
    std::size_t dead = 0, dead_in_float = 0;
    for (const auto& set : floats) dead_in_float += set.size() == 1 ? 1 : 0;
    for (const auto& set : used) dead += set.size() == 1 ? 1 : 0;
    CHECK(found.dead == dead);
    CHECK(found.dead_in_float == dead_in_float);
    CHECK(std::fabs(static_cast<double>(found.range.highest) - *std::max_element(x.begin(), x.end())) < 1e-5);
    CHECK(std::fabs(static_cast<double>(found.range.lowest) - *std::min_element(x.begin(), x.end())) < 1e-5);
    CHECK(std::fabs(static_cast<double>(found.codes.lowest) - meant(-128)) < 1e-5);
    CHECK(std::fabs(static_cast<double>(found.codes.highest) - meant(127)) < 1e-5);
}

}  // namespace

TEST_CASE("compare computes what its docstrings say, edge by edge", "[compare]") {
    oracle::Random random(1);
    auto real = oracle::random_net<Deep>(random);
    for (std::size_t k = 0; k < 24; ++k) get<1>(real).weights(3, k) = 0.0f;  // a channel of a constant
    get<1>(real).bias(3) = 0.25f;
    for (std::size_t k = 0; k < 24; ++k) get<1>(real).weights(4, k) *= 1e-4f;  // one that moves less than a step
    get<1>(real).bias(4) = 0.1f;
    const auto samples = random_samples(8 * 75, 2);  // two batches and a part of one
    const auto quantized = calibrate(real, samples, Percentile{.98});
    const Comparison found = compare(real, quantized, samples);
    CHECK(found.samples == 75);
    REQUIRE(found.layers.size() == 4);

    const auto reals = oracle::real_net<Deep>(real);
    const auto layers = oracle::integer_net<Deep>(quantized);
    std::vector<double> x(samples.begin(), samples.end());
    std::vector<std::int64_t> codes = codes_of(x, layers[0].x);
    CHECK(found.layers[0].path == "input");
    check_edge(found.layers[0], x, codes, codes, layers[0].x, 8);
    for (std::size_t l = 0; l < 3; ++l) {
        INFO("layer " << l);
        const auto y = reals[l](x, 75);
        const auto alone = layers[l](codes_of(x, layers[l].x), 75);
        codes = layers[l](codes, 75);
        check_edge(found.layers[l + 1], y, codes, alone, layers[l].y, layers[l].out);
        CHECK(found.layers[l + 1].path == std::to_string(l));
        CHECK(found.layers[l + 1].kind == "Dense");
        x = y;
    }
    CHECK(found.layers[1].shape == "8 -> 24");
    CHECK(found.layers[2].clipped > 0);
    CHECK(found.layers[2].saturated > 0);
    CHECK(found.layers[2].dead_in_float >= 1);
    CHECK(found.layers[2].dead >= 2);

    std::size_t same = 0;
    for (std::size_t i = 0; i < 75; ++i) {
        const auto first = [&](const auto& of) {
            const auto begin = of.begin() + static_cast<std::ptrdiff_t>(5 * i);
            return std::max_element(begin, begin + 5) - begin;
        };
        same += first(x) == first(codes) ? 1 : 0;
    }
    CHECK(found.same_answers == same);
    const auto& weakest = found.weakest();
    for (std::size_t l = 1; l < 4; ++l) CHECK(weakest.alone <= found.layers[l].alone);
}

TEST_CASE("a network compared with itself loses nothing", "[compare]") {
    oracle::Random random(3);
    const auto real = oracle::random_net<Deep>(random);
    const Comparison found = compare(real, real, random_samples(8 * 33, 4));
    CHECK(found.same_answers == 33);
    for (const LayerComparison& layer : found.layers) {
        CHECK(layer.sqnr == std::numeric_limits<double>::infinity());
        CHECK(std::fabs(layer.cosine - 1.0) < 1e-12);
        CHECK(layer.largest_error == 0.0);
        CHECK(layer.step == 0.0);
        CHECK(layer.clipped + layer.saturated == 0);
    }
}

TEST_CASE("compositions are compared inside and as a whole", "[compare]") {
    using Net = Sequential<Dense<6, 8, Relu>, Residual<Dense<8, 12, Relu>, Dense<12, 8>>,
                           Concat<Skip<Shape<8>>, Dense<8, 5>>, Dense<13, 4>>;
    Net::Float real{};
    oracle::Random random(5);
    const auto fill = [&](auto& layer) {
        for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights.data()[i] = random.real();
    };
    fill(get<0>(real)), fill(get<0>(get<1>(get<1>(real)))), fill(get<1>(get<1>(get<1>(real))));
    fill(get<1>(get<2>(real))), fill(get<3>(real));
    const auto samples = random_samples(6 * 40, 6);
    const Comparison found = compare(real, calibrate(real, samples), samples);
    const std::pair<const char*, const char*> rows[] = {{"input", ""},      {"0", "Dense"},  {"1.1.0", "Dense"},
                                                        {"1.1.1", "Dense"}, {"1", "Merge"},  {"2.0", "Reshape"},
                                                        {"2.1", "Dense"},   {"2", "Concat"}, {"3", "Dense"}};
    REQUIRE(found.layers.size() == std::size(rows));
    for (std::size_t i = 0; i < found.layers.size(); ++i) {
        CHECK(found.layers[i].path == rows[i].first);
        CHECK(found.layers[i].kind == rows[i].second);
        CHECK(found.layers[i].sqnr > 25.0);
        CHECK(found.layers[i].sqnr < 60.0);
        CHECK(found.is_composition(i) == (i == 4 || i == 7));
    }
}

TEST_CASE("a network of one layer is compared, too", "[compare]") {
    using L = Dense<4, 3>;
    oracle::Random random(7);
    const auto real = oracle::random_dense<L>(random);
    const auto samples = random_samples(4 * 10, 8);
    const auto quantized = L::quantized(real, Affine{1.0f / 127.0f, 0}, Affine{0.03f, 5});
    const Comparison found = compare(real, quantized, samples);
    REQUIRE(found.layers.size() == 2);
    CHECK(found.layers[1].path == "0");
    CHECK(found.layers[1].step == static_cast<double>(0.03f));
}

TEST_CASE("compare names what it cannot compare", "[compare]") {
    const Deep::Float real{};
    const auto said = [&](const Deep::Float& net, const std::vector<float>& samples) {
        try {
            static_cast<void>(compare(net, net, samples));
        } catch (const std::invalid_argument& error) {
            return std::string(error.what());
        }
        return std::string("nothing was thrown");
    };
    CHECK(said(real, {}) == "compare: there are no samples; it needs at least one");
    CHECK(said(real, std::vector<float>(9)) == "compare: 9 numbers are no whole samples of 8");
    CHECK(said(real, std::vector<float>(8, std::nanf(""))) ==
          "compare: the samples, sample 0, value 0 is nan: only finite numbers can be compared");
    Deep::Float wide{};
    get<1>(wide).bias(2) = std::numeric_limits<float>::infinity();
    CHECK(said(wide, std::vector<float>(8)) ==
          "compare: the output of layer 1, sample 0, value 2 is inf: only finite numbers can be compared");
}
