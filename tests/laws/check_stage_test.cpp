// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/laws/check_stage.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>

#include <string>

namespace {

using namespace qtensor;

using Codes = Incoming<std::int8_t, 21, Affine<>>;
constexpr Codes codes{Affine{0.5f, -3}, 21, nullptr};
using Reals = Incoming<float, 21, Unscaled>;
constexpr Reals reals{Unscaled{}, 21, nullptr};
using Sums = Incoming<std::int32_t, 21, Product<PerTensor<>, PerTensor<>>>;
constexpr Sums sums{{PerTensor<>{0.25f}, PerTensor<>{0.125f}}, 21, nullptr};

template <class S, class In = Sums> std::string broken(const S& stage = {}, const In& in = sums) {
    const Verdict verdict = check_stage(stage, in);
    return verdict ? "" : verdict.broken;
}

struct Halve {
    template <class V> constexpr V operator()(V v, const Cell&) const {
        return lane::shift_right(v, lane::broadcast<V>(1));
    }
};
/// Doubles accumulators and does not say so.
struct Double {
    template <class V> constexpr V operator()(V v, const Cell&) const { return lane::wrapping_add(v, v); }
};
struct LanesDiffer {
    constexpr std::int32_t operator()(std::int32_t v, const Cell&) const { return v; }
    template <lane::Vector V> V operator()(V v, const Cell&) const { return lane::min(v, lane::broadcast<V>(1 << 20)); }
};
/// Every row of a register is right, the first value of a tail is not.
struct TailDiffers {
    template <class V> constexpr V operator()(V v, const Cell& cell) const {
        return lane::width<V> > 1 && cell.count < lane::width<V> ? lane::broadcast<V>(0) : v;
    }
};
struct Counts {
    mutable int calls = 0;
    template <class V> V operator()(V v, const Cell&) const {
        return ++calls % 1000 == 0 ? lane::shift_right(v, lane::broadcast<V>(4)) : v;
    }
};
/// A stage with all members; what is broken below differs from it in one place.
template <class T = std::int32_t> struct Whole {
    template <class In> struct Bound {
        using element = T;
        PerTensor<> scale{};
        template <class V> constexpr V operator()(V v, const Cell&) const { return v; }
        template <class V> constexpr Bound for_columns(const Cell&) const { return *this; }
    };
    template <class In> constexpr Bound<In> bind(const In&) const { return {}; }
};
struct HoistedDiffers {
    template <class In> struct Bound : Whole<>::Bound<In> {
        template <class V> constexpr Relu::Bound<In> for_columns(const Cell&) const { return {{}, 0}; }
    };
    template <class In> constexpr Bound<In> bind(const In&) const { return {}; }
};
struct ZeroScale {
    template <class In> struct Bound : Whole<>::Bound<In> {};
    template <class In> constexpr Bound<In> bind(const In&) const { return {{PerTensor<>{0.0f}}}; }
};
struct ForgetsOnCopy {  // a copy of one that has been called
    template <class In> struct Bound {
        using element = std::int32_t;
        PerTensor<> scale{};
        mutable bool called = false;
        bool forgot = false;
        Bound() = default;
        Bound(const Bound& other) : scale(other.scale), forgot(other.called) {}
        template <class V> V operator()(V v, const Cell&) const {
            called = true;
            return forgot ? lane::broadcast<V>(0) : v;
        }
    };
    template <class In> Bound<In> bind(const In&) const { return {}; }
};

}  // namespace

static_assert(check_stage<Relu>() && check_stage<Halve>());
static_assert(check_stage(Requantize<std::int8_t>{Affine{0.5f, 3}}, sums));
static_assert(!check_stage<Double>());

TEST_CASE("the library's stages keep the laws, wherever they may stand") {
    CHECK(check_stage<Relu>());
    CHECK(check_stage(Relu{}, codes));
    CHECK(check_stage(Relu{}, reals));
    CHECK(check_stage(Clamp{-100, 77}));
    CHECK(check_stage(Clamp{-100, 77}, codes));
    CHECK(check_stage(Clamp{-0.5f, 7.0f}, reals));
    CHECK(check_stage(Dequantize<float>{}));
    CHECK(check_stage(Dequantize<float16>{}, codes));
    CHECK(check_stage(Requantize<std::int8_t>{Affine{0.5f, 3}}));
    CHECK(check_stage(Requantize<std::uint8_t, XnnpackFp32>{Affine{0.5f, 130}}));
    CHECK(check_stage(Requantize<std::int16_t, TfLiteSingleRounding>{Affine{0.001f, 0}}));
    CHECK(check_stage(Requantize<std::int8_t>{Affine{1e-4f, 3}}));  // a multiplier above one has a limit
    QTensor<std::int32_t, Unscaled, Shape<37>, Inline> bias;
    for (std::size_t c = 0; c < 37; ++c) bias(c) = static_cast<std::int32_t>(c) * 1000003 - 20000000;
    CHECK(check_stage(AddBias{bias}));
    QTensor<float, Unscaled, Shape<21>, Inline> real_bias;
    for (std::size_t c = 0; c < 21; ++c) real_bias(c) = static_cast<float>(c) * 0.1f - 1.0f;
    CHECK(check_stage(AddBias{real_bias}, reals));
}

TEST_CASE("scales per channel keep the laws of stages, too") {
    PerChannel<21> by_column{};
    for (std::size_t c = 0; c < 21; ++c) by_column.values[c] = 0.01f * static_cast<float>(c + 1);
    const Incoming<std::int32_t, 21, Product<PerTensor<>, PerChannel<21>>> in{
        {PerTensor<>{0.5f}, by_column}, 21, nullptr};
    CHECK(check_stage(Requantize<std::int8_t>{Affine{0.5f, 3}}, in));
    CHECK(check_stage(Dequantize<float>{}, in));
    std::int32_t words[42];
    BindMemory memory(words, 42);
    const Incoming<std::int32_t, dyn, Product<PerTensor<>, PerChannel<21>>> later{
        {PerTensor<>{0.5f}, by_column}, 21, &memory};
    CHECK(check_stage(Requantize<std::int8_t>{Affine{0.5f, 3}}, later));
}

TEST_CASE("each law of stages finds the stage that breaks it") {
    CHECK(broken<Halve>() == "");
    CHECK(broken<Whole<>>() == "");
    CHECK(broken<Double>() == "a stage that makes accumulators larger says by how much in magnitude() (value)");
    CHECK(broken<Counts>() == "asked twice, a stage answers the same (value)");
    CHECK(broken<ZeroScale>() == "what a stage makes has a positive, finite scale (column)");
    CHECK(broken<Whole<std::int8_t>>() == "what a stage makes is a value of its element (value)");
    CHECK(broken<ForgetsOnCopy>() == "a copy of a bound stage does the same (value)");
    if (lane::width<lanes<std::int32_t, arch::native>> != 1) {
        CHECK(broken<LanesDiffer>() == "a register of values gives the bits of each of them (value)");
        CHECK(broken<TailDiffers>() == "a register of values gives the bits of each of them (value)");
        CHECK(broken<HoistedDiffers>() == "for_columns(cell) does what the stage does (value)");
    }
}
