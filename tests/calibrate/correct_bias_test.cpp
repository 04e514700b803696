// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/correct_bias.hpp>
#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>

#include "support/oracle.hpp"

using namespace qtensor;

namespace {

/// Everything rounded down: a bias that can be seen.
struct Down : numerics::TfLite {
    using rounding = Floor;
};
using Net = Sequential<Dense<6, 9, Relu, Down>, Dense<9, 4, Identity, Down>>;

Net::Float random_net() {
    oracle::Random random(1);
    Net::Float real{};
    oracle::fill_layer(get<0>(real), random);
    oracle::fill_layer(get<1>(real), random);
    return real;
}
std::vector<float> random_samples(std::size_t count) {
    oracle::Random random(2);
    std::vector<float> x(count);
    for (float& value : x) value = random.real();
    return x;
}

}  // namespace

TEST_CASE("the first layer's bias takes out the shift that its rounding makes", "[correct_bias]") {
    const Net::Float real = random_net();
    constexpr std::size_t n = 300;
    const auto x = random_samples(n * 6);
    const auto codes = calibrate(real, x);
    const auto made = bias_corrected(real, codes, x);
    const auto& layer = get<0>(codes);
    const double sx = static_cast<double>(layer.input.value);
    std::int64_t moved = 0;
    for (std::size_t j = 0; j < 9; ++j) {
        const double sw = static_cast<double>(layer.weights.scale().scale(j));
        double shift = static_cast<double>(layer.bias(j)) * sx * sw - static_cast<double>(get<0>(real).bias(j));
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t k = 0; k < 6; ++k) {
                const double value = static_cast<double>(x[i * 6 + k]);
                const double code = std::clamp(std::floor(value / sx) + layer.input.zero, -128.0, 127.0);
                const double meant = (code - layer.input.zero) * sx;
                shift += (meant * static_cast<double>(layer.weights(j, k)) * sw -
                          value * static_cast<double>(get<0>(real).weights(j, k))) /
                         static_cast<double>(n);
            }
        }
        const std::int64_t wanted = layer.bias(j) - std::llround(shift / (sx * sw));
        CHECK(std::llabs(get<0>(made).bias(j) - wanted) <= 1);  // sums in float
        moved += std::llabs(get<0>(made).bias(j) - layer.bias(j));
    }
    CHECK(moved > 90);
    CHECK(get<0>(made).input == layer.input);
    CHECK(get<0>(made).output == layer.output);
}

TEST_CASE("the mean error of the outputs all but vanishes", "[correct_bias]") {
    const Net::Float real = random_net();
    constexpr std::size_t n = 500;
    const auto x = random_samples(n * 6);
    const auto codes = calibrate(real, x);
    const auto made = bias_corrected(real, codes, x);
    const auto mean_errors = [&](const Net::Quantized& parameters) {
        const auto float_net = pack<arch::scalar>(real);
        const auto net = pack<arch::scalar>(parameters);
        const AlignedBytes arena(std::max(float_net.arena_bytes_for(n), net.arena_bytes_for(n)));
        std::vector<float> y(n * 4);
        float_net.run(x.data(), y.data(), n, arena.span());
        std::vector<std::int8_t> q(n * 6), z(n * 4);
        quantize_into(x, QTensor<std::int8_t, Affine<>>(q.data(), Shape(q.size()), net.input_scale()), Floor{});
        net.run(q.data(), z.data(), n, arena.span());
        const auto scale = net.output_scale();
        double total = 0.0;
        for (std::size_t c = 0; c < 4; ++c) {
            double mean = 0.0;
            for (std::size_t i = 0; i < n; ++i) {
                mean += static_cast<double>(z[i * 4 + c] - scale.zero) * static_cast<double>(scale.value) -
                        static_cast<double>(y[i * 4 + c]);
            }
            total += std::fabs(mean) / static_cast<double>(n) / static_cast<double>(scale.value);
        }
        return total / 4.0;  // in steps
    };
    const double before = mean_errors(codes), after = mean_errors(made);
    INFO(before << " steps before, " << after << " after");
    CHECK(before > 0.2);
    CHECK(after < 0.1);
}

TEST_CASE("a convolution's bias is corrected over all positions", "[correct_bias]") {
    using Image = Sequential<Conv2d<Shape<5, 5, 1>, 3, Kernel<3, 3, Same>, Relu, Down>>;
    oracle::Random random(3);
    Image::Float real{};
    for (std::size_t i = 0; i < 27; ++i) get<0>(real).weights.data()[i] = random.real();
    const auto x = random_samples(25 * 100);
    const auto codes = calibrate(real, x);
    const auto made = bias_corrected(real, codes, x);
    // Corrected once, there is nothing left to correct.
    const auto again = bias_corrected(real, made, x);
    for (std::size_t j = 0; j < 3; ++j) {
        CHECK(std::abs(get<0>(again).bias(j) - get<0>(made).bias(j)) <= 1);
        CHECK(get<0>(made).bias(j) != get<0>(codes).bias(j));
    }
}
