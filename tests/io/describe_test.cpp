// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/io/describe.hpp>
#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace qtensor;

TEST_CASE("A network is described line by line", "[io][describe]") {
    using Net = Sequential<Dense<6, 4, Relu>, Residual<Dense<4, 4>>, Lookup<Shape<4>, Tanh>>;
    Net::Quantized codes;
    const Affine<> a{0.5f, 1}, b{0.25f, -2};
    const auto ones = PerChannel<4>{{1.0f, 1.0f, 1.0f, 1.0f}};
    get<0>(codes) = {decltype(get<0>(codes).weights)({}, ones), {}, a, b};
    auto& way = get<0>(get<1>(get<1>(codes)));
    get<0>(get<1>(codes)) = {b, b};
    way = {decltype(way.weights)({}, ones), {}, b, b};
    get<1>(codes).output = a;
    get<2>(codes) = {a, {1.0f / 128.0f, 0}};
    const auto model = pack<arch::native>(codes);
    const std::string text = describe(model, 2, 1000.0);
    std::istringstream lines(text);
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) all.push_back(line);
    REQUIRE(all.size() == 8);
    const auto words = [&](std::size_t i) {
        std::istringstream line(all[i]);
        std::vector<std::string> made;
        for (std::string word; line >> word;) made.push_back(word);
        return made;
    };
    const auto dense = words(2);
    REQUIRE(dense.size() == 11);
    CHECK(dense[0] == "Dense");
    CHECK(dense[1] == "[6]");
    CHECK(dense[2] == "[4]");
    CHECK(dense[3] == "int8");
    CHECK(dense[4] == "0.25");
    CHECK(dense[5] == "-2");
    CHECK(dense[6] == "24");
    CHECK(dense[7] == "24");
    CHECK(std::stod(dense[8]) >= 0.0);
    CHECK(dense[9].back() == '%');
    CHECK(words(1)[9] == "100.0%");
    CHECK(all[6].substr(0, 11) == "      Dense");
    CHECK(words(7)[0] == "Lookup");
    CHECK(describe(model, 1, 0.0).find(" ns") == std::string::npos);
}

TEST_CASE("Numbers of a described network are grouped, windows are named, columns stand in line", "[io][describe]") {
    CHECK(qtensor::detail::grouped(0) == "0");
    CHECK(qtensor::detail::grouped(999) == "999");
    CHECK(qtensor::detail::grouped(1000) == "1'000");
    CHECK(qtensor::detail::grouped(568740352) == "568'740'352");
    using Net = Sequential<Conv2d<Shape<40, 41, 3>, 32, Kernel<3, 5, Stride<2>, Same>>,
                           Conv2d<Shape<20, 21, 32>, 4, Kernel<1, 1>>,
                           DepthwiseConv2d<Shape<20, 21, 4>, Kernel<2, 2, Stride<1, 2>>>>;
    Net::Float real{};
    CHECK(describe(pack<arch::native>(real), 1, 0.0) ==
          "layer                       input       output      element  scale  zero  weight B     MACs\n"
          "Sequential                  [40x41x3]   [19x10x4]   float32      1     0     1'584  661'600\n"
          "  Conv2d 3x5 /2             [40x41x3]   [20x21x32]  float32      1     0     1'440  604'800\n"
          "  Conv2d 1x1                [20x21x32]  [20x21x4]   float32      1     0       128   53'760\n"
          "  DepthwiseConv2d 2x2 /1x2  [20x21x4]   [19x10x4]   float32      1     0        16    3'040\n");
}
