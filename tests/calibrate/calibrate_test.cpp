// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/calibrate.hpp>
#include <qtensor/calibrate/entropy.hpp>
#include <qtensor/calibrate/mean_squared_error.hpp>
#include <qtensor/calibrate/moving_average.hpp>
#include <qtensor/calibrate/percentile.hpp>
#include <qtensor/calibrate/torch_histogram.hpp>
#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/depthwise_conv2d.hpp>
#include <qtensor/layer/lookup.hpp>
#include <qtensor/layer/pool2d.hpp>
#include <qtensor/layer/softmax.hpp>
#include <qtensor/net/concat.hpp>
#include <qtensor/net/merge.hpp>
#include <qtensor/tensor/dequantize.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/net_oracle.hpp"

using namespace qtensor;

namespace {

struct Unsigned : numerics::Xnnpack {
    using activation = std::uint8_t;
};

using Single = Sequential<Dense<4, 3>>;
using Deep = Sequential<Dense<8, 24, Relu>, Dense<24, 12, Relu>, Dense<12, 5>>;
using Mixed = Sequential<Dense<6, 20, Relu, Unsigned>, Dense<20, 9, Identity, Unsigned>>;

std::vector<float> random_samples(std::size_t count, std::uint64_t seed, float center = 0.0f) {
    oracle::Random random(seed);
    std::vector<float> samples(count);
    for (float& value : samples) value = center + random.real();
    return samples;
}

/// What calling `call` throws as std::invalid_argument.
template <class Call> std::string complaint(Call&& call) {
    try {
        call();
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was thrown";
}

/// The scale and zero point of the range of these numbers, in double and by PyTorch's formula.
void check_edge(const oracle::Edge& edge, const std::vector<double>& values, double qmin, double qmax) {
    double lowest = 0.0, highest = 0.0;
    for (const double value : values) {
        lowest = std::min(lowest, value);
        highest = std::max(highest, value);
    }
    const double scale = (highest - lowest) / (qmax - qmin);
    CHECK(std::fabs(static_cast<double>(edge.scale) - scale) <= 1e-5 * scale);
    // The nets are summed in float by one side and in double by the other: near a tie the rounding may differ.
    CHECK(std::fabs(static_cast<double>(edge.zero) - (qmin - lowest / scale)) <= 0.501);
    CHECK(edge.zero >= static_cast<std::int64_t>(qmin));
    CHECK(edge.zero <= static_cast<std::int64_t>(qmax));
}

/// Calibrates, checks every edge and parameter, and the error of every output against a bound that is derived, per
/// sample, from nothing but step sizes:
///
///     |y - y~| <= sum |w~| |x - x~|  +  sum s_w/2 |x|  +  s_x s_w/2  +  1.5 s_y
///
/// (the last term: half a step for rounding, up to half for the intermediate rounding of two, half for clamping).
template <class Net> void check_calibrated(const std::vector<float>& samples, std::uint64_t seed) {
    oracle::Random random(seed);
    const auto real = oracle::random_net<Net>(random);
    const typename Net::Quantized quantized = calibrate(real, samples);
    const auto layers = oracle::integer_net<Net>(quantized);
    const auto reals = oracle::real_net<Net>(real);
    const std::size_t batch = samples.size() / input_size<Net>;

    oracle::for_each_layer<Net>([&]<std::size_t I>() {
        using L = typename Net::template layer<I>;
        const auto want = oracle::quantized_dense<L>(get<I>(real), layers[I].x, layers[I].y, layers[I].weight_scales);
        CHECK(layers[I].weights == want.weights);
        CHECK(layers[I].bias == want.bias);
        CHECK(layers[I].weight_scales == want.weight_scales);
        if (I > 0) {
            CHECK(layers[I].x.scale == layers[I == 0 ? 0 : I - 1].y.scale);
            CHECK(layers[I].x.zero == layers[I == 0 ? 0 : I - 1].y.zero);
        }
    });

    std::vector<double> x(samples.begin(), samples.end());
    const auto lowest = static_cast<double>(layers[0].lowest), highest = static_cast<double>(layers[0].highest);
    check_edge(layers[0].x, x, lowest, highest);
    std::vector<std::int64_t> codes;
    std::vector<double> error(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto step = static_cast<double>(layers[0].x.scale);
        const double code = std::round(x[i] / step) + static_cast<double>(layers[0].x.zero);
        codes.push_back(static_cast<std::int64_t>(std::clamp(code, lowest, highest)));
        error[i] = std::fabs((static_cast<double>(codes[i] - layers[0].x.zero)) * step - x[i]);
        REQUIRE(error[i] <= 0.5001 * step);
    }
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const auto& layer = layers[l];
        const auto y = reals[l](x, batch);
        check_edge(layer.y, y, lowest, highest);
        std::vector<double> bound(y.size());
        const double sx = static_cast<double>(layer.x.scale), sy = static_cast<double>(layer.y.scale);
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t c = i % layer.out, row = i / layer.out;
            const double sw = static_cast<double>(layer.weight_scales[c]);
            double sum = sx * sw / 2 + 1.5 * sy;
            for (std::size_t k = 0; k < layer.in; ++k) {
                const double weight = std::fabs(static_cast<double>(layer.weights[c * layer.in + k])) * sw;
                sum += weight * error[row * layer.in + k] + sw / 2 * std::fabs(x[row * layer.in + k]);
            }
            bound[i] = sum * 1.00001;
        }
        x = y;
        error = bound;
    }

