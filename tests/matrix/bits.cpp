// SPDX-License-Identifier: BSL-1.0
/// \file
/// Hashes of everything whose bits the library promises: one line per group, `name hash`, and the total. bits.sh builds
/// this with many compilers, flags and architectures and compares the lines; no expected hash is kept anywhere.
/// Products of floats are left out: their sums may be rounded in another order.
///
/// All inputs come from an integer generator. Values are hashed as numbers, low byte first, so the byte order of the
/// machine plays no part. The line sha256 is that of schemes.hpp: ten thousand outputs of every dialect and scheme.

#include <algorithm>

#include <qtensor/qtensor.hpp>

#include "schemes.hpp"

#if __STDC_HOSTED__
#include <cstdio>
#include <cstring>
#else
#include "../firmware/start.hpp"
#endif

namespace {

using namespace qtensor;

// ---- output -----------------------------------------------------------------------------------------------------

void say(const char* text) {
#if __STDC_HOSTED__
    std::fputs(text, stdout);
#else
    write_text(text);
#endif
}

bool wrong = false;

/// What must hold in every build, whatever the hashes are.
void check(bool holds, const char* sentence) {
    if (holds) return;
    wrong = true;
    say("WRONG ");
    say(sentence);
    say("\n");
}

/// FNV-1a, 64 bits.
class Hash {
public:
    template <std::integral T> constexpr void add(T value) {
        const auto bits = static_cast<std::uint64_t>(value);
        for (std::size_t i = 0; i < sizeof(T); ++i) state_ = (state_ ^ (bits >> 8 * i & 0xff)) * 0x100000001b3u;
    }
    constexpr void add(float value) { add(std::bit_cast<std::uint32_t>(value)); }
    constexpr void add(float16 value) { add(value.bits); }
    constexpr void add(bfloat16 value) { add(value.bits); }
    template <class T> constexpr void add(const T* values, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) add(values[i]);
    }
    /// A real number of which only the value matters: one zero, one NaN.
    template <std::floating_point F> constexpr void add_number(F value) {
        using Bits = std::conditional_t<sizeof(F) == 4, std::uint32_t, std::uint64_t>;
        add(value != value ? Bits{1} : std::bit_cast<Bits>(value + F(0)));
    }
    constexpr std::uint64_t value() const { return state_; }

private:
    std::uint64_t state_ = 0xcbf29ce484222325u;
};

void report(const char* name, std::uint64_t hash) {
    char digits[18];
    for (std::size_t i = 0; i < 16; ++i) digits[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
    digits[16] = '\n';
    digits[17] = '\0';
    say(name);
    say(" ");
    say(digits);
}

// ---- inputs -----------------------------------------------------------------------------------------------------

/// SplitMix64.
class Random {
public:
    constexpr explicit Random(std::uint64_t seed) : state_(seed) {}
    constexpr std::uint64_t word() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    /// In [lowest, highest].
    constexpr std::int64_t between(std::int64_t lowest, std::int64_t highest) {
        return lowest + static_cast<std::int64_t>(word() % static_cast<std::uint64_t>(highest - lowest + 1));
    }
    /// A code of T; the ends of the range are frequent.
    template <class T> constexpr value_of<T> code() {
        const std::int64_t lowest = element<T>::lowest;
        const std::int64_t highest = element<T>::highest;
        const std::int64_t die = between(0, 15);
        return static_cast<value_of<T>>(die == 0 ? lowest : die == 1 ? highest : between(lowest, highest));
    }
    /// A positive float of this binary exponent; every fourth is a power of two, whose products make ties.
    constexpr float real(int exponent) {
        const auto mantissa = static_cast<std::uint32_t>(word() >> 41);
        const std::uint32_t kept = word() % 4 == 0 ? 0 : mantissa;
        return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 127) << 23 | kept);
    }
    /// In [-1, 1), exactly.
    constexpr float unit() { return static_cast<float>(between(-(1 << 20), (1 << 20) - 1)) / 1048576.0f; }

private:
    std::uint64_t state_;
};

template <class T> constexpr void fill(Random& random, typename element<T>::cell* cells, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) element<T>::store(cells, i, random.template code<T>());
}

/// Every exponent with telling mantissas (infinities, NaN and subnormals among them), and every eighth, with both
/// neighbours, around zero and around the ends of the integer types.
constexpr std::size_t real_count = 256 * 5 * 2 + 321 * 3 + 4 * 2 * 25 * 3;
float reals[real_count];

