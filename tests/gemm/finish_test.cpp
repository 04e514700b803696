// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/numeric/tflite_single.hpp>
#include <qtensor/numeric/xnnpack.hpp>
#include <qtensor/scale.hpp>

#include "support/arches.hpp"
#include "support/guarded_product.hpp"

namespace {

using namespace qtensor;
using qtensor_test::GuardedProduct;
using qtensor_test::Tally;

/// Says where a cell stands: what a stage sees in Cell.
struct AddPlace {
    template <class V> V operator()(V value, const Cell& cell) const {
        std::int32_t columns[lane::width<V>];
        for (std::size_t i = 0; i < lane::width<V>; ++i) columns[i] = static_cast<std::int32_t>(cell.column + i);
        return value + lane::load<V>(columns, lane::width<V>) +
               lane::broadcast<V>(static_cast<std::int32_t>(1000 * cell.row));
    }
};

/// Whole tiles, alone and beside lower and narrower ones, of panels that end with a whole register and of ones that
/// do not.
std::vector<qtensor_test::ProductCase> cases() {
    std::vector<qtensor_test::ProductCase> all;
    for (const std::size_t m : {6u, 15u})
        for (const std::size_t n : {16u, 32u, 48u, 64u, 72u, 96u})
            for (const std::size_t k : {4u, 17u})
                all.push_back({m, n, k, oracle::fills[all.size() % 5], all.size(), 0});
    return all;
}

/// Clamps one behind the other, on one code.
std::int64_t held(std::int64_t code, std::int64_t lowest, std::int64_t highest) {
    return std::min(std::max(code, lowest), highest);
}

}  // namespace

TEST_CASE("stages see the same cells whether a tile's sums come in registers or through memory") {
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        for (const auto& c : cases()) {
            GuardedProduct<Arch, std::int8_t, std::int8_t, Affine<>, PerChannelAffine<dyn>> product(c);
            product.template run<std::int32_t>(
                tally,
                [&](std::size_t i, std::size_t j) {
                    return static_cast<std::int32_t>(product.sum(i, j) + static_cast<std::int64_t>(1000 * i + j));
                },
                BindMemory{}, AddPlace{});
        }
    });
    tally.require_all_equal(10000);
}

TEST_CASE("codes that the store places are those of the dialect, clamped in the order of the stages") {
    Tally tally;
    for (const auto& c : cases()) {  // linear_test.cpp has dialects on every architecture
        GuardedProduct<arch::native, std::int8_t, std::int8_t, Affine<>, PerChannel<dyn>> product(c);
        std::vector<std::int32_t> words(2 * c.n);
        const auto check = [&]<class T, class D>(Affine<> to, auto expected, const auto&... clamps) {
            const CodeRange range{to.zero_point(0), element<T>::lowest, element<T>::highest};
            const auto want = [&](std::size_t i, std::size_t j) {
                const auto code = D::apply(static_cast<std::int32_t>(product.sum(i, j)),
                                           D::derive(product.x_scale(), product.w_scale(j), to.scale(0)), range);
                return static_cast<value_of<T>>(expected(code));
            };
            product.template run<T>(tally, want, BindMemory(words.data(), words.size()), Requantize<T, D>{to},
                                    clamps...);
        };
        const auto same = [](std::int64_t code) { return code; };
        const float scale = c.seed % 2 == 0 ? 0.05f : 1e-7f;  // codes inside their range, sums beyond int16
        check.template operator()<std::int8_t, XnnpackFp32>(Affine<>{scale, -128}, same);
        check.template operator()<std::uint8_t, TfLiteDoubleRounding>(Affine<>{0.05f, 255}, same);
        check.template operator()<std::int8_t, TfLiteSingleRounding>(Affine<>{0.05f, 0}, same);
        check.template operator()<std::int8_t, XnnpackFp32>(
            Affine<>{scale, 9}, [](std::int64_t code) { return held(held(code, -20, 5), 9, 127); }, Clamp{-20, 5},
            Relu{});
        check.template operator()<std::int8_t, XnnpackFp32>(
            Affine<>{scale, 9}, [](std::int64_t code) { return held(held(code, 9, 127), -20, 5); }, Relu{},
            Clamp{-20, 5});
    }
    tally.require_all_equal(50000);
}
