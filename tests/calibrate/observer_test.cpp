// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/calibrate/observer.hpp>

#include <qtensor/calibrate/entropy.hpp>
#include <qtensor/calibrate/min_max.hpp>
#include <qtensor/calibrate/moving_average.hpp>

#include <vector>

using namespace qtensor;

namespace {
/// Answers with what it was asked.
struct Asked {
    void observe(std::span<const float>) {}
    Range range() const { return {-1.0f, -1.0f}; }
    Range range(std::size_t levels) const { return {0.0f, static_cast<float>(levels)}; }
};
}  // namespace

static_assert(Observer<Asked> && !MergeableObserver<Asked>);
static_assert(MergeableObserver<MinMax> && MergeableObserver<Entropy> && !MergeableObserver<MovingAverage>);

TEST_CASE("levels_of is how many codes an element has", "[observer]") {
    static_assert(levels_of<std::int8_t> == 256 && levels_of<std::uint8_t> == 256);
    static_assert(levels_of<int8_symmetric> == 255);
    static_assert(levels_of<std::int16_t> == 65536);
    static_assert(levels_of<int4> == 16);
}

TEST_CASE("range_for asks an observer for the codes of an element, where it can answer", "[observer]") {
    CHECK(range_for<std::int8_t>(Asked{}).highest == 256.0f);
    CHECK(range_for<int8_symmetric>(Asked{}).highest == 255.0f);
    CHECK(range_for<int4>(Asked{}).highest == 16.0f);
    MinMax plain;
    plain.observe(std::vector<float>{-1.0f, 2.0f});
    CHECK(range_for<int4>(plain).lowest == -1.0f);
    CHECK(range_for<int4>(plain).highest == 2.0f);
}