void fill_reals() {
    Random random(1);
    std::size_t i = 0;
    for (std::uint32_t exponent = 0; exponent < 256; ++exponent) {
        for (const std::uint32_t mantissa :
             {std::uint32_t{0}, std::uint32_t{1}, std::uint32_t{0x400000}, std::uint32_t{0x7fffff},
              static_cast<std::uint32_t>(random.between(0, 0x7fffff))}) {
            reals[i++] = std::bit_cast<float>(exponent << 23 | mantissa);
            reals[i++] = std::bit_cast<float>(0x80000000u | exponent << 23 | mantissa);
        }
    }
    const auto with_neighbours = [&](float x) {
        const auto bits = std::bit_cast<std::uint32_t>(x);
        for (const std::uint32_t near : {bits - 1, bits, bits + 1})
            reals[i++] = (bits & 0x7fffffffu) == 0 ? x : std::bit_cast<float>(near);
    };
    for (int eighths = -160; eighths <= 160; ++eighths) with_neighbours(static_cast<float>(eighths) / 8.0f);
    for (const int end : {127, 255, 32767, 65535}) {
        for (int eighths = -12; eighths <= 12; ++eighths) {
            with_neighbours(static_cast<float>(8 * end + eighths) / 8.0f);
            with_neighbours(static_cast<float>(-8 * end + eighths) / 8.0f);
        }
    }
    check(i == real_count, "the list of real numbers is complete");
}

using Native = lanes<float, arch::native>;
using NativeInts = lane::ints<Native>;
constexpr std::size_t width = lane::width<Native>;
constexpr bool scalar_only = width == 1;

alignas(64) std::byte code_bytes[real_count * 8];
template <class T> typename element<T>::cell* code_cells() {
    return reinterpret_cast<typename element<T>::cell*>(code_bytes);
}

// ---- rounding ---------------------------------------------------------------------------------------------------

template <class R> void round_all(Hash& hash, const R& rounding) {
    for (const float x : reals) {
        hash.add_number(rounding.round(x));
        hash.add_number(rounding.round(static_cast<double>(x) * 1.0000000000000002));
    }
    for (std::size_t i = 0; i < real_count; i += width) {
        const std::size_t count = real_count - i < width ? real_count - i : width;
        float rounded[width];
        lane::store(rounded, rounding.round(lane::load<Native>(reals + i, count)), width);
        for (std::size_t l = 0; l < count; ++l) hash.add_number(rounded[l]);
    }
    Random random(2);
    for (int i = 0; i < 100; ++i) {  // products that are ties only once they are rounded: none may be fused with a sum
        float left[32], right[32], rounded[width];
        for (std::size_t l = 0; l < 32; ++l) {
            right[l] = random.real(0);
            left[l] = (static_cast<float>(random.between(-40, 40)) + 0.5f) / right[l];
            hash.add_number(rounding.round(left[l] * right[l]));
            const double whole = static_cast<double>(right[l]) * 1.1;
            const double part = (static_cast<double>(random.between(-40, 40)) + 0.5) / whole;
            hash.add_number(rounding.round(part * whole));
        }
        for (std::size_t l = 0; l < 32; l += width) {
            const auto product = lane::load<Native>(left + l, width) * lane::load<Native>(right + l, width);
            lane::store(rounded, rounding.round(product), width);
            for (const float value : rounded) hash.add_number(value);
        }
    }
    for (int i = 0; i < 2000; ++i) {
        const auto x = static_cast<std::int64_t>(random.word()) >> random.between(1, 63);
        hash.add(R::divide(x, static_cast<int>(random.between(0, 62))));
        const std::int64_t near_zero = random.between(-40, 40);
        hash.add(R::divide(near_zero, static_cast<int>(random.between(0, 4))));
    }
}

Hash rounding() {
    Hash hash;
    round_all(hash, Floor{});
    round_all(hash, Ceil{});
    round_all(hash, TowardZero{});
    round_all(hash, HalfEven{});
    round_all(hash, HalfAway{});
    round_all(hash, HalfUp{});
    for (std::size_t i = 0; i < real_count; ++i) hash.add_number(Stochastic{5}.round(reals[i], i));
    return hash;
}

// ---- real numbers and codes -------------------------------------------------------------------------------------

constexpr float scales[] = {1.0f, 0.5f, 0.1f, 1.0f / 127.0f, 0x1p-140f, 1e37f};

template <class T, class O = Saturate, class R> void quantize_all(Hash& hash, const R& rounding) {
    Random random(3);
    for (const float scale : scales) {
        const auto zero = sizeof(value_of<T>) <= 2 ? static_cast<std::int32_t>(random.code<T>()) : -3;
        const QTensor<T, Affine<>> codes(code_cells<T>(), Shape<dyn>(real_count), Affine{scale, zero});
        quantize_into<O>(std::span<const float>(reals), codes, rounding);
        for (std::size_t i = 0; i < real_count; ++i) hash.add(codes(i));
    }
}

template <class R> Hash quantize_with() {
    Hash hash;
    quantize_all<std::int8_t>(hash, R{});
    quantize_all<std::uint8_t>(hash, R{});
    quantize_all<std::int16_t>(hash, R{});
    quantize_all<std::int32_t>(hash, R{});
    return hash;
}

