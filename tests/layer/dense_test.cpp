// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/dense.hpp>
#include <qtensor/scale/power_of_two.hpp>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/dense_oracle.hpp"
#include "support/guard_pages.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::EveryArch;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::ScalarAndBest;

namespace {

constexpr std::size_t batches[] = {0, 1, 2, 7, 16, 33};

template <class L> std::vector<std::int64_t> random_codes(std::size_t count, oracle::Random& random) {
    using T = typename L::activation_element;
    auto codes = oracle::codes(oracle::Fill::random, count, element<T>::lowest, element<T>::highest, random);
    if (count > 0) codes[0] = element<T>::lowest;
    if (count > 1) codes[count - 1] = element<T>::highest;
    return codes;
}

/// Runs a packed layer on memory that ends (or begins) at pages nobody may touch.
template <class L, class Packed>
std::vector<std::int64_t> run_guarded(const Packed& layer, const std::vector<std::int64_t>& x, std::size_t batch,
                                      Flush flush, bool& clean) {
    using Cell = cell_of<typename L::activation_element>;
    BetweenGuards<Cell> from(x.size(), flush), to(batch * output_size<L>, flush);
    for (std::size_t i = 0; i < x.size(); ++i) from[i] = static_cast<Cell>(x[i]);
    const std::size_t bytes = layer.workspace_bytes(batch);
    BetweenGuards<std::int32_t> scratch((bytes + 3) / 4, flush);
    layer.run(from.data(), to.data(), batch, std::as_writable_bytes(scratch.span()).first(bytes));
    std::vector<std::int64_t> y;
    for (const Cell code : to.span()) y.push_back(code);
    for (std::size_t i = 0; i < x.size(); ++i) clean = clean && from[i] == static_cast<Cell>(x[i]);
    clean = clean && from.clean() && to.clean() && scratch.clean();
    return y;
}

/// Every architecture, batch and alignment gives the codes of the oracle.
template <class L, class Arches = ScalarAndBest> void check_integer_reading(const typename L::Quantized& codes) {
    const oracle::IntegerDense expected = oracle::integer_dense<L>(codes);
    oracle::Random random(input_size<L> * 1000 + output_size<L>);
    oracle::Mismatches mismatches;
    std::size_t compared = 0;
    for (const std::size_t batch : batches) {
        const auto x = random_codes<L>(batch * input_size<L>, random);
        const auto want = expected(x, batch);
        for (const Flush flush : {Flush::back, Flush::front}) {
            Arches::each([&]<class Arch>() {
                const auto layer = pack<Arch>(codes);
                bool clean = true;
                const auto got = run_guarded<L>(layer, x, batch, flush, clean);
                const std::string where = std::string(Arch::name) + ", batch " + std::to_string(batch);
                mismatches.require(clean, where + ": the inputs or the memory around was written");
                mismatches.require(got.size() == want.size(), where + ": sizes");
                for (std::size_t i = 0; i < want.size(); ++i, ++compared) {
                    mismatches.compare(got[i], want[i], where, i);
                }
            });
        }
    }
    INFO(input_size<L> << " inputs, " << output_size<L> << " outputs; first mismatch: " << mismatches.first());
    CHECK(mismatches.count() == 0);
    CHECK(compared >= 118 * output_size<L>);
}

/// Post-training quantization gives the oracle's parameters.
template <class L>
void check_parameters(const typename L::Quantized& codes, const typename L::Float& real, oracle::Edge x,
                      oracle::Edge y) {
    const oracle::IntegerDense got = oracle::integer_dense<L>(codes);
    const oracle::IntegerDense want = oracle::quantized_dense<L>(real, x, y, got.weight_scales);
    CHECK(got.weights == want.weights);
    CHECK(got.weight_scales == want.weight_scales);
    CHECK(got.bias == want.bias);
    CHECK(got.x.scale == want.x.scale);
    CHECK(got.y.scale == want.y.scale);
    CHECK(got.x.zero == want.x.zero);
    CHECK(got.y.zero == want.y.zero);
}

template <class L, class Arches> void check_float_reading(const typename L::Float& real) {
    const oracle::RealDense expected = oracle::real_dense<L>(real);
    oracle::Random random(input_size<L> + output_size<L>);
    oracle::Mismatches mismatches;
    for (const std::size_t batch : batches) {
        std::vector<double> x(batch * input_size<L>), sizes;
        for (double& value : x) value = static_cast<double>(random.real());
        const auto want = expected(x, batch, &sizes);
        Arches::each([&]<class Arch>() {
            const auto layer = pack<Arch>(real);
            BetweenGuards<float> from(x.size(), Flush::back), to(want.size(), Flush::back);
            for (std::size_t i = 0; i < x.size(); ++i) from[i] = static_cast<float>(x[i]);
            const std::size_t bytes = layer.workspace_bytes(batch);
            BetweenGuards<std::int32_t> scratch((bytes + 3) / 4, Flush::back);
            layer.run(from.data(), to.data(), batch, std::as_writable_bytes(scratch.span()).first(bytes));
            for (std::size_t i = 0; i < want.size(); ++i) {
                const double error = std::fabs(static_cast<double>(to[i]) - want[i]);
                const double bound = static_cast<double>(input_size<L> + 2) * sizes[i] / 16777216.0;
                mismatches.require(error <= bound, std::string(Arch::name) + " [" + std::to_string(i) + "]: error " +
                                                       std::to_string(error) + ", bound " + std::to_string(bound));
            }
            mismatches.require(from.clean() && to.clean() && scratch.clean(), "memory around was written");
        });
    }
    INFO(input_size<L> << " inputs, " << output_size<L> << " outputs; first mismatch: " << mismatches.first());
    CHECK(mismatches.count() == 0);
}

template <class L, class Arches = ScalarAndBest> void check_layer() {
    static_assert(Layer<L>);
    static_assert(L::macs == input_size<L> * output_size<L>);
    static_assert(L::weight_bytes == input_size<L> * output_size<L>);
    oracle::Random random(input_size<L> * 31 + output_size<L>);
    const auto real = oracle::random_dense<L>(random);
    const Affine<> x{0.0131f, -5};
    const Affine<> y{0.004f * std::sqrt(static_cast<float>(input_size<L>)), 11};
    const auto codes = L::quantized(real, x, y);
    check_parameters<L>(codes, real, {x.value, x.zero}, {y.value, y.zero});
    check_integer_reading<L, Arches>(codes);
    check_float_reading<L, Arches>(real);
}

using numerics::TfLite;
using numerics::Xnnpack;

/// The smallest power of two that is not smaller than what each channel would like.
template <std::size_t N> struct ShiftPerChannel {
    static constexpr int axis = 0;
    static constexpr std::size_t channels = N;
    std::array<std::int8_t, N> exponent{};

    constexpr float scale(std::size_t c) const { return exp2i(exponent[c]); }
    constexpr std::int32_t zero_point(std::size_t) const { return 0; }

    static constexpr ShiftPerChannel fit(const std::array<float, N>& wanted) {
        ShiftPerChannel made{};
        for (std::size_t c = 0; c < N; ++c) {
            int e = -126;
            while (e < 127 && exp2i(e) < wanted[c]) ++e;
            made.exponent[c] = static_cast<std::int8_t>(e);
        }
        return made;
    }
};
struct Shifts : TfLite {
    template <std::size_t N> using weight_scale = ShiftPerChannel<N>;
    using rounding = HalfEven;
};

/// uint8 weights around a zero point of 128: `wanted` is |w| / 255, a code on either side of the zero point is 1 / 127.
template <std::size_t N> struct Around128 {
    static constexpr int axis = 0;
    static constexpr std::size_t channels = N;
    std::array<float, N> values{};

    constexpr float scale(std::size_t c) const { return values[c]; }
    constexpr std::int32_t zero_point(std::size_t c) const { return 128 - static_cast<std::int32_t>(c % 3); }

    static constexpr Around128 fit(const std::array<float, N>& wanted) {
        Around128 made{};
        for (std::size_t c = 0; c < N; ++c) made.values[c] = wanted[c] * (255.0f / 125.0f);
        return made;
    }
};
struct UnsignedWeights : TfLite {
    using weight = std::uint8_t;
    template <std::size_t N> using weight_scale = Around128<N>;
};

struct Nibbles : TfLite {
    using weight = int4;
};
struct UnsignedActivations : Xnnpack {
    using activation = std::uint8_t;
};
struct SymmetricActivations : TfLite {
    using activation = int8_symmetric;
};
struct WideActivations : TfLite {
    using activation = std::int16_t;
};
struct OneScale : TfLite {
    template <std::size_t> using weight_scale = PerTensor<>;
};
struct FullRange : TfLite {
    using weight = std::int8_t;
};
struct SevenBits : TfLite {
    using weight = Ranged<std::int8_t, -64, 63>;
};

template <class L> typename L::Float random_float(std::uint64_t seed) {
    oracle::Random random(seed);
    return oracle::random_dense<L>(random);
}

}  // namespace

