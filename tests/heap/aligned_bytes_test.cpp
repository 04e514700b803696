// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/heap/aligned_bytes.hpp>

#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

using namespace qtensor;

static_assert(AlignedBytes::alignment == 64);
static_assert(!std::is_copy_constructible_v<AlignedBytes> && !std::is_copy_assignable_v<AlignedBytes>);
static_assert(std::is_nothrow_move_constructible_v<AlignedBytes> && std::is_nothrow_move_assignable_v<AlignedBytes>);
static_assert(!std::is_convertible_v<std::size_t, AlignedBytes>);

TEST_CASE("bytes on the heap are aligned for any register", "[aligned_bytes]") {
    std::vector<AlignedBytes> blocks;
    for (std::size_t size = 0; size < 300; size += size < 70 ? 1 : 23) {
        blocks.emplace_back(size);
        const auto span = blocks.back().span();
        REQUIRE(blocks.back().size() == size);
        REQUIRE(span.size() == size);
        REQUIRE(reinterpret_cast<std::uintptr_t>(span.data()) % 64 == 0);
        if (size > 0) std::memset(span.data(), static_cast<int>(size & 0xff), size);
    }
    std::size_t wrong = 0;
    for (const AlignedBytes& block : blocks) {
        for (const std::byte byte : block.span()) wrong += byte == static_cast<std::byte>(block.size() & 0xff) ? 0 : 1;
    }
    CHECK(wrong == 0);
}

TEST_CASE("blocks that fill a large page begin at one", "[aligned_bytes]") {
    constexpr std::size_t page = AlignedBytes::large_page;
    for (const std::size_t size : {page - 1, page, page + 1, 3 * page - 64}) {
        const AlignedBytes block(size);
        CHECK(block.size() == size);
        CHECK(reinterpret_cast<std::uintptr_t>(block.span().data()) % (size < page ? 64 : page) == 0);
        std::memset(block.span().data(), 7, size);  // all of it is there
        CHECK(block.span()[size - 1] == std::byte{7});
    }
}

TEST_CASE("no bytes", "[aligned_bytes]") {
    const AlignedBytes none;
    CHECK(none.size() == 0);
    CHECK(none.span().empty());
    CHECK(none.span().data() == nullptr);
}

TEST_CASE("moving hands the block over", "[aligned_bytes]") {
    AlignedBytes first(100);
    first.span()[99] = std::byte{7};
    const std::byte* const where = first.span().data();
    AlignedBytes second(std::move(first));
    CHECK(second.span().data() == where);
    CHECK(second.size() == 100);
    CHECK(second.span()[99] == std::byte{7});
    AlignedBytes third(5);
    third = std::move(second);
    CHECK(third.span().data() == where);
    CHECK(third.size() == 100);
}

TEST_CASE("what was moved from holds nothing", "[aligned_bytes]") {
    AlignedBytes first(100);
    const AlignedBytes second(std::move(first));
    CHECK(second.size() == 100);
    CHECK(first.span().empty());  // NOLINT(bugprone-use-after-move): that is the question
    CHECK(first.size() == 0);
}

TEST_CASE("more memory than there is throws std::bad_alloc", "[aligned_bytes]") {
    volatile std::size_t everything = static_cast<std::size_t>(-1) / 2;
    const auto ask = [&] { return AlignedBytes(everything).size(); };
    CHECK_THROWS_AS(ask(), std::bad_alloc);
}
