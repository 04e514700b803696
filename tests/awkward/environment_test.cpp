// SPDX-License-Identifier: BSL-1.0
/// \file
/// What the thread's floating-point environment may change: codes of integer rules never, codes of float rules by the
/// rounding mode alone, and where anything else would differ, a debug build says so.

#include "support/catch.hpp"

#include <qtensor/qtensor.hpp>

#include <bit>
#include <cfenv>
#include <functional>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/refused.hpp"
#include "support/samples.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Random;
using qtensor_test::refused;
using qtensor_test::says;

#if defined(__SSE__)
constexpr bool can_flush = true;
void flush_subnormals() { __builtin_ia32_ldmxcsr(static_cast<unsigned>(__builtin_ia32_stmxcsr()) | 0x8040u); }
#else
constexpr bool can_flush = false;
void flush_subnormals() {}
#endif

#if defined(NDEBUG)
constexpr bool checks = false;
#else
constexpr bool checks = true;
#endif

/// Another environment until the end of the scope.
class Changed {
public:
    explicit Changed(int rounding, bool flush = false) {
        std::fegetenv(&before_);
        std::fesetround(rounding);
        if (flush) flush_subnormals();
    }
    ~Changed() { std::fesetenv(&before_); }
    Changed(const Changed&) = delete;
    Changed& operator=(const Changed&) = delete;

private:
    std::fenv_t before_{};
};

