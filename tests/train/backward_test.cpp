// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/weightless.hpp>
#include <qtensor/train/backward.hpp>
#include <qtensor/train/model.hpp>

using namespace qtensor;

namespace {

/// A layer of somebody else's: y = gain x, one gain that begins at 1.
struct Gain {
    using input_shape = Shape<2>;
    using output_shape = Shape<2>;
    static constexpr std::size_t macs = 2, weight_bytes = 4;
    template <class> struct PackedFloat;
    struct Float {
        using layer = Gain;
        template <class Arch> using packed = PackedFloat<Arch>;
        float gain = 1.0f;
    };
    struct Quantized {};
    template <class> struct PackedFloat {
        float gain;
        constexpr explicit PackedFloat(const Float& real) : gain(real.gain) {}
        static constexpr std::size_t workspace_bytes(std::size_t) { return 0; }
        constexpr void run(const float* x, float* y, std::size_t batch, std::span<std::byte>) const {
            for (std::size_t i = 0; i < 2 * batch; ++i) y[i] = gain * x[i];
        }
    };
};

}  // namespace

template <> struct qtensor::Backward<Gain> {
    static void run(const Gain::Float& value, const float* x, const float*, std::span<const float> dy,
                    std::span<float> dx, Gain::Float& slope) {
        for (std::size_t i = 0; i < dy.size(); ++i) slope.gain += dy[i] * x[i];
        for (std::size_t i = 0; i < dx.size(); ++i) dx[i] = dy[i] * value.gain;
    }
    template <class F> static void each_parameter(Gain::Float& value, Gain::Float& slope, F&& f) {
        f(Parameter{{&value.gain, 1}, {&slope.gain, 1}});
    }
};

TEST_CASE("backward: a layer of one's own learns; slopes begin at 0") {
    Model<Gain> model(Gain::Float{});
    const std::vector<float> x{1, 2, 3, 4}, dy{1, 10, 100, 1000};
    std::vector<float> dx(4);
    model.forward(x);
    model.backward(dy, dx);
    float slope = 0.0f;
    model.each_parameter([&](const Parameter& p) {
        slope = p.slopes[0];
        p.values[0] = 3.0f;
    });
    CHECK(slope == 4321.0f);
    CHECK(dx == dy);
    CHECK(model.answers(x) == std::vector<float>{3, 6, 9, 12});
}