    const auto model = pack<arch::native>(quantized);
    std::vector<cell_of<typename Net::template layer<0>::activation_element>> from, to(batch * output_size<Net>);
    for (const std::int64_t code : codes) from.push_back(static_cast<typename decltype(from)::value_type>(code));
    const AlignedBytes arena(model.arena_bytes_for(batch));
    model.run(from.data(), to.data(), batch, arena.span());
    std::size_t beyond = 0;
    double total = 0.0, steps = 0.0;
    for (std::size_t i = 0; i < to.size(); ++i) {
        const double got = (static_cast<double>(to[i]) - static_cast<double>(layers.back().y.zero)) *
                           static_cast<double>(layers.back().y.scale);
        beyond += std::fabs(got - x[i]) <= error[i] ? 0 : 1;
        total += std::fabs(got - x[i]);
        steps += static_cast<double>(layers.back().y.scale);
    }
    CHECK(beyond == 0);
    INFO("mean error in steps of the output: " << total / steps);
    CHECK(total <= 1.5 * steps);
}

/// Remembers what it was shown, and whether it was fresh.
struct Listener {
    struct Heard {
        std::size_t values, calls_before;
        float first;
    };
    std::vector<Heard>* heard;
    Range answer;
    std::size_t calls = 0;

    Listener(std::vector<Heard>& log, Range range) : heard(&log), answer(range) {}
    void observe(std::span<const float> values) { heard->push_back({values.size(), calls++, values[0]}); }
    Range range() const { return answer; }
};

struct NoRange {
    void observe(std::span<const float>) {}
};
struct NoObserve {
    Range range() const { return {}; }
};
struct OtherRange {
    void observe(std::span<const float>) {}
    std::pair<float, float> range() const { return {}; }
};
struct MutableRange {
    void observe(std::span<const float>) {}
    Range range() { return {}; }
};
struct NotCopyable {
    NotCopyable() = default;
    NotCopyable(const NotCopyable&) = delete;
    void observe(std::span<const float>) {}
    Range range() const { return {}; }
};

}  // namespace

static_assert(Observer<MinMax> && Observer<Listener>);
static_assert(!Observer<int> && !Observer<NoRange> && !Observer<NoObserve> && !Observer<OtherRange>);
static_assert(!Observer<MutableRange> && !Observer<NotCopyable>);

TEST_CASE("calibrate: an int8 network stays within its bound of the float network", "[calibrate]") {
    check_calibrated<Single>(random_samples(4 * 100, 1), 1);
    check_calibrated<Single>(random_samples(4 * 100, 2, 5.0f), 2);    // positive only
    check_calibrated<Single>(random_samples(4 * 100, 3, -30.0f), 3);  // negative only
    check_calibrated<Deep>(random_samples(8 * 200, 4), 4);
    check_calibrated<Deep>(random_samples(8 * 3, 5), 5);
    check_calibrated<Mixed>(random_samples(6 * 150, 6, 0.25f), 6);
}

