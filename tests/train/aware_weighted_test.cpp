// SPDX-License-Identifier: BSL-1.0
#include "support/aware_checks.hpp"
#include "support/conv_oracle.hpp"
#include "support/numerics_model.hpp"

#include <qtensor/layer/conv2d.hpp>
#include <qtensor/train/aware_weighted.hpp>
#include <qtensor/train/sequential.hpp>

using namespace qtensor;
using qtensor_test::ArchList;
using qtensor_test::EveryArch;
using qtensor_test::Rules;

namespace {

std::vector<float> numbers(std::size_t count, std::uint64_t seed, float reach = 1.0f) {
    oracle::Random random(seed);
    std::vector<float> made(count);
    for (float& value : made) value = reach * random.real();
    return made;
}

/// A layer in the integer reading, twice: what the model makes of x, and what the published rules make of the same
/// parameters and scales, in double and 64 bits. `sums` takes (x - z_x) and codes of weights.
template <class N, class L, class Sums> void check_rules(std::uint64_t seed, Sums&& sums) {
    using Net = Sequential<L>;
    constexpr std::size_t batch = 6, outputs = L::sums::outputs, depth = L::sums::depth;
    Model<Net, QuantizationAware<>> model(initial<Net>(Random(seed)));
    model.each_parameter([&](const Parameter& p) {
        oracle::Random random(seed + 9);
        if (!p.is_weight) {
            for (float& value : p.values) value = 0.3f * random.real();
        }
    });
    model.forward(numbers(batch * input_size<L>, seed + 1, 0.9f), true);
    const auto x = numbers(batch * input_size<L>, seed + 2);  // reaches beyond what was seen: clipped at both ends
    CHECK(qtensor_test::codes_that_differ(model, x) == 0);

    const auto& edge = model.body().template at<0>().edge();
    const auto entrance = qtensor::freeze(model);
    const double s_x = static_cast<double>(get<0>(entrance).input.scale(0));
    const double s_y = static_cast<double>(edge.scale.scale(0));
    const std::int64_t z_x = zero_point_of(get<0>(entrance).input, 0), z_y = zero_point_of(edge.scale, 0);
    using X = typename L::activation_element;
    using W = typename L::weight_element;
    const auto real = get<0>(model.parameters());
    std::vector<std::int64_t> image, weights, bias(outputs);
    std::vector<double> s_w(outputs);
    for (const float value : x)
        image.push_back(Rules<N>::code(static_cast<double>(value), s_x, z_x, element<X>::lowest, element<X>::highest) -
                        z_x);
    double largest_of_all = 0.0;
    for (std::size_t j = 0; j < outputs; ++j) {
        double largest = 0.0;
        for (std::size_t k = 0; k < depth; ++k)
            largest = std::max(largest, std::fabs(static_cast<double>(real.weights.data()[j * depth + k])));
        s_w[j] = static_cast<double>(static_cast<float>(largest / static_cast<double>(element<W>::highest)));
        if (std::same_as<N, numerics::Fixed>) s_w[j] = std::exp2(std::ceil(std::log2(s_w[j])));
        largest_of_all = std::max(largest_of_all, s_w[j]);
    }
    for (std::size_t j = 0; j < outputs; ++j) {
        if (std::same_as<N, numerics::Article>) s_w[j] = largest_of_all;
        for (std::size_t k = 0; k < depth; ++k)
            weights.push_back(Rules<N>::code(static_cast<double>(real.weights.data()[j * depth + k]), s_w[j], 0,
                                             element<W>::lowest, element<W>::highest));
        // A bias is the quotient in double, rounded once by the mode of the bundle.
        const double quotient = static_cast<double>(real.bias(j)) / (s_x * s_w[j]);
        bias[j] =
            static_cast<std::int64_t>(std::same_as<N, numerics::Fixed>               ? std::floor(quotient + 0.5)
                                      : std::same_as<N, numerics::Article>           ? std::floor(quotient)
                                      : std::same_as<typename N::rounding, HalfAway> ? qtensor_test::away(quotient)
                                                                                     : qtensor_test::even(quotient));
    }
    const std::vector<std::int64_t> acc = sums(image, weights);
    std::size_t wrong = 0, at_an_end = 0;
    for (std::size_t i = 0; i < acc.size(); ++i) {
        const std::size_t j = i % outputs;
        const std::int64_t code = std::max(
            Rules<N>::requantized(acc[i] + bias[j], s_x, s_w[j], s_y, z_y, element<X>::lowest, element<X>::highest),
            z_y);  // relu
        wrong += code != edge.codes[i];
        at_an_end += code == element<X>::highest || code == z_y;
    }
    CHECK(wrong == 0);
    CHECK(at_an_end > 0);
    CHECK(at_an_end < acc.size());
}

template <class N> void check_bundle(std::uint64_t seed) {
    check_rules<N, Dense<31, 7, Relu, N>>(seed, [](const auto& x, const auto& w) {
        std::vector<std::int64_t> acc(x.size() / 31 * 7);
        for (std::size_t i = 0; i < acc.size(); ++i) {
            for (std::size_t k = 0; k < 31; ++k) acc[i] += x[i / 7 * 31 + k] * w[i % 7 * 31 + k];
        }
        return acc;
    });
}

}  // namespace

