// SPDX-License-Identifier: BSL-1.0
// Rows long enough for every way there is from floats to bytes: the estimate, the groups that it leaves in doubt, and
// what lies on the steps of its rounding for long.
#include <qtensor/scale.hpp>
#include <qtensor/tensor/quantize.hpp>

#include "support/catch.hpp"
#include "support/quantize_oracle.hpp"
#include "support/samples.hpp"
#include "support/tally.hpp"

#include <vector>

using namespace qtensor;
using namespace qtensor_test;

namespace {

constexpr std::size_t group = 64;  // floats that the widest registers take together

/// Whether each of `values` gets its code when everything beside it is easy: one hard number in a group makes all of it
/// be made again, and would hide the others.
template <class T, class R> void each_gets_its_code(Tally& tally, const std::vector<float>& values, Affine<> scale) {
    const float easy = static_cast<float>(2.25 - scale.zero) * scale.value;
    std::vector<float> apart(group * values.size(), easy);
    for (std::size_t i = 0; i < values.size(); ++i) apart[group * i + i % group] = values[i];
    std::vector<value_of<T>> codes(apart.size());
    quantize_into<Saturate, R>(apart, QTensor<T, Affine<>>(codes.data(), Shape{apart.size()}, scale));
    const std::int64_t want_easy = code_oracle<T, R>(easy, scale.value, scale.zero);
    for (std::size_t i = 0; i < apart.size(); ++i) {
        const bool hard = i % group == i / group % group;
        const std::int64_t want = hard ? code_oracle<T, R>(apart[i], scale.value, scale.zero) : want_easy;
        if (codes[i] != want || hard) tally.same(codes[i], want, apart[i], scale.value, scale.zero);
    }
}

/// The float that is `number` scales and its neighbours.
void around(std::vector<float>& values, double number, float scale, std::int32_t neighbours) {
    const auto bits = std::bit_cast<std::int32_t>(static_cast<float>(number * static_cast<double>(scale)));
    for (std::int32_t step = -neighbours; step <= neighbours; ++step)
        values.push_back(std::bit_cast<float>(bits + step));
}

}  // namespace

TEMPLATE_TEST_CASE("Next to a step of the rounding a code is on the side of the rounded quotient", "[tensor][quantize]",
                   Floor, Ceil, TowardZero, HalfEven, HalfAway, HalfUp) {
    Random random(131);
    Tally tally;
    for (const std::int32_t zero : {-255, 255, -255, 17, -255}) {  // far from zero a quotient knows least
        // 1/s is rounded by nearly half of its last place where s is a little less than a power of two.
        const auto below = static_cast<std::int32_t>(random.between(1, zero == 17 ? 8000000 : 2000));
        const auto exponent = static_cast<std::int32_t>(random.between(127 - 60, 127));
        const float scale = std::bit_cast<float>((exponent << 23) - below);
        std::vector<float> values;
        for (int twice = 0; twice <= 510; ++twice) around(values, 0.5 * twice - zero, scale, 2);
        each_gets_its_code<std::uint8_t, TestType>(tally, values, {scale, zero});
    }
    tally.require_all_equal(5 * 511 * 5);
}

TEST_CASE("A row that turns from easy numbers to ties, to what no code holds, and back", "[tensor][quantize]") {
    const Affine<> scale{0.3f, -3};
    Random random(132);
    Tally tally;
    for (const std::size_t length : {40000u, 20011u, 9001u, 700u}) {
        std::vector<float> values(length);
        for (std::size_t i = 0; i < length; ++i) {
            const std::size_t stretch = i / 4500 % 4;
            const float tie = (static_cast<float>(random.between(-160, 160)) + 0.5f) * scale.value;
            const float special = i % 3 == 0 ? std::nanf("") : (i % 3 == 1 ? 1e30f : -1e6f);
            values[i] = stretch == 0 || i % 7 != 0 ? random.real(-50.0, 50.0) : stretch == 2 ? special : tie;
        }
        const auto check = [&]<class T, class R>(T, R) {
            std::vector<value_of<T>> codes(length);
            quantize_into<Saturate, R>(values, QTensor<T, Affine<>>(codes.data(), Shape{length}, scale));
            for (std::size_t i = 0; i < length; ++i)
                tally.same(codes[i], code_oracle<T, R>(values[i], scale.value, scale.zero), i, values[i]);
        };
        check(std::int8_t{}, HalfAway{});
        check(int8_symmetric{}, HalfEven{});
        check(std::uint8_t{}, TowardZero{});
    }
    tally.require_all_equal(3 * (40000 + 20011 + 9001 + 700));
}
