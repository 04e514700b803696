// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/parallel/dispatch.hpp>

#include <cstdlib>
#include <string>
#include <vector>

using namespace qtensor;
using qtensor::detail::choose_variant;
using qtensor::detail::Variant;

namespace {

/// What a processor with AVX2 and no AVX-512 makes of a program that has everything, in an order of its own.
const std::vector<Variant> on_haswell{
    {"base", 0, true}, {"avx512_vnni", 5, false}, {"avx2", 2, true}, {"sse41", 1, true}, {"avx_vnni", 3, false}};

std::string chosen(const char* forced) {
    try {
        return on_haswell[choose_variant(on_haswell, forced)].name;
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

/// Two numbers, so that the variant shows.
struct Number {
    template <int Variant> static int call(int addend);
};
template <> int Number::call<0>(int addend) { return addend; }
template <> int Number::call<2>(int addend) { return 200 + addend; }
template <> int Number::call<5>(int addend) { return 500 + addend; }

class Forced {
public:
    explicit Forced(const char* name) { setenv("QTENSOR_ARCH", name, 1); }
    Forced(const Forced&) = delete;
    Forced& operator=(const Forced&) = delete;
    ~Forced() { unsetenv("QTENSOR_ARCH"); }
};

}  // namespace

TEST_CASE("the best variant that runs is chosen, whatever their order") {
    CHECK(chosen(nullptr) == "avx2");
    CHECK(chosen("") == "avx2");
    CHECK(choose_variant(std::vector<Variant>{{"base", 0, true}, {"sse41", 1, false}}, nullptr) == 0);
    CHECK(choose_variant(std::vector<Variant>{{"base", 0, true}, {"avx_vnni", 3, true}, {"avx2", 2, true}}, nullptr) ==
          1);
}

TEST_CASE("a variant is forced by its name, and a name that cannot be had gets a sentence") {
    CHECK(chosen("base") == "base");
    CHECK(chosen("sse41") == "sse41");
    CHECK(chosen("avx512_vnni") == "qtensor: QTENSOR_ARCH=avx512_vnni, but this processor lacks instructions of it; it "
                                   "runs base, avx2, sse41");
    CHECK(chosen("sse4") ==
          "qtensor: QTENSOR_ARCH=sse4, but this program was compiled for base, avx512_vnni, avx2, sse41, "
          "avx_vnni");
}

TEST_CASE("variants keep their numbers, which are part of the names of their functions") {
    using qtensor::detail::variant_number;
    STATIC_REQUIRE(variant_number<arch::scalar>() == 0);
    STATIC_REQUIRE(variant_number<arch::sse41>() == 1);
    STATIC_REQUIRE(variant_number<arch::avx2>() == 2);
    STATIC_REQUIRE(variant_number<arch::avx_vnni>() == 3);
    STATIC_REQUIRE(variant_number<arch::avx512bw>() == 4);
    STATIC_REQUIRE(variant_number<arch::avx512_vnni>() == 5);
}

TEST_CASE("a program has base and the architectures that it names, each with its function") {
    using Some = qtensor::detail::Variants<arch::avx2, arch::avx512_vnni>;
    const auto calls = Some::calls<Number>();
    CHECK(calls.size() == 3);
    CHECK(calls[0](7) == 7);
    CHECK(calls[1](7) == 207);
    CHECK(calls[2](7) == 507);
    const arch::Processor here = arch::Processor::here();
    const auto variants = Some::on(here);
    CHECK(std::string(variants[0].name) + variants[1].name + variants[2].name == "baseavx2avx512_vnni");
    CHECK(variants[0].runs);
    CHECK(variants[1].runs == here.runs<arch::avx2>());
    CHECK(variants[2].runs == here.runs<arch::avx512_vnni>());
}

TEST_CASE("without qtensor_dispatch there is one variant") {
    CHECK(compiled_for == 0);
    CHECK(dispatch<Number>()(1) == 1);
    CHECK(dispatched_arch() == std::string("base"));
    {
        const Forced base("base");
        CHECK(dispatch<Number>()(1) == 1);
    }
    const Forced avx2("avx2");
    CHECK_THROWS_AS(dispatch<Number>(), std::runtime_error);
    CHECK_THROWS_AS(dispatched_arch(), std::runtime_error);
}
