// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/bound_linear.hpp>
#include <qtensor/gemm/linear.hpp>
#include <qtensor/scale.hpp>

#include "support/arches.hpp"
#include "support/guarded_product.hpp"
#include "support/odd_atoms.hpp"
#include "support/refused.hpp"

namespace {

using namespace qtensor;
using qtensor_test::GuardedProduct;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

/// Plain accumulators of one pair of element types on every architecture.
template <class X, class W, class XScale, class WScale> void exact_everywhere(std::size_t cases, Tally& tally) {
    qtensor_test::EveryArch::each([&]<class Arch>() {
        for (const auto& c : qtensor_test::product_cases(cases)) {
            GuardedProduct<Arch, X, W, XScale, WScale> product(c);
            product.template run<std::int32_t>(
                tally, [&](std::size_t i, std::size_t j) { return static_cast<std::int32_t>(product.sum(i, j)); },
                BindMemory{});
        }
    });
}

/// A small product that the tests below make wrong in one way each.
constexpr std::int8_t x_codes[] = {1, 2, 3, 4, 5, 6, -128, 127, 0};
constexpr std::int8_t w_codes[] = {1, -1, 2, -2, 3, -3};
using Matrix = Shape<dyn, dyn>;
using WT = QTensor<const std::int8_t, PerTensor<>, Shape<2, 3>>;
using XT = QTensor<const std::int8_t, Affine<>, Matrix>;
using XS = QTensor<const std::int8_t, Affine<>, Matrix, Strided>;
using YScale = Product<Affine<>, PerTensor<>>;
using YT = QTensor<std::int32_t, YScale, Matrix>;
using YS = QTensor<std::int32_t, YScale, Matrix, Strided>;
const WT weights(w_codes, {}, PerTensor<>{0.25f});
const Affine<> x_scale{0.5f, 3};
const YScale y_scale{x_scale, PerTensor<>{0.25f}};

/// What the result of 3 x 2 is written to. Larger than it needs to be: of an object that is smaller than a register,
/// g++ 12 believes that a masked store could reach beyond it (-Warray-bounds).
std::vector<std::int32_t> result_memory() { return std::vector<std::int32_t>(64, 0x5a5a5a5a); }
std::vector<std::int32_t> first_six(const std::vector<std::int32_t>& memory) {
    return {memory.begin(), memory.begin() + 6};
}

/// Calls with x, y and a workspace of `missing` bytes too few; returns what was said. Nothing may be written.
template <class Arch, class X, class Y>
std::string said(const X& x, const Y& y, std::vector<std::int32_t>& memory, std::size_t missing = 0,
                 std::size_t shift = 0) {
    const auto packed = pack<Arch, std::int8_t>(weights);
    const Linear linear(packed, x_scale);
    std::fill(memory.begin(), memory.end(), 0x5a5a5a5a);
    alignas(64) std::byte workspace[1024];
    const std::size_t bytes = decltype(linear)::workspace_bytes(x.extent(0), x.extent(1));
    const std::span<std::byte> given =
        bytes == 0 ? std::span<std::byte>{} : std::span(workspace + shift, bytes - missing);
    const std::string text = refused([&] { linear(x, y, given); });
    if (text != "nothing was refused") {
        for (const std::int32_t cell : memory) CHECK(cell == 0x5a5a5a5a);
    }
    return text;
}

}  // namespace

TEST_CASE("every cell is the exact sum, and no byte beside the operands is touched") {
    Tally tally;
    exact_everywhere<std::uint8_t, std::uint8_t, Affine<>, PerChannelAffine<dyn>>(340, tally);
    exact_everywhere<std::uint8_t, int8_symmetric, Affine<>, PerChannel<dyn>>(115, tally);
    exact_everywhere<std::uint8_t, uint4, PerTensor<>, PerChannelAffine<dyn>>(115, tally);
    exact_everywhere<std::int8_t, int4, Affine<>, PerChannel<dyn>>(115, tally);
    exact_everywhere<std::int8_t, Ranged<std::int8_t, -64, 63>, Affine<>, PerChannel<dyn>>(115, tally);
    tally.require_all_equal(100000);
}

