// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>

#include <algorithm>

#include "support/arches.hpp"
#include "support/refused.hpp"
#include "support/stages.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

const Incoming<std::int32_t, dyn, Product<Affine<>, PerTensor<>>> incoming{
    {Affine<>{0.5f, -3}, PerTensor<>{0.25f}}, 37, nullptr};
const Incoming<std::int8_t, dyn, Affine<>> codes{Affine<>{0.5f, -3}, 37, nullptr};

/// The stage on every architecture against `want`, a function of one value.
template <class Bound, class Value, class Want>
void everywhere(const Bound& bound, const std::vector<Value>& values, Want&& want) {
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto got = qtensor_test::apply_stage<Arch>(bound, values);
        for (std::size_t i = 0; i < values.size(); ++i) {
            tally.same_real(static_cast<double>(got[i]), static_cast<double>(want(values[i])), values[i]);
        }
    });
    tally.require_all_equal(static_cast<long long>(values.size()));
}

std::vector<float> reals() {
    std::vector<float> values;
    for (const std::int32_t v : qtensor_test::accumulators(37, 9, 100)) values.push_back(static_cast<float>(v) * 0.25f);
    return values;
}

}  // namespace

TEST_CASE("Relu cuts accumulators at 0, codes at their zero point and reals at 0") {
    const auto values = qtensor_test::accumulators(37, 5, INT32_MAX);
    everywhere(bind_stages(incoming, Relu{}), values, [](std::int32_t v) { return std::max(v, 0); });
    everywhere(bind_stages(codes, Relu{}), values, [](std::int32_t v) { return std::max(v, -3); });
    const Incoming<float, dyn, Unscaled> real{Unscaled{}, 37, nullptr};
    everywhere(bind_stages(real, Relu{}), reals(), [](float v) { return std::max(v, 0.0f); });
}

TEST_CASE("Relu and Clamp keep the element and the scale") {
    const auto bound = bind_stages(codes, Relu{}, Clamp<>{-5, 9});
    STATIC_REQUIRE(std::is_same_v<decltype(bound)::element, std::int8_t>);
    CHECK(outgoing_scale(bound) == Affine<>{0.5f, -3});
}

TEST_CASE("Clamp limits accumulators, codes and reals") {
    const auto values = qtensor_test::accumulators(37, 6, 300);
    everywhere(bind_stages(incoming, Clamp{-100, 50}), values, [](std::int32_t v) { return std::clamp(v, -100, 50); });
    everywhere(bind_stages(codes, Clamp{7, 7}), values, [](std::int32_t) { return 7; });
    everywhere(bind_stages(incoming, Clamp{INT32_MIN, INT32_MAX}), values, [](std::int32_t v) { return v; });
    const Incoming<float, dyn, Unscaled> real{Unscaled{}, 37, nullptr};
    everywhere(bind_stages(real, Clamp{-1.5f, 3.25f}), reals(), [](float v) { return std::clamp(v, -1.5f, 3.25f); });
}

TEST_CASE("a Clamp whose lower limit is above the upper one is refused") {
    CHECK(says(refused([] {
                   bind_stages(incoming, Clamp{3, 2});
               }),
               "Clamp: the lower limit is above the upper one (value 3, limit 2)"));
    const Incoming<float, 1, Unscaled> real{Unscaled{}, 1, nullptr};
    CHECK(says(refused([&] { bind_stages(real, Clamp{1.0f, 0.0f}); }), "the lower limit is above the upper one"));
}

TEST_CASE("Relu with a zero point outside the codes stays inside them") {
    // Zero point 128 is legal for int8 codes: real zero then lies above every code.
    const auto above = bind_stages(incoming, Requantize<std::int8_t>{Affine<>{0.125f, 128}}, Relu{});
    CHECK(above(std::int32_t{-5}, Cell{}) == 127);
    CHECK(above(std::int32_t{5}, Cell{}) == 127);
    const auto below = bind_stages(incoming, Requantize<std::int8_t>{Affine<>{0.125f, -300}}, Relu{});
    CHECK(below(std::int32_t{5}, Cell{}) == -128);
}

TEST_CASE("limits that codes cannot have are refused") {
    CHECK(says(refused([] {
                   bind_stages(codes, Clamp{-129, 5});
               }),
               "Clamp: the lower limit is below the codes of its place (value -129, limit -128)"));
    CHECK(says(refused([] {
                   bind_stages(codes, Clamp{5, 128});
               }),
               "Clamp: the upper limit is above the codes of its place (value 128, limit 127)"));
    CHECK(refused([] { bind_stages(codes, Clamp{-128, 127}); }) == "nothing was refused");
    CHECK(refused([] { bind_stages(incoming, Clamp{INT32_MIN, INT32_MAX}); }) == "nothing was refused");
}
