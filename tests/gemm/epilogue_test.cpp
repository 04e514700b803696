// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm.hpp>

namespace {

using namespace qtensor;

using In = Incoming<std::int32_t, 4, PerTensor<>>;
const In incoming{PerTensor<>{0.5f}, 4, nullptr};

/// The smallest stage.
struct Halve {
    template <class V> constexpr V operator()(V value, const Cell&) const { return value / 2; }
};
/// A stage that sees where it stands.
struct AddPlace {
    template <class V> constexpr V operator()(V value, const Cell& cell) const {
        return value + static_cast<V>(100 * cell.row + 10 * cell.column + cell.count);
    }
};
/// A stage that changes element and scale and can enlarge an accumulator.
template <class T> struct Relabel {
    std::uint64_t reach = 0;
    template <class In> struct Bound {
        using element = T;
        Affine<> scale;
        std::uint64_t reach;
        std::size_t columns;
        template <class V> constexpr V operator()(V value, const Cell&) const {
            return value + static_cast<V>(columns);
        }
        constexpr std::uint64_t magnitude() const { return reach; }
    };
    template <class I> constexpr auto bind(const I& in) const {
        return Bound<I>{Affine<>{in.scale.scale(0) * 2.0f, 3}, reach, in.columns};
    }
};
/// A stage that takes accumulators up to `most`.
struct Cautious {
    std::uint64_t most;
    struct Bound {
        using element = std::int32_t;
        PerTensor<> scale;
        std::uint64_t most;
        constexpr std::int32_t operator()(std::int32_t value, const Cell&) const { return value; }
        constexpr std::uint64_t limit() const { return most; }
    };
    template <class I> constexpr Bound bind(const I& in) const { return {in.scale, most}; }
};
struct IntegerStage {
    using element = std::int32_t;
    Unscaled scale;
};
struct RealStage : IntegerStage {
    static constexpr bool uses_float = true;
};

}  // namespace

TEST_CASE("one stage that computes with real numbers is enough for the whole epilogue") {
    using Sums = Incoming<std::int32_t, 1, Unscaled>;
    using First = RealStage;
    using Second = IntegerStage;
    STATIC_REQUIRE_FALSE(Epilogue<Sums>::uses_float);
    STATIC_REQUIRE_FALSE(Epilogue<Sums, Second>::uses_float);
    STATIC_REQUIRE(Epilogue<Sums, First>::uses_float);
    STATIC_REQUIRE(Epilogue<Sums, First, Second>::uses_float);
    STATIC_REQUIRE(Epilogue<Sums, Second, First>::uses_float);
}

TEST_CASE("no stage hands accumulators, element and scale through") {
    const auto epilogue = bind_stages(incoming);
    STATIC_REQUIRE(std::is_same_v<decltype(epilogue)::element, std::int32_t>);
    STATIC_REQUIRE(std::is_same_v<decltype(epilogue)::scale_type, PerTensor<>>);
    CHECK(epilogue(std::int32_t{-7}, Cell{}) == -7);
    CHECK(epilogue.magnitude() == 0);
    CHECK(outgoing_scale(epilogue) == PerTensor<>{0.5f});
}

TEST_CASE("stages apply from left to right and a plain callable keeps element and scale") {
    const auto epilogue = bind_stages(incoming, Halve{}, AddPlace{}, Halve{});
    STATIC_REQUIRE(std::is_same_v<decltype(epilogue)::element, std::int32_t>);
    CHECK(epilogue(std::int32_t{20}, Cell{2, 3, 4}) == (20 / 2 + 234) / 2);
    CHECK(outgoing_scale(epilogue).value == 0.5f);
}

TEST_CASE("what a stage makes flows into the next: element, scale, columns") {
    const auto epilogue = bind_stages(incoming, Relabel<std::int16_t>{5}, Halve{}, Relabel<std::uint8_t>{7});
    STATIC_REQUIRE(std::is_same_v<decltype(epilogue)::element, std::uint8_t>);
    STATIC_REQUIRE(std::is_same_v<decltype(epilogue)::scale_type, Affine<>>);
    CHECK(outgoing_scale(epilogue) == Affine<>{2.0f, 3});
    CHECK(epilogue(std::int32_t{10}, Cell{}) == (10 + 4) / 2 + 4);
    STATIC_REQUIRE(std::is_same_v<decltype(epilogue.first)::element, std::int16_t>);
    CHECK(epilogue.first.scale == Affine<>{1.0f, 3});
}

TEST_CASE("magnitudes of the stages add up and stop at the largest number") {
    CHECK(bind_stages(incoming, Relabel<std::int32_t>{5}, Halve{}, Relabel<std::int32_t>{7}).magnitude() == 12);
    CHECK(bind_stages(incoming, Relabel<std::int32_t>{UINT64_MAX}, Relabel<std::int32_t>{7}).magnitude() == UINT64_MAX);
    CHECK(bind_stages(incoming, Relu{}, Requantize<std::int8_t>{Affine<>{1.0f, 0}}).magnitude() == 0);
}

TEST_CASE("the limit of an epilogue is the smallest limit of its stages") {
    CHECK(bind_stages(incoming).limit() == UINT64_MAX);
    CHECK(bind_stages(incoming, Halve{}, Relu{}).limit() == UINT64_MAX);
    CHECK(bind_stages(incoming, Cautious{7}, Halve{}, Cautious{9}).limit() == 7);
    CHECK(bind_stages(incoming, Cautious{9}, Cautious{7}).limit() == 7);
}

TEST_CASE("behind Requantize a plain callable cannot leave the codes") {
    struct Shift {
        std::int32_t by;
        constexpr std::int32_t operator()(std::int32_t value, const Cell&) const { return value + by; }
    };
    const Requantize<std::int8_t> requantize{Affine<>{0.5f, 0}};
    CHECK(bind_stages(incoming, requantize, Shift{1000})(std::int32_t{5}, Cell{}) == 127);
    CHECK(bind_stages(incoming, requantize, Shift{-1000})(std::int32_t{5}, Cell{}) == -128);
    CHECK(bind_stages(incoming, requantize, Shift{3})(std::int32_t{5}, Cell{}) == 8);
    CHECK(bind_stages(incoming, Shift{1000})(std::int32_t{5}, Cell{}) == 1005);  // an accumulator is no code
}

TEST_CASE("binding is a constant expression") {
    constexpr auto epilogue = bind_stages(Incoming<std::int32_t, 1, PerTensor<>>{PerTensor<>{0.25f}, 1, nullptr},
                                          Relu{}, Requantize<std::int8_t>{Affine<>{0.5f, -3}});
    static_assert(epilogue(std::int32_t{-100}, Cell{}) == -3);
    static_assert(epilogue(std::int32_t{100}, Cell{}) == 47);
    static_assert(outgoing_scale(epilogue) == Affine<>{0.5f, -3});
    SUCCEED();
}
