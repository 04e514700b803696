// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/histogram.hpp>

#include <map>

#include "support/observer_cases.hpp"

using namespace qtensor;
using namespace qtensor_test;

namespace {

/// By the definition: all exponents from far below any float's are tried, every value is divided by the width.
void check_counts(const Histogram& histogram, const std::vector<float>& values) {
    double lowest = 0.0, highest = 0.0;
    for (const float value : values) {
        lowest = std::min(lowest, static_cast<double>(value));
        highest = std::max(highest, static_cast<double>(value));
    }
    double width = std::ldexp(1.0, -170);
    while (std::floor(highest / width) - std::floor(lowest / width) >= 4096.0) width *= 2.0;
    CHECK(histogram.width() == width);
    REQUIRE(histogram.counts().size() ==
            static_cast<std::size_t>(std::floor(highest / width) - std::floor(lowest / width) + 1.0));
    CHECK(histogram.edge(0) == std::floor(lowest / width) * width);
    std::map<double, std::uint64_t> wanted, found;
    for (const float value : values) ++wanted[std::floor(static_cast<double>(value) / width) * width];
    for (std::size_t i = 0; i < histogram.counts().size(); ++i) {
        if (histogram.counts()[i] != 0) found[histogram.edge(i)] = histogram.counts()[i];
    }
    CHECK(found == wanted);
    CHECK(histogram.total() == values.size());
    check_range(histogram.extremes(), *std::min_element(values.begin(), values.end()),
                *std::max_element(values.begin(), values.end()));
}

Histogram counted(std::span<const float> values) {
    Histogram histogram;
    histogram.add(values);
    return histogram;
}

std::vector<std::vector<float>> cases() {
    std::vector<float> growing;
    for (int i = -140; i < 120; i += 3) growing.push_back((i % 2 == 0 ? 1.0f : -1.0f) * std::ldexp(1.1f, i));
    return {normal_values(3000, 1),
            relu_values(2000, 2),
            wild_values(1000, 3),
            normal_values(500, 4, 7.0f),
            normal_values(500, 5, -40.0f),
            growing,
            {0.0f, 0.0f},
            {-1.0f, 1.0f, 0.5f, -0.5f},
            {4095.0f, 4096.0f, -1.0f},
            {3.4e38f, -3.4e38f, 1e-45f},
            {-1e-45f}};
}

}  // namespace

TEST_CASE("a histogram counts by its definition, however the values were divided", "[histogram]") {
    for (const auto& values : cases()) {
        const std::span<const float> all = values;
        check_counts(counted(all), values);
        Histogram one_by_one;
        for (std::size_t i = 0; i < all.size(); i += all.size() / 40 + 1)
            one_by_one.add(all.subspan(i, std::min(all.size() / 40 + 1, all.size() - i)));
        check_counts(one_by_one, values);
        for (const std::size_t cut : {std::size_t{0}, std::size_t{1}, all.size() / 2, all.size()}) {
            Histogram front = counted(all.first(cut)), back = counted(all.subspan(cut));
            Histogram turned = back;
            front.merge(back);
            check_counts(front, values);
            turned.merge(counted(all.first(cut)));
            check_counts(turned, values);
        }
    }
}

TEST_CASE("at least half of the bins are in use", "[histogram]") {
    for (const auto& values : cases()) {
        const std::size_t bins = counted(values).counts().size();
        CHECK(bins <= 4096);
        CHECK((bins >= 2048 || (values[0] == 0.0f && values.back() == 0.0f)));
    }
}

TEST_CASE("magnitudes fold both signs", "[histogram]") {
    // Bins are 1 wide: 4096 bins reach from -95 to 4000.
    const Histogram histogram = counted(std::vector<float>{-95.0f, 4000.0f, 0.5f, -0.5f, -1.0f, -1.5f, 1.0f, 2.75f});
    REQUIRE(histogram.width() == 1.0);
    const auto folded = histogram.magnitudes();
    REQUIRE(folded.size() == 4001);
    CHECK(folded[0] == 3);  // 0.5, -0.5, -1 (its bin is [-1, 0))
    CHECK(folded[1] == 2);  // -1.5, 1
    CHECK(folded[2] == 1);
    CHECK(folded[94] == 1);
    CHECK(folded[4000] == 1);
    CHECK(counted(std::vector<float>{-3.0f, -8.0f}).magnitudes().size() == 2048);
}

TEST_CASE("clipped stays between the extremes and is no point", "[histogram]") {
    const Histogram histogram = counted(std::vector<float>{-3.0f, 5.0f});
    check_range(histogram.clipped(-4.0, 6.0), -3.0f, 5.0f);
    check_range(histogram.clipped(-1.0, 2.0), -1.0f, 2.0f);
    check_range(histogram.clipped(1.0, 1e300), 1.0f, 5.0f);
    check_range(histogram.clipped(6.0, 7.0), -3.0f, 5.0f);
    check_range(histogram.clipped(-9.0, -3.0), -3.0f, 5.0f);
    check_range(histogram.clipped(2.0, 2.0), -3.0f, 5.0f);
}

TEST_CASE("a histogram refuses what is not finite and keeps its counts", "[histogram]") {
    Histogram histogram = counted(std::vector<float>{1.0f});
    CHECK_THROWS_AS(histogram.add(std::vector<float>{2.0f, std::nanf("")}), std::invalid_argument);
    check_counts(histogram, {1.0f});
    histogram.merge(Histogram{});
    histogram.add({});
    check_counts(histogram, {1.0f});
    CHECK(Histogram{}.counts().empty());
    check_range(Histogram{}.extremes(), 0.0f, 0.0f);
}
