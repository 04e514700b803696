// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/conv1d.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"

using namespace qtensor;
using qtensor_test::ScalarAndBest;

namespace {

/// A one-dimensional convolution once more: taps at stride t + dilation k - before, outside the signal nothing.
struct Model {
    std::int64_t length, channels, out, taps, stride, dilation, before, groups, output;

    template <class Sum, class X, class W>
    std::vector<Sum> sums(const X& x, const W& w, Sum zero, std::size_t batch) const {
        std::vector<Sum> made;
        const std::int64_t part = channels / groups;
        for (std::int64_t n = 0; n < static_cast<std::int64_t>(batch); ++n)
            for (std::int64_t t = 0; t < output; ++t)
                for (std::int64_t j = 0; j < out; ++j) {
                    Sum sum{};
                    for (std::int64_t k = 0; k < taps; ++k) {
                        const std::int64_t at = t * stride + k * dilation - before;
                        if (at < 0 || at >= length) continue;
                        for (std::int64_t c = 0; c < part; ++c) {
                            const std::int64_t channel = j / (out / groups) * part + c;
                            sum +=
                                (static_cast<Sum>(x[static_cast<std::size_t>((n * length + at) * channels + channel)]) -
                                 zero) *
                                static_cast<Sum>(w[(j * taps + k) * part + c]);
                        }
                    }
                    made.push_back(sum);
                }
        return made;
    }
};

template <class L> void check(const Model& model, bool relu) {
    static_assert(Layer<L>);
    CHECK(output_size<L> == static_cast<std::size_t>(model.output * model.out));
    oracle::Random random(L::macs);
    typename L::Float real{};
    for (std::size_t i = 0; i < real.weights.size(); ++i) real.weights.data()[i] = random.real();
    for (std::size_t i = 0; i < real.bias.size(); ++i) real.bias(i) = random.real();
    const Affine<> in{0.0131f, -5}, out{0.05f, 11};
    const auto codes = L::quantized(real, in, out);
    const auto input = [&](std::size_t count) {
        std::vector<std::int8_t> x(count);
        for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
        return x;
    };
    qtensor_test::check_layer_codes<L, ScalarAndBest>(codes, input, [&](const auto& x, std::size_t batch) {
        auto y = model.sums<std::int64_t>(x, codes.weights.data(), in.zero, batch);
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t j = i % codes.bias.size();
            y[i] = oracle::tflite(y[i] + codes.bias(j), in.value, codes.weights.scale().scale(j), out.value, out.zero,
                                  relu ? out.zero : -128, 127);
        }
        return y;
    });
    std::vector<float> x(2 * input_size<L>);
    for (float& value : x) value = random.real();
    qtensor_test::check_layer_reals<L, ScalarAndBest>(
        real, x, 2, [&](const auto& from, std::size_t batch, auto& bounds) {
            auto y = model.sums<double>(from, real.weights.data(), 0.0, batch);
            for (std::size_t i = 0; i < y.size(); ++i) {
                y[i] += static_cast<double>(real.bias(i % real.bias.size()));
                if (relu && y[i] < 0.0) y[i] = 0.0;
                bounds.push_back(static_cast<double>(real.weights.size()) / 16777216.0);
            }
            return y;
        });
}

}  // namespace

TEST_CASE("Convolutions of one dimension: both readings", "[layer][conv1d]") {
    check<Conv1d<Shape<23, 5>, 7, Kernel1d<3, Stride<2>, Same>, Relu>>({23, 5, 7, 3, 2, 1, 1, 1, 12}, true);
    check<Conv1d<Shape<12, 4>, 6, Kernel1d<3, Padding<2, 1>>, Identity, numerics::TfLite, 2>>(
        {12, 4, 6, 3, 1, 1, 1, 2, 12}, false);
}

TEST_CASE("A causal convolution sees no sample that is yet to come", "[layer][conv1d]") {
    using L = Conv1d<Shape<16, 2>, 3, Kernel1d<3, Causal, Dilation<2>>>;
    check<L>({16, 2, 3, 3, 1, 2, 4, 1, 16}, false);
    STATIC_REQUIRE(std::is_same_v<L::output_shape, Shape<16, 3>>);
    STATIC_REQUIRE(L::weight_bytes == 3 * 3 * 2);
}
