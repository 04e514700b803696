// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/io/header.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/net/merge.hpp>
#include <qtensor/net/sequential.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

using namespace qtensor;

// That a header compiles for microcontrollers and makes the same codes is checked by tests/firmware/run.sh.

namespace {

template <class Call> std::string complaint(Call&& call) {
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "nothing was thrown";
}

/// A layer with a parameter of a name that nobody knows.
struct Own {
    using input_shape = Shape<2>;
    using output_shape = Shape<2>;
    struct Quantized {
        using layer = Own;
        Affine<> input{};
        float temperature = 3.0f;
    };
};

}  // namespace

TEST_CASE("header: numbers as arrays, with their places, shapes and scales", "[header]") {
    using L = Dense<3, 2, Relu>;
    L::Quantized layer{decltype(L::Quantized::weights)({}, PerChannel<2>{{0.5f, 0.1f}}), {}, {0.25f, -3}, {2.0f, 7}};
    for (std::size_t i = 0; i < 6; ++i) layer.weights.data()[i] = static_cast<std::int8_t>(i * 20 - 60);
    layer.bias(1) = -70000;
    const std::string text = to_header(Sequential<L>::Quantized(layer), "digits");
    CAPTURE(text);
    const auto has = [&](const char* what) { return text.find(what) != std::string::npos; };
    CHECK(has("namespace digits {"));
    CHECK(has("// layer_0: Dense, [3] to [2]"));
    CHECK(has("// layer_0_weights: int8_symmetric[2][3]"));
    CHECK(has("inline constexpr std::int8_t layer_0_weights[6] = {\n    -60, -40, -20, 0, 20, 40};"));
    CHECK(has("inline constexpr float layer_0_weights_scale_values[2] = {\n    0x1p-1f, 0x1.99999ap-4f};"));
    CHECK(has("inline constexpr std::int32_t layer_0_bias[2] = {\n    0, -70000};"));
    CHECK(has("qtensor::get<0>(made).input.value = 0x1p-2f;"));
    CHECK(has("qtensor::get<0>(made).input.zero = -3;"));
    CHECK(has("qtensor::get<0>(made).output.zero = 7;"));
}

TEST_CASE("header: what cannot be written is refused", "[header]") {
    const Sequential<Dense<1, 1>>::Quantized codes{};
    for (const char* name : {"", "3d", "a b", "a::b"})
        CHECK(complaint([&] { to_header(codes, name); }) ==
              "write_header: '" + std::string(name) + "' cannot be the name of a namespace");
    CHECK(complaint([&] { write_header("no/such/folder/model.hpp", codes); }) ==
          "no/such/folder/model.hpp: cannot be opened for writing");
    CHECK(complaint([&] { to_header(Own::Quantized{}); }) ==
          "write_header: layer, Own, has 12 bytes of parameters, 8 of them in members whose names it knows");
    const auto path = std::filesystem::temp_directory_path() / "qtensor_header_test.hpp";
    write_header(path.string(), codes);
    std::stringstream written;
    written << std::ifstream(path).rdbuf();
    std::filesystem::remove(path);
    CHECK(written.str() == to_header(codes));
}