TEST_CASE("aware weighted: codes are those of the published rules and of the frozen layer, in every bundle") {
    check_bundle<numerics::TfLite>(1);
    check_bundle<numerics::TfLiteSingle>(2);
    check_bundle<numerics::CmsisNn>(3);
    check_bundle<numerics::Xnnpack>(4);
    check_bundle<numerics::Onnx>(5);
    check_bundle<numerics::Torch>(6);
    check_bundle<numerics::Fixed>(7);
    check_bundle<numerics::Article>(8);
    check_bundle<numerics::TfLite16x8>(10);
    check_bundle<numerics::TfLiteInt4>(11);
}

TEST_CASE("aware weighted: a convolution") {
    using N = numerics::TfLite;
    const oracle::Conv conv{6, 6, 5, 2, 4, 1, {3, 1, 1, 1, 1}, {3, 1, 1, 1, 1}};
    check_rules<N, Conv2d<Shape<6, 5, 2>, 4, Kernel<3, 3, Same>, Relu, N>>(
        9, [&](const auto& x, const auto& w) { return conv.sums<std::int64_t>(x, w, 0, {0}); });
}

TEST_CASE("aware weighted: slopes are those of real numbers where no code was clipped") {
    using L = Dense<5, 3, Relu>;
    using Net = Sequential<L>;
    Model<Net, QuantizationAware<>> aware(initial<Net>(Random(4)));
    const auto seen = numbers(4 * 5, 5, 0.5f), x = numbers(4 * 5, 6), dy = numbers(4 * 3, 7);
    aware.forward(seen, true);
    aware.forward(x);
    std::vector<float> dx(x.size());
    aware.backward(dy, dx);
    const auto& edge = aware.body().at<0>().edge();
    const auto codes = get<0>(freeze(aware));
    // Worked out from codes alone: sums in units of s_x s_w, their codes before clamping in double.
    std::vector<double> dw(15), db(3), wanted(20);
    std::size_t clipped = 0, passed = 0;
    for (std::size_t n = 0; n < 4; ++n) {
        for (std::size_t j = 0; j < 3; ++j) {
            const double unit =
                static_cast<double>(codes.input.value) * static_cast<double>(codes.weights.scale().scale(j));
            double acc = codes.bias(j);
            std::vector<double> q(5);
            for (std::size_t k = 0; k < 5; ++k) {
                q[k] = std::min(std::max(std::round(static_cast<double>(x[n * 5 + k] / codes.input.value)) +
                                             codes.input.zero,
                                         -128.0),
                                127.0) -
                       codes.input.zero;
                acc += q[k] * codes.weights(j, k);
            }
            const double code = std::round(acc * unit / static_cast<double>(edge.scale.value)) + edge.scale.zero;
            if (code > 127) ++clipped;
            if (acc <= 0 || code > 127) continue;
            ++passed;
            const auto rise = static_cast<double>(dy[n * 3 + j]);
            db[j] += rise;
            for (std::size_t k = 0; k < 5; ++k) {
                dw[j * 5 + k] += rise * q[k] * static_cast<double>(codes.input.value);
                wanted[n * 5 + k] += rise * codes.weights(j, k) * static_cast<double>(codes.weights.scale().scale(j));
            }
        }
    }
    CHECK(clipped > 0);
    CHECK(passed > 2);
    const auto near = [](float a, double b) { return std::fabs(static_cast<double>(a) - b) < 1e-5; };
    for (std::size_t i = 0; i < 20; ++i) CHECK(near(dx[i], wanted[i]));
    std::vector<Parameter> parameters;
    aware.each_parameter([&](const Parameter& p) { parameters.push_back(p); });
    REQUIRE(parameters.size() == 2);
    for (std::size_t i = 0; i < 15; ++i) CHECK(near(parameters[0].slopes[i], dw[i]));
    for (std::size_t j = 0; j < 3; ++j) CHECK(near(parameters[1].slopes[j], db[j]));
}

TEST_CASE("aware weighted: learnt steps, PACT and four bits freeze as exactly") {
    struct Four : numerics::TfLite {
        using weight = int4;
    };
    using Net = Sequential<Conv2d<Shape<6, 6, 1>, 4, Kernel<3, 3>, Relu, Four>, Dense<64, 5, Relu, Four>>;
    const auto check = []<class Arches>(auto how, Arches) {
        Model<Net, decltype(how)> model(initial<Net>(Random(3)), how);
        for (std::uint64_t pass = 0; pass < 3; ++pass) {
            const auto x = numbers(8 * 36, 10 + pass);
            const auto y = model.forward(x, true);
            model.backward(numbers(y.size(), 20 + pass));
            model.each_parameter([](const Parameter& p) {
                for (std::size_t i = 0; i < p.values.size(); ++i) p.values[i] -= 0.05f * p.slopes[i];
            });
        }
        CHECK(qtensor_test::codes_that_differ<Arches>(model, numbers(8 * 36, 30, 1.2f)) == 0);
    };
    check(QuantizationAware<>{}, EveryArch{});
    check(QuantizationAware<LearnedStep, LearnedSteps>{}, ArchList<arch::native>{});
    check(QuantizationAware<Pact, LearnedSteps>{}, ArchList<arch::native>{});
}

TEST_CASE("aware weighted: a batch normalisation is the layer it was folded into") {
    using Net = Sequential<BatchNormed<Dense<4, 3, Relu>>, Dense<3, 2>>;
    Model<Net, QuantizationAware<>> model(initial<Net>(Random(3)));
    model.forward(numbers(32, 1), true);
    CHECK(qtensor_test::codes_that_differ(model, numbers(32, 2)) == 0);
}