Hash quantize_elements() {
    Hash hash;
    quantize_all<int8_symmetric>(hash, HalfAway{});
    quantize_all<std::uint16_t>(hash, HalfEven{});
    quantize_all<int4>(hash, HalfEven{});
    quantize_all<uint4>(hash, HalfAway{});
    quantize_all<std::int64_t>(hash, HalfAway{});
    quantize_all<std::int8_t, Wrap>(hash, HalfAway{});
    quantize_all<std::uint16_t, Wrap>(hash, Floor{});
    quantize_all<int8_symmetric>(hash, Stochastic{7});
    return hash;
}

/// Rows of 19 in 7 channels, and the same numbers as 7 columns; gapless and strided.
Hash layouts() {
    Hash hash;
    Random random(4);
    PerChannelAffine<7, 0> down;
    PerChannelAffine<19, 1> along;
    for (std::size_t c = 0; c < 7; ++c) down.values[c] = random.real(-4), down.zeros[c] = random.code<std::int8_t>();
    for (std::size_t c = 0; c < 19; ++c) along.values[c] = random.real(-4), along.zeros[c] = random.code<std::int8_t>();
    const auto each = [&](const auto& codes) {
        float back[7 * 19];
        for (std::size_t first = 0; first + 133 <= real_count; first += 133) {
            quantize_into(std::span<const float>(reals + first, 133), codes);
            dequantize_into(codes, back);
            for (std::size_t i = 0; i < 133; ++i) hash.add(codes(i / 19, i % 19));
            hash.add(back, 133);
        }
    };
    using S = Shape<7, 19>;
    std::int8_t* const cells = code_cells<std::int8_t>();
    each(QTensor<std::int8_t, PerChannelAffine<7, 0>, S>(cells, S{}, down));
    each(QTensor<std::int8_t, PerChannelAffine<19, 1>, S>(cells, S{}, along));
    each(QTensor<std::int8_t, PerChannelAffine<7, 0>, S, Strided>(cells, S{}, {23, 1}, down));
    each(QTensor<std::int8_t, PerChannelAffine<7, 0>, S, Strided>(cells, S{}, {1, 8}, down));
    each(QTensor<std::int8_t, PerChannelAffine<19, 1>, S, Strided>(cells + 200, S{}, {-21, 1}, along));
    return hash;
}

template <class T> void dequantize_all(Hash& hash) {
    Random random(5);
    constexpr std::size_t count = 1021;
    static float values[count];
    fill<T>(random, code_cells<T>(), count);
    for (const float scale : scales) {
        const auto zero = sizeof(value_of<T>) <= 2 ? static_cast<std::int32_t>(random.code<T>()) : 12345;
        dequantize_into(QTensor<T, Affine<>>(code_cells<T>(), Shape<dyn>(count), Affine{scale, zero}), values);
        hash.add(values, count);
    }
}

Hash dequantize_elements() {
    Hash hash;
    dequantize_all<std::int8_t>(hash);
    dequantize_all<std::uint8_t>(hash);
    dequantize_all<int8_symmetric>(hash);
    dequantize_all<std::int16_t>(hash);
    dequantize_all<std::uint16_t>(hash);
    dequantize_all<int4>(hash);
    dequantize_all<uint4>(hash);
    dequantize_all<std::int32_t>(hash);
    return hash;
}

/// Half precision, by the software and by whatever stores lanes; NaN payloads included.
Hash half_precision() {
    Hash hash;
    for (std::size_t i = 0; i < real_count; i += width) {
        const std::size_t count = real_count - i < width ? real_count - i : width;
        const auto values = lane::load<Native>(reals + i, count);
        float16 halves[width];
        bfloat16 upper[width];
        store_cells<float16>(halves, values, count);
        store_cells<bfloat16>(upper, values, count);
        for (std::size_t l = 0; l < count; ++l) {
            hash.add(halves[l]);
            hash.add(upper[l]);
            check(halves[l].bits == arch::half_from_float(reals[i + l]), "lanes and software store one half");
            hash.add(arch::float_from_half(halves[l].bits));
            hash.add(arch::float_from_bfloat(upper[l].bits));
        }
    }
    return hash;
}

// ---- requantization ---------------------------------------------------------------------------------------------

constexpr CodeRange ranges[] = {{0, -128, 127}, {-128, -128, 127}, {127, -127, 127}, {3, 0, 255}, {0, -32768, 32767}};

/// The rule itself on accumulators of every size, in lanes.
template <class D> Hash dialect() {
    Hash hash;
    Random random(6);
    for (int i = 0; i < 600; ++i) {
        const auto draw = [&](int lowest, int highest) { return static_cast<int>(random.between(lowest, highest)); };
        const float input = random.real(draw(-12, 3));
        const float weight = random.real(draw(-14, 0));
        const auto words = D::derive(input, weight, random.real(draw(i % 8 == 0 ? -14 : -4, 4)));
        hash.add(words.data(), D::words);
        const int headroom =
            std::same_as<D, TfLiteDoubleRounding> ? std::clamp<std::int32_t>(words[D::words - 1], 0, 31) : 0;
        std::int32_t accumulators[32];
        for (std::int32_t& accumulator : accumulators) {
            const auto bits = static_cast<std::uint32_t>(random.word());
            accumulator = static_cast<std::int32_t>(bits) >> std::max(draw(0, 31), headroom);
        }
        accumulators[0] = INT32_MIN >> headroom;
        accumulators[1] = INT32_MAX >> headroom;
        accumulators[2] = 0;
        std::array<NativeInts, D::words> constants{};
        for (std::size_t w = 0; w < D::words; ++w) constants[w] = lane::broadcast<NativeInts>(words[w]);
        for (const CodeRange& range : ranges) {
            for (std::size_t l = 0; l < 32; l += width) {
                std::int32_t codes[width];
                lane::store(codes, D::apply(lane::load<NativeInts>(accumulators + l, width), constants, range), width);
                hash.add(codes, width);
            }
        }
    }
    return hash;
}

