// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/table_functions.hpp>

#include <cmath>
#include <cstdint>

#include "support/catch.hpp"
#include "support/npy.hpp"

using namespace qtensor;

TEST_CASE("The table is the published one", "[numeric][table_functions]") {
    const auto folder = qtensor_test::vector_suite("tables");
    if (!folder) {
        WARN("skipped: the published tables are not beside the repository");
        return;
    }
    const auto published = qtensor_test::read_npy<std::uint16_t>(*folder / "sigmoid_table_uint16.npy");
    REQUIRE(published.size() == 256);
    for (std::size_t i = 0; i < 256; ++i) CHECK(sigmoid_table[i] == published[i]);
}

TEST_CASE("Logistic and tanh by table are close to the functions, for every number and every scale",
          "[numeric][table_functions]") {
    for (const int shift : {-4, -2, 0, 1, 3}) {
        double logistic = 0.0, tanh = 0.0;
        for (int x = -32768; x <= 32767; ++x) {
            const double real = std::ldexp(x, shift - 12);
            const auto word = static_cast<std::int16_t>(x);
            logistic = std::max(logistic, std::fabs(table_logistic(word, shift) - 32768.0 / (1.0 + std::exp(-real))));
            tanh = std::max(tanh, std::fabs(table_tanh(word, shift) - 32768.0 * std::tanh(real)));
        }
        INFO("shift " << shift);
        CHECK(logistic < 3.0);
        CHECK(tanh < 5.5);
    }
    STATIC_REQUIRE(table_logistic(0) == 16384);
    STATIC_REQUIRE(table_logistic(32767) == 32757);
    STATIC_REQUIRE(table_logistic(32767, 2) == 32767);
    STATIC_REQUIRE(table_tanh(0) == 0);
    STATIC_REQUIRE(table_tanh(32767, 2) == 32767);
    STATIC_REQUIRE(table_tanh(-32768, 2) == -32767);
}
