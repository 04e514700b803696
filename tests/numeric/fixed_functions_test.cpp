// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/fixed_functions.hpp>

#include "support/catch.hpp"
#include "support/lane_checks.hpp"
#include "support/npy.hpp"
#include "support/oracle.hpp"

using namespace qtensor_test;

namespace {

/// The real function within `steps` of 2^-31 for all x, x worth `unit`.
template <class Fixed, class Real>
void near(const std::vector<std::int32_t>& inputs, double unit, double steps, Fixed fixed, Real real) {
    Tally tally;
    for (const std::int32_t x : inputs) {
        const double want = real(static_cast<double>(x) * unit) * 0x1p31;
        tally.same(std::fabs(static_cast<double>(fixed(x)) - want) <= steps, 1, x);
    }
    tally.require_all_equal(static_cast<long long>(inputs.size()));
}

std::vector<std::int32_t> inputs() {
    std::vector<std::int32_t> values = special_ints();
    Random random(61);
    for (int i = 0; i < 100000; ++i) values.push_back(random.int32_any_size());
    return values;
}

std::vector<std::int32_t> mapped(std::vector<std::int32_t> values, std::int32_t sign) {  // all of one sign, or 0
    for (std::int32_t& x : values) x = sign > 0 ? x & INT32_MAX : -(x & INT32_MAX);
    return values;
}

/// Every lane as one value.
template <class Function> void lanes_agree(const std::vector<std::int32_t>& values, Function function) {
    using I = qtensor::lanes<std::int32_t, qtensor::arch::native>;
    lanes_equal_scalar<I, std::int32_t>(
        values, [&](I x) { return function(x); }, [&](std::int32_t x) { return function(x); });
}

/// What gemmlowp computed: folders OP_a, OP_b ... of the suite `fixedpoint`.
template <class Function> void equals_the_vectors(const std::string& op, Function function) {
    const auto folders = vector_cases("fixedpoint", op);
    if (folders.empty()) WARN("the vectors of " << op << " are absent: skipped");
    for (const auto& folder : folders) {
        const auto x = read_npy<std::int32_t>(folder / "x.npy");
        const auto y = read_npy<std::int32_t>(folder / "y.npy");
        REQUIRE(x.size() == y.size());
        Tally tally;
        for (std::size_t i = 0; i < x.size(); ++i) tally.same(function(x[i]), y[i], x[i]);
        tally.require_all_equal(20000);
    }
}

constexpr auto exp_q5 = [](auto x) { return qtensor::exp_on_negative_values<5>(x); };
constexpr auto exp_q12 = [](auto x) { return qtensor::exp_on_negative_values<12>(x); };
constexpr auto exp_q0 = [](auto x) { return qtensor::exp_on_negative_values<0>(x); };
constexpr auto inverse = [](auto x) { return qtensor::one_over_one_plus_x(x); };
constexpr auto quotient = [](auto x) { return qtensor::one_minus_x_over_one_plus_x(x); };
constexpr auto logistic_q4 = [](auto x) { return qtensor::logistic<4>(x); };
constexpr auto tanh_q4 = [](auto x) { return qtensor::tanh<4>(x); };

}  // namespace

TEST_CASE("Fixed-point functions are near the real ones", "[numeric][fixed]") {
    const auto real_exp = [](double x) { return std::exp(x); };
    near(mapped(inputs(), -1), 0x1p-26, 500.0, exp_q5, real_exp);
    near(mapped(inputs(), -1), 0x1p-19, 500.0, exp_q12, real_exp);
    near(mapped(inputs(), -1), 0x1p-31, 500.0, exp_q0, real_exp);
    near(mapped(inputs(), 1), 0x1p-31, 20.0, inverse, [](double x) { return 1.0 / (1.0 + x); });
    near(mapped(inputs(), 1), 0x1p-31, 40.0, quotient, [](double x) { return (1.0 - x) / (1.0 + x); });
    near(inputs(), 0x1p-27, 500.0, logistic_q4, [](double x) { return 1.0 / (1.0 + std::exp(-x)); });
    near(inputs(), 0x1p-27, 1000.0, tanh_q4, [](double x) { return std::tanh(x); });
    STATIC_REQUIRE(qtensor::exp_on_negative_values<5>(0) == INT32_MAX);
    STATIC_REQUIRE(qtensor::exp_on_negative_values<12>(INT32_MIN) == 0);
    STATIC_REQUIRE(qtensor::logistic<4>(0) == 1 << 30);
    STATIC_REQUIRE(qtensor::tanh<4>(0) == 0);
}

TEST_CASE("The logarithm on integers is within 5e-6 of ln", "[numeric][fixed]") {
    oracle::Random random(11);
    double worst = 0.0;
    const auto compare = [&](std::int32_t x) {
        const double error = qtensor::log_of_at_least_one<12, 5>(x) / 67108864.0 - std::log(x / 524288.0);
        worst = std::max(worst, std::fabs(error));
    };
    for (int power = 0; power < 12; ++power)
        for (const std::int32_t near : {-1, 0, 1})
            if (power > 0 || near >= 0) compare((1 << (19 + power)) + near);
    for (int i = 0; i < 20000; ++i)
        compare(static_cast<std::int32_t>(random.between(524288, INT32_MAX) >> random.between(0, 11)) | 524288);
    CHECK(worst < 5e-6);
    CHECK(qtensor::log_of_at_least_one<12, 5>(524288) >= 0);
}

TEST_CASE("Lanes of fixed-point functions equal one value at a time", "[numeric][fixed]") {
    lanes_agree(mapped(inputs(), -1), exp_q5);
    lanes_agree(mapped(inputs(), -1), exp_q12);
    lanes_agree(mapped(inputs(), -1), exp_q0);
    lanes_agree(mapped(inputs(), 1), inverse);
    lanes_agree(mapped(inputs(), 1), quotient);
    lanes_agree(inputs(), logistic_q4);
    lanes_agree(inputs(), tanh_q4);
}

TEST_CASE("Fixed-point functions equal what gemmlowp computed", "[numeric][fixed][vectors]") {
    equals_the_vectors("exp_on_negative_values_q5_26", exp_q5);
    equals_the_vectors("one_over_one_plus_x_q0_31", inverse);
    equals_the_vectors("logistic_q4_27", logistic_q4);
    equals_the_vectors("tanh_q4_27", tanh_q4);
}