TEST_CASE("calibrate: real zero is a code of every edge", "[calibrate]") {
    oracle::Random random(8);
    const auto real = oracle::random_net<Deep>(random);
    for (const float center : {-40.0f, -1.0f, 0.0f, 0.3f, 40.0f}) {
        const auto quantized = calibrate(real, random_samples(8 * 50, 9, center));
        for (const auto& layer : oracle::integer_net<Deep>(quantized)) {
            for (const oracle::Edge& edge : {layer.x, layer.y}) {
                float zero[1] = {-1.0f};
                QTensor<std::int8_t, Affine<>, Shape<1>, Inline> codes(
                    {}, Affine{edge.scale, static_cast<std::int32_t>(edge.zero)});
                const float nothing[1] = {0.0f};
                quantize_into(nothing, codes);
                CHECK(static_cast<std::int64_t>(codes(0)) == edge.zero);
                codes(0) = static_cast<std::int8_t>(edge.zero);
                zero[0] = static_cast<float>(static_cast<std::int64_t>(codes(0)) - edge.zero) * edge.scale;
                CHECK(zero[0] == 0.0f);
            }
        }
        // Behind a Relu nothing is negative, so all codes are spent on what is positive.
        CHECK(get<0>(quantized).output.zero == -128);
        CHECK(get<1>(quantized).output.zero == -128);
    }
}

TEST_CASE("calibrate: samples of nothing but zero", "[calibrate]") {
    Single::Float real{};
    get<0>(real).weights(0, 0) = 1.0f;
    const auto quantized = calibrate(real, std::vector<float>(12));
    CHECK(get<0>(quantized).input == Affine{1.0f, 0});
    CHECK(get<0>(quantized).output == Affine{1.0f, 0});
    const auto y = pack<arch::scalar>(quantized)(QTensor<std::int8_t, Affine<>, Shape<1, 4>, Inline>{});
    for (std::size_t c = 0; c < 3; ++c) CHECK(static_cast<int>(y(0, c)) == 0);
}

TEST_CASE("calibrate: an observer of the user's own", "[calibrate]") {
    oracle::Random random(10);
    const auto real = oracle::random_net<Deep>(random);
    const auto samples = random_samples(8 * 7, 11);
    std::vector<Listener::Heard> heard;
    const auto quantized = calibrate(real, samples, Listener(heard, Range{-2.0f, 3.1f}));
    REQUIRE(heard.size() == 4);
    const std::size_t sizes[] = {8 * 7, 24 * 7, 12 * 7, 5 * 7};
    for (std::size_t i = 0; i < 4; ++i) {
        CHECK(heard[i].values == sizes[i]);
        CHECK(heard[i].calls_before == 0);  // every edge starts from a copy of what was given
    }
    CHECK(heard[0].first == samples[0]);
    const auto outputs =
        oracle::run(oracle::real_net<Deep>(real), std::vector<double>(samples.begin(), samples.end()), 7);
    CHECK(std::fabs(static_cast<double>(heard[3].first) - outputs.y[0]) <= outputs.bound[0]);
    for (const auto& layer : oracle::integer_net<Deep>(quantized)) {
        for (const oracle::Edge& edge : {layer.x, layer.y}) {
            CHECK(edge.scale == static_cast<float>((3.1f - -2.0) / 255.0));
            CHECK(edge.zero == -28);  // round(-128 + 2 / 0.02)
        }
    }
    CHECK(complaint([&] {
              static_cast<void>(calibrate(real, samples, Listener(heard, Range{0.0f, std::nanf("")})));
          }).find("fit_affine: a range has finite ends, this one is [0.000000, nan]") == 0);
}

TEST_CASE("calibrate: an observer sees batches of 32 samples", "[calibrate]") {
    oracle::Random random(12);
    const auto real = oracle::random_net<Single>(random);
    const auto samples = random_samples(4 * 70, 13);
    std::vector<Listener::Heard> heard;
    static_cast<void>(calibrate(real, samples, Listener(heard, Range{-1.0f, 1.0f})));
    REQUIRE(heard.size() == 6);
    const std::size_t sizes[] = {4 * 32, 4 * 32, 4 * 6, 3 * 32, 3 * 32, 3 * 6};
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(heard[i].values == sizes[i]);
        CHECK(heard[i].calls_before == i % 3);
    }
    CHECK(heard[1].first == samples[4 * 32]);
    CHECK(heard[2].first == samples[4 * 64]);
}