TEST_CASE("scales without zero points, and one zero point for all weights, give the exact sums too") {
    Tally tally;
    exact_everywhere<std::int8_t, std::int8_t, PerTensor<>, PerTensor<>>(115, tally);
    exact_everywhere<std::int8_t, std::int8_t, Affine<>, Affine<>>(115, tally);
    exact_everywhere<std::uint8_t, std::uint8_t, PerTensor<>, Affine<>>(115, tally);
    exact_everywhere<std::uint8_t, std::int8_t, Affine<>, PerTensor<>>(115, tally);
    exact_everywhere<int8_symmetric, int8_symmetric, Affine<>, PerTensor<>>(50, tally);
    tally.require_all_equal(100000);
}

TEST_CASE("a product that is right is not refused") {
    std::vector<std::int32_t> memory = result_memory();
    qtensor_test::EveryArch::each([&]<class Arch>() {
        CHECK(said<Arch>(XT(x_codes, Matrix(3, 3), x_scale), YT(memory.data(), Matrix(3, 2), y_scale), memory) ==
              "nothing was refused");
        // x - 3 = {-2, -1, 0}, {1, 2, 3}, {-131, 124, -3}
        CHECK(first_six(memory) == std::vector<std::int32_t>{-1, 1, 5, -5, -261, 643});
    });
}

TEST_CASE("extents that do not fit are refused before anything is written") {
    std::vector<std::int32_t> memory = result_memory();
    qtensor_test::EveryArch::each([&]<class Arch>() {
        CHECK(says(said<Arch>(XT(x_codes, Matrix(3, 2), x_scale), YT(memory.data(), Matrix(3, 2), y_scale), memory),
                   "x has another depth than the weights (value 2, limit 3)"));
        CHECK(says(said<Arch>(XT(x_codes, Matrix(3, 3), x_scale), YT(memory.data(), Matrix(3, 3), y_scale), memory),
                   "y has another width than the weights have outputs (value 3, limit 2)"));
        CHECK(says(said<Arch>(XT(x_codes, Matrix(3, 3), x_scale), YT(memory.data(), Matrix(2, 2), y_scale), memory),
                   "x and y have different numbers of rows (value 2, limit 3)"));
    });
}

TEST_CASE("scales that mean something else are refused before anything is written") {
    std::vector<std::int32_t> memory = result_memory();
    const Matrix three(3, 3), out(3, 2);
    const YT y(memory.data(), out, y_scale);
    const char* const x_sentence = "x has another scale or zero point than this product was bound for";
    const char* const y_sentence = "y has another scale or zero point than the epilogue makes";
    qtensor_test::EveryArch::each([&]<class Arch>() {
        CHECK(says(said<Arch>(XT(x_codes, three, Affine<>{0.5f, 4}), y, memory), x_sentence));
        CHECK(says(said<Arch>(XT(x_codes, three, Affine<>{0.25f, 3}), y, memory), x_sentence));
        const YScale other{Affine<>{0.25f, 3}, PerTensor<>{0.25f}};
        CHECK(says(said<Arch>(XT(x_codes, three, x_scale), YT(memory.data(), out, other), memory), y_sentence));
        // Equal in value is equal: 0.5 * 0.25 is 0.125 * 1.
        using Plain = QTensor<std::int32_t, PerTensor<>, Matrix>;
        CHECK(said<Arch>(XT(x_codes, three, x_scale), Plain(memory.data(), out, PerTensor<>{0.125f}), memory) ==
              "nothing was refused");
    });
}

TEST_CASE("rows may be strided, the elements of a row may not") {
    std::vector<std::int32_t> memory = result_memory();
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const XT x(x_codes, Matrix(3, 3), x_scale);
        const YT y(memory.data(), Matrix(3, 2), y_scale);
        CHECK(says(said<Arch>(XS(x_codes, Matrix(3, 3), {1, 3}, x_scale), y, memory),
                   "the elements of a row of x are contiguous: stride 1 along the last axis (value 3, limit 1)"));
        CHECK(says(said<Arch>(x, YS(memory.data(), Matrix(3, 2), {1, 3}, y_scale), memory),
                   "the elements of a row of y are contiguous: stride 1 along the last axis (value 3, limit 1)"));
        CHECK(said<Arch>(XS(x_codes, Matrix(3, 3), {0, 1}, x_scale), y, memory) == "nothing was refused");
        CHECK(first_six(memory) == std::vector<std::int32_t>{-1, 1, -1, 1, -1, 1});
    });
}

