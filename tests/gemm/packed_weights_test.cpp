// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/matmul.hpp>
#include <qtensor/gemm/pack.hpp>
#include <qtensor/scale.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/odd_atoms.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"
#include "support/tally.hpp"

namespace {

using namespace qtensor;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::Tally;

/// A weight tensor of n x k codes W in memory of its own.
template <class W> struct Weights {
    std::vector<std::int64_t> codes;
    std::vector<typename element<W>::cell> cells;
    Weights(std::size_t n, std::size_t k, std::vector<std::int64_t> values)
        : codes(std::move(values)), cells(cells_for<W>(n * k)) {
        for (std::size_t i = 0; i < codes.size(); ++i) {
            element<W>::store(cells.data(), i, static_cast<value_of<W>>(codes[i]));
        }
    }
};

template <class Arch, class X, class W> void packed_right(std::size_t n, std::size_t k, Tally& tally) {
    oracle::Random random(n * 100 + k);
    std::vector<std::int64_t> values(n * k);
    for (auto& v : values) v = random.between(element<W>::lowest, element<W>::highest);
    const Weights<W> weights(n, k, values);
    std::vector<float> scales(n, 0.5f);
    std::vector<std::int32_t> zeros(n);
    for (auto& z : zeros) z = static_cast<std::int32_t>(random.between(-200, 200));
    using Q = QTensor<const W, PerChannelAffine<dyn>, Shape<dyn, dyn>>;
    const Q w(weights.cells.data(), Shape<dyn, dyn>(n, k), PerChannelAffine<dyn>{scales.data(), zeros.data()});

    using Packed = packed_for<Arch, X, Q>;
    BetweenGuards<std::byte> memory(Packed::bytes(n, k), Flush::back);
    const auto packed = pack<Arch, X>(w, memory.span());
    CHECK(packed.n() == n);
    CHECK(packed.k() == k);
    CHECK(packed.scale().zeros == zeros.data());
    std::uint64_t largest = 0;
    for (std::size_t j = 0; j < n; ++j) {
        std::int64_t sum = 0;
        std::uint64_t magnitude = 0;
        for (std::size_t kk = 0; kk < k; ++kk) {
            const std::int64_t real = values[j * k + kk] - zeros[j];
            sum += real;
            magnitude += static_cast<std::uint64_t>(real < 0 ? -real : real);
        }
        largest = std::max(largest, magnitude);
        if constexpr (!std::same_as<Arch, arch::scalar>) tally.same(packed.column_sums()[j], sum, j);
    }
    tally.same(static_cast<long long>(packed.row_magnitude()), static_cast<long long>(largest), n, k);
    if constexpr (std::same_as<Arch, arch::scalar>) {
        for (std::size_t j = 0; j < n; ++j) {
            for (std::size_t kk = 0; kk < k; ++kk) tally.same(packed.weight(j, kk), values[j * k + kk], j, kk);
        }
    } else {
        using Atom = typename Packed::Atom;
        const auto& layout = packed.layout();
        for (std::size_t j = 0; j < layout.padded_n(); ++j) {
            if (j >= n) tally.same(packed.column_sums()[j], 0, j);
            for (std::size_t kk = 0; kk < layout.padded_k(); ++kk) {
                const bool inside = j < n && kk < k;
                int stored = packed.panels()[layout.index(j, kk)];
                if (arch::codes_per_cell<Atom> == 2) stored = kk % Atom::k < Atom::k / 2 ? stored & 15 : stored >> 4;
                tally.same(stored, inside ? values[j * k + kk] + Atom::w_offset : 0, j, kk);
            }
        }
    }
    CHECK(memory.clean());
}

/// Weights that four bits hold take half the bytes of others; those of five bits do not.
template <class Arch, class X> void nibbles_take_half_the_bytes() {
    constexpr std::size_t n = 256, k = 512;
    const auto bytes = []<class W>() {
        return packed_for<Arch, X, QTensor<const W, PerTensor<>, Shape<dyn, dyn>>>::bytes(n, k) - n * 4;  // its sums
    };
    const std::size_t whole = bytes.template operator()<std::int8_t>();
    if (whole > 0 && !std::same_as<Arch, arch::scalar>) {
        CHECK(whole == n * k);
        CHECK(bytes.template operator()<int4>() == n * k / 2);
        CHECK(bytes.template operator()<uint4>() == n * k / 2);
        CHECK(bytes.template operator()<Ranged<std::int8_t, -7, 8>>() == n * k / 2);
        CHECK(bytes.template operator()<Ranged<std::int8_t, -8, 8>>() == n * k);
    }
}

constexpr std::int8_t six[] = {1, -2, 3, -4, 5, -128};
template <class S> using Six = QTensor<const std::int8_t, S, Shape<2, 3>>;

}  // namespace