namespace {

/// Both edges of a network of one layer, from the values that stand there.
template <class O> void check_choice(const O& fresh) {
    oracle::Random random(14);
    auto real = oracle::random_net<Single>(random);
    std::vector<float> samples = random_samples(4 * 300, 15);
    samples[77] = 9.0f;
    O input = fresh, output = fresh;
    const auto outputs = oracle::run(oracle::real_net<Single>(real), {samples.begin(), samples.end()}, 300);
    for (std::size_t at = 0; at < 300; at += 32) {
        const std::size_t count = std::min<std::size_t>(32, 300 - at);
        input.observe(std::span(samples).subspan(at * 4, count * 4));
        output.observe(std::vector<float>(outputs.y.begin() + static_cast<std::ptrdiff_t>(at * 3),
                                          outputs.y.begin() + static_cast<std::ptrdiff_t>((at + count) * 3)));
    }
    const auto quantized = calibrate(real, samples, fresh);
    CHECK(get<0>(quantized).input == fit_affine<std::int8_t>(input.range()));
    // Summed in double here and in float there, values may fall into the bin beside.
    const Affine<> wanted = fit_affine<std::int8_t>(output.range());
    CHECK(std::fabs(get<0>(quantized).output.value / wanted.value - 1.0f) < 2e-3f);
    CHECK(std::abs(get<0>(quantized).output.zero - wanted.zero) <= 1);
}

}  // namespace

TEST_CASE("calibrate: every observer chooses the scales of both edges", "[calibrate]") {
    check_choice(MinMax{});
    check_choice(MovingAverage{0.1f});
    check_choice(Percentile{.98});
    check_choice(TorchHistogram{});
    check_choice(Entropy{});
    check_choice(MeanSquaredError{});
}

TEST_CASE("calibrate: what cannot be calibrated is named", "[calibrate]") {
    const Single::Float real{};
    const auto call = [&](const std::vector<float>& samples) {
        return complaint([&] { static_cast<void>(calibrate(real, samples)); });
    };
    CHECK(call({}) == "calibrate: there are no samples; it needs at least one");
    CHECK(call(std::vector<float>(3)) == "calibrate: 3 numbers are no whole samples of 4");
    CHECK(call(std::vector<float>(41)) == "calibrate: 41 numbers are no whole samples of 4");
    CHECK(call(std::vector<float>(4)) == "nothing was thrown");

    std::vector<float> samples(40, 0.5f);
    samples[4 * 6 + 3] = std::numeric_limits<float>::quiet_NaN();
    CHECK(call(samples) == "calibrate: the samples, sample 6, value 3 is nan: only finite numbers can be calibrated");
    samples[4 * 2 + 1] = -std::numeric_limits<float>::infinity();
    CHECK(call(samples) == "calibrate: the samples, sample 2, value 1 is -inf: only finite numbers can be calibrated");
    samples.assign(8, 0.5f);
    samples[7] = std::numeric_limits<float>::infinity();
    CHECK(call(samples) == "calibrate: the samples, sample 1, value 3 is inf: only finite numbers can be calibrated");
}

TEST_CASE("calibrate: a network that leaves the floats says where", "[calibrate]") {
    Deep::Float real{};
    get<1>(real).weights(7, 2) = 3e38f;
    get<0>(real).bias(2) = 10.0f;
    CHECK(complaint([&] { static_cast<void>(calibrate(real, std::vector<float>(16))); }) ==
          "calibrate: the output of layer 1, sample 0, value 7 is inf: only finite numbers can be calibrated");
    get<1>(real).weights(7, 2) = 1.0f;
    get<2>(real).bias(4) = std::nanf("");
    CHECK(complaint([&] {
              static_cast<void>(calibrate(real, std::vector<float>(16)));
          }).find("calibrate: the output of layer 2, sample 0, value 4 is nan") == 0);
}

TEST_CASE("calibrate: a weight that is no number behind a Relu", "[calibrate]") {
    // max(NaN, 0) is 0, so the outputs look sound.
    Deep::Float real{};
    get<0>(real).weights(3, 1) = std::nanf("");
    CHECK(complaint([&] { static_cast<void>(calibrate(real, std::vector<float>(16, 1.0f))); }) != "nothing was thrown");
}

