// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/round_weights.hpp>
#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/depthwise_conv2d.hpp>
#include <qtensor/layer/gru.hpp>
#include <qtensor/layer/lstm.hpp>

#include "support/oracle.hpp"

using namespace qtensor;

namespace {

struct FourBits : numerics::TfLite {
    using weight = int4;
};
using Net = Sequential<Dense<8, 5, Identity, FourBits>>;

/// Inputs that go together: then nearest is not best.
std::vector<float> correlated(std::size_t samples, std::size_t width, std::uint64_t seed) {
    oracle::Random random(seed);
    std::vector<float> x(samples * width);
    for (std::size_t i = 0; i < samples; ++i) {
        const float common = random.real() + 0.5f;
        for (std::size_t k = 0; k < width; ++k) x[i * width + k] = common + 0.3f * random.real();
    }
    return x;
}

/// The mean squared error of the sums of one output with these codes, sample by sample.
double error(const Net::Float& real, const Net::Quantized& codes, std::size_t j, const std::vector<std::int64_t>& row,
             const std::vector<float>& x) {
    const auto& layer = get<0>(codes);
    double total = 0.0;
    for (std::size_t i = 0; i < x.size() / 8; ++i) {
        double off = 0.0;
        for (std::size_t k = 0; k < 8; ++k) {
            const double code =
                std::clamp(std::round(static_cast<double>(x[i * 8 + k]) / static_cast<double>(layer.input.value)) +
                               layer.input.zero,
                           -128.0, 127.0);
            const double meant = (code - layer.input.zero) * static_cast<double>(layer.input.value);
            off += meant * (static_cast<double>(row[k]) * static_cast<double>(layer.weights.scale().scale(j)) -
                            static_cast<double>(get<0>(real).weights(j, k)));
        }
        total += off * off;
    }
    return total;
}
std::vector<std::int64_t> row_of(const Net::Quantized& codes, std::size_t j) {
    std::vector<std::int64_t> row;
    for (std::size_t k = 0; k < 8; ++k) row.push_back(static_cast<std::int64_t>(get<0>(codes).weights(j, k)));
    return row;
}

}  // namespace

TEST_CASE("adaptive rounding finds codes that no single flip improves, often the best of all", "[round_weights]") {
    oracle::Random random(1);
    Net::Float real{};
    for (std::size_t i = 0; i < 40; ++i) get<0>(real).weights.data()[i] = random.real();
    const auto x = correlated(200, 8, 2);
    const Net::Quantized nearest = calibrate(real, x);
    const Net::Quantized made = adaptively_rounded(real, nearest, x);
    std::size_t best_found = 0, better = 0;
    for (std::size_t j = 0; j < 5; ++j) {
        const auto row = row_of(made, j);
        const double found = error(real, nearest, j, row, x), before = error(real, nearest, j, row_of(nearest, j), x);
        CHECK(found <= before * 1.000001);
        better += found < 0.5 * before ? 1 : 0;
        std::vector<double> wanted;
        for (std::size_t k = 0; k < 8; ++k)
            wanted.push_back(static_cast<double>(get<0>(real).weights(j, k)) /
                             static_cast<double>(get<0>(nearest).weights.scale().scale(j)));
        double best = before;
        for (unsigned choice = 0; choice < 256; ++choice) {
            std::vector<std::int64_t> other;
            for (std::size_t k = 0; k < 8; ++k) {
                const double code = (choice >> k & 1u) != 0 ? std::ceil(wanted[k]) : std::floor(wanted[k]);
                other.push_back(static_cast<std::int64_t>(std::clamp(code, -8.0, 7.0)));
            }
            best = std::min(best, error(real, nearest, j, other, x));
        }
        CHECK(found >= best * 0.999999);
        best_found += found <= best * 1.01 ? 1 : 0;
        for (std::size_t k = 0; k < 8; ++k) {
            CHECK(std::fabs(static_cast<double>(row[k]) - wanted[k]) < 1.0 + 1e-6);
            auto flipped = row;
            flipped[k] += static_cast<double>(row[k]) > wanted[k] ? -1 : 1;
            if (flipped[k] >= -8 && flipped[k] <= 7) CHECK(error(real, nearest, j, flipped, x) >= found * 0.999999);
        }
    }
    CHECK(better >= 1);
    CHECK(best_found >= 2);
}

namespace {

/// At least so many decibels.
template <class L> void check_convolution(double gain) {
    using Image = Sequential<L>;
    oracle::Random random(3);
    typename Image::Float real{};
    for (std::size_t i = 0; i < get<0>(real).weights.size(); ++i) get<0>(real).weights.data()[i] = random.real();
    const auto x = correlated(60, 72, 4), held_out = correlated(60, 72, 5);
    const auto nearest = calibrate(real, x);
    const auto made = adaptively_rounded(real, nearest, x);
    const double before = compare(real, nearest, held_out).layers.back().sqnr;
    const double after = compare(real, made, held_out).layers.back().sqnr;
    INFO(before << " dB before, " << after << " dB after");
    CHECK(after > before + gain);
}

}  // namespace

