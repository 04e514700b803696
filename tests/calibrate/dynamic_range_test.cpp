// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/dynamic_range.hpp>
#include <qtensor/heap/aligned_bytes.hpp>
#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/arches.hpp"
#include "support/oracle.hpp"

using namespace qtensor;

namespace {

using First = Conv2d<Shape<5, 4, 2>, 3, Kernel<3, 3, Same>, Relu>;
using Second = Dense<60, 4>;
using Net = Sequential<First, Second>;

Net::Float random_net() {
    oracle::Random random(1);
    Net::Float real{};
    oracle::fill_layer(get<0>(real), random);
    oracle::fill_layer(get<1>(real), random);
    for (std::size_t k = 0; k < 60; ++k) get<1>(real).weights(1, k) *= 0.01f;  // a narrow output
    return real;
}

/// TFLite's hybrid kernel for one sample: numbers of x that each output cell sees, by index (-1 is padding).
std::vector<float> hybrid(const std::vector<float>& x, const float* weights, const float* bias, std::size_t outputs,
                          const std::vector<std::vector<int>>& seen, bool relu) {
    float largest = 0.0f;
    for (const float value : x) largest = std::max(largest, std::fabs(value));
    const float scale = largest == 0.0f ? 1.0f : largest / 127.0f;
    std::vector<std::int64_t> q(x.size());
    for (std::size_t i = 0; i < x.size(); ++i)
        q[i] = largest == 0.0f ? 0 : std::clamp<std::int64_t>(std::llround(x[i] * (127.0f / largest)), -127, 127);
    std::vector<float> y;
    for (const auto& taps : seen) {
        for (std::size_t j = 0; j < outputs; ++j) {
            float reach = 0.0f;
            for (std::size_t k = 0; k < taps.size(); ++k)
                reach = std::max(reach, std::fabs(weights[j * taps.size() + k]));
            const float step = reach / 127.0f;
            std::int64_t sum = 0;
            for (std::size_t k = 0; k < taps.size(); ++k) {
                const std::int64_t w = std::llround(weights[j * taps.size() + k] / step);
                if (taps[k] >= 0) sum += w * q[static_cast<std::size_t>(taps[k])];
            }
            const float unit = scale * step;
            const float product = static_cast<float>(sum) * unit;
            const float value = product + bias[j];
            y.push_back(relu && value < 0.0f ? 0.0f : value);
        }
    }
    return y;
}

std::vector<std::vector<int>> conv_taps() {
    std::vector<std::vector<int>> all;
    for (int row = 0; row < 5; ++row) {
        for (int column = 0; column < 4; ++column) {
            std::vector<int> taps;
            for (int dy = -1; dy <= 1; ++dy) {
                for (int dx = -1; dx <= 1; ++dx) {
                    for (int c = 0; c < 2; ++c) {
                        const int ty = row + dy, tx = column + dx;
                        taps.push_back(ty < 0 || ty >= 5 || tx < 0 || tx >= 4 ? -1 : (ty * 4 + tx) * 2 + c);
                    }
                }
            }
            all.push_back(taps);
        }
    }
    return all;
}

}  // namespace

TEST_CASE("a dynamic network computes what TFLite's hybrid kernels do, sample by sample", "[dynamic_range]") {
    const Net::Float real = random_net();
    const auto light = dynamic_range(real);
    STATIC_REQUIRE(weight_bytes<decltype(dynamic_range(real))> == 54 + 240);
    oracle::Random random(2);
    constexpr std::size_t batch = 6;
    std::vector<float> x(batch * 40);
    for (std::size_t i = 0; i < x.size(); ++i)
        x[i] = i / 40 == 3 ? 0.0f : random.real() * static_cast<float>(i / 40 + 1);

    std::vector<int> row;
    for (int k = 0; k < 60; ++k) row.push_back(k);
    std::vector<float> wanted;
    for (std::size_t n = 0; n < batch; ++n) {
        const std::vector<float> sample(x.begin() + static_cast<std::ptrdiff_t>(40 * n),
                                        x.begin() + static_cast<std::ptrdiff_t>(40 * n + 40));
        const auto hidden = hybrid(sample, get<0>(real).weights.data(), get<0>(real).bias.data(), 3, conv_taps(), true);
        const auto y = hybrid(hidden, get<1>(real).weights.data(), get<1>(real).bias.data(), 4, {row}, false);
        wanted.insert(wanted.end(), y.begin(), y.end());
    }
    qtensor_test::ScalarAndBest::each([&]<class Arch>() {
        const auto model = pack<Arch>(light);
        const AlignedBytes arena(model.arena_bytes_for(batch));
        std::vector<float> y(batch * 4), single(4);
        model.run(x.data(), y.data(), batch, arena.span());
        INFO(Arch::name);
        CHECK(y == wanted);
        model.run(x.data() + 80, single.data(), 1, arena.span());
        for (std::size_t i = 0; i < 4; ++i) CHECK(single[i] == wanted[8 + i]);  // whatever else is in the batch
    });
}