namespace {

/// How far the integer reading of a network is from the float one, in steps of its output.
template <class N> double distance_in_steps() {
    using Net = Sequential<Dense<8, 6, Relu, N>, Dense<6, 3, Identity, N>>;
    oracle::Random random(21);
    typename Net::Float real{};
    const auto draw = [&](auto& tensor) {
        for (std::size_t i = 0; i < tensor.size(); ++i) tensor.data()[i] = random.real();
    };
    draw(get<0>(real).weights), draw(get<0>(real).bias), draw(get<1>(real).weights), draw(get<1>(real).bias);
    const std::vector<float> samples = random_samples(8 * 100, 22);
    const auto quantized = calibrate(real, samples);
    const auto float_net = pack<arch::scalar>(real);
    const auto integer_net = pack<arch::scalar>(quantized);
    const auto x_scale = get<0>(quantized).input;
    const auto y_scale = get<1>(quantized).output;
    using X = typename N::activation;
    double furthest = 0.0;
    for (std::size_t i = 0; i < 100; ++i) {
        QTensor<float, Unscaled, Shape<1, 8>, Inline> x;
        std::copy_n(samples.begin() + static_cast<std::ptrdiff_t>(8 * i), 8, x.data());
        QTensor<X, typename N::activation_scale, Shape<1, 8>, Inline> codes({}, x_scale);
        quantize_into(std::span<const float>(x.data(), 8), codes, typename N::rounding{});
        const auto want = float_net(x);
        const auto got = dequantize(integer_net(codes));
        for (std::size_t c = 0; c < 3; ++c) {
            const double off = static_cast<double>(got(0, c)) - static_cast<double>(want(0, c));
            furthest = std::max(furthest, std::fabs(off) / static_cast<double>(y_scale.scale(0)));
        }
    }
    return furthest;
}

}  // namespace

TEST_CASE("calibrate: every bundle's network is near the float network, and none is it", "[calibrate]") {
    const double reference = distance_in_steps<numerics::TfLite>();
    CHECK(reference > 0.01);
    for (const double steps : {reference, distance_in_steps<numerics::TfLiteSingle>(),
                               distance_in_steps<numerics::CmsisNn>(), distance_in_steps<numerics::Xnnpack>(),
                               distance_in_steps<numerics::Onnx>(), distance_in_steps<numerics::Torch>(),
                               distance_in_steps<numerics::Fixed>(), distance_in_steps<numerics::Article>()}) {
        CHECK(steps > 0.01);
        CHECK(steps < 8.0);
    }
}

TEST_CASE("A network of images is calibrated: both readings agree, kernels give the codes of the definition") {
    using Net =
        Sequential<Conv2d<Shape<12, 10, 3>, 8, Kernel<3, 3, Stride<2>, Same>, Relu>,
                   DepthwiseConv2d<Shape<6, 5, 8>, Kernel<3, 3, Same>, Relu>, Conv2d<Shape<6, 5, 8>, 20, Kernel<1, 1>>,
                   MaxPool2d<Shape<6, 5, 20>, Kernel<2, 2>>, GlobalAveragePool2d<Shape<5, 4, 20>>, Dense<20, 4>>;
    Net::Float real{};
    oracle::Random random(12);
    const auto fill = [&](auto& layer, float reach) {
        for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights.data()[i] = reach * random.real();
        for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias(i) = 0.2f * random.real();
    };
    fill(get<0>(real), 0.4f);
    fill(get<1>(real), 0.5f);
    fill(get<2>(real), 0.5f);
    fill(get<5>(real), 0.6f);
    constexpr std::size_t count = 40;
    const auto samples = random_samples(count * 360, 8);
    const auto codes = calibrate(real, std::span<const float>(samples));
    CHECK(get<3>(codes).output == get<2>(codes).output);  // pooling keeps its scale
    CHECK(get<5>(codes).input == get<2>(codes).output);

    const auto float_net = pack<arch::native>(real);
    const AlignedBytes float_arena(float_net.arena_bytes_for(count));
    std::vector<float> want(count * 4), read(count * 4);
    float_net.run(samples.data(), want.data(), count, float_arena.span());

    std::vector<std::int8_t> x(samples.size()), first;
    quantize_into(samples, QTensor<std::int8_t, Affine<>>(x.data(), Shape(x.size()), get<0>(codes).input));
    qtensor_test::ScalarAndBest::each([&]<class Arch>() {
        const auto net = pack<Arch>(codes);
        for (const std::size_t batch : {std::size_t{1}, std::size_t{8}}) {
            std::vector<std::int8_t> y(count * 4);
            const std::size_t bytes = Net::arena_bytes<1, Arch>;
            REQUIRE(bytes == net.arena_bytes_for(1));
            qtensor_test::BetweenGuards<std::byte> arena(net.arena_bytes_for(batch), qtensor_test::Flush::back);
            for (std::size_t at = 0; at < count; at += batch)
                net.run(x.data() + at * 360, y.data() + at * 4, batch, arena.span());
            CHECK(arena.clean());
            if (first.empty()) first = y;
            INFO(Arch::name << ", batches of " << batch);
            CHECK(y == first);
        }
    });
    const Affine<> out = get<5>(codes).output;
    float largest = 0.0f;
    for (std::size_t i = 0; i < want.size(); ++i)
        largest = std::max(largest, std::fabs(want[i] - out.value * static_cast<float>(first[i] - out.zero)));
    INFO("largest difference: " << largest / out.value << " steps");
    CHECK(largest < 8.0f * out.value);  // of 255, through five roundings
}