template <class D, class T, class U> void requantize_all(Hash& hash) {
    Random random(7);
    constexpr std::size_t count = 333;
    const auto from = code_cells<T>();
    const auto to = reinterpret_cast<typename element<U>::cell*>(code_bytes + sizeof code_bytes / 2);
    fill<T>(random, from, count);
    for (int exponent = -6; exponent <= 6; ++exponent) {
        const QTensor<U, Affine<>> codes(to, Shape<dyn>(count), Affine{random.real(-3), random.code<U>()});
        const Affine scale{random.real(exponent - 3), random.code<T>()};
        requantize_into<D>(QTensor<T, Affine<>>(from, Shape<dyn>(count), scale), codes);
        for (std::size_t i = 0; i < count; ++i) hash.add(codes(i));
    }
}

template <class D> Hash requantize_elements() {
    Hash hash;
    requantize_all<D, std::int8_t, std::int8_t>(hash);
    requantize_all<D, std::uint8_t, std::int8_t>(hash);
    requantize_all<D, std::int16_t, std::uint8_t>(hash);
    requantize_all<D, std::int8_t, std::int16_t>(hash);
    requantize_all<D, int4, int4>(hash);
    return hash;
}

// ---- products ---------------------------------------------------------------------------------------------------

struct Size {
    std::size_t m, k, n;
};
constexpr Size sizes[] = {{1, 1, 1},     {1, 3, 2},    {2, 7, 17},   {3, 64, 33},   {5, 33, 65}, {7, 130, 31},
                          {16, 127, 70}, {101, 19, 9}, {1, 1025, 3}, {13, 77, 129}, {4, 32, 16}, {6, 5, 48}};
constexpr std::size_t most_x = 16 * 130, most_w = 129 * 77, most_y = 13 * 132, most_n = 129;

alignas(64) std::byte x_bytes[2 * most_x];
alignas(64) std::byte w_bytes[most_w];
alignas(64) std::byte y_bytes[8 * most_y];
alignas(64) std::byte packed_bytes[scalar_only ? 64 : 1 << 17];
alignas(64) std::byte workspace_bytes[scalar_only ? 64 : 1 << 17];
std::int32_t words[4 * most_n];
float channel_scales[most_n];
std::int32_t channel_zeros[most_n];
std::int32_t integer_bias[most_n];
float real_bias[most_n];

template <class T> auto bias_of(const T* bias, std::size_t n) {
    return QTensor<const T, Unscaled, Shape<dyn>>(bias, Shape<dyn>(n));
}

/// x * w^T for every size, through the stages that `with_stages(n, run)` hands to run(stages...). Rows of x and y lie
/// further apart than they are long; what is between the rows of y must stay as it is.
template <class X, class W, class Acc = void, class XScale, class WScale, class WithStages>
void product(Hash& hash, XScale x_scale, WScale w_scale, WithStages&& with_stages) {
    // Wider codes of run-time depths are summed in int64 unless int32 is asked for; kernels have int32 alone.
    constexpr bool in_int32 = sizeof(value_of<X>) == 1 || std::same_as<Acc, std::int32_t>;
    using Arch = std::conditional_t<in_int32 && arch::HasAtom<arch::native, value_of<X>, value_of<W>>, arch::native,
                                    arch::scalar>;
    Random random(8);
    for (const Size& size : sizes) {
        if (sizeof(X) > 1 && size.k > 500) continue;  // deeper than an int32 is proven for
        const std::size_t m = size.m, k = size.k, n = size.n;
        auto* const x_cells = reinterpret_cast<typename element<X>::cell*>(x_bytes);
        auto* const w_cells = reinterpret_cast<typename element<W>::cell*>(w_bytes);
        const std::size_t x_stride = k + m % 4;
        fill<X>(random, x_cells, m * x_stride);
        fill<W>(random, w_cells, n * k);
        for (std::size_t j = 0; j < n; ++j) {
            channel_scales[j] = random.real(static_cast<int>(random.between(-13, -2)));
            channel_zeros[j] = random.code<W>();
            integer_bias[j] = static_cast<std::int32_t>(random.between(-20000, 20000));
            real_bias[j] = random.unit();
        }
        const QTensor<const X, XScale, Shape<dyn, dyn>, Strided> x(x_cells, Shape<dyn, dyn>(m, k),
                                                                   {static_cast<std::ptrdiff_t>(x_stride), 1}, x_scale);
        const QTensor<const W, WScale, Shape<dyn, dyn>> w(w_cells, Shape<dyn, dyn>(n, k), w_scale);
        const auto packed = pack<Arch, X>(w, std::span<std::byte>(packed_bytes));
        with_stages(n, [&](const auto&... stages) {
            using Packed = std::remove_const_t<decltype(packed)>;
            const BoundLinear<Packed, XScale, Acc, std::remove_cvref_t<decltype(stages)>...> linear(
                packed, x_scale, BindMemory(words, std::size(words)), stages...);
            using L = decltype(linear);
            using Y = typename L::element_type;
            auto* const y_cells = reinterpret_cast<Y*>(y_bytes);
            const std::size_t y_stride = n + 3;
            for (std::byte& byte : y_bytes) byte = std::byte{0x5a};
            const QTensor<Y, typename L::scale_type, Shape<dyn, dyn>, Strided> y(
                y_cells, Shape<dyn, dyn>(m, n), {static_cast<std::ptrdiff_t>(y_stride), 1}, linear.output_scale());
            linear.run(packed, x, y, workspace_bytes);
            for (std::size_t i = 0; i < m; ++i) {
                hash.add(y_cells + i * y_stride, n);
                for (std::size_t b = (i * y_stride + n) * sizeof(Y); b < (i + 1) * y_stride * sizeof(Y); ++b)
                    check(y_bytes[b] == std::byte{0x5a}, "a product writes nothing between the rows of its result");
            }
        });
    }
}