// A half of the sizes in each bundle, with and without an activation: panels of 16 and 64 columns, tiles of 6 rows and
// pairs or quadruples of depth are hit on, before and behind their edges. Every architecture's kernels have tests of
// their own (tests/gemm): here they see one size on either side of their panels.
TEST_CASE("Dense: tiny layers", "[dense]") {
    check_layer<Dense<1, 1>>();
    check_layer<Dense<1, 3, Relu, Xnnpack>>();
    check_layer<Dense<3, 1, Relu>>();
    check_layer<Dense<2, 5, Identity, Xnnpack>>();
    check_layer<Dense<7, 16, Relu>>();
    check_layer<Dense<17, 33, Relu, Xnnpack>, EveryArch>();
}

TEST_CASE("Dense: layers around 64", "[dense]") {
    check_layer<Dense<63, 64>, EveryArch>();
    check_layer<Dense<64, 63, Relu>>();
    check_layer<Dense<64, 1, Identity, Xnnpack>, EveryArch>();
    check_layer<Dense<65, 65, Relu, Xnnpack>, EveryArch>();
}

TEST_CASE("Dense: wide and deep layers", "[dense]") {
    check_layer<Dense<5, 130, Relu>>();
    check_layer<Dense<259, 10, Identity, Xnnpack>>();
}

