// SPDX-License-Identifier: BSL-1.0
#include <qtensor/numeric/which_dialect.hpp>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/samples.hpp"

namespace {

using namespace qtensor;
using qtensor_test::Random;
using qtensor_test::refused;
using qtensor_test::says;

using Answers = std::array<Explanation, dialect_count>;

/// The answer of the rule whose name begins so.
const Explanation& of(const Answers& answers, const std::string& name) {
    const Explanation* found = nullptr;
    for (const Explanation& answer : answers) {
        const std::string whole = answer.name;
        if (whole == name || whole.rfind(name + " ", 0) == 0) found = &answer;
    }
    REQUIRE(found != nullptr);
    return *found;
}

std::string explaining(const Answers& answers) {
    std::string names;
    for (const Explanation& answer : answers) {
        if (answer.explains_all()) names += std::string(answer.name).substr(0, std::strcspn(answer.name, " ")) + " ";
    }
    return names;
}

}  // namespace

TEST_CASE("tensorflow issue 102943: nearest even in float made the code that integers do not", "[numeric]") {
    constexpr std::int32_t accumulator[]{585};
    constexpr std::int32_t observed[]{-120};
    constexpr auto answers =
        which_dialect(accumulator, observed, 0.0111111113802f, 1.0f, 1.0f, CodeRange{-126, -128, 127});
    // By hand: 585 * scale is 6.50000016; in float it is 6.5. Cut off it is 6.
    CHECK(explaining(answers) == "XnnpackFp32 TorchFloat ExactRational<Floor> ");
    CHECK(of(answers, "TfLiteDoubleRounding").expected == -119);
    CHECK(of(answers, "TfLiteSingleRounding").expected == -119);
    CHECK(of(answers, "OnnxQLinear").expected == -119);
    CHECK(of(answers, "TfLiteDoubleRounding").explained == 0);
    // A second observation that is below the tie takes the rule that cuts off out: 539 * scale is 5.9889.
    constexpr std::int32_t two[]{585, 539};
    constexpr std::int32_t codes[]{-120, -120};
    CHECK(explaining(which_dialect(two, codes, 0.0111111113802f, 1.0f, 1.0f, CodeRange{-126, -128, 127})) ==
          "XnnpackFp32 TorchFloat ");
}

TEST_CASE("Ties tell the rules apart", "[numeric]") {
    // Multiplier 1/4: quarters of the accumulator, with an odd zero point.
    const CodeRange range{1, -128, 127};
    const std::vector<std::int32_t> accumulators{6, 10, -6, -10, 5, 7};  // 1.5, 2.5, -1.5, -2.5, 1.25, 1.75
    const auto answer = [&](const std::vector<std::int32_t>& whole) {
        std::vector<std::int32_t> codes;
        for (const std::int32_t code : whole) codes.push_back(code + 1);
        return explaining(which_dialect(accumulators, codes, 0.25f, 1.0f, 1.0f, range));
    };
    CHECK(answer({2, 3, -2, -3, 1, 2}) == "ExactRational<HalfAway> ");
    CHECK(answer({2, 3, -1, -2, 1, 2}) == "TfLiteSingleRounding XnnpackRndnu ExactRational<HalfUp> ");
    // Twice rounded: 5 / 2 is 3, and 3 / 2 is 2.
    CHECK(answer({2, 3, -2, -3, 2, 2}) == "TfLiteDoubleRounding ");
    CHECK(answer({2, 3, -1, -2, 2, 2}) == "TfLiteNeon ");
    CHECK(answer({2, 2, -2, -2, 1, 2}) == "XnnpackFp32 TorchFloat ExactRational<HalfEven> ");
    CHECK(answer({1, 3, -1, -3, 1, 2}) == "OnnxQLinear OnnxQLinear<float16> ");  // even with the zero point in it
    CHECK(answer({1, 2, -2, -3, 1, 1}) == "ExactRational<Floor> ");
    CHECK(answer({0, 0, 0, 0, 0, 0}).empty());
}