TEST_CASE("Compositions are calibrated way by way, nested networks too") {
    using Body = Sequential<Dense<8, 12, Relu>, Dense<12, 8>>;
    using Net =
        Sequential<Sequential<Dense<6, 8>, Lookup<Shape<8>, Tanh>>, Residual<Dense<8, 12, Relu>, Dense<12, 8>>,
                   Concat<Skip<Shape<8>>, Dense<8, 5>>,
                   Merge<Multiply, Identity, Skip<Shape<13>>, Sequential<Dense<13, 13>, Lookup<Shape<13>, Sigmoid>>>,
                   Dense<13, 4>, Softmax<Shape<4>>>;
    static_assert(std::is_same_v<typename Net::layer<1>, Merge<Add, Identity, Skip<Shape<8>>, Body>>);
    Net::Float real{};
    oracle::Random random(3);
    const auto fill = [&](auto& layer) {
        for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights.data()[i] = 0.6f * random.real();
        for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias(i) = 0.2f * random.real();
    };
    fill(get<0>(get<0>(real)));
    fill(get<0>(get<1>(get<1>(real))));
    fill(get<1>(get<1>(get<1>(real))));
    fill(get<1>(get<2>(real)));
    fill(get<0>(get<1>(get<3>(real))));
    fill(get<4>(real));
    constexpr std::size_t count = 50;
    const auto samples = random_samples(count * 6, 8);
    const auto codes = calibrate(real, std::span<const float>(samples));
    const auto& residual = get<1>(codes);
    CHECK((get<1>(get<0>(codes)).output == Affine<>{1.0f / 128.0f, 0}));  // tanh names its own
    CHECK(get<0>(residual).output == get<1>(get<0>(codes)).output);       // what is skipped keeps its scale
    CHECK(get<0>(get<1>(residual)).input == get<1>(get<0>(codes)).output);
    CHECK((get<5>(codes).output == Affine<>{1.0f / 256.0f, -128}));

    const auto float_net = pack<arch::native>(real);
    const AlignedBytes float_arena(float_net.arena_bytes_for(count));
    std::vector<float> want(count * 4);
    float_net.run(samples.data(), want.data(), count, float_arena.span());
    std::vector<std::int8_t> x(samples.size()), first;
    quantize_into(samples, QTensor<std::int8_t, Affine<>>(x.data(), Shape(x.size()), get<0>(get<0>(codes)).input));
    qtensor_test::ScalarAndBest::each([&]<class Arch>() {
        const auto net = pack<Arch>(codes);
        qtensor_test::BetweenGuards<std::byte> arena(net.arena_bytes_for(count), qtensor_test::Flush::back);
        std::vector<std::int8_t> y(count * 4);
        net.run(x.data(), y.data(), count, arena.span());
        CHECK(arena.clean());
        if (first.empty()) first = y;
        CHECK(y == first);
    });
    float largest = 0.0f;
    for (std::size_t i = 0; i < want.size(); ++i)
        largest = std::max(largest, std::fabs(want[i] - static_cast<float>(first[i] + 128) / 256.0f));
    CHECK(largest < 0.03f);  // of probabilities, through a dozen roundings
}