TEST_CASE("Dense: both dialects of one layer differ, each is its own oracle", "[dense]") {
    using A = Dense<24, 40>;
    using B = Dense<24, 40, Identity, Xnnpack>;
    const auto real = random_float<A>(7);
    typename B::Float same{};
    same.weights = real.weights;
    same.bias = real.bias;
    const auto a = A::quantized(real, Affine{0.02f, 3}, Affine{0.0101f, -1});
    const auto b = B::quantized(same, Affine{0.02f, 3}, Affine{0.0101f, -1});
    check_integer_reading<A>(a);
    check_integer_reading<B>(b);
}

TEST_CASE("Dense: Relu is the layer without it, clamped at the zero point", "[dense]") {
    using Plain = Dense<20, 30>;
    using Rectified = Dense<20, 30, Relu>;
    const auto real = random_float<Plain>(8);
    typename Rectified::Float same{};
    same.weights = real.weights;
    same.bias = real.bias;
    for (const std::int32_t zero : {-128, -17, 0, 90, 127}) {
        const auto plain_codes = Plain::quantized(real, Affine{0.02f, 3}, Affine{0.02f, zero});
        const auto rectified_codes = Rectified::quantized(same, Affine{0.02f, 3}, Affine{0.02f, zero});
        const auto plain = pack<arch::native>(plain_codes);
        const auto rectified = pack<arch::native>(rectified_codes);
        oracle::Random random(static_cast<std::uint64_t>(zero + 200));
        const auto x = random_codes<Plain>(5 * 20, random);
        bool clean = true;
        auto want = run_guarded<Plain>(plain, x, 5, Flush::back, clean);
        int below = 0;
        for (std::int64_t& code : want) {
            below += code < zero ? 1 : 0;
            code = code < zero ? zero : code;
        }
        CHECK(run_guarded<Rectified>(rectified, x, 5, Flush::back, clean) == want);
        CHECK((below > 0 || zero == -128));
        CHECK(clean);
    }
}