TEST_CASE("A layer of random accumulators: the rule that made the codes explains all, the others do not", "[numeric]") {
    Random random(71);
    std::vector<std::int32_t> accumulators(20000), tflite, xnnpack;
    for (auto& accumulator : accumulators) accumulator = static_cast<std::int32_t>(random.between(-40000, 40000));
    for (const std::int32_t acc : accumulators) {
        tflite.push_back(oracle::tflite(acc, 0.0173f, 0.0029f, 0.0511f, -3, -128, 127));
        xnnpack.push_back(oracle::xnnpack(acc, 0.0173f, 0.0029f, 0.0511f, -3, -128, 127));
    }
    const CodeRange range{-3, -128, 127};
    const auto by_tflite = which_dialect(accumulators, tflite, 0.0173f, 0.0029f, 0.0511f, range);
    CHECK(of(by_tflite, "TfLiteDoubleRounding").explains_all());
    CHECK(!of(by_tflite, "TfLiteSingleRounding").explains_all());
    CHECK(of(by_tflite, "TfLiteSingleRounding").explained > 19900);
    const auto by_xnnpack = which_dialect(accumulators, xnnpack, 0.0173f, 0.0029f, 0.0511f, range);
    CHECK(of(by_xnnpack, "XnnpackFp32").explains_all());
    // The first that another rule does not explain is named, with what it would have been.
    const Explanation& other = of(by_tflite, "TfLiteSingleRounding");
    CHECK(other.observed == 20000);
    for (std::size_t i = 0; i < other.first_unexplained; ++i) {
        const auto one = which_dialect(std::span(accumulators).subspan(i, 1), std::span(tflite).subspan(i, 1), 0.0173f,
                                       0.0029f, 0.0511f, range);
        REQUIRE(of(one, "TfLiteSingleRounding").explained == 1);
        if (i > 300) break;
    }
    CHECK(tflite[other.first_unexplained] != other.expected);
}

TEST_CASE("What which_dialect cannot be asked", "[numeric]") {
    const std::int32_t some[]{1, 2, 1 << 30};
    const auto ask = [&](float sx, float sw, float sy, std::size_t codes = 3) {
        return refused([&] { which_dialect(some, std::span(some).first(codes), sx, sw, sy, CodeRange{0, -128, 127}); });
    };
    CHECK(says(ask(1.0f, 1.0f, 2.0f, 2), "as many accumulators as codes"));
    CHECK(says(ask(128.0f, 1.0f, 1.0f), "above 0 and below 128"));
    CHECK(says(ask(0.0f, 1.0f, 1.0f), "above 0 and below 128"));
    CHECK(says(ask(1e30f, 1e30f, 3e38f), "above 0 and below 128"));
    CHECK(says(ask(1e20f, 1e20f, 3e38f), "s_x * s_w is a float"));
    CHECK(ask(127.0f, 1.0f, 1.0f) == "nothing was refused");
    CHECK(ask(256.0f, 256.0f, 60000.0f) == "nothing was refused");  // float16 scales without a float16 product
    const auto applies = [&](float sx, float sw, float sy) {
        const auto answers = which_dialect({}, {}, sx, sw, sy, CodeRange{0, -128, 127});
        CHECK(of(answers, "XnnpackFp32").explains_all());
        CHECK(of(answers, "OnnxQLinear<float16>").explains_all() == of(answers, "OnnxQLinear<float16>").applies);
        return of(answers, "OnnxQLinear<float16>").applies;
    };
    CHECK(applies(0.5f, 0.25f, 1.0f));
    CHECK(!applies(0.1f, 0.25f, 1.0f));
    CHECK(!applies(0.5f, 0.1f, 1.0f));
    CHECK(!applies(0.5f, 0.25f, 0.1f));
    CHECK(!applies(256.0f, 256.0f, 60000.0f));
    CHECK(ask(1e-40f, 1e-40f, 3e38f) == "nothing was refused");
    // An accumulator that TFLite's shift to the left would push out of int32 is not explained, whatever the code.
    const std::int32_t large[]{1 << 30};
    const std::int32_t code[]{127};
    const auto answers = which_dialect(large, code, 100.0f, 1.0f, 1.0f, CodeRange{0, -128, 127});
    CHECK(of(answers, "TfLiteDoubleRounding").explained == 0);
    CHECK(of(answers, "TfLiteSingleRounding").explained == 1);
    const std::int32_t lowest[]{INT32_MIN};
    const std::int32_t low[]{-128};
    CHECK(of(which_dialect(lowest, low, 0.5f, 1.0f, 1.0f, CodeRange{0, -128, 127}), "TfLiteDoubleRounding").explained ==
          1);
}

TEST_CASE("Every rule is asked, each once", "[numeric]") {
    std::vector<std::string> names;
    each_dialect([&](const auto& named) { names.push_back(named.name); });
    CHECK(names.size() == dialect_count);
    CHECK(dialect_count == 12);
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) CHECK(names[i] != names[j]);
}
