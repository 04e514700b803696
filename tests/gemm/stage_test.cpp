// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/clamp.hpp>
#include <qtensor/gemm/requantize.hpp>
#include <qtensor/gemm/stage.hpp>
#include <qtensor/numeric/float16.hpp>
#include <qtensor/scale.hpp>

#include "support/refused.hpp"

namespace {

using namespace qtensor;
using qtensor_test::refused;
using qtensor_test::says;

using In = Incoming<std::int32_t, 4, PerTensor<>>;

/// The smallest stage.
struct Halve {
    template <class V> constexpr V operator()(V value, const Cell&) const { return value / 2; }
};
/// A stage for real numbers alone.
struct OnlyReal {
    constexpr float operator()(float value, const Cell&) const { return value; }
};
struct NoStage {};

template <class S>
concept stage_here = detail::binds<S, In> || detail::calls<S>;
static_assert(stage_here<Halve> && stage_here<OnlyReal> && stage_here<Relu> && !stage_here<NoStage> &&
              !stage_here<int>);
static_assert(!Stage<NoStage, In>);
static_assert(Stage<Requantize<std::int8_t>, In>);

}  // namespace

TEST_CASE("accumulators are wide integers, or worth a product of scales") {
    using Worth = Product<PerTensor<>, PerTensor<>>;
    STATIC_REQUIRE(detail::is_accumulator<Incoming<std::int32_t, 1, Affine<>>>);
    STATIC_REQUIRE(detail::is_accumulator<Incoming<std::int64_t, 1, Unscaled>>);
    STATIC_REQUIRE(detail::is_accumulator<Incoming<std::int16_t, 1, Worth>>);
    STATIC_REQUIRE_FALSE(detail::is_accumulator<Incoming<std::int16_t, 1, Affine<>>>);
    STATIC_REQUIRE_FALSE(detail::is_accumulator<Incoming<std::int8_t, 1, Affine<>>>);
    STATIC_REQUIRE_FALSE(detail::is_accumulator<Incoming<float, 1, Unscaled>>);
    STATIC_REQUIRE_FALSE(detail::is_accumulator<Incoming<float16, 1, Worth>>);
}

TEST_CASE("a cell is one value unless said") {
    constexpr Cell cell;
    STATIC_REQUIRE((cell.row == 0 && cell.column == 0 && cell.count == 1));
}

TEST_CASE("BindMemory hands words out front to back and refuses more than it has") {
    std::int32_t words[5]{};
    BindMemory memory(words, 5);
    CHECK(memory.take(2) == words);
    CHECK(memory.take(0) == words + 2);
    CHECK(memory.take(3) == words + 2);
    CHECK(memory.take(0) == words + 5);
    CHECK(
        says(refused([&] { memory.take(1); }),
             "binding scales per channel of a run-time shape needs one word per channel and constant: pass BindMemory "
             "(value 1, limit 0)"));
    BindMemory none;
    CHECK(says(refused([&] { none.take(4); }), "pass BindMemory (value 4, limit 0)"));
    CHECK(none.take(0) == nullptr);
}
