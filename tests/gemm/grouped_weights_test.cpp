// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/grouped_weights.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "support/refused.hpp"

namespace {

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

using Cube = Shape<dyn, dyn, dyn>;

}  // namespace

TEST_CASE("Scalar weights are read where they are, with scale and zero point of their group", "[gemm]") {
    const std::uint8_t cells[3]{0x10, 0x32, 0x54};  // 0 to 5
    const float scales[2]{0.5f, 2.0f};
    const std::int32_t zeros[2]{1, 5};
    const QTensor<const uint4, PerGroupAffine<dyn>, Cube> w(cells, Cube(1, 2, 3), PerGroupAffine<dyn>{{scales, zeros}});
    const GroupedWeights<arch::scalar, std::int8_t, uint4, PerGroupAffine<dyn>> packed(w);
    CHECK((packed.n() == 1 && packed.groups() == 2 && packed.depth() == 3));
    CHECK(packed.weight(0, 1, 2) == 5);
    CHECK(packed.scale(0, 1) == 2.0f);
    CHECK(packed.zero(0, 1) == 5);
    CHECK(packed.magnitude() == 3);  // |0 - 1| + 0 + 1 = 2, 2 + 1 + 0 = 3
}

TEST_CASE("What grouped weights refuse", "[gemm]") {
    std::int8_t cells[6]{1, 2, 3, -128, 5, 6};
    float scales[2]{0.5f, 2.0f};
    const auto scalar = [&](auto element) {
        using T = decltype(element);
        return refused([&] {
            const QTensor<const T, PerGroup<dyn>, Cube> w(cells, Cube(1, 2, 3), PerGroup<dyn>{{scales}});
            GroupedWeights<arch::scalar, std::int8_t, T, PerGroup<dyn>>{w};
        });
    };
    CHECK(scalar(std::int8_t{}) == "nothing was refused");
    CHECK(says(scalar(int8_symmetric{}), "a weight is outside the range that its element type promises (value -128, "
                                         "limit -127)"));
    for (const float scale : {0.0f, -1.0f, std::numeric_limits<float>::infinity(), std::nanf("")}) {
        scales[1] = scale;
        CHECK(says(scalar(std::int8_t{}), "a scale is positive and finite"));
    }
}

#if defined(__SSE4_1__) && !defined(QTENSOR_NO_SIMD)
TEST_CASE("What packed grouped weights refuse", "[gemm]") {
    std::int8_t cells[6]{1, 2, 127, -128, 5, 6};
    float scales[2]{0.5f, 2.0f};
    std::int32_t zeros[2]{0, 0};
    alignas(64) static std::byte memory[65536];
    const auto packed = [&](auto element) {
        using T = decltype(element);
        return refused([&] {
            const QTensor<const T, PerGroup<dyn>, Cube> w(cells, Cube(1, 2, 3), PerGroup<dyn>{{scales}});
            GroupedWeights<arch::native, std::int8_t, T, PerGroup<dyn>>{w, memory};
        });
    };
    CHECK(packed(std::int8_t{}) == "nothing was refused");
    CHECK(says(packed(int8_symmetric{}), "(value -128, limit -127)"));
    cells[3] = 0;
    CHECK(packed(int8_symmetric{}) == "nothing was refused");
    CHECK(says(packed(Ranged<std::int8_t, -127, 126>{}), "(value 127, limit 126)"));
    const auto real = [&](std::int32_t zero) {
        zeros[1] = zero;
        return refused([&] {
            const QTensor<const std::int8_t, PerGroupAffine<dyn>, Cube> w(cells, Cube(1, 2, 3),
                                                                          PerGroupAffine<dyn>{{scales, zeros}});
            GroupedWeights<arch::native, float, std::int8_t, PerGroupAffine<dyn>>{w, memory};
        });
    };
    CHECK(real(-32761) == "nothing was refused");  // 6 + 32761 = 32767
    CHECK(says(real(-32762), "a weight is too far from its zero point: at most 32767 (value 32768"));
    CHECK(real(32768) == "nothing was refused");  // 0 - 32768
    CHECK(says(real(32769), "a weight is too far from its zero point"));
}

TEST_CASE("Packed groups: panels, sums, scales and zero points of each", "[gemm]") {
    constexpr std::size_t n = 3, groups = 2, depth = 5;
    std::int8_t cells[n * groups * depth];
    float scales[n * groups];
    std::int32_t zeros[n * groups];
    for (std::size_t i = 0; i < std::size(cells); ++i) cells[i] = static_cast<std::int8_t>(7 * i % 251 - 120);
    for (std::size_t i = 0; i < n * groups; ++i) {
        scales[i] = static_cast<float>(i + 1);
        zeros[i] = static_cast<std::int32_t>(i) - 2;
    }
    const QTensor<const std::int8_t, PerGroupAffine<dyn>, Cube> w(cells, Cube(n, groups, depth),
                                                                  PerGroupAffine<dyn>{{scales, zeros}});
    using Packed = grouped_for<arch::native, std::int8_t, std::remove_const_t<decltype(w)>>;
    alignas(64) static std::byte memory[1 << 14];
    REQUIRE(Packed::bytes(n, groups, depth) < sizeof memory);
    for (std::byte& byte : memory) byte = std::byte{0x55};
    const Packed packed(w, memory);
    std::uint64_t magnitude = 0;
    for (std::size_t g = 0; g < groups; ++g) {
        for (std::size_t j = 0; j < n; ++j) {
            std::int32_t sum = 0;
            std::uint64_t apart = 0;
            for (std::size_t k = 0; k < depth; ++k) {
                const int code = cells[(j * groups + g) * depth + k];
                CHECK(packed.panels(g)[packed.layout().index(j, k)] ==
                      static_cast<Packed::packed_type>(code + Packed::Atom::w_offset));
                sum += code - zeros[j * groups + g];
                apart += static_cast<std::uint64_t>(std::abs(code - zeros[j * groups + g]));
            }
            magnitude = std::max(magnitude, apart);
            CHECK(packed.sums(g)[j] == sum);
            CHECK(packed.zeros(g)[j] == zeros[j * groups + g]);
            CHECK(std::bit_cast<float>(packed.scale_bits(g)[j]) == scales[j * groups + g]);
        }
        for (std::size_t j = n; j < packed.layout().padded_n(); ++j) {
            CHECK(packed.sums(g)[j] == 0);
            CHECK(packed.scale_bits(g)[j] == 0);
            CHECK(packed.zeros(g)[j] == 0);
        }
        CHECK(reinterpret_cast<std::uintptr_t>(packed.panels(g)) % 64 == 0);
    }
    CHECK(packed.magnitude() == magnitude);
    CHECK(reinterpret_cast<const std::byte*>(packed.zeros(groups - 1) + packed.layout().padded_n()) ==
          memory + Packed::bytes(n, groups, depth));
    CHECK(memory[Packed::bytes(n, groups, depth)] == std::byte{0x55});
    CHECK(says(refused([&] { Packed(w, std::span(memory).first(Packed::bytes(n, groups, depth) - 1)); }),
               "the memory is smaller than GroupedWeights::bytes"));
    CHECK(says(refused([&] { Packed(w, std::span(memory).subspan(32)); }), "aligned to 64 bytes"));
}
#endif
