// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/scale/per_group.hpp>
#include <qtensor/tensor.hpp>

#include <cmath>
#include <vector>

#include "support/samples.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Random;
using qtensor_test::Tally;

struct Groups {
    std::vector<float> scales;
    std::vector<std::int32_t> zeros;
    Groups(std::size_t count, std::uint64_t seed) : scales(count), zeros(count) {
        Random random(seed);
        for (float& scale : scales) scale = random.real(0.001, 0.1);
        for (auto& zero : zeros) zero = static_cast<std::int32_t>(random.between(-5, 5));
    }
};

}  // namespace

TEST_CASE("A scale per group is a scale policy over the first two axes", "[scale]") {
    STATIC_REQUIRE(Scale<PerGroup<dyn>>);
    STATIC_REQUIRE(Scale<PerGroupAffine<6>>);
    STATIC_REQUIRE(spans_leading_axes<PerGroup<dyn>>);
    STATIC_REQUIRE(!spans_leading_axes<PerChannel<dyn>>);
    STATIC_REQUIRE(!spans_leading_axes<Affine<>>);
    STATIC_REQUIRE(has_zero_point<PerGroupAffine<dyn>>);
    STATIC_REQUIRE(!has_zero_point<PerGroup<dyn>>);
    constexpr PerGroup<2> two{{{0.5f, 0.25f}}};
    STATIC_REQUIRE(two.scale(1) == 0.25f);
}

TEMPLATE_TEST_CASE("Each group of codes is quantized and read with its own scale", "[scale]", std::int8_t, int4,
                   std::int16_t) {
    using T = TestType;
    constexpr std::size_t n = 5, groups = 3, g = 34;
    const Groups made(n * groups, 3);
    Random random(4);
    std::vector<float> values(n * groups * g);
    for (float& value : values) value = random.real(-1.0, 1.0);
    std::vector<cell_of<T>> cells(cells_for<T>(values.size()));
    const QTensor<T, PerGroupAffine<dyn>, Shape<dyn, dyn, dyn>> codes(
        cells.data(), Shape<dyn, dyn, dyn>(n, groups, g), PerGroupAffine<dyn>{{made.scales.data(), made.zeros.data()}});
    quantize_into(values, codes);
    std::vector<float> back(values.size());
    dequantize_into(codes, back);
    Tally tally;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const volatile float quotient = values[i] / made.scales[i / g];
        const double whole = std::round(static_cast<double>(quotient)) + made.zeros[i / g];
        const double lowest = static_cast<double>(element<T>::lowest),
                     highest = static_cast<double>(element<T>::highest);
        const auto want = static_cast<long long>(whole < lowest ? lowest : whole > highest ? highest : whole);
        tally.same(element<T>::load(cells.data(), i), want, i);
        const volatile float real = static_cast<float>(want - made.zeros[i / g]) * made.scales[i / g];
        tally.same_real(static_cast<double>(back[i]), static_cast<double>(real), i);
    }
    tally.require_all_equal(2 * n * groups * g);
}

TEST_CASE("Groups of a tensor of rank 4 count the indices of the first two axes", "[scale]") {
    constexpr PerGroup<6> scales{{{1.0f, 2.0f, 4.0f, 8.0f, 16.0f, 32.0f}}};
    constexpr auto real = [&] {
        QTensor<std::int8_t, PerGroup<6>, Shape<2, 3, 2, 2>, Inline> codes({}, scales);
        for (std::size_t i = 0; i < codes.size(); ++i) codes.data()[i] = 1;
        return dequantize(codes);
    }();
    for (std::size_t i = 0; i < 24; ++i) CHECK(real.data()[i] == scales.scale(i / 4));
}