TEST_CASE("adaptive rounding of convolutions keeps more of their outputs", "[round_weights]") {
    check_convolution<Conv2d<Shape<6, 6, 2>, 5, Kernel<3, 3, Same>, Relu, FourBits>>(2.0);
    check_convolution<Conv2d<Shape<6, 6, 2>, 6, Kernel<3, 3, Same>, Relu, FourBits, 2>>(0.5);  // nine weights: less to choose from
    check_convolution<DepthwiseConv2d<Shape<6, 6, 2>, Kernel<3, 3, Same>, Relu, FourBits, 3>>(0.5);
}

namespace {

/// No flip of one code makes the error of its gate's sums smaller: of x and h together, or of each for itself.
template <class L> void check_recurrent(std::uint64_t seed, bool (*together)(std::size_t gate)) {
    using Cell = Sequential<L>;
    constexpr std::size_t steps = 4, width = 3, hidden = 4;
    oracle::Random random(seed);
    typename Cell::Float real{};
    for (std::size_t i = 0; i < L::rows * width; ++i) get<0>(real).input_weights.data()[i] = random.real();
    for (std::size_t i = 0; i < L::rows * hidden; ++i) get<0>(real).hidden_weights.data()[i] = random.real();
    const auto x = correlated(50 * steps, width, seed + 1);
    const auto nearest = calibrate(real, x), made = adaptively_rounded(real, nearest, x);
    // What the gates see: codes of x, and the hidden codes of the step before.
    const auto& before = get<0>(nearest);
    const auto packed = pack<arch::scalar>(before);
    std::vector<std::int8_t> codes(x.size()), h(50 * steps * hidden);
    quantize_into(x, QTensor<std::int8_t, Affine<>>(codes.data(), Shape(x.size()), before.input));
    const AlignedBytes workspace(packed.workspace_bytes(50));
    packed.run(codes.data(), h.data(), 50, workspace.span());
    const auto error = [&](const auto& layer, std::size_t j, std::size_t flipped, double by) {
        double total = 0.0;
        for (std::size_t i = 0; i < 50 * steps; ++i) {
            double sum[2] = {};
            const auto add = [&](const auto& w, const auto& wanted, std::size_t k, double meant, int side) {
                const auto scale = static_cast<double>(w.scale().scale(j));
                const double code = static_cast<double>(w(j, k)) + (flipped == k + (side != 0 ? width : 0) ? by : 0.0);
                sum[side] += meant * (code * scale - static_cast<double>(wanted(j, k)));
            };
            for (std::size_t k = 0; k < width; ++k) {
                add(layer.input_weights, get<0>(real).input_weights, k,
                    (codes[i * width + k] - before.input.zero) * static_cast<double>(before.input.value), 0);
            }
            for (std::size_t k = 0; k < hidden && i % steps != 0; ++k) {
                add(layer.hidden_weights, get<0>(real).hidden_weights, k,
                    (h[(i - 1) * hidden + k] - before.output.zero) * static_cast<double>(before.output.value), 1);
            }
            total += together(j / hidden) ? (sum[0] + sum[1]) * (sum[0] + sum[1]) : sum[0] * sum[0] + sum[1] * sum[1];
        }
        return total;
    };
    constexpr std::size_t none = width + hidden;
    std::size_t better = 0, helps = 0;
    for (std::size_t j = 0; j < L::rows; ++j) {
        const double found = error(get<0>(made), j, none, 0.0), at_first = error(before, j, none, 0.0);
        CHECK(found <= at_first * 1.000001);
        better += found < 0.5 * at_first;
        for (std::size_t k = 0; k < none; ++k) {
            const bool in_x = k < width;
            const double code = static_cast<double>(in_x ? get<0>(made).input_weights(j, k)
                                                         : get<0>(made).hidden_weights(j, k - width));
            const double wanted = in_x ? static_cast<double>(get<0>(real).input_weights(j, k)) /
                                             static_cast<double>(before.input_weights.scale().scale(j))
                                       : static_cast<double>(get<0>(real).hidden_weights(j, k - width)) /
                                             static_cast<double>(before.hidden_weights.scale().scale(j));
            CHECK(std::fabs(code - wanted) < 1.0 + 1e-6);
            const double by = code > wanted ? -1.0 : 1.0;
            if (code + by >= -8.0 && code + by <= 7.0) helps += error(get<0>(made), j, k, by) < found * 0.999999;
        }
    }
    CHECK(helps == 0);
    CHECK(better >= 2);
}

}  // namespace

TEST_CASE("adaptive rounding reaches both products of a recurrent layer", "[round_weights]") {
    check_recurrent<Lstm<4, 3, 4, FourBits>>(5, [](std::size_t) { return true; });
    check_recurrent<Gru<4, 3, 4, FourBits>>(7, [](std::size_t gate) { return gate < 2; });
}