const PerChannel<dyn> per_channel{channel_scales};
const PerChannelAffine<dyn> per_channel_affine{channel_scales, channel_zeros};
constexpr Affine x_affine{0x1p-6f, 11};  // a power of two: ties happen

/// TFLite's and XNNPACK's dense layer.
template <class D> Hash conventional_product() {
    Hash hash;
    product<std::int8_t, int8_symmetric>(hash, x_affine, per_channel, [](std::size_t n, auto&& run) {
        run(AddBias{bias_of(integer_bias, n)}, Requantize<std::int8_t, D>{Affine{0.5f, -7}}, Relu{});
    });
    return hash;
}

Hash unsigned_product() {
    Hash hash;
    product<std::uint8_t, std::uint8_t>(hash, Affine{0.02f, 128}, Affine{0.004f, 121}, [](std::size_t, auto&& run) {
        run();
        run(Requantize<std::uint8_t>{Affine{0.7f, 200}}, Clamp{10, 250});
    });
    return hash;
}

Hash zero_point_per_channel() {
    Hash hash;
    product<std::uint8_t, std::int8_t>(hash, Affine{0.03f, 77}, per_channel_affine, [](std::size_t n, auto&& run) {
        run();
        run(AddBias{bias_of(integer_bias, n)}, Relu{}, Requantize<std::int16_t, XnnpackFp32>{Affine{0.01f, 0}});
    });
    return hash;
}

Hash int4_weights() {
    Hash hash;
    product<std::int8_t, int4>(hash, PerTensor{0.05f}, per_channel, [](std::size_t, auto&& run) {
        run(Requantize<std::int8_t, XnnpackFp32, PowerOfTwo<-3>>{});
        run(Dequantize<float>{});
    });
    product<std::int8_t, uint4>(hash, x_affine, Affine{0.01f, 7}, [](std::size_t, auto&& run) { run(); });
    return hash;
}

/// Integer products that leave as real numbers: one multiplication, then additions that may not be fused with it.
Hash real_results() {
    Hash hash;
    product<std::int8_t, std::int8_t>(hash, x_affine, per_channel, [](std::size_t n, auto&& run) {
        run(Dequantize<float>{}, AddBias{bias_of(real_bias, n)}, Clamp{-3.0f, 100.0f});
        run(Dequantize<float16>{});
        run(Dequantize<bfloat16>{}, AddBias{bias_of(real_bias, n)}, Relu{});
    });
    product<std::int8_t, std::int8_t>(hash, PerTensor{1e-4f}, PerTensor{1e-5f}, [](std::size_t, auto&& run) {
        run(Dequantize<float16>{});  // subnormal halves
    });
    product<std::int8_t, std::int8_t>(hash, PerTensor{1e15f}, PerTensor{3e17f}, [](std::size_t, auto&& run) {
        run(Dequantize<bfloat16>{});  // infinities
    });
    return hash;
}

/// 16-bit activations have no instruction of their own yet; int64 and a named accumulator.
Hash wide_activations() {
    Hash hash;
    product<std::int16_t, std::int8_t>(hash, PerTensor{0.001f}, per_channel, [](std::size_t, auto&& run) {
        run();
        run(Dequantize<float>{});
    });
    product<std::int16_t, std::int8_t, std::int32_t>(hash, PerTensor{0.001f}, per_channel, [](std::size_t, auto&& run) {
        run(Requantize<std::int16_t>{Affine{0.25f, 0}});
    });
    return hash;
}