TEST_CASE("Dense: a bundle of the user's own", "[dense]") {
    const Affine<> x{0.0131f, -5}, y{0.02f, 11};

    SECTION("a weight scale that fits itself: powers of two") {
        using L = Dense<19, 23, Relu, Shifts>;
        const auto real = random_float<L>(1);
        const auto codes = L::quantized(real, x, y);
        for (std::size_t c = 0; c < 23; ++c) {
            float largest = 0.0f;
            for (std::size_t k = 0; k < 19; ++k) largest = std::max(largest, std::fabs(real.weights(c, k)));
            const float scale = codes.weights.scale().scale(c);
            const float exponent = std::log2(scale);
            CHECK(exponent == std::round(exponent));
            if (largest > 0.0f) {
                CHECK(scale >= largest / 127.0f);
                CHECK(scale * 0.5f < largest / 127.0f);
            }
            for (std::size_t k = 0; k < 19; ++k)
                CHECK(static_cast<double>(codes.weights(c, k)) ==
                      std::nearbyint(static_cast<double>(real.weights(c, k)) / static_cast<double>(scale)));
            CHECK(static_cast<double>(codes.bias(c)) ==
                  std::nearbyint(static_cast<double>(real.bias(c)) /
                                 (static_cast<double>(x.value) * static_cast<double>(scale))));
        }
        check_integer_reading<L>(codes);
    }
    SECTION("int4 weights, an odd number per row") {
        using L = Dense<19, 23, Relu, Nibbles>;
        STATIC_REQUIRE(L::weight_bytes == 219);  // 437 nibbles
        STATIC_REQUIRE(L::macs == 437);
        const auto real = random_float<L>(2);
        const auto codes = L::quantized(real, x, y);
        check_parameters<L>(codes, real, {x.value, x.zero}, {y.value, y.zero});
        check_integer_reading<L>(codes);
    }
    SECTION("uint8 weights with a zero point per channel") {
        using L = Dense<19, 70, Identity, UnsignedWeights>;
        const auto real = random_float<L>(3);
        const auto codes = L::quantized(real, x, y);
        for (std::size_t c = 0; c < 70; ++c) {
            for (std::size_t k = 0; k < 19; ++k) {
                const double scale = static_cast<double>(codes.weights.scale().scale(c));
                const double worth =
                    (static_cast<double>(codes.weights(c, k)) - (128 - static_cast<double>(c % 3))) * scale;
                CHECK(std::fabs(worth - static_cast<double>(real.weights(c, k))) <= 0.5001 * scale);
            }
        }
        check_integer_reading<L>(codes);
    }
    SECTION("uint8 activations") {
        using L = Dense<19, 23, Relu, UnsignedActivations>;
        const auto real = random_float<L>(4);
        const auto codes = L::quantized(real, Affine{0.0131f, 140}, Affine{0.02f, 3});
        check_parameters<L>(codes, real, {0.0131f, 140}, {0.02f, 3});
        check_integer_reading<L>(codes);
    }
    SECTION("symmetric activations promise that no code is -128") {
        using L = Dense<19, 23, Identity, SymmetricActivations>;
        const auto real = random_float<L>(5);
        const auto codes = L::quantized(real, Affine{0.0131f, 0}, Affine{0.005f, 0});
        check_integer_reading<L>(codes);
        ScalarAndBest::each([&]<class Arch>() {
            const auto layer = pack<Arch>(codes);
            std::int8_t in[64] = {}, out[64] = {};
            in[37] = -128;
            out[0] = 77;
            alignas(64) std::byte scratch[4096];
            CHECK(says(refused([&] { layer.run(in, out, 2, scratch); }),
                       "an activation is outside the range that its element type promises"));
            CHECK(out[0] == 77);
        });
    }
    SECTION("int16 activations, scalar only") {
        using L = Dense<64, 9, Relu, WideActivations>;
        const auto real = random_float<L>(6);
        const auto codes = L::quantized(real, Affine{0.0001f, 0}, Affine{0.0002f, 0});
        check_parameters<L>(codes, real, {0.0001f, 0}, {0.0002f, 0});
        check_integer_reading<L, qtensor_test::ArchList<arch::scalar>>(codes);
    }
    SECTION("one weight scale for all channels is the widest channel's") {
        using L = Dense<19, 5, Relu, OneScale>;  // five channels: none of them all zero
        const auto real = random_float<L>(7);
        const auto codes = L::quantized(real, x, y);
        float largest = 0.0f;
        for (std::size_t i = 0; i < 19 * 5; ++i) largest = std::max(largest, std::fabs(real.weights.data()[i]));
        CHECK(codes.weights.scale().value == largest / 127.0f);
        for (std::size_t i = 0; i < 19 * 5; ++i)
            CHECK(static_cast<float>(codes.weights.data()[i]) ==
                  std::round(real.weights.data()[i] / (largest / 127.0f)));
        check_integer_reading<L>(codes);
    }
    SECTION("weights of other ranges: -128 is never produced, the top is") {
        using L = Dense<19, 23, Identity, FullRange>;
        const auto real = random_float<L>(8);
        check_integer_reading<L>(L::quantized(real, x, y));
        using M = Dense<19, 23, Identity, SevenBits>;
        typename M::Float same{};
        same.weights = real.weights;
        same.bias = real.bias;
        const auto seven = M::quantized(same, x, y);
        check_parameters<M>(seven, same, {x.value, x.zero}, {y.value, y.zero});
        check_integer_reading<M>(seven);
    }
}