TEST_CASE("packed weights hold w + offset, column sums and the largest row magnitude, within their memory") {
    Tally tally;
    qtensor_test::EveryArch::each([&]<class Arch>() {
        for (std::size_t n : {1u, 15u, 16u, 17u, 63u, 64u, 65u, 70u}) {
            for (std::size_t k : {1u, 3u, 4u, 5u, 33u}) {
                packed_right<Arch, std::int8_t, std::int8_t>(n, k, tally);
                packed_right<Arch, std::uint8_t, std::uint8_t>(n, k, tally);
            }
        }
        packed_right<Arch, std::int8_t, std::uint8_t>(17, 7, tally);
        packed_right<Arch, std::uint8_t, std::int8_t>(17, 7, tally);
        packed_right<Arch, std::int8_t, int8_symmetric>(17, 7, tally);
        packed_right<Arch, std::int8_t, int4>(17, 7, tally);
        packed_right<Arch, std::uint8_t, uint4>(17, 7, tally);
        packed_right<Arch, std::uint8_t, int4>(3, 1, tally);
    });
    tally.require_all_equal(10000);
}

TEST_CASE("weights that are all their zero point have no magnitude") {
    static constexpr std::int8_t codes[] = {7, 7, 7, 7, 7, 7};
    static constexpr PerChannelAffine<2> sevens{{1.0f, 2.0f}, {7, 7}};
    static constexpr QTensor<const std::int8_t, PerChannelAffine<2>, Shape<2, 3>> w(codes, {}, sevens);
    const QTensor<const std::int8_t, PerChannelAffine<2>, Shape<dyn, dyn>> later(codes, Shape<dyn, dyn>(2, 3), sevens);
    qtensor_test::EveryArch::each([&]<class Arch>() {
        CHECK(pack<Arch, std::int8_t>(w).row_magnitude() == 0);
        alignas(64) std::byte memory[16384];
        CHECK(pack<Arch, std::int8_t>(later, memory).row_magnitude() == 0);
    });
}

TEST_CASE("static weights are packed in the object, also in constant evaluation") {
    static constexpr Six<PerTensor<>> w(six, {}, PerTensor<>{0.5f});
    constexpr auto scalar = pack<arch::scalar, std::int8_t>(w);
    static_assert(scalar.row_magnitude() == 137 && scalar.n() == 2 && scalar.k() == 3);
    static_assert(scalar.weight(1, 2) == -128);
    static_assert(decltype(scalar)::is_static && decltype(scalar)::bytes(100, 100) == 0);
    qtensor_test::EveryArch::each([]<class Arch>() {
        if constexpr (!std::same_as<Arch, arch::scalar>) {
            static constexpr auto packed = pack<Arch, std::int8_t>(w);
            constexpr auto offset = decltype(packed)::Atom::w_offset;
            static_assert(packed.row_magnitude() == 137);
            static_assert(packed.column_sums()[0] == 2 && packed.column_sums()[1] == -127);
            static_assert(packed.panels()[packed.layout().index(0, 1)] == -2 + offset);
            static_assert(packed.panels()[packed.layout().index(1, 2)] == -128 + offset);
            static_assert(packed.panels()[packed.layout().index(2, 0)] == 0);
            CHECK(reinterpret_cast<std::uintptr_t>(packed.panels()) % 64 == 0);
        }
    });
}

TEST_CASE("weights of four bits are two to a byte") {
    qtensor_test::EveryArch::each([]<class Arch>() {
        nibbles_take_half_the_bytes<Arch, std::int8_t>();
        nibbles_take_half_the_bytes<Arch, std::uint8_t>();
    });
}

TEST_CASE("strided weights are packed as if they were copied, rows and columns backwards too") {
    std::vector<std::int8_t> cells(200);
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<std::int8_t>(i * 37 % 251 - 128);
    const std::ptrdiff_t strides[][2] = {{5, 1}, {9, 2}, {1, 6}, {-9, 1}, {9, -1}, {-9, -2}, {0, 1}};
    for (const auto& stride : strides) {
        const Shape<6, 5> shape{};
        const QTensor<const std::int8_t, PerTensor<>, Shape<6, 5>, Strided> w(cells.data() + 100, shape,
                                                                              {stride[0], stride[1]});
        qtensor_test::EveryArch::each([&]<class Arch>() {
            const auto packed = std::make_unique<decltype(pack<Arch, std::int8_t>(w))>(pack<Arch, std::int8_t>(w));
            bool right = true;
            for (std::size_t j = 0; j < 6; ++j) {
                for (std::size_t kk = 0; kk < 5; ++kk) {
                    const auto at =
                        static_cast<std::ptrdiff_t>(j) * stride[0] + static_cast<std::ptrdiff_t>(kk) * stride[1];
                    const int want = cells[static_cast<std::size_t>(100 + at)];
                    if constexpr (std::same_as<Arch, arch::scalar>) {
                        right = right && packed->weight(j, kk) == want;
                    } else {
                        const int offset = std::remove_cvref_t<decltype(*packed)>::Atom::w_offset;
                        right = right && packed->panels()[packed->layout().index(j, kk)] == want + offset;
                    }
                }
            }
            CHECK(right);
        });
    }
}