TEST_CASE("a workspace that is too small or not aligned is refused before anything is written") {
    std::vector<std::int32_t> memory = result_memory();
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const XT x(x_codes, Matrix(3, 3), x_scale);
        const YT y(memory.data(), Matrix(3, 2), y_scale);
        if (BoundLinear<packed_for<Arch, std::int8_t, WT>, Affine<>, void>::workspace_bytes(3, 3) > 0) {
            CHECK(says(said<Arch>(x, y, memory, 1),
                       "the workspace is smaller than workspace_bytes(m, k, workers) (value "));
            CHECK(says(said<Arch>(x, y, memory, 0, 2), "the workspace is aligned to 4 bytes (value 2, limit 0)"));
        }
    });
}

TEST_CASE("an activation outside the range of its element type is refused before anything is written") {
    using X = QTensor<const int8_symmetric, PerTensor<>, Matrix>;
    using Narrow = QTensor<const Ranged<std::int8_t, -100, 100>, PerTensor<>, Matrix>;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto run = [&]<class Q>(const Q& x) {
            const auto packed = pack<Arch, std::remove_const_t<typename Q::element_type>>(weights);
            const Linear linear(packed, x.scale());
            std::vector<std::int32_t> memory = result_memory();
            const QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Matrix> y(memory.data(), Matrix(3, 2),
                                                                                     linear.output_scale());
            alignas(64) std::byte workspace[1024];
            const std::string text = refused([&] { linear(x, y, workspace); });
            CHECK(memory == result_memory());
            return text;
        };
        CHECK(says(run(X(x_codes, Matrix(3, 3), PerTensor<>{1.0f})),
                   "an activation is outside the range that its element type promises (value -128, limit -127)"));
        const std::int8_t high[] = {1, 2, 3, 4, 5, 101, 7, 8, 9};
        CHECK(says(run(Narrow(high, Matrix(3, 3), PerTensor<>{1.0f})), "promises (value 101, limit 100)"));
    });
}

TEST_CASE("a scale of x that is not positive and finite is refused when the product is bound") {
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto packed = pack<Arch, std::int8_t>(weights);
        for (const float value : {0.0f, -1.0f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
            CHECK(says(refused([&] { Linear(packed, Affine<>{value, 0}); }), "a scale is positive and finite"));
        }
    });
}

TEST_CASE("y of another scale per column is refused, as y of another scale is", "") {
    using W = QTensor<const std::int8_t, PerChannel<2>, Shape<2, 3>>;
    const W w(w_codes, {}, PerChannel<2>{{0.25f, 0.5f}});
    const auto packed = pack<arch::native, std::int8_t>(w);
    const Linear linear(packed, PerTensor<>{1.0f});
    using Scale = Product<PerTensor<>, PerChannel<2>>;
    const Scale other{PerTensor<>{1.0f}, PerChannel<2>{{0.25f, 99.0f}}};
    std::vector<std::int32_t> memory = result_memory();
    const QTensor<std::int32_t, Scale, Matrix> y(memory.data(), Matrix(3, 2), other);
    const QTensor<const std::int8_t, PerTensor<>, Matrix> x(x_codes, Matrix(3, 3), PerTensor<>{1.0f});
    alignas(64) std::byte workspace[1024];
    CHECK(says(refused([&] { linear(x, y, workspace); }), "y has another scale"));
}

// ---- the proof of the accumulator --------------------------------------------------------------------------------