TEST_CASE("Dense::quantized: the largest weight of a channel becomes the largest code, never -128", "[dense]") {
    const auto check = []<class L>(const L&, std::int64_t top) {
        oracle::Random random(99);
        for (int round = 0; round < 20; ++round) {
            const auto real = oracle::random_dense<L>(random);
            const auto codes = oracle::integer_dense<L>(L::quantized(real, Affine{0.5f, 0}, Affine{0.5f, 0}));
            for (std::size_t c = 0; c < codes.out; ++c) {
                std::int64_t largest = 0, lowest = 0;
                for (std::size_t k = 0; k < codes.in; ++k) {
                    largest = std::max(largest, std::abs(codes.weights[c * codes.in + k]));
                    lowest = std::min(lowest, codes.weights[c * codes.in + k]);
                }
                CHECK(largest == (c % 7 == 5 ? 0 : top));
                CHECK(lowest >= -top);
            }
        }
    };
    check(Dense<11, 13>{}, 127);
    check(Dense<11, 13, Identity, Xnnpack>{}, 127);
    check(Dense<11, 13, Identity, FullRange>{}, 127);
    check(Dense<11, 13, Identity, Nibbles>{}, 7);
    check(Dense<11, 13, Identity, SevenBits>{}, 63);
}

TEST_CASE("Dense::quantized: a channel of zeros keeps its bias", "[dense]") {
    using L = Dense<4, 3>;
    L::Float real{};
    real.weights(0, 2) = 1.0f;
    real.weights(2, 0) = -0.5f;
    real.bias(1) = 6.0f;
    const auto codes = L::quantized(real, Affine{0.25f, 0}, Affine{0.5f, -3});
    for (std::size_t k = 0; k < 4; ++k) CHECK(codes.weights(1, k) == 0);
    CHECK(codes.weights.scale().scale(1) > 0.0f);
    ScalarAndBest::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        const std::int8_t x[] = {127, -128, 5, 4};
        std::int8_t y[64] = {};  // as long as a register: g++ 12 sees the branch that stores a whole one
        alignas(64) std::byte scratch[1024];
        layer.run(x, y, 1, scratch);
        CHECK(static_cast<int>(y[1]) == 12 - 3);  // 6 / 0.5 above the zero point, whatever the input
    });
}