TEST_CASE("weights may run backwards in constant evaluation too") {
    constexpr auto reversed = [] {
        const std::int8_t cells[] = {1, 2, 3, 4, 5, 6};
        const std::int8_t ones[] = {1, 10, 100};
        const QTensor<const std::int8_t, PerTensor<>, Shape<2, 3>, Strided> w(cells + 5, Shape<2, 3>{}, {-3, -1},
                                                                              PerTensor<>{1.0f});
        const QTensor<const std::int8_t, PerTensor<>, Shape<1, 3>> x(ones, {}, PerTensor<>{1.0f});
        return matmul(x, w);
    }();
    STATIC_REQUIRE((reversed(0, 0) == 6 + 50 + 400 && reversed(0, 1) == 3 + 20 + 100));
}

TEST_CASE("weights outside the range of their element type are refused") {
    const std::int8_t bad[] = {1, -127, 127, -128};
    using Symmetric = QTensor<const int8_symmetric, PerTensor<>, Shape<2, 2>>;
    using Low = QTensor<const Ranged<std::int8_t, -64, 63>, PerTensor<>, Shape<1, 3>>;
    const Symmetric w(bad, {});
    const Low low(bad, {});
    const std::uint8_t nibbles[] = {0x87};  // 7, -8
    const QTensor<const Nibble<-7, 7>, PerTensor<>, Shape<1, 2>> narrow(nibbles, {});
    qtensor_test::EveryArch::each([&]<class Arch>() {
        CHECK(says(refused([&] { (void)pack<Arch, std::int8_t>(w); }),
                   "a weight is outside the range that its element type promises (value -128, limit -127)"));
        CHECK(says(refused([&] { (void)pack<Arch, std::int8_t>(low); }), "promises (value -127, limit -64)"));
        CHECK(says(refused([&] { (void)pack<Arch, std::int8_t>(narrow); }), "promises (value -8, limit -7)"));
    });
}

TEST_CASE("weights whose scale is not positive and finite are refused, with the channel at fault") {
    const Six<PerChannel<2>> w(six, {}, PerChannel<2>{{0.5f, -0.5f}});
    const Six<PerTensor<>> zero(six, {}, PerTensor<>{0.0f});
    qtensor_test::EveryArch::each([&]<class Arch>() {
        CHECK(says(refused([&] { (void)pack<Arch, std::int8_t>(w); }),
                   "a scale is positive and finite (value: the channel at fault) (value 1, "));
        CHECK(says(refused([&] { (void)pack<Arch, std::int8_t>(zero); }), "a scale is positive and finite"));
        const Six<Affine<>> far(six, {}, Affine<>{1.0f, 8388609});
        CHECK(says(refused([&] { (void)pack<Arch, std::int8_t>(far); }), "a zero point is at most 2^23 from 0"));
    });
}

TEST_CASE("too little memory, or misaligned memory, is refused before a byte is written") {
    const QTensor<const std::int8_t, PerTensor<>, Shape<dyn, dyn>> w(six, Shape<dyn, dyn>(2, 3));
    qtensor_test::EveryArch::each([&]<class Arch>() {
        if constexpr (!std::same_as<Arch, arch::scalar>) {
            const std::size_t bytes = packed_for<Arch, std::int8_t, decltype(w)>::bytes(2, 3);
            alignas(64) std::byte memory[4096];
            REQUIRE(bytes + 64 <= sizeof(memory));
            std::fill(std::begin(memory), std::end(memory), std::byte{0xA5});
            const auto untouched = [&] {
                return std::count(std::begin(memory), std::end(memory), std::byte{0xA5}) == sizeof(memory);
            };
            CHECK(says(refused([&] { (void)pack<Arch, std::int8_t>(w, std::span(memory, bytes - 1)); }),
                       "pack: the memory is smaller than PackedWeights::bytes(n, k) (value " +
                           std::to_string(bytes - 1)));
            CHECK(untouched());
            CHECK(says(refused([&] { (void)pack<Arch, std::int8_t>(w, std::span(memory + 16, bytes)); }),
                       "pack: the memory must be aligned to 64 bytes (value 16, limit 0)"));
            CHECK(untouched());
            CHECK(refused([&] { (void)pack<Arch, std::int8_t>(w, std::span(memory, bytes)); }) ==
                  "nothing was refused");
        }
    });
}