namespace {

const char* const overflow =
    "the sums could overflow the accumulator: max|x - z| * max sum|w| + max|bias| is too large";

/// k weights of -128 against k activations of one value, through dynamic shapes, with one bias.
template <class Arch>
std::string deep(std::size_t k, std::int8_t x_value, std::int32_t bias, std::int32_t zero, std::int32_t& result) {
    const std::vector<std::int8_t> x_memory(k, x_value), w_memory(k, -128);
    const QTensor<const std::int8_t, PerTensor<>, Matrix> w(w_memory.data(), Matrix(1, k));
    using Packed = packed_for<Arch, std::int8_t, decltype(w)>;
    qtensor_test::BetweenGuards<std::byte> packed_memory(Packed::bytes(1, k), qtensor_test::Flush::front);
    const Packed packed(w, packed_memory.span());
    const Affine<> scale{1.0f, zero};
    return refused([&] {
        const Linear linear(packed, scale, AddBias{QTensor<const std::int32_t, Unscaled, Shape<1>>(&bias, {})});
        const QTensor<const std::int8_t, Affine<>, Matrix> x(x_memory.data(), Matrix(1, k), scale);
        const QTensor<std::int32_t, YScale, Matrix> y(&result, Matrix(1, 1), linear.output_scale());
        qtensor_test::BetweenGuards<std::byte> workspace(decltype(linear)::workspace_bytes(1, k),
                                                         qtensor_test::Flush::front);
        linear(x, y, workspace.span());
    });
}

}  // namespace

TEST_CASE("the int32 accumulator of a run-time depth is proven exactly: 131071 full-range products, then one bias") {
    // 128 * 128 * 131071 = 2147467264; 16383 more is INT32_MAX.
    qtensor_test::EveryArch::each([]<class Arch>() {
        std::int32_t result = 0;
        CHECK(deep<Arch>(131071, -128, 16383, 0, result) == "nothing was refused");
        CHECK(result == INT32_MAX);
        CHECK(deep<Arch>(131070, -128, 16383 + 16384, 0, result) == "nothing was refused");
        CHECK(result == INT32_MAX);
        CHECK(deep<Arch>(131071, 127, -16383, 0, result) == "nothing was refused");
        CHECK(result == -127 * 128 * std::int64_t{131071} - 16383);
        result = 5;
        CHECK(says(deep<Arch>(131071, -128, 16384, 0, result),
                   std::string(overflow) + " (value 2147483648, limit 2147483647)"));
        CHECK(says(deep<Arch>(131071, 0, -16384, 0, result), overflow));
        CHECK(
            says(deep<Arch>(131072, 0, 0, 0, result), std::string(overflow) + " (value 2147483648, limit 2147483647)"));
        CHECK(says(deep<Arch>(131071, 0, 0, 1, result), overflow));  // |x - 1| reaches 129
        CHECK(result == 5);
        // A zero point inside the range makes |x - z| smaller below and larger above; 127 - (-1) is 128 too.
        CHECK(deep<Arch>(131071, 127, 0, -1, result) == "nothing was refused");
        CHECK(result == -128 * 128 * std::int64_t{131071});
    });
}

TEST_CASE("zero points far outside the codes take part in the proof") {
    qtensor_test::EveryArch::each([]<class Arch>() {
        std::int32_t result = 5;
        // 256 * 128 * 65535 fits; 65536 does not.
        CHECK(deep<Arch>(65535, -128, 0, 128, result) == "nothing was refused");
        CHECK(result == 256 * 128 * 65535);
        CHECK(says(deep<Arch>(65536, -128, 0, 128, result),
                   std::string(overflow) + " (value 2147483648, limit 2147483647)"));
        CHECK(says(deep<Arch>(3, 0, 0, 8388608, result), overflow));  // 8388736 * 384
        CHECK(says(deep<Arch>(3, 0, 0, -8388608, result), overflow));
        CHECK(says(deep<Arch>(1, 0, 0, 8388609, result), "a zero point is at most 2^23 from 0 (value 8388609, "));
        CHECK(says(deep<Arch>(1, 0, 0, -8388609, result), "a zero point is at most 2^23 from 0 (value -8388609, "));
    });
}

