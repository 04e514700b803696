// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/calibrate.hpp>
#include <qtensor/calibrate/mean_squared_error.hpp>
#include <qtensor/calibrate/percentile.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/depthwise_conv2d.hpp>
#include <qtensor/layer/lstm.hpp>

#include "support/oracle.hpp"

using namespace qtensor;

namespace {

/// Covers half of the largest magnitude, and says what it was asked.
struct Half {
    MinMax seen{};
    std::vector<std::size_t>* asked = nullptr;
    void observe(std::span<const float> values) { seen.observe(values); }
    Range range() const { return {seen.range().lowest / 2, seen.range().highest / 2}; }
    Range range(std::size_t levels) const {
        if (asked != nullptr) asked->push_back(levels);
        return range();
    }
};

template <class Tensor> void draw(Tensor& weights, std::uint64_t seed) {
    oracle::Random random(seed);
    for (std::size_t i = 0; i < weights.size(); ++i) weights.data()[i] = random.real();
}
float largest(const float* weights, std::size_t count, std::size_t stride = 1) {
    float most = 0.0f;
    for (std::size_t i = 0; i < count; ++i) most = std::max(most, std::fabs(weights[i * stride]));
    return most;
}

}  // namespace

TEST_CASE("an observer of weights sees every output by itself", "[observe_weights]") {
    using L = Dense<6, 3, Identity, numerics::TfLiteInt4>;
    using Net = Sequential<L>;
    Net::Float real{};
    draw(get<0>(real).weights, 1);
    for (std::size_t k = 0; k < 6; ++k) get<0>(real).weights(1, k) *= 0.01f;
    const std::vector<float> x{1, -1, 0.5f, 0, 0.25f, 1};
    std::vector<std::size_t> asked;
    const auto quantized = calibrate(real, x, MinMax{}, Half{{}, &asked});
    CHECK(asked == std::vector<std::size_t>{15, 15, 15});  // codes from -7 to 7
    const auto plain = calibrate(real, x);
    const auto same = calibrate(real, x, MinMax{}, Percentile{1.0});  // everything, as MinMax, but observed
    for (std::size_t j = 0; j < 3; ++j) {
        const float reach = largest(get<0>(real).weights.data() + 6 * j, 6);
        CHECK(get<0>(quantized).weights.scale().scale(j) == reach / 2 / 7.0f);
        CHECK(get<0>(same).weights.scale().scale(j) == get<0>(plain).weights.scale().scale(j));
        for (std::size_t k = 0; k < 6; ++k) {
            const auto code = static_cast<int>(get<0>(quantized).weights(j, k));
            const double wanted = std::round(static_cast<double>(get<0>(real).weights(j, k) / (reach / 2 / 7.0f)));
            CHECK(code == static_cast<int>(std::clamp(wanted, -7.0, 7.0)));  // saturates
        }
    }
    CHECK(get<0>(quantized).output == get<0>(plain).output);  // activations have an observer of their own
}

TEST_CASE("an observer of weights: filters side by side, one scale per tensor, gates", "[observe_weights]") {
    using D = DepthwiseConv2d<Shape<4, 4, 3>, Kernel<2, 2>>;
    Sequential<D>::Float filters{};
    draw(get<0>(filters).weights, 2);
    const auto depthwise = calibrate(filters, std::vector<float>(48, 0.5f), MinMax{}, Half{});
    for (std::size_t j = 0; j < 3; ++j) {
        CHECK(get<0>(depthwise).weights.scale().scale(j) ==
              largest(get<0>(filters).weights.data() + j, 4, 3) / 2 / 127.0f);
    }
    Sequential<Dense<4, 2, Identity, numerics::Article>>::Float one{};
    draw(get<0>(one).weights, 3);
    CHECK(get<0>(calibrate(one, std::vector<float>(4, 1.0f), MinMax{}, Half{})).weights.scale().scale(0) ==
          largest(get<0>(one).weights.data(), 8) / 2 / 127.0f);
    using Cell = Lstm<2, 3, 4>;
    Sequential<Cell>::Float gates{};
    draw(get<0>(gates).input_weights, 4);
    draw(get<0>(gates).hidden_weights, 5);
    const auto cell = calibrate(gates, std::vector<float>(6, 0.5f), MinMax{}, Half{});
    for (std::size_t gate = 0; gate < 4; ++gate) {
        CHECK(get<0>(cell).input_weights.scale().values[gate] ==
              largest(get<0>(gates).input_weights.data() + 12 * gate, 12) / 2 / 127.0f);
        CHECK(get<0>(cell).hidden_weights.scale().values[gate] ==
              largest(get<0>(gates).hidden_weights.data() + 16 * gate, 16) / 2 / 127.0f);
    }
}

TEST_CASE("an observer of weights balances rounding and clipping at four bits", "[observe_weights]") {
    using Net = Sequential<Dense<64, 1, Identity, numerics::TfLiteInt4>>;
    Net::Float real{};
    oracle::Random random(6);
    for (std::size_t k = 0; k < 64; ++k)  // a bell: the sum of six draws
        for (int i = 0; i < 6; ++i) get<0>(real).weights(0, k) += random.real();
    const auto error = [&](const auto& codes) {
        double total = 0.0;
        for (std::size_t k = 0; k < 64; ++k) {
            const double meant = static_cast<double>(get<0>(codes).weights(0, k)) *
                                 static_cast<double>(get<0>(codes).weights.scale().scale(0));
            total += std::pow(meant - static_cast<double>(get<0>(real).weights(0, k)), 2);
        }
        return total;
    };
    const std::vector<float> x(64, 1.0f);
    const auto by_error = calibrate(real, x, MinMax{}, MeanSquaredError{});
    CHECK(error(by_error) < 0.9 * error(calibrate(real, x)));
}
