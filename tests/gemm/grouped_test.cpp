// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>
#include <qtensor/tensor.hpp>

#include <bit>
#include <vector>

#include "support/arches.hpp"
#include "support/backwards.hpp"
#include "support/guard_pages.hpp"
#include "support/refused.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Random;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

struct Sizes {
    std::size_t m, n, groups, depth;
};
constexpr Sizes sizes[] = {{1, 1, 1, 32},  {3, 17, 4, 32},  {7, 70, 2, 64}, {2, 5, 3, 256},
                           {13, 33, 5, 7}, {101, 3, 2, 33}, {1, 129, 1, 1}, {4, 16, 8, 128}};

/// Codes, scales and zero points at random, the ends of the codes among them.
template <class T> struct Codes {
    std::vector<std::int64_t> values;
    std::vector<cell_of<T>> cells;
    std::vector<float> scales;
    std::vector<std::int32_t> zeros;

    Codes(Random& random, std::size_t count, std::size_t channels) : cells(cells_for<T>(count)) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::int64_t die = random.between(0, 7);
            const std::int64_t code = die == 0   ? element<T>::lowest
                                      : die == 1 ? element<T>::highest
                                                 : random.between(element<T>::lowest, element<T>::highest);
            values.push_back(code);
            element<T>::store(cells.data(), i, static_cast<value_of<T>>(code));
        }
        for (std::size_t c = 0; c < channels; ++c) {
            scales.push_back(random.real(0.001, 0.3));
            zeros.push_back(static_cast<std::int32_t>(random.between(-9, 9)));
        }
    }
};

/// y by the definition: exact sums, then one float operation after another.
template <class X, class W, class XIndex>
std::vector<float> wanted(const Sizes& s, const Codes<X>& x, const Codes<W>& w, bool x_zero, bool w_zero,
                          const XIndex& x_index, const std::vector<float>& bias) {
    std::vector<float> y;
    for (std::size_t i = 0; i < s.m; ++i) {
        for (std::size_t j = 0; j < s.n; ++j) {
            volatile float total = 0.0f;
            for (std::size_t g = 0; g < s.groups; ++g) {
                const std::size_t xc = x_index(i, g), wc = j * s.groups + g;
                std::int64_t sum = 0;
                for (std::size_t k = 0; k < s.depth; ++k) {
                    sum += (x.values[(i * s.groups + g) * s.depth + k] - (x_zero ? x.zeros[xc] : 0)) *
                           (w.values[wc * s.depth + k] - (w_zero ? w.zeros[wc] : 0));
                }
                const volatile float scale = x.scales[xc] * w.scales[wc];
                const volatile float term = static_cast<float>(sum) * scale;
                total = g == 0 ? term : total + term;
            }
            const volatile float biased = total + bias[j];
            y.push_back(biased > 0.0f ? biased : 0.0f);
        }
    }
    return y;
}

/// One kind of scales on every architecture. `x_of` makes the tensor of x from shapes and codes.
template <class X, class W, class WScale, class XOf, class XIndex>
void every_size(bool x_zero, const XOf& x_of, const XIndex& x_index) {
    Tally tally;
    long long compared = 0;
    for (const Sizes& s : sizes) {
        Random random(s.m + 7 * s.n);
        const Codes<X> x_codes(random, s.m * s.groups * s.depth, s.m * s.groups);
        const Codes<W> w_codes(random, s.n * s.groups * s.depth, s.n * s.groups);
        std::vector<float> bias(s.n);
        for (float& b : bias) b = random.real(-3.0, 3.0);
        const auto index = [&](std::size_t i, std::size_t g) { return x_index(s, i, g); };
        const auto want = wanted(s, x_codes, w_codes, x_zero, has_zero_point<WScale>, index, bias);
        const auto x = x_of(s, x_codes);
        const WScale w_scale = [&] {
            if constexpr (has_zero_point<WScale>)
                return WScale{{w_codes.scales.data(), w_codes.zeros.data()}};
            else
                return WScale{{w_codes.scales.data()}};
        }();
        const QTensor<const W, WScale, Shape<dyn, dyn, dyn>> w(w_codes.cells.data(),
                                                               Shape<dyn, dyn, dyn>(s.n, s.groups, s.depth), w_scale);
        qtensor_test::EveryArch::each([&]<class Arch>() {
            if constexpr (std::same_as<Arch, arch::scalar> || arch::HasAtom<Arch, value_of<X>, value_of<W>>) {
                using Packed = grouped_for<Arch, X, std::remove_const_t<decltype(w)>>;
                std::vector<std::byte> memory(Packed::bytes(s.n, s.groups, s.depth) + 64);
                const auto skip = (64 - reinterpret_cast<std::uintptr_t>(memory.data()) % 64) % 64;
                const Packed packed(w, std::span(memory).subspan(skip, memory.size() - 64));
                std::vector<std::int32_t> workspace(grouped_workspace_bytes(s.m, packed) / 4 + 1);
                std::vector<float> y(s.m * s.n + 1, 77.0f);
                multiply_groups(
                    x, packed, QTensor<float, Unscaled, Shape<dyn, dyn>>(y.data(), Shape<dyn, dyn>(s.m, s.n)),
                    std::as_writable_bytes(std::span(workspace)),
                    AddBias{QTensor<const float, Unscaled, Shape<dyn>>(bias.data(), Shape<dyn>(s.n))}, Relu{});
                for (std::size_t i = 0; i < want.size(); ++i)
                    tally.same(std::bit_cast<std::uint32_t>(y[i]), std::bit_cast<std::uint32_t>(want[i]), Arch::name,
                               i);
                compared += static_cast<long long>(want.size());
                CHECK(y.back() == 77.0f);
            }
        });
    }
    CHECK(compared > 1500);
    tally.require_all_equal(compared);
}