TEST_CASE("Dense::quantized: bias in units of input x weight scale", "[dense]") {
    using Away = Dense<1, 4>;
    using Even = Dense<1, 4, Identity, Xnnpack>;
    const auto check = []<class L>(const L&, const std::vector<std::int32_t>& want) {
        typename L::Float real{};
        const float bias[] = {0.25f, 0.75f, -0.25f, -0.625f};
        for (std::size_t c = 0; c < 4; ++c) {
            real.weights(c, 0) = 127.0f;  // weight scale 1
            real.bias(c) = bias[c];
        }
        const auto codes = L::quantized(real, Affine{0.5f, 4}, Affine{1.0f, 0});  // unit 1/2
        for (std::size_t c = 0; c < 4; ++c) CHECK(codes.bias(c) == want[c]);
    };
    check(Away{}, {1, 2, -1, -1});
    check(Even{}, {0, 2, 0, -1});
}

TEST_CASE("Dense: what cannot be packed says why", "[dense]") {
    using L = Dense<3, 2>;
    L::Quantized codes{};
    codes.weights = QTensor<int8_symmetric, PerChannel<2>, Shape<2, 3>, Inline>({}, PerChannel<2>{{1.0f, 1.0f}});
    codes.input = Affine{1.0f, 0};
    codes.output = Affine{4.0f, 0};
    ScalarAndBest::each([&]<class Arch>() {
        CHECK(refused([&] { static_cast<void>(pack<Arch>(codes)); }) == "nothing was refused");
        auto broken = codes;
        broken.weights(1, 2) = -128;
        CHECK(says(refused([&] { static_cast<void>(pack<Arch>(broken)); }),
                   "a weight is outside the range that its element type promises (value -128, limit -127)"));
        broken = codes;
        broken.bias(1) = 2147483647;
        CHECK(refused([&] { static_cast<void>(pack<Arch>(broken)); }) == "nothing was refused");
        broken.weights(0, 0) = 1;
        CHECK(says(refused([&] { static_cast<void>(pack<Arch>(broken)); }), "the sums could overflow the accumulator"));
        broken = codes;
        broken.input.value = 0.0f;
        CHECK(says(refused([&] { static_cast<void>(pack<Arch>(broken)); }), "a scale is positive and finite"));
        broken = codes;
        broken.output.value = std::numeric_limits<float>::quiet_NaN();
        CHECK(says(refused([&] { static_cast<void>(pack<Arch>(broken)); }), "a scale is positive and finite"));
        broken = codes;
        broken.weights = QTensor<int8_symmetric, PerChannel<2>, Shape<2, 3>, Inline>({}, PerChannel<2>{{1.0f, -1.0f}});
        CHECK(says(refused([&] { static_cast<void>(pack<Arch>(broken)); }), "a scale is positive and finite"));
    });
}

