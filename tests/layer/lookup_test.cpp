// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/lookup.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/arches.hpp"
#include "support/function_model.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"

using namespace qtensor;
using qtensor_test::EveryArch;

namespace {

struct Wide : numerics::TfLite {
    using activation = std::int16_t;
};
template <class L>
concept NamesOutput = requires(typename L::activation_scale s) { L::fixed_output(s); };
struct Cube {
    static constexpr double real(double x) { return x * x * x; }
};

}  // namespace

TEST_CASE("Lookup layers: both readings, every architecture", "[layer][lookup]") {
    qtensor_test::for_each_function([]<class F>(F function) {
        using L = Lookup<Shape<5, 3, 2>, F>;
        static_assert(Layer<L>);
        oracle::Random random(7);
        const Affine<> in{0.06f, 11};
        Affine<> out{0.05f, -20};
        if constexpr (requires { L::fixed_output(in); }) out = L::fixed_output(in);
        const auto input = [&](std::size_t count) {
            std::vector<std::int8_t> x(count);
            for (auto& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
            return x;
        };
        qtensor_test::check_layer_codes<L, EveryArch>(
            L::quantized({}, in, out), input, [&](const auto& x, std::size_t) {
                std::vector<std::int64_t> y;
                for (const std::int8_t q : x) {
                    const double real = qtensor_test::model(function, static_cast<double>(in.value) * (q - in.zero));
                    y.push_back(
                        oracle::clamped(std::llround(real / static_cast<double>(out.value)) + out.zero, -128, 127));
                }
                return y;
            });
        std::vector<float> x(2 * input_size<L>);
        for (float& value : x) value = 6.0f * random.real();
        qtensor_test::check_layer_reals<L, EveryArch>({}, x, 2, [&](const auto& from, std::size_t, auto& bounds) {
            std::vector<double> y;
            for (const float value : from) {
                y.push_back(qtensor_test::model(function, static_cast<double>(value)));
                bounds.push_back(1e-7 * std::max(1.0, std::fabs(y.back())));
            }
            return y;
        });
    });
}

TEST_CASE("A lookup layer has the scale that its function names, else the one it is given", "[layer][lookup]") {
    CHECK(Lookup<Shape<4>, Sigmoid>::fixed_output({0.1f, 0}) == Affine<>{1.0f / 256.0f, -128});
    CHECK(Lookup<Shape<4>, Tanh, Wide>::fixed_output({0.1f, 0}) == Affine<>{1.0f / 32768.0f, 0});
    STATIC_REQUIRE(NamesOutput<Lookup<Shape<4>, Sigmoid>>);
    STATIC_REQUIRE(!NamesOutput<Lookup<Shape<4>, Cube>>);
    STATIC_REQUIRE(!NamesOutput<Lookup<Shape<4>, Sigmoid, numerics::Fixed>>);
    using L = Lookup<Shape<2>, Cube>;
    static constexpr L::Quantized codes{{0.5f, 0}, {0.25f, 1}};
    static constexpr auto layer = pack<arch::scalar>(codes);
    constexpr auto y = [] {
        constexpr std::int8_t x[2] = {3, -2};
        std::array<std::int8_t, 2> made{};
        layer.run(x, made.data(), 1, {});
        return made;
    }();
    STATIC_REQUIRE(y[0] == 15);  // 1.5^3 = 3.375, 13.5 goes to 14, + 1
    STATIC_REQUIRE(y[1] == -3);
}