constexpr int directed[] = {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
const char* const mode_sentence = "the thread's rounding mode is not to nearest";
const char* const flush_sentence = "the thread flushes subnormal numbers to zero";

/// What `call` says in another environment.
std::string refused_in(int rounding, bool flush, const std::function<void()>& call) {
    std::string said;
    {
        const Changed changed(rounding, flush);
        said = refused(call);
    }
    return said;
}

std::vector<float> every_kind_of_float() {
    std::vector<float> values;
    Random random(7);
    for (std::uint32_t exponent = 0; exponent < 256; ++exponent) {
        for (int i = 0; i < 8; ++i) {
            const auto mantissa = static_cast<std::uint32_t>(i == 0 ? 0 : i == 1 ? 1 : random.between(0, 0x7fffff));
            values.push_back(std::bit_cast<float>(exponent << 23 | mantissa));
            values.push_back(std::bit_cast<float>(0x80000000u | exponent << 23 | mantissa));
        }
    }
    for (int i = -400; i <= 400; ++i) values.push_back(static_cast<float>(i) / 4.0f);
    return values;
}

/// A product through one dialect, bound once in the default environment.
template <class Arch, class D> class Fixture {
public:
    Fixture() : packed_(weights()), linear_(packed_, Affine{0.25f, 5}, Requantize<std::int8_t, D>{Affine{16.0f, 3}}) {
        Random random(8);
        for (auto& code : x_) code = static_cast<std::int8_t>(random.between(-128, 127));
    }
    std::vector<std::int8_t> run() const {
        std::vector<std::int8_t> got(m * n);
        alignas(64) std::byte workspace[1 << 14];
        linear_(QTensor<const std::int8_t, Affine<>, Shape<m, k>>(x_.data(), {}, Affine{0.25f, 5}),
                QTensor<std::int8_t, Affine<>, Shape<m, n>>(got.data(), {}, Affine{16.0f, 3}), workspace);
        return got;
    }

private:
    static constexpr std::size_t m = 9, n = 37, k = 41;
    using Weights = QTensor<std::int8_t, PerTensor<>, Shape<n, k>, Inline>;
    static const Weights& weights() {
        static const Weights made = [] {
            Weights w({}, PerTensor{0.5f});
            Random random(9);
            for (std::size_t i = 0; i < n * k; ++i) w.data()[i] = static_cast<std::int8_t>(random.between(-128, 127));
            return w;
        }();
        return made;
    }
    using Packed = packed_for<Arch, std::int8_t, Weights>;
    std::vector<std::int8_t> x_ = std::vector<std::int8_t>(m * k);
    Packed packed_;
    Linear<Packed, Affine<>, Requantize<std::int8_t, D>> linear_;
};

template <class D> void runs_the_same_anywhere() {
    qtensor_test::ScalarAndBest::each([&]<class Arch>() {
        const Fixture<Arch, D> product;
        const auto want = product.run();
        for (const int mode : {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
            for (const bool flush : {false, true}) {
                std::vector<std::int8_t> got;
                const std::string said = refused_in(mode, flush, [&] { got = product.run(); });
                if (detail::uses_float<D> && mode != FE_TONEAREST) {
                    if (checks) CHECK(says(said, mode_sentence));
                } else {
                    CHECK(got == want);
                }
            }
        }
    });
}

}  // namespace

TEMPLATE_TEST_CASE("Integer rules give the same codes in any environment, float rules wherever it rounds to nearest",
                   "[awkward]", TfLiteDoubleRounding, TfLiteSingleRounding, TfLiteNeon, XnnpackRndnu, GemmlowpLegacy,
                   PowerOfTwoShift<>, ExactRational<>, XnnpackFp32, TorchFloat, OnnxQLinear<>) {
    runs_the_same_anywhere<TestType>();
}

TEMPLATE_TEST_CASE("Binding a dialect and converting codes by one needs the default rounding mode", "[awkward]",
                   TfLiteDoubleRounding, XnnpackFp32) {
    const std::int8_t codes[3]{1, -2, 3};
    std::int8_t to[3]{};
    const auto requantized = [&](float from) {
        requantize_into<TestType>(QTensor<const std::int8_t, PerTensor<>>(codes, Shape{3}, PerTensor{from}),
                                  QTensor<std::int8_t, PerTensor<>>(to, Shape{3}, PerTensor{from}));
    };
    for (const int mode : directed) {
        if (checks) CHECK(says(refused_in(mode, false, [&] { requantized(0.5f); }), mode_sentence));
        if (checks) CHECK(says(refused_in(mode, false, [] { Fixture<arch::scalar, TestType>(); }), mode_sentence));
    }
    CHECK(refused_in(FE_TONEAREST, true, [&] { requantized(0.5f); }) == "nothing was refused");
    CHECK((to[0] == 1 && to[1] == -2 && to[2] == 3));
    if (checks && can_flush)
        CHECK(says(refused_in(FE_TONEAREST, true, [&] { requantized(0x1p-130f); }), flush_sentence));
}

TEMPLATE_TEST_CASE("Flushed subnormals change no code of a nearest rounding at a scale from 2^-124 to 2^126",
                   "[awkward]", HalfEven, HalfAway, HalfUp, TowardZero, TorchReciprocal, GgmlReciprocal,
                   TorchFusedReciprocal) {
    const auto values = every_kind_of_float();
    for (const float scale : {1.0f, 0.1f, 3e7f, 0x1p-124f, 0x1p126f, 0x1p-64f}) {
        std::vector<std::int16_t> want(values.size()), got(values.size());
        const auto quantized = [&](std::vector<std::int16_t>& codes) {
            quantize_into(values, QTensor<std::int16_t, Affine<>>(codes.data(), Shape{codes.size()}, Affine{scale, 9}),
                          TestType{});
        };
        quantized(want);
        CHECK(refused_in(FE_TONEAREST, true, [&] { quantized(got); }) == "nothing was refused");
        CHECK(got == want);
        for (const int mode : directed) {
            if (checks) CHECK(says(refused_in(mode, false, [&] { quantized(got); }), mode_sentence));
        }
    }
    std::int8_t code[1]{};
    const auto one = [&](float scale, const auto& rounding) {
        return refused_in(FE_TONEAREST, true, [&] {
            quantize_into(std::span<const float>(values).first(1),
                          QTensor<std::int8_t, PerTensor<>>(code, Shape{1}, PerTensor{scale}), rounding);
        });
    };
    if (!checks || !can_flush) return;
    CHECK(says(one(0x1p-125f, TestType{}), flush_sentence));
    CHECK(says(one(0x1.8p126f, TestType{}), flush_sentence));
    CHECK(says(one(1.0f, Floor{}), flush_sentence));  // floor of the smallest negative number is -1
    CHECK(says(one(1.0f, Ceil{}), flush_sentence));
    CHECK(says(one(1.0f, Stochastic{1}), flush_sentence));
}

TEST_CASE("Flushed subnormals change no real number of a scale from 2^-126 on", "[awkward]") {
    std::int8_t codes[256];
    for (int i = 0; i < 256; ++i) codes[i] = static_cast<std::int8_t>(i - 128);
    for (const float scale : {1.0f, 0x1p-126f, 0.1f}) {
        std::vector<float> want(256), got(256);
        const auto dequantized = [&](std::vector<float>& reals) {
            dequantize_into(QTensor<const std::int8_t, Affine<>>(codes, Shape{256}, Affine{scale, 7}), reals);
        };
        dequantized(want);
        CHECK(refused_in(FE_TONEAREST, true, [&] { dequantized(got); }) == "nothing was refused");
        CHECK(got == want);
        if (checks) CHECK(says(refused_in(FE_UPWARD, false, [&] { dequantized(got); }), mode_sentence));
    }
    float real[1]{};
    const QTensor<const std::int8_t, PerTensor<>> tiny(codes, Shape{1}, PerTensor{0x1p-127f});
    if (checks && can_flush)
        CHECK(says(refused_in(FE_TONEAREST, true, [&] { dequantize_into(tiny, real); }), flush_sentence));
}

TEST_CASE("Half precision is the same in any environment", "[awkward]") {
    const auto values = every_kind_of_float();
    const auto bits = [&](std::vector<std::uint32_t>& all) {
        all.clear();
        std::vector<float16> halves(values.size());
        convert_into(QTensor<const float>(values.data(), Shape{values.size()}),
                     QTensor<float16>(halves.data(), Shape{values.size()}));
        std::vector<float> back(values.size());
        convert_into(QTensor<const float16>(halves.data(), Shape{values.size()}),
                     QTensor<float>(back.data(), Shape{values.size()}));
        for (const float16 half : halves) all.push_back(half.bits);
        for (const float real : back) all.push_back(std::bit_cast<std::uint32_t>(real));
    };
    std::vector<std::uint32_t> want, got;
    bits(want);
    for (const int mode : {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
        for (const bool flush : {false, true}) {
            CHECK(refused_in(mode, flush, [&] { bits(got); }) == "nothing was refused");
            CHECK(got == want);
        }
    }
}

TEST_CASE("exp, logistic and tanh on integers are the same in any environment", "[awkward]") {
    using I = lanes<std::int32_t, arch::native>;
    constexpr std::size_t width = lane::width<I>;
    const auto computed = [] {
        std::vector<std::int32_t> all;
        Random random(12);
        for (int i = 0; i < 400; ++i) {
            std::int32_t x[width], y[width];
            for (auto& value : x) value = random.int32_any_size();
            const I lanes = lane::load<I>(x, width);
            for (const I& result : {logistic<4>(lanes), qtensor::tanh<4>(lanes)}) {
                lane::store(y, result, width);
                all.insert(all.end(), y, y + width);
            }
        }
        return all;
    };
    const auto want = computed();
    for (const int mode : directed) {
        std::vector<std::int32_t> got;
        refused_in(mode, true, [&] { got = computed(); });
        CHECK(got == want);
    }
}