TEST_CASE("Dense: a workspace that is too small or misaligned is refused before anything is written", "[dense]") {
    using L = Dense<9, 4>;
    const auto codes = L::quantized(random_float<L>(3), Affine{0.1f, 0}, Affine{0.1f, 0});
    EveryArch::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        const std::size_t bytes = layer.workspace_bytes(3);
        if (bytes == 0) return;
        const std::int8_t x[27] = {};
        std::int8_t y[64] = {};
        for (auto& code : y) code = 55;
        alignas(64) std::byte scratch[1024];
        CHECK(says(refused([&] { layer.run(x, y, 3, std::span(scratch).first(bytes - 1)); }),
                   "the workspace is smaller than workspace_bytes"));
        CHECK(says(refused([&] { layer.run(x, y, 3, std::span(scratch).subspan(2, bytes)); }),
                   "the workspace is aligned to 4 bytes"));
        for (const auto code : y) CHECK(static_cast<int>(code) == 55);
        CHECK(refused([&] { layer.run(x, y, 3, std::span(scratch).subspan(4, bytes)); }) == "nothing was refused");
    });
}

TEST_CASE("Dense: the integer reading in constant evaluation", "[dense]") {
    using L = Dense<3, 2, Relu>;
    static constexpr auto codes = [] {
        L::Float real{};
        const float weights[] = {1.0f, -0.5f, 0.25f, 0.5f, 0.5f, -1.0f};
        for (std::size_t i = 0; i < 6; ++i) real.weights.data()[i] = weights[i];
        real.bias(0) = 0.125f;
        real.bias(1) = -4.0f;
        return L::quantized(real, Affine{0.0625f, -3}, Affine{0.125f, -40});
    }();
    static constexpr std::int8_t x[] = {50, -20, 7, -128, 127, 0};
    constexpr auto y = [] {
        std::array<std::int8_t, 4> made{};
        pack<arch::scalar>(codes).run(x, made.data(), 2, {});
        return made;
    }();
    const auto want = oracle::integer_dense<L>(codes)({50, -20, 7, -128, 127, 0}, 2);
    for (std::size_t i = 0; i < 4; ++i) CHECK(static_cast<std::int64_t>(y[i]) == want[i]);
    CHECK(static_cast<int>(y[1]) == -40);  // the bias of -4 is clamped by Relu
}

TEST_CASE("Dense: pruned to almost nothing", "[dense]") {
    // A channel whose weights are tiny beside its bias: the bias does not fit units of s_x * s_w, saturates and the
    // packed layer is refused. The channel's scale must not be smaller than its bias needs.
    using L = Dense<2, 1>;
    L::Float real{};
    real.weights(0, 0) = 1e-12f;
    real.bias(0) = 1.0f;
    const auto codes = L::quantized(real, Affine{0.02f, 0}, Affine{0.02f, 0});
    const auto layer = pack<arch::scalar>(codes);
    const std::int8_t x[] = {1, 1};
    std::int8_t y[1] = {};
    layer.run(x, y, 1, {});
    CHECK(static_cast<int>(y[0]) == 50);
}

TEST_CASE("Dense: one scale for all channels and a channel of zeros", "[dense]") {
    // The zero channel asks for scale 1, which becomes everybody's: all other weights turn to 0.
    using L = Dense<2, 2, Identity, OneScale>;
    L::Float real{};
    real.weights(0, 0) = 0.25f;
    real.weights(0, 1) = -0.125f;
    const auto codes = L::quantized(real, Affine{0.02f, 0}, Affine{0.02f, 0});
    CHECK(static_cast<int>(codes.weights(0, 0)) == 127);
    CHECK(static_cast<int>(codes.weights(0, 1)) == -64);
}

TEST_CASE("Dense: a channel of zeros has a bias in fine steps", "[dense]") {
    // Its weights have no range, so its scale is free. At scale 1 the bias is rounded to whole steps of the input.
    using L = Dense<1, 1>;
    L::Float real{};
    real.bias(0) = 0.1f;
    const auto codes = L::quantized(real, Affine{0.25f, 0}, Affine{0.001f, 0});
    const auto layer = pack<arch::scalar>(codes);
    const std::int8_t x[] = {1};
    std::int8_t y[1] = {};
    layer.run(x, y, 1, {});
    CHECK(static_cast<int>(y[0]) == 100);
}
