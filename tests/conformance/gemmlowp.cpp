// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite gemmlowp: uint8 products through the legacy output stage.

#include <nlohmann/json.hpp>

#include "conformance/product.hpp"
#include "conformance/suite.hpp"

namespace conformance {
namespace {

using namespace qtensor;

/// Whether an operand is stored with its rows and columns exchanged. The manifest says so in words; where it does not,
/// the flag of gemmlowp's interface does, in which matrices are stored by columns unless "transposed".
bool exchanged(const Case& run, const char* operand, const std::string& by_rows) {
    const auto& attributes = run.entry().at("attributes");
    const std::string key = std::string(operand) + "_is";
    if (attributes.contains("resolved") && attributes.at("resolved").contains(key))
        return attributes.at("resolved").at(key).get<std::string>().rfind(by_rows, 0) != 0;
    return run.text(std::string("is_") + operand + "_transposed", "false") != "true";
}

void gemm(Case& run) {
    const auto extent = [&](const char* name) { return static_cast<std::size_t>(run.integer(name)); };
    const std::size_t m = extent("m");
    const std::size_t n = extent("n");
    const std::size_t k = extent("k");
    auto a = run.tensor("a").read<std::uint8_t>();
    auto b = run.tensor("b").read<std::uint8_t>();
    if (a.size() != m * k || b.size() != k * n) throw Malformed("operands of other sizes than m, n and k");
    if (exchanged(run, "a", "m x k")) a = transposed(a.data(), k, m);
    if (!exchanged(run, "b", "k x n")) b = transposed(b.data(), k, n);  // weights are [n][k]
    const auto number = [&](const char* name) { return static_cast<std::int32_t>(run.integer(name)); };
    const std::array<std::int32_t, 3> words{number("c_offset"), number("c_mult_int"), number("c_shift")};
    const auto x = matrix(a, m, k, Affine{1.0f, -number("a_offset")});
    const auto w = matrix(b, n, k, Affine{1.0f, -number("b_offset")});
    each_arch<std::uint8_t, std::uint8_t>([&]<class Arch>() {
        const auto y =
            multiply<Arch>(x, w, RequantizeBy<std::uint8_t, GemmlowpLegacy>{Affine{1.0f, 0}, std::span(&words, 1)});
        run.expect("expected_c", exchanged(run, "c", "m x n") ? transposed(y.data(), m, n) : y, Arch::name);
    });
}

const Part part("gemmlowp", {{"gemm_u8_real_data", gemm}});

}  // namespace
}  // namespace conformance