TEST_CASE("an int16 accumulator is proven from row sums: bound - 1, bound and bound + 1") {
    const auto bind = [](std::int32_t zero, std::vector<std::int8_t> row) {
        const QTensor<const std::int8_t, PerTensor<>, Shape<1, 3>> w(row.data(), {});
        return refused([&] {
            qtensor_test::EveryArch::each([&]<class Arch>() {
                const auto packed = pack<Arch, std::int8_t>(w);
                using Packed = packed_for<Arch, std::int8_t, std::remove_const_t<decltype(w)>>;
                const BoundLinear<Packed, Affine<>, std::int16_t> linear(packed, Affine<>{1.0f, zero}, BindMemory{});
                static_assert(std::same_as<typename decltype(linear)::accumulator, std::int16_t>);
            });
        });
    };
    CHECK(bind(-2, {127, -127, 0}) == "nothing was refused");                                     // 129 * 254 = 32766
    CHECK(bind(23, {127, -90, 0}) == "nothing was refused");                                      // 151 * 217 = 32767
    CHECK(says(bind(0, {-128, 127, 1}), std::string(overflow) + " (value 32768, limit 32767)"));  // 128 * 256
    CHECK(says(bind(23, {127, -90, 1}), std::string(overflow) + " (value 32918, limit 32767)"));
}

TEST_CASE("many rows read panels that were widened for them: whole tiles, rests and several blocks") {
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        std::uint64_t seed = 0;
        for (const std::size_t m : {59u, 60u, 197u, 323u}) {  // AVX2 and SSE4.1 widen from 60 rows on, 192 at once
            for (const std::size_t n : {35u, 40u}) {
                GuardedProduct<Arch, std::int8_t, std::int8_t, Affine<>, PerChannelAffine<dyn>> product(
                    {m, n, 17 + seed, oracle::Fill::random, seed});
                ++seed;
                product.template run<std::int32_t>(
                    tally, [&](std::size_t i, std::size_t j) { return static_cast<std::int32_t>(product.sum(i, j)); },
                    BindMemory{});
            }
        }
    });
    tally.require_all_equal(40000);
}

/// Sums of int16 whose bound with this bias is the largest int16, on every architecture.
template <class X, class W, class WScale> void int16_everywhere(Tally& tally) {
    qtensor_test::EveryArch::each([&]<class Arch>() {
        for (auto c : qtensor_test::product_cases(115)) {
            c.most = 32767 - 200 * static_cast<std::int64_t>(c.seed % 2);
            GuardedProduct<Arch, X, W, Affine<>, WScale> product(c);
            std::vector<std::int32_t> bias(c.n);
            for (std::size_t j = 0; j < c.n; ++j)
                bias[j] = static_cast<std::int32_t>(j % 2 == 0 ? 32767 - c.most : c.most - 32767);
            const AddBias stage{QTensor<const std::int32_t, Unscaled, Shape<dyn>>(bias.data(), Shape<dyn>(c.n))};
            product.template run<std::int16_t, std::int16_t>(
                tally,
                [&](std::size_t i, std::size_t j) { return static_cast<std::int16_t>(product.sum(i, j) + bias[j]); },
                BindMemory{}, stage);
        }
    });
}

TEST_CASE("sums of int16 are exact up to the largest one, where they are made in int16 and where in int32") {
    Tally tally;
    using Seven = Ranged<std::int8_t, -64, 63>;
    int16_everywhere<std::int8_t, Seven, PerTensor<>>(tally);
    int16_everywhere<std::uint8_t, Seven, PerChannelAffine<dyn>>(tally);
    int16_everywhere<std::uint8_t, int4, Affine<>>(tally);
    tally.require_all_equal(100000);
#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)
    const auto in_int16 = []<class W, class WScale, class Acc>() {
        using Packed = packed_for<arch::avx2, std::int8_t, QTensor<const W, WScale, Matrix>>;
        return !std::same_as<typename detail::summing_atom<Packed, Acc>::type, typename Packed::Atom>;
    };
    CHECK(in_int16.operator()<Seven, PerTensor<>, std::int16_t>());
    CHECK(in_int16.operator()<int4, Affine<>, std::int16_t>());
    CHECK_FALSE(in_int16.operator()<Seven, PerTensor<>, std::int32_t>());
    CHECK_FALSE(in_int16.operator()<Seven, PerChannelAffine<dyn>, std::int16_t>());  // subtracted behind the tile
    CHECK_FALSE(in_int16.operator()<std::int8_t, PerTensor<>, std::int16_t>());      // vpmaddubsw could saturate
#endif
}