constexpr auto matrix = []<class X>(const Sizes& s, const Codes<X>& codes, const auto& scale) {
    return QTensor<const X, std::remove_cvref_t<decltype(scale)>, Shape<dyn, dyn>>(
        codes.cells.data(), Shape<dyn, dyn>(s.m, s.groups * s.depth), scale);
};
constexpr auto grouped = []<class X>(const Sizes& s, const Codes<X>& codes, const auto& scale) {
    return QTensor<const X, std::remove_cvref_t<decltype(scale)>, Shape<dyn, dyn, dyn>>(
        codes.cells.data(), Shape<dyn, dyn, dyn>(s.m, s.groups, s.depth), scale);
};
constexpr auto first = [](const Sizes&, std::size_t, std::size_t) { return std::size_t{0}; };
constexpr auto by_row = [](const Sizes&, std::size_t i, std::size_t) { return i; };
constexpr auto by_group = [](const Sizes& s, std::size_t i, std::size_t g) { return i * s.groups + g; };

}  // namespace

TEMPLATE_TEST_CASE("Weights with a scale per group, activations with one scale", "[gemm]", std::int8_t, int4,
                   int8_symmetric, (Ranged<std::int8_t, -1, 1>)) {
    const auto plain = [](const Sizes& s, const auto& c) { return matrix(s, c, PerTensor{c.scales[0]}); };
    const auto affine = [](const Sizes& s, const auto& c) { return matrix(s, c, Affine{c.scales[0], c.zeros[0]}); };
    every_size<std::int8_t, TestType, PerGroup<dyn>>(false, plain, first);
    every_size<std::int8_t, TestType, PerGroupAffine<dyn>>(true, affine, first);
    every_size<std::uint8_t, TestType, PerGroup<dyn>>(true, affine, first);
}

TEST_CASE("Activations with a scale per row or per group: dynamic quantization, block formats", "[gemm]") {
    const auto rows = [](const Sizes& s, const auto& c) { return matrix(s, c, PerChannel<dyn>{c.scales.data()}); };
    const auto affine_rows = [](const Sizes& s, const auto& c) {
        return matrix(s, c, PerChannelAffine<dyn>{c.scales.data(), c.zeros.data()});
    };
    const auto groups = [](const Sizes& s, const auto& c) { return grouped(s, c, PerGroup<dyn>{{c.scales.data()}}); };
    const auto affine_groups = [](const Sizes& s, const auto& c) {
        return grouped(s, c, PerGroupAffine<dyn>{{c.scales.data(), c.zeros.data()}});
    };
    every_size<std::int8_t, std::int8_t, PerGroup<dyn>>(false, rows, by_row);
    every_size<std::uint8_t, std::int8_t, PerGroup<dyn>>(true, affine_rows, by_row);
    every_size<std::uint8_t, uint4, PerGroupAffine<dyn>>(true, affine_rows, by_row);
    every_size<std::int8_t, int4, PerGroup<dyn>>(false, groups, by_group);
    every_size<std::int8_t, uint4, PerGroupAffine<dyn>>(true, affine_groups, by_group);
    every_size<std::int16_t, std::int8_t, PerGroup<dyn>>(false, rows, by_row);
}

