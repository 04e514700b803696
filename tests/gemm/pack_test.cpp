// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/pack.hpp>
#include <qtensor/scale/per_tensor.hpp>

#include <cstdint>

#include "support/arches.hpp"

namespace {

using namespace qtensor;

using Known = QTensor<std::int8_t, PerTensor<>, Shape<2, 3>, Inline>;
using Later = QTensor<const std::int8_t, PerTensor<>, Shape<dyn, dyn>>;
constexpr std::int8_t six[] = {1, -2, 3, -4, 5, -128};

Known known_six() {
    Known w({}, PerTensor<>{0.5f});
    for (std::size_t i = 0; i < 6; ++i) w.data()[i] = six[i];
    return w;
}

}  // namespace

TEST_CASE("weights are packed in the object where their shape is known, and in the caller's memory otherwise") {
    qtensor_test::EveryArch::each([]<class Arch>() {
        const Known known = known_six();
        const auto packed = pack<Arch, std::uint8_t>(known);
        STATIC_REQUIRE(std::same_as<std::remove_const_t<decltype(packed)>, packed_for<Arch, std::uint8_t, Known>>);
        CHECK(packed.row_magnitude() == 137);
        alignas(64) std::byte memory[16384];
        const Later later(six, Shape<dyn, dyn>(2, 3), PerTensor<>{0.5f});
        const auto in_memory = pack<Arch, std::uint8_t>(later, memory);
        STATIC_REQUIRE(std::same_as<std::remove_const_t<decltype(in_memory)>, packed_for<Arch, std::uint8_t, Later>>);
        CHECK(in_memory.row_magnitude() == 137);
        CHECK(in_memory.scale() == PerTensor<>{0.5f});
        if constexpr (!std::same_as<Arch, arch::scalar>)
            CHECK(reinterpret_cast<const std::byte*>(in_memory.panels()) == memory);
    });
}

TEST_CASE("a temporary is packed where nothing of it is kept, and a view of what stays always is") {
    Known known = known_six();
    qtensor_test::EveryArch::each([&]<class Arch>() {
        known(1, 2) = -128;
        const auto viewed = pack<Arch, std::int8_t>(view(known));
        if constexpr (std::same_as<Arch, arch::scalar>) {
            known(1, 2) = 100;
            CHECK(viewed.weight(1, 2) == 100);  // read where it is
        } else {
            const auto copied = pack<Arch, std::int8_t>(Known(known));
            known(1, 2) = 100;
            const auto at = copied.layout().index(1, 2);
            using Packed = decltype(copied);
            CHECK(copied.panels()[at] == static_cast<typename Packed::packed_type>(-128 + Packed::Atom::w_offset));
            CHECK(viewed.panels()[at] == copied.panels()[at]);
            CHECK(copied.column_sums()[1] == -127);
        }
    });
    alignas(64) std::byte memory[16384];
    const auto later = pack<arch::native, std::int8_t>(Later(six, Shape<dyn, dyn>(2, 3)), memory);
    CHECK(later.n() == 2);
    CHECK(later.row_magnitude() == 137);
}
