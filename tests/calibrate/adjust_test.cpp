// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/adjust.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/net/merge.hpp>

#include "support/net_oracle.hpp"

using namespace qtensor;

TEST_CASE("layers are adjusted front to back, each with the inputs that it will have", "[adjust]") {
    using Net = Sequential<Dense<6, 8, Relu>, Residual<Dense<8, 8>>, Dense<8, 4>>;
    oracle::Random random(1);
    Net::Float real{};
    get<0>(real) = oracle::random_dense<Dense<6, 8, Relu>>(random);
    get<0>(get<1>(get<1>(real))) = oracle::random_dense<Dense<8, 8>>(random);
    get<2>(real) = oracle::random_dense<Dense<8, 4>>(random);
    std::vector<float> x(6 * 10);
    for (float& value : x) value = random.real();
    Net::Quantized codes = calibrate(real, x);
    const auto zero = static_cast<std::int8_t>(get<0>(codes).output.zero);
    std::vector<std::size_t> widths;
    adjust_layers(real, codes, x, [&](const auto&, auto& layer, const auto& in) {
        widths.push_back(in.real.size() / in.samples);
        CHECK(in.samples == 10);
        CHECK(in.codes.size() == in.real.size());
        if (widths.size() == 1) {
            const auto meant = in.meant(layer.input);
            for (std::size_t i = 0; i < meant.size(); ++i)
                CHECK(std::fabs(meant[i] - x[i]) <= 0.51f * layer.input.value);
            for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights.data()[i] = 0;
            for (std::size_t j = 0; j < layer.bias.size(); ++j) layer.bias(j) = 0;
        } else if (widths.size() == 2) {
            CHECK(in.codes == std::vector<std::int8_t>(80, zero));  // of the layer as it was adjusted
            CHECK(*std::max_element(in.real.begin(), in.real.end()) > 0.0f);
        }
    });
    CHECK(widths == std::vector<std::size_t>{6, 8, 8});
    CHECK_THROWS_AS(adjust_layers(real, codes, {}, [](const auto&, auto&, const auto&) {}), std::invalid_argument);
}
