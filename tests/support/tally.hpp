// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Counts comparisons. Exhaustive tests compare millions of pairs: a Tally remembers the first that differs and says so
/// once, at `require_all_equal`, which also fails when the loop compared fewer pairs than it promised.

#include "catch.hpp"

#include <bit>
#include <cstdint>
#include <iomanip>
#include <sstream>
#include <string>
#include <type_traits>

namespace qtensor_test {

class Tally {
public:
    template <class... Inputs> void same(long long got, long long want, const Inputs&... inputs) {
        ++compared_;
        if (got != want) note(got, want, inputs...);
    }

    /// Equal values; NaN equals NaN, and the sign of a zero does not count.
    template <class... Inputs> void same_real(double got, double want, const Inputs&... inputs) {
        ++compared_;
        if (!(got == want) && !(got != got && want != want)) note(got, want, inputs...);
    }

    /// Equal bits.
    template <class... Inputs> void same_bits(float got, float want, const Inputs&... inputs) {
        ++compared_;
        if (std::bit_cast<std::uint32_t>(got) != std::bit_cast<std::uint32_t>(want)) note(got, want, inputs...);
    }

    void require_all_equal(long long at_least = 1) const {
        INFO("first difference: " << first_);
        INFO(compared_ << " compared");
        REQUIRE(wrong_ == 0);
        REQUIRE(compared_ >= at_least);
    }

private:
    template <class T> static void print(std::ostringstream& out, const T& value) {
        if constexpr (std::is_floating_point_v<T>) {
            out << value << " (" << std::hexfloat << value << std::defaultfloat << ')';
        } else if constexpr (std::is_integral_v<T>) {
            out << +value;
        } else {
            out << value;
        }
    }

    template <class T, class... Inputs> void note(const T& got, const T& want, const Inputs&... inputs) {
        if (wrong_++ != 0) return;
        std::ostringstream out;
        out << std::setprecision(17) << "got ";
        print(out, got);
        out << ", want ";
        print(out, want);
        out << ", for";
        ((out << ' ', print(out, inputs)), ...);
        first_ = out.str();
    }

    long long compared_ = 0;
    long long wrong_ = 0;
    std::string first_ = "none";
};

}  // namespace qtensor_test