/// A user's stage in the vocabulary of lanes.
struct Mix {
    template <class V> constexpr V operator()(V value, const Cell&) const {
        const V mixed = lane::wrapping_multiply(value, lane::broadcast<V>(3)) ^ lane::broadcast<V>(0x1234);
        return lane::select(value < lane::broadcast<V>(0), lane::shift_right(mixed, lane::broadcast<V>(2)), mixed);
    }
};

Hash own_stage() {
    Hash hash;
    product<std::int8_t, std::int8_t>(hash, x_affine, PerTensor{0.01f}, [](std::size_t, auto&& run) {
        run(Mix{});
        run(Mix{}, Requantize<std::int8_t>{Affine{50.0f, 3}});
    });
    return hash;
}

/// Static shapes: operands, constants and result on the stack.
template <std::size_t M, std::size_t K, std::size_t N> void static_product(Hash& hash) {
    Random random(9);
    PerChannel<N> channels;
    for (float& scale : channels.values) scale = random.real(static_cast<int>(random.between(-9, -3)));
    QTensor<std::int8_t, Affine<>, Shape<M, K>, Inline> x({}, x_affine);
    QTensor<int8_symmetric, PerChannel<N>, Shape<N, K>, Inline> w({}, channels);
    QTensor<std::int32_t, Unscaled, Shape<N>, Inline> bias;
    fill<std::int8_t>(random, x.data(), M * K);
    fill<int8_symmetric>(random, w.data(), N * K);
    for (std::size_t j = 0; j < N; ++j) bias(j) = static_cast<std::int32_t>(random.between(-5000, 5000));
    const auto add = [&](const auto& y) { hash.add(y.data(), M * N); };
    add(matmul(x, w));
    add(matmul(x, w, AddBias{bias}, Requantize<std::int8_t>{Affine{0.3f, -100}}, Relu{}));
    add(matmul(x, w, AddBias{bias}, Requantize<std::uint8_t, XnnpackFp32>{Affine{0.3f, 100}}));
    add(matmul(x, w, Dequantize<float16>{}));
}

Hash static_shapes() {
    Hash hash;
    static_product<3, 37, 21>(hash);
    static_product<1, 64, 16>(hash);
    static_product<7, 9, 1>(hash);
    return hash;
}

// ---- networks ---------------------------------------------------------------------------------------------------

/// Weight scales that are powers of two, as a user may write them: every other product is a tie.
template <std::size_t N> struct Shifts : PowerOfTwoPerChannel<N> {
    static constexpr Shifts fit(const std::array<float, N>& wanted) {
        Shifts chosen;
        for (std::size_t c = 0; c < N; ++c) {
            chosen.exponents[c] = -20;
            while (exp2i(chosen.exponents[c]) < wanted[c]) ++chosen.exponents[c];
        }
        return chosen;
    }
};

template <class Base> struct ShiftNumerics : Base {
    using activation = std::uint8_t;
    using rounding = HalfUp;
    template <std::size_t N> using weight_scale = Shifts<N>;
};

template <class N>
using Network = Sequential<Dense<37, 29, Relu, N>, Dense<29, 67, Relu, N>, Dense<67, 5, Identity, N>>;

template <class L> constexpr typename L::Float random_layer(Random& random) {
    typename L::Float layer;
    for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights.data()[i] = random.unit() * 0.5f;
    for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias.data()[i] = random.unit();
    return layer;
}

/// Random parameters, quantized with these scales of the edges.
template <class Net, std::size_t... I>
constexpr auto random_network(Random& random, const Affine<> (&edges)[sizeof...(I) + 1], std::index_sequence<I...>) {
    // Braces, so that the layers draw their numbers in this order.
    return typename Net::Quantized{Net::template layer<I>::quantized(
        random_layer<typename Net::template layer<I>>(random), edges[I], edges[I + 1])...};
}

/// Parameters quantized, then a batch of 16 and the samples one by one, on the native and the scalar kernel.
template <class N> Hash network() {
    using Net = Network<N>;
    using T = typename N::activation;
    constexpr std::size_t batch = 16;
    Hash hash;
    Random random(10);
    constexpr auto lowest = static_cast<std::int32_t>(element<T>::lowest);
    constexpr std::int32_t middle = std::is_signed_v<T> ? 3 : 125;
    const Affine<> edges[] = {{0x1p-7f, middle}, {0x1p-6f, lowest}, {0x1p-6f, lowest}, {0x1p-5f, middle}};
    static const auto net = random_network<Net>(random, edges, std::make_index_sequence<3>{});
    const auto add_layer = [&](const auto& layer) {
        hash.add(layer.weights.data(), layer.weights.size());
        hash.add(layer.bias.data(), layer.bias.size());
        for (std::size_t c = 0; c < layer.bias.size(); ++c) hash.add(layer.weights.scale().scale(c));
    };
    add_layer(get<0>(net));
    add_layer(get<1>(net));
    add_layer(get<2>(net));

    static T x[batch * 37], y[batch * 5], alone[batch * 5];
    alignas(arena_alignment) static std::byte arena[Net::template arena_bytes<batch>];
    alignas(arena_alignment) static std::byte scalar_arena[Net::template arena_bytes<batch, arch::scalar>];
    fill<T>(random, x, std::size(x));
    const auto model = pack<arch::native>(net);
    model.run(x, y, batch, arena);
    hash.add(y, std::size(y));
    for (std::size_t i = 0; i < batch; ++i) {
        model.run(x + i * 37, alone + i * 5, 1, std::span(arena).first(Net::template arena_bytes<1>));
    }
    check(std::ranges::equal(y, alone), "a sample's codes do not depend on its batch");
    pack<arch::scalar>(net).run(x, alone, batch, scalar_arena);
    check(std::ranges::equal(y, alone), "the native and the scalar network agree");
    return hash;
}