TEST_CASE("a requantization that shifts to the left is refused where its accumulators could leave int32") {
    // 2^15 as a multiplier shifts by 16, so accumulators up to 32767 fit: 128 * 255 does, 128 * 256 does not.
    const auto bind = [](std::vector<std::int8_t> row, std::int32_t bias) {
        const QTensor<const std::int8_t, PerTensor<>, Shape<1, 3>> w(row.data(), {});
        const auto packed = pack<arch::scalar, std::int8_t>(w);
        const AddBias stage{QTensor<const std::int32_t, Unscaled, Shape<1>>(&bias, {})};
        return refused(
            [&] { Linear(packed, PerTensor<>{1.0f}, stage, Requantize<std::int8_t>{Affine<>{1.0f / 32768.0f, 0}}); });
    };
    const std::string sentence = "the sums could be too large for the requantization: its multiplier is above one";
    CHECK(bind({-128, 127, 0}, 127) == "nothing was refused");
    CHECK(says(bind({-128, 127, 0}, 128), sentence));
    CHECK(says(bind({-128, 127, 0}, 128), "(value 32768, limit 32767)"));
    CHECK(says(bind({-128, 127, 1}, 0), sentence));
}

TEST_CASE("other weights than those that were bound are refused before anything is written") {
    qtensor_test::EveryArch::each([]<class Arch>() {
        static constexpr std::int8_t more[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
        using WD = QTensor<const std::int8_t, PerTensor<>, Matrix>;
        using Packed = packed_for<Arch, std::int8_t, WD>;
        alignas(64) std::byte memory[2][4096];
        const Packed two(WD(more, Matrix(2, 3), PerTensor<>{0.25f}), memory[0]);
        const Packed three(WD(more, Matrix(3, 3), PerTensor<>{0.25f}), memory[1]);
        const BoundLinear<Packed, Affine<>, void> linear(two, x_scale, BindMemory{});
        std::vector<std::int32_t> result = result_memory();
        alignas(64) std::byte workspace[1024];
        CHECK(says(refused([&] {
                       linear.run(three, XT(x_codes, Matrix(3, 3), x_scale), YT(result.data(), Matrix(3, 3), y_scale),
                                  workspace);
                   }),
                   "these are not the weights that this product was bound for (value 3, limit 2)"));
        CHECK(result == result_memory());
    });
}

// ---- an architecture of the user's own ---------------------------------------------------------------------------

namespace qtensor_test {
struct odd_arch {
    static constexpr const char* name = "odd";
    static constexpr int lane_bytes = 0;
};
}  // namespace qtensor_test

namespace qtensor::inline QTENSOR_ABI {
template <>
struct arch::Atom<qtensor_test::odd_arch, std::int8_t, std::int8_t>
    : qtensor_test::OddAtom<3, 5, 7, 2, 3, true, std::int8_t> {};
template <>
struct arch::Atom<qtensor_test::odd_arch, std::uint8_t, std::int8_t>
    : qtensor_test::OddAtom<1, 3, 5, 4, 2, false, std::uint8_t, 50> {};
template <class T> struct lane::lanes_of<T, qtensor_test::odd_arch> {
    using type = T;
};
}  // namespace qtensor::inline QTENSOR_ABI

TEST_CASE("a new architecture is an atom and a tag: the whole product runs on it unchanged") {
    Tally tally;
    for (const auto& c : qtensor_test::product_cases(150)) {
        using qtensor_test::odd_arch;
        GuardedProduct<odd_arch, std::int8_t, std::int8_t, Affine<>, PerChannelAffine<dyn>> in_place(c);
        in_place.run<std::int32_t>(
            tally, [&](std::size_t i, std::size_t j) { return static_cast<std::int32_t>(in_place.sum(i, j)); },
            BindMemory{});
        GuardedProduct<odd_arch, std::uint8_t, std::int8_t, Affine<>, PerTensor<>> widened(c);
        widened.run<std::int32_t>(
            tally, [&](std::size_t i, std::size_t j) { return static_cast<std::int32_t>(widened.sum(i, j)); },
            BindMemory{});
    }
    tally.require_all_equal(10000);
}