TEST_CASE("Partial sums are added in ascending order of the groups", "[gemm]") {
    // 2^24 + 1 + ... + 1: each 1 alone is lost behind 2^24, together they are not.
    std::vector<std::int8_t> x(5, 1), w(5, 1);
    float scales[]{16777216.0f, 1.0f, 1.0f, 1.0f, 1.0f};
    float y[1];
    const auto run = [&] {
        const QTensor<const std::int8_t, PerGroup<dyn>, Shape<1, 5, 1>> weights(w.data(), {}, PerGroup<dyn>{{scales}});
        const grouped_for<arch::scalar, std::int8_t, std::remove_const_t<decltype(weights)>> packed(weights);
        multiply_groups(QTensor<const std::int8_t, PerTensor<>, Shape<1, 5>>(x.data(), {}, PerTensor{1.0f}), packed,
                        QTensor<float, Unscaled, Shape<1, 1>>(y, {}), {});
        return y[0];
    };
    CHECK(run() == 16777216.0f);
    std::swap(scales[0], scales[4]);
    CHECK(run() == 16777220.0f);
}

TEST_CASE("A grouped product by the compiler; no group at all", "[gemm]") {
    constexpr float value = [] {
        const std::int8_t x[4]{1, 2, 3, 4};
        const std::int8_t w[4]{1, -1, 2, 2};
        const float scales[2]{0.5f, 0.25f};
        const QTensor<const std::int8_t, PerGroup<dyn>, Shape<1, 2, 2>> weights(w, {}, PerGroup<dyn>{{scales}});
        const GroupedWeights<arch::scalar, std::int8_t, std::int8_t, PerGroup<dyn>> packed(weights);
        float y[1]{};
        multiply_groups(QTensor<const std::int8_t, Affine<>, Shape<1, 4>>(x, {}, Affine{2.0f, 1}), packed,
                        QTensor<float, Unscaled, Shape<1, 1>>(y, {}), {});
        return y[0];
    }();
    STATIC_REQUIRE(value == (0.0f - 1.0f) * 1.0f + (4.0f + 6.0f) * 0.5f);
    std::int8_t none[1]{};
    float y[2]{5.0f, 5.0f};
    const QTensor<const std::int8_t, PerGroup<dyn>, Shape<dyn, dyn, dyn>> weights(none, Shape<dyn, dyn, dyn>(2, 0, 32));
    const grouped_for<arch::scalar, std::int8_t, std::remove_const_t<decltype(weights)>> packed(weights);
    multiply_groups(QTensor<const std::int8_t, PerTensor<>, Shape<dyn, dyn>>(none, Shape<dyn, dyn>(1, 0)), packed,
                    QTensor<float, Unscaled, Shape<1, 2>>(y, {}), {});
    CHECK((y[0] == 0.0f && y[1] == 0.0f));
}

TEST_CASE("Float activations and codes as weights, on the scalar architecture", "[gemm]") {
    const float x[4]{0.5f, -1.0f, 2.0f, 3.0f};
    const std::uint8_t w[2]{0x21, 0xf3};  // 1, 2, 3, 15
    const float scales[2]{2.0f, 0.5f};
    const std::int32_t zeros[2]{8, 7};
    const QTensor<const uint4, PerGroupAffine<dyn>, Shape<1, 2, 2>> weights(w, {},
                                                                            PerGroupAffine<dyn>{{scales, zeros}});
    const GroupedWeights<arch::scalar, float, uint4, PerGroupAffine<dyn>> packed(weights);
    float y[1]{};
    multiply_groups(QTensor<const float, Unscaled, Shape<1, 4>>(x, {}), packed,
                    QTensor<float, Unscaled, Shape<1, 1>>(y, {}), {});
    CHECK(y[0] == (0.5f * -7.0f + -1.0f * -6.0f) * 2.0f + (2.0f * -4.0f + 3.0f * 8.0f) * 0.5f);
}

