// SPDX-License-Identifier: BSL-1.0
/// \file
/// How often do two requantization dialects disagree? One million random accumulators of layers: |acc| <= 40000, scales
/// with random mantissas and s_x * s_w / s_y between 2^-13 and 2^-3, a random int8 zero point, codes not clamped.
/// Prints a Markdown table, and a second one for scales that are powers of two, which make ties. Each rule is computed
/// for the same draws; the generator is SplitMix64, so the table is always the same. tests/tables/disagreement.sh
/// builds and runs it.

#include <qtensor/numeric.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace qtensor;

constexpr std::size_t draws = 1000000;

class Random {
public:
    std::uint64_t word() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::int32_t between(std::int32_t lowest, std::int32_t highest) {
        return lowest + static_cast<std::int32_t>(word() % static_cast<std::uint64_t>(highest - lowest + 1));
    }
    /// Of this binary exponent.
    float real(int exponent, bool power) {
        const auto mantissa = static_cast<std::uint32_t>(word() >> 41);
        const std::uint32_t bits = static_cast<std::uint32_t>(exponent + 127) << 23;
        return std::bit_cast<float>(bits | (power ? 0u : mantissa));
    }

private:
    std::uint64_t state_ = 102943;
};

struct Rule {
    std::string name;
    std::vector<std::int32_t> codes;
};

/// The codes of every rule for the same draws.
std::vector<Rule> rules(bool powers) {
    std::vector<Rule> all;
    each_dialect([&]<class D>(const Named<D>& named) {
        const std::string name = named.name;
        Rule rule{name.substr(0, name.find(' ')), {}};
        Random random;
        rule.codes.reserve(draws);
        for (std::size_t i = 0; i < draws; ++i) {
            const float x = random.real(random.between(-8, -4), powers);
            const float w = random.real(random.between(-9, -6), powers);
            const float y = random.real(random.between(-5, -4), powers);
            const std::int32_t acc = random.between(-40000, 40000);
            const CodeRange range{random.between(-128, 127), INT32_MIN / 2, INT32_MAX / 2};
            rule.codes.push_back(D::apply(acc, D::derive(x, w, y), range));
        }
        all.push_back(rule);
    });
    return all;
}

void table(const char* title, bool powers) {
    std::vector<Rule> all = rules(powers);
    std::erase_if(all, [](const Rule& rule) { return rule.name == "OnnxQLinear<float16>"; });
    std::printf("| %s |", title);
    for (std::size_t j = 0; j < all.size(); ++j) std::printf(" %zu |", j + 1);
    std::printf("\n|---|");
    for (std::size_t j = 0; j < all.size(); ++j) std::printf("---|");
    std::printf("\n");
    for (std::size_t i = 0; i < all.size(); ++i) {
        std::printf("| %zu `%s` |", i + 1, all[i].name.c_str());
        for (std::size_t j = 0; j < all.size(); ++j) {
            if (i == j) {
                std::printf(" - |");
                continue;
            }
            std::size_t different = 0;
            for (std::size_t k = 0; k < draws; ++k) different += all[i].codes[k] != all[j].codes[k] ? 1 : 0;
            std::printf(" %.3g |", 100.0 * static_cast<double>(different) / static_cast<double>(draws));
        }
        std::printf("\n");
    }
}

}  // namespace

int main() {
    table("any scales", false);
    std::printf("\n");
    table("powers of two", true);
}
