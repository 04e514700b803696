// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Ten thousand fixed outputs of every dialect, rounding, element and scheme, as one SHA-256: `schemes(sha)` adds them.
/// Weight-only products are left out: they are float products. Inputs come from an integer generator; whatever has
/// lanes runs on those of arch::native.

#include <qtensor/qtensor.hpp>

#include "sha256.hpp"

namespace schemes {

using namespace qtensor;

constexpr std::size_t outputs = 10000;

/// SplitMix64.
struct Random {
    std::uint64_t state;
    std::uint64_t word() {
        std::uint64_t z = state += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::int32_t between(std::int32_t lowest, std::int32_t highest) {
        return lowest + static_cast<std::int32_t>(word() % static_cast<std::uint64_t>(highest - lowest + 1));
    }
    /// Of this binary exponent; every fourth is a power of two, whose products make ties.
    float real(std::int32_t exponent) {
        const auto mantissa = static_cast<std::uint32_t>(word() >> 41);
        return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23 |
                                    (word() % 4 == 0 ? 0 : mantissa));
    }
    /// Any sign, exponents around 0; every eighth a multiple of 1/2.
    float number() {
        const float x = word() % 8 == 0 ? static_cast<float>(between(-600, 600)) / 2.0f : real(between(-20, 10));
        return word() % 2 == 0 ? x : -x;
    }
};

inline float numbers[outputs];
inline float reals[outputs];
alignas(64) inline std::byte codes[outputs * 8];
alignas(64) inline std::byte other_codes[outputs * 2];
alignas(64) inline std::byte packed_bytes[1 << 18];
alignas(64) inline std::byte workspace[1 << 16];

// ---- numbers ----------------------------------------------------------------------------------------------------

using I = lane::ints<lanes<float, arch::native>>;
constexpr std::size_t width = lane::width<I>;

/// Sixteen accumulators at a time, with constants of `words_of(random)`.
template <class D, class WordsOf> void dialect(Sha256& sha, const WordsOf& words_of) {
    Random random{1};
    for (std::size_t done = 0; done < outputs; done += 16) {
        const auto words = words_of(random);
        const std::int32_t lowest = random.between(0, 1) * -128;
        const CodeRange range{random.between(-140, 260), lowest, lowest + 255};
        std::int32_t accumulators[16], made[16];
        for (std::int32_t& acc : accumulators)
            acc = static_cast<std::int32_t>(static_cast<std::uint32_t>(random.word())) >> random.between(0, 30);
        std::array<I, D::words> constants{};
        for (std::size_t w = 0; w < D::words; ++w) constants[w] = lane::broadcast<I>(words[w]);
        for (std::size_t at = 0; at < 16; at += width)
            lane::store(made + at, D::apply(lane::load<I>(accumulators + at, width), constants, range), width);
        for (const std::int32_t code : made) sha.add(code);
    }
}

template <class D> auto from_scales(Random& random) {
    const float x = random.real(random.between(-12, -3));
    const float w = random.real(random.between(-14, -2));
    return D::derive(x, w, random.real(random.between(-4, 2)));
}

template <class R> void shifts(Sha256& sha) {
    dialect<PowerOfTwoShift<R>>(sha,
                                [](Random& random) { return std::array<std::int32_t, 1>{random.between(-31, 0)}; });
    dialect<ExactRational<R>>(sha, from_scales<ExactRational<R>>);
}

inline void wide(Sha256& sha) {
    Random random{2};
    for (std::size_t i = 0; i < outputs; ++i) {
        const float x = random.real(-9);
        const float w = random.real(random.between(-9, 0));
        const auto words = TfLiteMultiplier::derive(x, w, random.real(-8));
        const std::int64_t acc = static_cast<std::int64_t>(random.word()) >> random.between(17, 60);
        sha.add(TfLiteDoubleRounding::apply(acc, words, CodeRange{random.between(-9, 9), -32768, 32767}));
    }
}

template <class Rule> void function(Sha256& sha, const Rule& rule) {
    Random random{3};
    for (std::size_t done = 0; done < outputs; done += 16) {
        std::int32_t x[16];
        for (std::int32_t& value : x)
            value = static_cast<std::int32_t>(static_cast<std::uint32_t>(random.word())) >> random.between(0, 30);
        for (std::size_t at = 0; at < 16; at += width) lane::store(x + at, rule(lane::load<I>(x + at, width)), width);
        for (const std::int32_t value : x) sha.add(value);
    }
}

// ---- tensors ----------------------------------------------------------------------------------------------------

template <class T> typename element<T>::cell* cells() { return reinterpret_cast<typename element<T>::cell*>(codes); }

template <class Q> void add(Sha256& sha, const Q& tensor) {
    for (std::size_t i = 0; i < tensor.size(); ++i) {
        sha.add(static_cast<std::int64_t>(element<typename Q::element_type>::load(tensor.data(), i)));
    }
}

template <class T, class R = HalfAway> void quantized(Sha256& sha, const R& rounding = {}) {
    const QTensor<T, Affine<>> tensor(cells<T>(), Shape<dyn>(outputs), Affine{0.37f, sizeof(value_of<T>) < 4 ? 1 : 0});
    quantize_into(std::span<const float>(numbers), tensor, rounding);
    add(sha, tensor);
    dequantize_into(tensor, reals);
    for (const float real : reals) sha.add(real);
}

template <class D, class T> void dynamic(Sha256& sha) {
    const auto whole = quantize_dynamic<D, T>(numbers, cells<T>(), Shape<dyn>(outputs));
    sha.add(whole.scale().value);
    sha.add(whole.scale().zero);
    add(sha, whole);
    std::int32_t zeros[100];
    add(sha, quantize_dynamic_rows<D, T>(numbers, cells<T>(), Shape<dyn, dyn>(100, 100), std::span(reals).first(100),
                                         zeros));
    for (std::size_t i = 0; i < 100; ++i) sha.add(reals[i]);
    for (const std::int32_t zero : zeros) sha.add(zero);
}

template <class B> void blocks(Sha256& sha) {
    constexpr std::size_t count = outputs / 32;
    B* const made = reinterpret_cast<B*>(codes);
    quantize_blocks<B>(std::span<const float>(numbers).first(count * 32), std::span(made, count));
    dequantize_blocks<B>(std::span<const B>(made, count), std::span(reals).first(count * 32));
    for (std::size_t b = 0; b < count; ++b) {
        sha.add(made[b].d.bits);
        for (std::size_t i = 0; i < 32; ++i) sha.add(made[b].code(i));
    }
    for (std::size_t i = 0; i < count * 32; ++i) sha.add(reals[i]);
}

// ---- products ---------------------------------------------------------------------------------------------------

constexpr std::size_t m = 25, n = 400, groups = 2, depth = 32, k = groups * depth;
inline float x_scales[m * groups], w_scales[n * groups];
inline std::int32_t x_zeros[m * groups], w_zeros[n * groups];

template <class T> void fill(Random& random, std::byte* to, std::size_t count) {
    auto* const made = reinterpret_cast<typename element<T>::cell*>(to);
    for (std::size_t i = 0; i < count; ++i) {
        const auto lowest = static_cast<std::int32_t>(element<T>::lowest);
        element<T>::store(
            made, i, static_cast<value_of<T>>(random.between(lowest, static_cast<std::int32_t>(element<T>::highest))));
    }
}

template <class X, class W>
using product_arch =
    std::conditional_t<arch::HasAtom<arch::native, value_of<X>, value_of<W>>, arch::native, arch::scalar>;

/// x is a matrix or, for scales per group, a tensor of rank 3.
template <class X, class W, class XShape, class XScale, class WScale>
void grouped(Sha256& sha, XShape shape, XScale x_scale, WScale w_scale) {
    Random random{4};
    fill<X>(random, other_codes, m * k);
    fill<W>(random, codes, n * k);
    const QTensor<const X, XScale, XShape> x(reinterpret_cast<const X*>(other_codes), shape, x_scale);
    using Weights = QTensor<const W, WScale, Shape<dyn, dyn, dyn>>;
    const Weights w(cells<W>(), Shape<dyn, dyn, dyn>(n, groups, depth), w_scale);
    const grouped_for<product_arch<X, W>, X, Weights> packed(w, packed_bytes);
    multiply_groups(x, packed, QTensor<float, Unscaled, Shape<dyn, dyn>>(reals, Shape<dyn, dyn>(m, n)), workspace,
                    Relu{});
    for (std::size_t i = 0; i < m * n; ++i) sha.add(reals[i]);
}

/// A product with one accumulator, through the stages.
template <class X, class W, class XScale, class WScale, class... Stages>
void product(Sha256& sha, XScale x_scale, WScale w_scale, const Stages&... stages) {
    Random random{5};
    fill<X>(random, other_codes, m * k);
    fill<W>(random, codes, n * k);
    using Weights = QTensor<const W, WScale, Shape<dyn, dyn>>;
    const Weights w(cells<W>(), Shape<dyn, dyn>(n, k), w_scale);
    using Packed = packed_for<product_arch<X, W>, X, Weights>;
    const Packed packed(w, packed_bytes);
    std::int32_t words[4 * n];
    const BoundLinear<Packed, XScale, std::int32_t, Stages...> linear(packed, x_scale, BindMemory(words, 4 * n),
                                                                      stages...);
    using Y = typename decltype(linear)::element_type;
    Y* const y = reinterpret_cast<Y*>(reals);
    linear.run(packed,
               QTensor<const X, XScale, Shape<dyn, dyn>>(reinterpret_cast<const X*>(other_codes), Shape<dyn, dyn>(m, k),
                                                         x_scale),
               QTensor<Y, typename decltype(linear)::scale_type, Shape<dyn, dyn>>(y, Shape<dyn, dyn>(m, n),
                                                                                  linear.output_scale()),
               workspace);
    for (std::size_t i = 0; i < m * n; ++i) sha.add(y[i]);
}

struct Exponents {
    static constexpr int axis = 0;
    constexpr float scale(std::size_t c) const { return exp2i(-3 - static_cast<int>(c % 5)); }
    constexpr bool operator==(const Exponents&) const = default;
};

inline void products(Sha256& sha) {
    Random random{6};
    for (float& scale : x_scales) scale = random.real(-6);
    for (float& scale : w_scales) scale = random.real(random.between(-9, -4));
    for (std::int32_t& zero : x_zeros) zero = random.between(-20, 20);
    for (std::int32_t& zero : w_zeros) zero = random.between(-3, 12);
    const Shape<dyn, dyn> rows(m, k);
    const Shape<dyn, dyn, dyn> cube(m, groups, depth);
    const PerGroup<dyn> w{{w_scales}}, x{{x_scales}};
    const PerGroupAffine<dyn> w_affine{{w_scales, w_zeros}}, x_affine{{x_scales, x_zeros}};
    const PerChannel<dyn> by_row{x_scales};
    const PerChannelAffine<dyn> by_row_affine{x_scales, x_zeros};
    grouped<std::int8_t, std::int8_t>(sha, rows, PerTensor{0.01f}, w);
    grouped<std::uint8_t, int4>(sha, rows, Affine{0.01f, 119}, w_affine);
    grouped<std::int8_t, uint4>(sha, rows, by_row, w_affine);
    grouped<std::uint8_t, std::uint8_t>(sha, rows, by_row_affine, w);
    grouped<std::int8_t, std::int8_t>(sha, cube, x, w);
    grouped<std::int8_t, ternary>(sha, cube, x_affine, w);
    grouped<std::int8_t, binary>(sha, rows, PerTensor{0.5f}, w);
    grouped<std::int16_t, std::int8_t>(sha, rows, PerTensor{0.001f}, w);
    product<std::int8_t, int4>(sha, Affine{0.02f, -7}, PerChannel<dyn>{w_scales},
                               Requantize<std::int8_t>{Affine{0.2f, 3}});
    product<std::uint8_t, ternary>(sha, Affine{0.02f, 128}, PerTensor{0.1f},
                                   Requantize<std::uint8_t, OnnxQLinear<>>{Affine{0.1f, 121}});
    product<std::int8_t, binary>(sha, PerTensor{0.02f}, PerTensor{0.1f}, Dequantize<float>{});
    product<std::int8_t, std::int8_t>(sha, PowerOfTwo<-6>{}, Exponents{},
                                      Requantize<std::int16_t, PowerOfTwoShift<>, PowerOfTwo<-2>>{});
    product<std::int8_t, int8_symmetric>(sha, PerTensor{0.02f}, PerTensor{0.1f},
                                         Requantize<std::int8_t, ExactRational<Floor>>{Affine{0.3f, 0}});
    const std::array<std::int32_t, 3> legacy{74980, 3401, 21};
    product<std::uint8_t, std::uint8_t>(
        sha, Affine{1.0f, 84}, PerTensor{1.0f},
        RequantizeBy<std::uint8_t, GemmlowpLegacy>{Affine{1.0f, 0}, std::span(&legacy, 1)});
}

/// Everything.
inline void schemes(Sha256& sha) {
    Random random{7};
    for (float& number : numbers) number = random.number();
    each_dialect([&]<class D>(const Named<D>&) { dialect<D>(sha, from_scales<D>); });
    dialect<GemmlowpLegacy>(sha, [](Random& r) {
        return std::array<std::int32_t, 3>{r.between(-9999, 9999), r.between(1, 99999), r.between(0, 40)};
    });
    shifts<Floor>(sha);
    shifts<Ceil>(sha);
    shifts<TowardZero>(sha);
    shifts<HalfEven>(sha);
    shifts<HalfAway>(sha);
    shifts<HalfUp>(sha);
    wide(sha);
    function(sha, [](const auto& a) { return exp_on_negative_values<5>(lane::min(a, lane::broadcast<I>(0))); });
    function(sha, [](const auto& a) { return logistic<4>(a); });
    function(sha, [](const auto& a) { return qtensor::tanh<4>(a); });
    quantized<std::int8_t>(sha, Floor{});
    quantized<std::int8_t>(sha, Ceil{});
    quantized<std::int8_t>(sha, TowardZero{});
    quantized<std::int8_t>(sha, HalfEven{});
    quantized<std::int8_t>(sha, HalfUp{});
    quantized<std::int8_t>(sha, Stochastic{9});
    quantized<std::int8_t>(sha, TorchReciprocal{});
    quantized<std::int8_t>(sha, TorchFusedReciprocal{});
    quantized<std::int8_t>(sha, GgmlReciprocal{});
    quantized<std::int8_t>(sha);
    quantized<int8_symmetric>(sha);
    quantized<std::uint8_t>(sha);
    quantized<std::int16_t>(sha);
    quantized<std::uint16_t>(sha);
    quantized<std::int32_t>(sha);
    quantized<int4>(sha);
    quantized<uint4>(sha);
    quantized<ternary>(sha);
    quantized<binary>(sha, Sign{});
    dynamic<OnnxDynamic, std::uint8_t>(sha);
    dynamic<TfLiteHybridSymmetric, int8_symmetric>(sha);
    dynamic<TfLiteHybridAsymmetric, std::int8_t>(sha);
    dynamic<TorchDynamic<>, std::uint8_t>(sha);
    blocks<BlockQ8_0>(sha);
    blocks<BlockQ4_0>(sha);
    products(sha);
}

}  // namespace schemes