// ---- what the compiler can evaluate -----------------------------------------------------------------------------

/// A little of everything, small enough for constant evaluation.
constexpr std::uint64_t subset(std::uint64_t seed) {
    Hash hash;
    Random random(seed);
    float values[20] = {0.5f, -0.5f, 1.5f, -1.5f, 0.4999f, -2.5f, 1e9f, -1e9f};
    for (std::size_t i = 8; i < 20; ++i) values[i] = random.unit() * 4.0f;
    for (const float x : values) {
        hash.add_number(HalfEven::round(x));
        hash.add_number(HalfAway::round(x));
        hash.add(float16(x));
        hash.add(bfloat16(x));
    }
    const auto x = quantize<std::int8_t>(values, Shape<4, 5>{}, Affine{0.03f, 4});
    hash.add(x.data(), 20);
    hash.add(dequantize(x).data(), 20);
    hash.add(requantize<std::uint8_t>(x, Affine{0.017f, 130}).data(), 20);
    hash.add(requantize<std::int8_t, XnnpackFp32>(x, Affine{0.06f, -2}).data(), 20);
    QTensor<int8_symmetric, PerChannel<3>, Shape<3, 5>, Inline> w({}, PerChannel<3>{{0.01f, 0.25f, 0.003f}});
    fill<int8_symmetric>(random, w.data(), 15);
    QTensor<std::int32_t, Unscaled, Shape<3>, Inline> bias;
    for (std::size_t j = 0; j < 3; ++j) bias(j) = static_cast<std::int32_t>(random.between(-900, 900));
    hash.add(matmul(x, w).data(), 12);
    hash.add(matmul(x, w, AddBias{bias}, Requantize<std::int8_t>{Affine{0.2f, 5}}, Relu{}).data(), 12);
    hash.add(matmul(x, w, AddBias{bias}, Requantize<std::int8_t, XnnpackFp32>{Affine{0.2f, 5}}).data(), 12);
    hash.add(matmul(x, w, Dequantize<float>{}).data(), 12);
    hash.add(matmul(x, w, Dequantize<float16>{}).data(), 12);
    using Net = Sequential<Dense<5, 4, Relu, numerics::Xnnpack>, Dense<4, 2, Identity, numerics::Xnnpack>>;
    const Affine<> edges[] = {{0.03f, 4}, {0.04f, -128}, {0.05f, 9}};
    const auto net = random_network<Net>(random, edges, std::make_index_sequence<2>{});
    if (std::is_constant_evaluated()) {
        hash.add(pack<arch::scalar>(net)(x).data(), 8);
    } else {
        hash.add(pack<arch::native>(net)(x).data(), 8);
    }
    return hash.value();
}

Hash constant_evaluation() {
    constexpr std::uint64_t by_the_compiler = subset(11);
    volatile std::uint64_t seed = 11;
    const std::uint64_t by_the_machine = subset(seed);
    check(by_the_compiler == by_the_machine, "constant evaluation and the running program agree");
    Hash hash;
    hash.add(by_the_compiler);
    hash.add(by_the_machine);
    return hash;
}

// ---- a few numbers that a person can check ----------------------------------------------------------------------

