// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/real_functions.hpp>

#include <cmath>
#include <limits>

#include "support/catch.hpp"
#include "support/samples.hpp"

using namespace qtensor;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

/// The largest error of `made` in units in the last place of `want`, over random numbers in [lowest, highest].
template <class Made, class Want> double worst(double lowest, double highest, Made made, Want want) {
    qtensor_test::Random random(1);
    double most = 0.0;
    for (int i = 0; i < 200000; ++i) {
        const double x = lowest + random.unit() * (highest - lowest);
        const long double exact = want(static_cast<long double>(x));
        const double near = std::fabs(static_cast<double>(exact));
        const double unit = std::nextafter(near, inf) - near;
        most = std::max(most, std::fabs(static_cast<double>((static_cast<long double>(made(x)) - exact) / unit)));
    }
    return most;
}

}  // namespace

TEST_CASE("Elementary functions are within a few units of the last place", "[numeric][real]") {
    const auto exponential = [](long double x) { return std::exp(x); };
    CHECK(worst(-1.0, 1.0, real::exp, exponential) < 1.5);
    CHECK(worst(-700.0, 700.0, real::exp, exponential) < 1.5);
    CHECK(worst(-745.0, -708.5, real::exp, exponential) < 1.5);
    const auto logarithm = [](long double x) { return std::log(x); };
    CHECK(worst(1e-300, 1e-290, real::log, logarithm) < 1.5);
    CHECK(worst(0.5, 2.0, real::log, logarithm) < 3.0);
    CHECK(worst(1.0, 1e6, real::log, logarithm) < 1.5);
    const auto sigmoid = [](long double x) { return 1.0L / (1.0L + std::exp(-x)); };
    CHECK(worst(-30.0, 30.0, real::logistic, sigmoid) < 4.0);
    const auto tangent = [](long double x) { return std::tanh(x); };
    CHECK(worst(-20.0, 20.0, real::tanh, tangent) < 12.0);
    CHECK(worst(-0.01, 0.01, real::tanh, tangent) < 2.0);
    CHECK(worst(-0.0999, 0.0999, real::tanh, tangent) < 2.0);
    const auto error = [](long double x) { return std::erf(x); };
    CHECK(worst(-3.0, 3.0, real::erf, error) < 32.0);
    CHECK(worst(-8.0, 8.0, real::erf, error) < 32.0);
    const auto root = [](long double x) { return std::sqrt(x); };
    CHECK(worst(0.0, 4.0, real::sqrt, root) < 1.5);
    CHECK(worst(1e-320, 1e-310, real::sqrt, root) < 1.5);
    CHECK(worst(1e300, 1e308, real::sqrt, root) < 1.5);
}

TEST_CASE("Elementary functions at the ends of their ranges", "[numeric][real]") {
    STATIC_REQUIRE(real::exp(0.0) == 1.0);
    STATIC_REQUIRE(real::exp(-1000.0) == 0.0);
    STATIC_REQUIRE(real::exp(1000.0) == inf);
    STATIC_REQUIRE(real::exp(-inf) == 0.0);
    STATIC_REQUIRE(real::exp(inf) == inf);
    STATIC_REQUIRE(real::log(1.0) == 0.0);
    STATIC_REQUIRE(real::log(0.0) == -inf);
    STATIC_REQUIRE(real::log(inf) == inf);
    STATIC_REQUIRE(real::tanh(0.0) == 0.0);
    STATIC_REQUIRE(real::tanh(1e6) == 1.0);
    STATIC_REQUIRE(real::tanh(-inf) == -1.0);
    STATIC_REQUIRE(real::logistic(0.0) == 0.5);
    STATIC_REQUIRE(real::logistic(-inf) == 0.0);
    STATIC_REQUIRE(real::erf(0.0) == 0.0);
    STATIC_REQUIRE(real::erf(-inf) == -1.0);
    STATIC_REQUIRE(real::sqrt(0.0) == 0.0);
    STATIC_REQUIRE(real::sqrt(9.0) == 3.0);
    STATIC_REQUIRE(real::sqrt(inf) == inf);
    CHECK(std::isnan(real::log(-1.0)));
    CHECK(std::isnan(real::sqrt(-1.0)));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(std::isnan(real::exp(nan)));
    CHECK(std::isnan(real::erf(nan)));
    CHECK(std::isnan(real::tanh(nan)));
}

TEST_CASE("Elementary functions at their ends, while the program runs", "[numeric]") {
    double zero = 0.0, largest = std::numeric_limits<double>::max(), tiny = std::numeric_limits<double>::denorm_min();
    CHECK(real::exp(709.8 + zero) == inf);
    CHECK(real::exp(-745.3 - zero) == 0.0);
    CHECK(real::exp(-745.1 - zero) == tiny);
    CHECK(real::log(zero) == -inf);
    CHECK(real::log(zero + inf) == inf);
    CHECK(std::isnan(real::log(zero - 1.0)));
    CHECK(std::fabs(real::log(tiny) - std::log(tiny)) < 1e-12);
    CHECK(std::fabs(real::log(largest) - std::log(largest)) < 1e-12);
    CHECK(real::sqrt(zero) == 0.0);
    CHECK(std::signbit(real::sqrt(-zero)));
    CHECK((std::signbit(real::erf(-zero)) && !std::signbit(real::erf(zero))));
    CHECK(real::sqrt(zero + inf) == inf);
    CHECK(std::isnan(real::sqrt(zero - 1.0)));
}