TEST_CASE("A grouped product has the same bits in any number of parts", "[gemm]") {
    constexpr std::size_t groups = 4, depth = 65;
    std::vector<std::int8_t> x(60 * groups * depth), w(150 * groups * depth);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int8_t>(i * 7 % 255 - 127);
    for (std::size_t i = 0; i < w.size(); ++i) w[i] = static_cast<std::int8_t>(i * 13 % 255 - 127);
    std::vector<float> row_scales(60), scales(150 * groups);
    for (std::size_t i = 0; i < row_scales.size(); ++i) row_scales[i] = 0.01f + 0.003f * static_cast<float>(i);
    for (std::size_t i = 0; i < scales.size(); ++i) scales[i] = 0.5f + 0.001f * static_cast<float>(i);
    const QTensor<const std::int8_t, PerGroup<dyn>, Shape<dyn, dyn, dyn>> weights(
        w.data(), Shape<dyn, dyn, dyn>(150, groups, depth), PerGroup<dyn>{{scales.data()}});
    qtensor_test::EveryArch::each([&]<class Arch>() {
        using Packed = grouped_for<Arch, std::int8_t, std::remove_const_t<decltype(weights)>>;
        qtensor_test::BetweenGuards<std::byte> memory(Packed::bytes(150, groups, depth), qtensor_test::Flush::front);
        const Packed packed(weights, memory.span());
        for (const auto& [m, n] : {std::pair{60, 150}, std::pair{1, 150}}) {
            const auto rows = static_cast<std::size_t>(m), columns = static_cast<std::size_t>(n);
            const QTensor<const std::int8_t, PerChannel<dyn>, Shape<dyn, dyn>> from(
                x.data(), Shape<dyn, dyn>(rows, groups * depth), PerChannel<dyn>{row_scales.data()});
            const auto run = [&](const auto& executor) {
                std::vector<float> y(rows * columns, -1.0f);
                const std::size_t bytes = grouped_workspace_bytes(rows, packed, executor.workers());
                qtensor_test::BetweenGuards<std::byte> workspace(bytes, bytes % 4 == 0 ? qtensor_test::Flush::back
                                                                                       : qtensor_test::Flush::front);
                multiply_groups(from, packed,
                                QTensor<float, Unscaled, Shape<dyn, dyn>>(y.data(), Shape<dyn, dyn>(rows, columns)),
                                workspace.span(), executor, Relu{});
                CHECK(workspace.clean());
                return y;
            };
            const std::vector<float> serial = run(Serial{});
            for (const std::size_t workers : {1u, 2u, 3u, 6u}) CHECK(run(qtensor_test::Backwards{workers}) == serial);
        }
    });
}

TEST_CASE("What a grouped product refuses", "[gemm]") {
    std::vector<std::int8_t> codes(3000, -128);
    const float scales[8]{1, 1, 1, 1, 1, 1, 1, 1};
    const QTensor<const std::int8_t, PerGroup<dyn>, Shape<dyn, dyn, dyn>> w(codes.data(), Shape<dyn, dyn, dyn>(2, 4, 8),
                                                                            PerGroup<dyn>{{scales}});
    const grouped_for<arch::scalar, std::int8_t, std::remove_const_t<decltype(w)>> packed(w);
    float y[64];
    const auto run = [&](const auto& x, std::size_t m, std::size_t n) {
        return refused([&] {
            multiply_groups(x, packed, QTensor<float, Unscaled, Shape<dyn, dyn>>(y, Shape<dyn, dyn>(m, n)), {});
        });
    };
    const auto plain = [&](std::size_t m, std::size_t k, float scale) {
        return QTensor<const std::int8_t, Affine<>, Shape<dyn, dyn>>(codes.data(), Shape<dyn, dyn>(m, k),
                                                                     Affine{scale, 0});
    };
    CHECK(run(plain(2, 32, 1.0f), 2, 2) == "nothing was refused");
    CHECK(says(run(plain(2, 31, 1.0f), 2, 2), "x has another depth than the weights"));
    CHECK(says(run(plain(2, 32, 1.0f), 3, 2), "x and y have different numbers of rows"));
    CHECK(says(run(plain(2, 32, 1.0f), 2, 3), "y has another width than the weights have outputs"));
    CHECK(says(run(plain(2, 32, 0.0f), 2, 2), "a scale is positive and finite"));
    const auto in_groups = [&](std::size_t groups, std::size_t depth) {
        return QTensor<const std::int8_t, PerGroup<dyn>, Shape<dyn, dyn, dyn>>(
            codes.data(), Shape<dyn, dyn, dyn>(1, groups, depth), PerGroup<dyn>{{scales}});
    };
    CHECK(run(in_groups(4, 8), 1, 2) == "nothing was refused");
    CHECK(says(run(in_groups(2, 16), 1, 2), "another number of groups"));
    CHECK(says(run(in_groups(4, 7), 1, 2), "groups of another depth"));
    const QTensor<const std::int8_t, Affine<>, Shape<1, 32>> far(codes.data(), {}, Affine{1.0f, 8388608});
    CHECK(says(run(far, 1, 2), "the sums of a group could overflow int32"));  // 2^23 * 8 * 128 is 2^33
}