void check_literals() {
    volatile float one = 1.0f;
    const auto codes = quantize<std::int8_t>({one / 2, -one / 2, one, -one, 1.25f * one, 100.0f * one, -200.0f * one},
                                             Shape<1, 7>{}, Affine{0.5f, 10});
    const std::int8_t wanted[] = {11, 9, 12, 8, 13, 127, -128};  // 1.25 / 0.5 = 2.5 rounds away from zero
    for (std::size_t i = 0; i < 7; ++i) check(codes(0, i) == wanted[i], "quantize gives the codes worked out by hand");
    check(quantize<std::int8_t, HalfEven>({1.25f * one}, Shape<1>{}, PerTensor{0.5f})(0) == 2, "2.5 rounds to even 2");

    // tensorflow issue 102943: accumulator 585, f32(s_x * s_w / s_y) = 1/90 within rounding, zero point -126.
    const CodeRange range{-126, -128, 127};
    const auto fixed = TfLiteDoubleRounding::derive(0.0111111113802f, one, one);
    const auto real = XnnpackFp32::derive(0.0111111113802f, one, one);
    check(TfLiteDoubleRounding::apply(std::int32_t{585}, fixed, range) == -119, "TFLite's double rounding gives -119");
    check(XnnpackFp32::apply(std::int32_t{585}, real, range) == -120, "nearest even in float gives -120");

    // (1 2 3) * ((4 5 6) (-1 0 1))^T = (32 2), 100 and -100 beside it.
    QTensor<std::int8_t, PerTensor<>, Shape<1, 3>, Inline> x({}, PerTensor{1.0f});
    QTensor<std::int8_t, PerTensor<>, Shape<2, 3>, Inline> w({}, PerTensor{0.25f});
    const std::int8_t numbers[] = {1, 2, 3, 4, 5, 6, -1, 0, 1};
    for (std::size_t i = 0; i < 3; ++i) x.data()[i] = numbers[i];
    for (std::size_t i = 0; i < 6; ++i) w.data()[i] = numbers[3 + i];
    const auto sums = matmul(x, w);
    check(sums(0, 0) == 32 && sums(0, 1) == 2, "a product worked out by hand");
    const auto y = matmul(x, w, Requantize<std::int8_t>{Affine{2.0f, -1}});
    check(y(0, 0) == 3 && y(0, 1) == -1, "32 / 8 - 1 = 3; 2 / 8 - 1 rounds to -1");
    const auto halves = matmul(x, w, Dequantize<float16>{});
    check(halves(0, 0).bits == 0x4800 && halves(0, 1).bits == 0x3800, "8 and 0.5 as half precision");
    check(float16(65519.0f * one).bits == 0x7bff, "65519 rounds to the largest half");
    check(float16(65520.0f * one).bits == 0x7c00, "65520 rounds to infinity");
}

struct Group {
    const char* name;
    Hash (*run)();
};
constexpr Group groups[] = {
    {"rounding", rounding},
    {"quantize-half-away", quantize_with<HalfAway>},
    {"quantize-half-even", quantize_with<HalfEven>},
    {"dialect-tflite", dialect<TfLiteDoubleRounding>},
    {"dialect-xnnpack", dialect<XnnpackFp32>},
    {"dequantize", dequantize_elements},
    {"half-precision", half_precision},
    {"product-tflite", conventional_product<TfLiteDoubleRounding>},
    {"product-real-results", real_results},
    {"network-xnnpack", network<numerics::Xnnpack>},
    {"constant-evaluation", constant_evaluation},
};

/// Left out where BITS_QUICK is defined, for the time that their compilation takes.
[[maybe_unused]] constexpr Group more_groups[] = {
    {"quantize-floor", quantize_with<Floor>},
    {"quantize-ceil", quantize_with<Ceil>},
    {"quantize-toward-zero", quantize_with<TowardZero>},
    {"quantize-half-up", quantize_with<HalfUp>},
    {"quantize-stochastic", quantize_with<Stochastic>},
    {"quantize-elements", quantize_elements},
    {"layouts", layouts},
    {"requantize-tflite", requantize_elements<TfLiteDoubleRounding>},
    {"requantize-xnnpack", requantize_elements<XnnpackFp32>},
    {"product-xnnpack", conventional_product<XnnpackFp32>},
    {"product-unsigned", unsigned_product},
    {"product-zero-points", zero_point_per_channel},
    {"product-int4", int4_weights},
    {"product-int16", wide_activations},
    {"product-own-stage", own_stage},
    {"product-static", static_shapes},
    {"network-tflite", network<numerics::TfLite>},
    {"network-shifts-tflite", network<ShiftNumerics<numerics::TfLite>>},
    {"network-shifts-xnnpack", network<ShiftNumerics<numerics::Xnnpack>>},
};

/// `spoil`: one bit of the last group is wrong, to see that the comparison sees it.
int run(bool spoil) {
    fill_reals();
    check_literals();
    Hash total;
    const auto run_group = [&](const Group& group, bool flip) {
        const std::uint64_t hash = group.run().value() ^ (flip ? 1u : 0u);
        report(group.name, hash);
        total.add(hash);
    };
#if !defined(BITS_QUICK)
    for (const Group& group : more_groups) run_group(group, false);
#endif
    for (const Group& group : groups) run_group(group, spoil && &group + 1 == std::end(groups));
#if !defined(BITS_QUICK)
    Sha256 sha;
    schemes::schemes(sha);
    char digits[65];
    sha.close(digits);
    say("sha256 ");
    say(digits);
    say("\n");
#endif
    report("total", total.value());
    return wrong ? 1 : 0;
}

}  // namespace

#if __STDC_HOSTED__
int main(int count, char** arguments) { return run(count > 1 && std::strcmp(arguments[1], "--spoil") == 0); }
#else
int main() { return run(false); }
#endif
