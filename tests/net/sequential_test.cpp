// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/dense.hpp>
#include <qtensor/net/sequential.hpp>
#include <qtensor/parallel/thread_pool.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "support/arches.hpp"
#include "support/guard_pages.hpp"
#include "support/mobilenet.hpp"
#include "support/net_oracle.hpp"
#include "support/probe_layer.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using numerics::Xnnpack;
using qtensor_test::ArchList;
using qtensor_test::BetweenGuards;
using qtensor_test::Flush;
using qtensor_test::Probe;
using qtensor_test::refused;
using qtensor_test::says;
using qtensor_test::visits;

namespace {

// Kernels are the business of layer/dense_test.cpp: here two of them are enough.
using BothArches = std::conditional_t<std::is_same_v<arch::native, arch::scalar>, ArchList<arch::scalar>,
                                      ArchList<arch::scalar, arch::native>>;
using Scalar = ArchList<arch::scalar>;

using One = Sequential<Dense<5, 3, Relu>>;
using Two = Sequential<Dense<17, 65, Relu, Xnnpack>, Dense<65, 7>>;
using Four = Sequential<Dense<3, 130, Relu>, Dense<130, 2>, Dense<2, 70, Relu, Xnnpack>, Dense<70, 5>>;
using Five = Sequential<Dense<9, 64, Relu>, Dense<64, 64, Relu>, Dense<64, 1>, Dense<1, 66>, Dense<66, 4, Relu>>;
using Nested = Sequential<Dense<12, 20, Relu>, Sequential<Dense<20, 70, Relu>, Dense<70, 9, Relu>, Dense<9, 33>>,
                          Dense<33, 4, Identity, Xnnpack>>;
using NestedFirst = Sequential<Sequential<Sequential<Dense<6, 80, Relu>, Dense<80, 2>>>, Dense<2, 8, Relu>>;

std::vector<Affine<>> edges_for(std::size_t count) {
    std::vector<Affine<>> edges;
    for (std::size_t i = 0; i < count; ++i) {
        edges.push_back({0.011f + 0.007f * static_cast<float>(i), static_cast<std::int32_t>(i * 37 % 61) - 30});
    }
    return edges;
}

template <class Net> typename Net::Quantized make_codes(std::uint64_t seed) {
    oracle::Random random(seed);
    const auto real = oracle::random_net<Net>(random);
    std::size_t at = 0;
    return oracle::quantized_net<Net>(real, edges_for(12), at);
}

std::vector<std::int64_t> random_codes(std::size_t count, oracle::Random& random) {
    return oracle::codes(oracle::Fill::random, count, -128, 127, random);
}

template <class Cell, class From> std::vector<Cell> cells_of(const From& from) {
    std::vector<Cell> cells;
    for (const auto value : from) cells.push_back(static_cast<Cell>(value));
    return cells;
}

/// Runs on memory between guard pages: exactly as many bytes of arena as the plan says, full of garbage.
template <class Model, class Cell>
std::vector<Cell> run_in_arena(const Model& model, const std::vector<Cell>& x, std::size_t outputs, std::size_t batch,
                               Flush flush, oracle::Mismatches& mismatches) {
    BetweenGuards<Cell> from(x.size(), flush), to(outputs * batch, flush);
    std::copy(x.begin(), x.end(), from.data());
    BetweenGuards<std::byte> arena(model.arena_bytes_for(batch), flush);
    for (std::size_t i = 0; i < arena.size(); ++i) arena[i] = static_cast<std::byte>(i * 89 + 7);
    model.run(from.data(), to.data(), batch, arena.span());
    mismatches.require(std::equal(x.begin(), x.end(), from.data()), "the network wrote to its input");
    mismatches.require(from.clean() && to.clean() && arena.clean(), "the network wrote beside its memory");
    return {to.data(), to.data() + to.size()};
}

/// Layer after layer, every edge and every scratch a separate block between guard pages.
template <class Net, std::size_t I = 0, class Model, class Cell>
std::vector<Cell> run_by_layers(const Model& model, const std::vector<Cell>& x, std::size_t batch) {
    if constexpr (I == Net::depth) {
        return x;
    } else {
        using L = typename Net::template layer<I>;
        if constexpr (oracle::IsNet<L>) {
            return run_by_layers<Net, I + 1>(model, run_by_layers<L>(model.template at<I>(), x, batch), batch);
        } else {
            const auto& layer = model.template at<I>();
            BetweenGuards<Cell> from(x.size(), Flush::back), to(batch * output_size<L>, Flush::back);
            std::copy(x.begin(), x.end(), from.data());
            const std::size_t bytes = layer.workspace_bytes(batch);
            BetweenGuards<std::int32_t> scratch((bytes + 3) / 4, Flush::back);
            layer.run(from.data(), to.data(), batch, std::as_writable_bytes(scratch.span()).first(bytes));
            return run_by_layers<Net, I + 1>(model, std::vector<Cell>(to.data(), to.data() + to.size()), batch);
        }
    }
}

template <class Net, class Arch> void check_call_operator(const typename Net::Quantized& codes) {
    constexpr std::size_t in = input_size<Net>, out = output_size<Net>;
    constexpr std::size_t batch = 63 / out + 2;  // an output longer than a register
    const auto model = pack<Arch>(codes);
    oracle::Random random(77);
    QTensor<std::int8_t, Affine<>, Shape<batch, in>, Inline> x({}, model.input_scale());
    const auto values = random_codes(batch * in, random);
    for (std::size_t i = 0; i < values.size(); ++i) x.data()[i] = static_cast<std::int8_t>(values[i]);
    const auto y = model(x);
    CHECK(y.scale() == model.output_scale());
    const auto want = oracle::run(oracle::integer_net<Net>(codes), values, batch);
    CHECK(std::vector<std::int64_t>(y.data(), y.data() + batch * out) == want);

    // The same on tensors over the caller's memory, static and dynamic batches alike.
    std::vector<std::int8_t> to(batch * out);
    BetweenGuards<std::byte> arena(Net::template arena_bytes<batch, Arch>, Flush::back);
    model.run(x, QTensor<std::int8_t, Affine<>, Shape<dyn, out>>(to.data(), Shape<dyn, out>(batch), y.scale()),
              arena.span());
    CHECK(cells_of<std::int64_t>(to) == want);
    QTensor<std::int8_t, Affine<>, Shape<batch, out>, Inline> again({}, model.output_scale());
    const QTensor<const std::int8_t, Affine<>, Shape<dyn, dyn>> view(x.data(), Shape<dyn, dyn>(batch, in), x.scale());
    model.run(view, again, arena.span());
    CHECK(std::vector<std::int64_t>(again.data(), again.data() + batch * out) == want);
    CHECK(arena.clean());
}

template <class Net, class Arches = BothArches> void check_net(std::uint64_t seed) {
    static_assert(Layer<Net>);
    const auto codes = make_codes<Net>(seed);
    const auto expected = oracle::integer_net<Net>(codes);
    oracle::Random random(seed);
    oracle::Mismatches mismatches;
    for (const std::size_t batch : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{33}}) {
        const auto x = random_codes(batch * input_size<Net>, random);
        const auto want = oracle::run(expected, x, batch);
        Arches::each([&]<class Arch>() {
            const auto model = pack<Arch>(codes);
            const std::string where = std::string(Arch::name) + ", batch " + std::to_string(batch);
            const auto cells = cells_of<std::int8_t>(x);
            const auto layers = run_by_layers<Net>(model, cells, batch);
            mismatches.require(layers.size() == want.size(), where + ": sizes");
            for (const Flush flush : {Flush::back, Flush::front}) {
                const auto got = run_in_arena(model, cells, output_size<Net>, batch, flush, mismatches);
                mismatches.require(got == layers, where + ": the arena and separate memory give different codes");
                for (std::size_t i = 0; i < want.size(); ++i) {
                    mismatches.compare(static_cast<std::int64_t>(got[i]), want[i], where, i);
                }
            }
            if (batch == 1) {
                mismatches.require(model.arena_bytes_for(1) == Net::template arena_bytes<1, Arch>, "arena_bytes");
            }
            mismatches.require(model.workspace_bytes(batch) == model.arena_bytes_for(batch), "workspace_bytes");
        });
    }
    INFO(mismatches.compared() << " compared, first mismatch: " << mismatches.first());
    CHECK(mismatches.count() == 0);
    CHECK(mismatches.compared() > 86 * output_size<Net>);
    Arches::each([&]<class Arch>() { check_call_operator<Net, Arch>(codes); });
}

template <class Net> void check_float_net(std::uint64_t seed) {
    oracle::Random random(seed);
    const auto real = oracle::random_net<Net>(random);
    const auto expected = oracle::real_net<Net>(real);
    oracle::Mismatches mismatches;
    for (const std::size_t batch : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
        std::vector<float> x(batch * input_size<Net>);
        for (float& value : x) value = random.real();
        const auto want = oracle::run(expected, std::vector<double>(x.begin(), x.end()), batch);
        BothArches::each([&]<class Arch>() {
            const auto model = pack<Arch>(real);
            static_assert(std::is_same_v<decltype(model.input_scale()), Unscaled>);
            const auto got = run_in_arena(model, x, output_size<Net>, batch, Flush::back, mismatches);
            const auto layers = run_by_layers<Net>(model, x, batch);
            mismatches.require(
                got.size() == layers.size() &&
                    (got.empty() || std::memcmp(got.data(), layers.data(), got.size() * sizeof(float)) == 0),
                std::string(Arch::name) + ": the arena and separate memory give different bits");
            for (std::size_t i = 0; i < got.size(); ++i) {
                mismatches.require(std::fabs(static_cast<double>(got[i]) - want.y[i]) <= want.bound[i],
                                   std::string(Arch::name) + " [" + std::to_string(i) + "]: got " +
                                       std::to_string(got[i]) + ", want " + std::to_string(want.y[i]) + " +- " +
                                       std::to_string(want.bound[i]));
            }
        });
    }
    INFO("first mismatch: " << mismatches.first());
    CHECK(mismatches.count() == 0);
}

}  // namespace

// By hand: edges of 6 and 3 codes, rounded up to 64 bytes each; the scalar product needs no scratch.
using Small = Sequential<Dense<4, 6, Relu>, Dense<6, 3, Relu>, Dense<3, 2>>;
static_assert(Small::depth == 3 && Small::macs == 24 + 18 + 6 && Small::weight_bytes == 48);
static_assert(Small::arena_bytes<1, arch::scalar> == 128);   // 64 | 64
static_assert(Small::arena_bytes<10, arch::scalar> == 128);  // 60 | 30
static_assert(Small::arena_bytes<11, arch::scalar> == 192);  // 66 | 33
static_assert(Small::arena_bytes<22, arch::scalar> == 320);  // 132 | 66
static_assert(Small::arena_bytes<0, arch::scalar> == 0);
static_assert(One::arena_bytes<1000, arch::scalar> == 0);
static_assert(Two::arena_bytes<1, arch::scalar> == 128 && Two::arena_bytes<2, arch::scalar> == 192);
static_assert(Four::arena_bytes<1, arch::scalar> == 192 + 64);  // 130 | 2; then 2 | 70 needs 192
static_assert(Nested::macs == 240 + 1400 + 630 + 297 + 132 && Nested::weight_bytes == Nested::macs);
// The inner network, 70 | 9 of its own, is scratch between 20 and 33.
static_assert(Nested::arena_bytes<1, arch::scalar> == 64 + 64 + 192);
static_assert(Nested::layer<1>::arena_bytes<1, arch::scalar> == 128 + 64);
static_assert(std::is_same_v<Small::input_shape, Shape<4>> && std::is_same_v<Small::output_shape, Shape<2>>);
static_assert(std::is_same_v<Small::layer<1>, Dense<6, 3, Relu>>);

TEST_CASE("Sequential: one to three layers", "[sequential]") {
    check_net<One, Scalar>(1);
    check_net<Two>(2);
    check_net<Small, Scalar>(4);
}

TEST_CASE("Sequential: four and five layers", "[sequential]") {
    check_net<Four, Scalar>(5);
    check_net<Five>(6);
}

TEST_CASE("Sequential: networks nest", "[sequential]") {
    check_net<Nested>(7);
    check_net<NestedFirst, Scalar>(8);
}

TEST_CASE("Sequential: nesting changes no code", "[sequential]") {
    using Flat = Sequential<Dense<6, 80, Relu>, Dense<80, 2>, Dense<2, 8, Relu>>;
    const auto nested = make_codes<NestedFirst>(31);
    const auto& inner = get<0>(get<0>(nested));
    const Flat::Quantized flat(get<0>(inner), get<1>(inner), get<1>(nested));
    oracle::Random random(5);
    oracle::Mismatches mismatches;
    const auto x = cells_of<std::int8_t>(random_codes(9 * 6, random));
    CHECK(run_in_arena(pack<arch::native>(nested), x, 8, 9, Flush::back, mismatches) ==
          run_in_arena(pack<arch::native>(flat), x, 8, 9, Flush::back, mismatches));
    CHECK(mismatches.count() == 0);
}

TEST_CASE("Sequential: the float reading", "[sequential]") {
    check_float_net<Two>(2);
    check_float_net<Nested>(4);
}

namespace {

/// Weights that a person can follow: w[c][k] = (c + 1) / 8 with alternating signs.
template <class L> constexpr typename L::Float striped() {
    typename L::Float real{};
    for (std::size_t c = 0; c < output_size<L>; ++c) {
        for (std::size_t k = 0; k < input_size<L>; ++k) {
            real.weights(c, k) = ((c + k) % 2 == 0 ? 0.125f : -0.125f) * static_cast<float>(c + 1);
        }
        real.bias(c) = 0.5f - static_cast<float>(c) * 0.25f;
    }
    return real;
}

constexpr Small::Quantized striped_codes{
    Dense<4, 6, Relu>::quantized(striped<Dense<4, 6, Relu>>(), Affine{0.03125f, 3}, Affine{0.02f, -100}),
    Dense<6, 3, Relu>::quantized(striped<Dense<6, 3, Relu>>(), Affine{0.02f, -100}, Affine{0.01f, -128}),
    Dense<3, 2>::quantized(striped<Dense<3, 2>>(), Affine{0.01f, -128}, Affine{0.005f, 7})};

template <class Arch = arch::scalar> constexpr auto striped_inputs() {
    QTensor<std::int8_t, Affine<>, Shape<2, 4>, Inline> x({}, Affine{0.03125f, 3});
    const std::int8_t codes[] = {100, -50, 25, -128, 0, 127, -3, 64};
    for (std::size_t i = 0; i < 8; ++i) x.data()[i] = codes[i];
    return x;
}

}  // namespace

TEST_CASE("Sequential: constant evaluation gives the codes of every kernel", "[sequential]") {
    static constexpr auto model = pack<arch::scalar>(striped_codes);
    constexpr auto y = model(striped_inputs());
    const auto want = oracle::run(oracle::integer_net<Small>(striped_codes), {100, -50, 25, -128, 0, 127, -3, 64}, 2);
    CHECK(std::vector<std::int64_t>(y.data(), y.data() + 4) == want);
    CHECK(y.scale() == Affine{0.005f, 7});
    BothArches::each([&]<class Arch>() {
        const auto packed = pack<Arch>(striped_codes);
        const auto got = packed(striped_inputs());
        CHECK(std::vector<std::int64_t>(got.data(), got.data() + 4) == want);
    });
}

TEST_CASE("Sequential: what the arena must be", "[sequential]") {
    BothArches::each([&]<class Arch>() {
        const auto model = pack<Arch>(striped_codes);
        alignas(64) std::byte arena[2048];
        const std::size_t bytes = model.arena_bytes_for(2);
        REQUIRE(bytes + 64 <= sizeof arena);
        const auto x = striped_inputs();
        std::int8_t y[64];
        for (auto& code : y) code = 99;
        const std::span<std::byte> all(arena);

        const auto small = refused([&] { model.run(x.data(), y, 2, all.first(bytes - 1)); });
        CHECK(says(small, "the arena is smaller than arena_bytes for this batch (value " + std::to_string(bytes - 1) +
                              ", limit " + std::to_string(bytes) + ")"));
        CHECK(says(refused([&] { model.run(x.data(), y, 2, {}); }), "the arena is smaller than arena_bytes"));
        CHECK(says(refused([&] { model.run(x.data(), y, 1000, all); }), "the arena is smaller than arena_bytes"));
        for (const std::size_t off : {1u, 4u, 32u}) {
            CHECK(says(refused([&] { model.run(x.data(), y, 2, all.subspan(off, bytes)); }),
                       "the arena is aligned to arena_alignment (value " + std::to_string(off) + ", limit 0)"));
        }
        for (const auto code : y) CHECK(static_cast<int>(code) == 99);
        CHECK(refused([&] { model.run(x.data(), y, 2, all.first(bytes)); }) == "nothing was refused");
        CHECK(refused([&] { model.run(x.data(), y, 2, all.subspan(64, bytes)); }) == "nothing was refused");
    });
    // A network of one scalar layer has no arena: any span will do.
    const auto codes = make_codes<One>(3);
    const auto one = pack<arch::scalar>(codes);
    const std::int8_t x[5] = {};
    std::int8_t y[64] = {};
    std::byte odd[2] = {};
    CHECK(refused([&] { one.run(x, y, 1, {}); }) == "nothing was refused");
    CHECK(refused([&] { one.run(x, y, 1, std::span(odd).subspan(1)); }) == "nothing was refused");
}

TEST_CASE("Sequential: tensors of another scale, width or batch are refused", "[sequential]") {
    const auto model = pack<arch::native>(striped_codes);
    alignas(64) std::byte arena[2048];
    std::int8_t from[64] = {}, to[64] = {};
    for (auto& code : to) code = 99;
    using Any = QTensor<std::int8_t, Affine<>, Shape<dyn, dyn>>;
    const auto run = [&](std::size_t x_batch, std::size_t width, Affine<> in, std::size_t y_batch, std::size_t outputs,
                         Affine<> out) {
        return refused([&] {
            model.run(Any(from, Shape<dyn, dyn>(x_batch, width), in), Any(to, Shape<dyn, dyn>(y_batch, outputs), out),
                      arena);
        });
    };
    const Affine<> in{0.03125f, 3}, out{0.005f, 7};
    CHECK(says(run(2, 4, {0.03126f, 3}, 2, 2, out), "x has another scale or zero point than the network's input"));
    CHECK(says(run(2, 4, {0.03125f, 4}, 2, 2, out), "x has another scale or zero point than the network's input"));
    CHECK(says(run(2, 4, in, 2, 2, {0.0051f, 7}), "y has another scale or zero point than the network's output"));
    CHECK(says(run(2, 4, in, 2, 2, {0.005f, -7}), "y has another scale or zero point than the network's output"));
    CHECK(says(run(2, 5, in, 2, 2, out), "x has another width than the network's input (value 5, limit 4)"));
    CHECK(says(run(2, 4, in, 2, 3, out), "y has another width than the network's output (value 3, limit 2)"));
    CHECK(says(run(2, 4, in, 3, 2, out), "x and y have different batches (value 2, limit 3)"));
    for (const auto code : to) CHECK(static_cast<int>(code) == 99);
    CHECK(run(2, 4, in, 2, 2, out) == "nothing was refused");

    QTensor<std::int8_t, Affine<>, Shape<1, 4>, Inline> x({}, Affine{0.5f, 3});
    CHECK(says(refused([&] { static_cast<void>(model(x)); }), "x has another scale or zero point"));
}

TEST_CASE("Sequential: neighbours of different scales are refused when packed", "[sequential]") {
    const auto sentence = [](auto change) {
        auto codes = make_codes<Four>(1);
        change(codes);
        std::string said;
        BothArches::each([&]<class Arch>() {
            const auto one = refused([&] { static_cast<void>(pack<Arch>(codes)); });
            if (said.empty()) said = one;
            CHECK(one == said);
        });
        return said;
    };
    const std::string wrong = "a layer's output scale differs from the next layer's input scale";
    CHECK(sentence([](auto&) {}) == "nothing was refused");
    CHECK(says(sentence([](auto& codes) { get<0>(codes).output.value *= 2.0f; }),
               wrong + " (value: the first layer's index) (value 0, limit 4)"));
    CHECK(says(sentence([](auto& codes) { get<1>(codes).output.zero += 1; }), "index) (value 1, limit 4)"));
    CHECK(says(sentence([](auto& codes) { get<3>(codes).input.zero -= 1; }), "index) (value 2, limit 4)"));
    CHECK(sentence([](auto& codes) { get<3>(codes).output.zero -= 1; }) == "nothing was refused");
    CHECK(sentence([](auto& codes) { get<0>(codes).input.value *= 3.0f; }) == "nothing was refused");

    auto nested = make_codes<Nested>(2);
    get<0>(get<1>(nested)).input.value *= 2.0f;  // the joint between layer 0 and the inner network
    CHECK(says(refused([&] { static_cast<void>(pack<arch::scalar>(nested)); }), "index) (value 0, limit 3)"));
    nested = make_codes<Nested>(2);
    get<2>(get<1>(nested)).output.zero += 1;  // ... between the inner network and the last layer
    CHECK(says(refused([&] { static_cast<void>(pack<arch::scalar>(nested)); }), "index) (value 1, limit 3)"));
    nested = make_codes<Nested>(2);
    get<1>(get<1>(nested)).output.zero += 1;  // ... inside it
    CHECK(says(refused([&] { static_cast<void>(pack<arch::scalar>(nested)); }), wrong));
}

namespace {

/// What the layers of a network saw: memory inside the arena, aligned, apart, and handed on.
template <class Model> void check_visits(const Model& model, std::size_t batch, std::size_t layers) {
    using In = cell_of<typename Model::input_element>;
    using Out = cell_of<typename Model::output_element>;
    BetweenGuards<In> x(4096, Flush::back);
    BetweenGuards<Out> y(4096, Flush::back);
    BetweenGuards<std::byte> arena(model.arena_bytes_for(batch), Flush::back);
    // An arena may be larger than it has to be, by any number of bytes.
    BetweenGuards<std::byte> roomy(model.arena_bytes_for(batch) + 77, Flush::front);
    visits().clear();
    model.run(x.data(), y.data(), batch, roomy.span());
    for (const auto& visit : visits()) {
        CHECK(visit.input_survived);
        for (const std::byte* part : {visit.x, static_cast<const std::byte*>(visit.y)}) {
            if (part >= roomy.data() && part < roomy.data() + roomy.size()) {
                CHECK(reinterpret_cast<std::uintptr_t>(part) % 64 == 0);
            }
        }
    }
    visits().clear();
    model.run(x.data(), y.data(), batch, arena.span());
    REQUIRE(visits().size() == layers);
    struct Part {
        const std::byte* first;
        std::size_t bytes;
    };
    const std::byte* const front = arena.data();
    std::size_t furthest = 0;
    for (std::size_t i = 0; i < layers; ++i) {
        const auto& visit = visits()[i];
        CHECK(visit.batch == batch);
        CHECK(visit.input_survived);
        if (i > 0) CHECK(visit.x == visits()[i - 1].y);
        std::vector<Part> parts;
        if (i > 0) parts.push_back({visit.x, visit.x_bytes});
        if (i + 1 < layers) parts.push_back({visit.y, visit.y_bytes});
        if (visit.scratch_bytes > 0) parts.push_back({visit.scratch, visit.scratch_bytes});
        for (std::size_t a = 0; a < parts.size(); ++a) {
            REQUIRE(parts[a].first >= front);
            const auto offset = static_cast<std::size_t>(parts[a].first - front);
            CHECK(offset % 64 == 0);
            CHECK(offset + parts[a].bytes <= arena.size());
            furthest = std::max(furthest, offset + parts[a].bytes);
            for (std::size_t b = 0; b < a; ++b) {
                CHECK((parts[a].first + parts[a].bytes <= parts[b].first ||
                       parts[b].first + parts[b].bytes <= parts[a].first));
            }
        }
    }
    CHECK(visits().front().x == reinterpret_cast<const std::byte*>(x.data()));
    CHECK(visits().back().y == reinterpret_cast<std::byte*>(y.data()));
    CHECK(arena.clean());
    CHECK(furthest + 64 > arena.size());  // and the plan wastes nothing
}

}  // namespace

TEST_CASE("Sequential: the plan keeps live edges and scratch apart", "[sequential]") {
    using P = Sequential<Probe<4, 100, 70>, Probe<100, 3, 200>, Probe<3, 250, 0>, Probe<250, 65, 64>, Probe<65, 7, 1>>;
    STATIC_REQUIRE(P::arena_bytes<1, arch::scalar> == 448);  // 256 + 128 + 64 in the fourth layer
    for (const std::size_t batch : {1u, 2u, 3u, 13u}) check_visits(pack<arch::scalar>(P::Quantized{}), batch, 5);

    using Even = Sequential<Probe<4, 30, 500>, Probe<30, 300, 20>, Probe<300, 30, 20>, Probe<30, 4, 900>>;
    for (const std::size_t batch : {1u, 2u, 5u}) check_visits(pack<arch::scalar>(Even::Quantized{}), batch, 4);

    // int4 and int32 edges count in their own cells: 33 nibbles are 17 bytes, 20 int32 are 80.
    using Cells = Sequential<Probe<4, 33, 10, std::int8_t, int4>, Probe<33, 20, 100, int4, std::int32_t>,
                             Probe<20, 9, 0, std::int32_t, int4>, Probe<9, 4, 10, int4, std::int8_t>>;
    STATIC_REQUIRE(Cells::arena_bytes<1, arch::scalar> == 64 + 128 + 128);
    STATIC_REQUIRE(Cells::arena_bytes<5, arch::scalar> == 128 + 448 + 512);  // 165 nibbles are 83 bytes
    for (const std::size_t batch : {1u, 5u, 8u}) check_visits(pack<arch::scalar>(Cells::Quantized{}), batch, 4);

    using Inner = Sequential<Probe<100, 31, 70>, Probe<31, 200, 5>, Probe<200, 3, 130>>;
    using Outer =
        Sequential<Probe<4, 100, 70>, Inner, Probe<3, 250, 0>, Sequential<Probe<250, 65, 64>, Probe<65, 7, 1>>>;
    STATIC_REQUIRE(Inner::arena_bytes<1, arch::scalar> == 448);
    STATIC_REQUIRE(Outer::arena_bytes<1, arch::scalar> == 128 + 64 + 448);
    for (const std::size_t batch : {1u, 3u}) {
        visits().clear();
        const auto model = pack<arch::scalar>(Outer::Quantized{});
        BetweenGuards<std::byte> arena(model.arena_bytes_for(batch), Flush::back);
        std::int8_t x[64] = {}, y[64] = {};
        model.run(x, y, batch, arena.span());
        REQUIRE(visits().size() == 7);
        for (std::size_t i = 0; i < 7; ++i) {
            CHECK(visits()[i].input_survived);
            if (i > 0) CHECK(visits()[i].x == visits()[i - 1].y);
        }
        // While the inner network runs, its input (edge 0) is read and its output written: nothing inside touches
        // either.
        const auto apart = [](const std::byte* a, std::size_t a_bytes, const std::byte* b, std::size_t b_bytes) {
            return a + a_bytes <= b || b + b_bytes <= a;
        };
        const auto& first = visits()[1];
        const auto& last = visits()[3];
        CHECK(apart(first.x, first.x_bytes, last.y, last.y_bytes));
        for (std::size_t i = 1; i <= 3; ++i) {
            CHECK(apart(visits()[i].scratch, visits()[i].scratch_bytes, last.y, last.y_bytes));
            CHECK(apart(visits()[i].scratch, visits()[i].scratch_bytes, first.x, first.x_bytes));
        }
        CHECK(arena.clean());
    }
}

TEST_CASE("Sequential: one packed network, many threads", "[sequential]") {
    const auto codes = make_codes<Five>(12);
    const auto model = pack<arch::native>(codes);
    oracle::Random random(3);
    constexpr std::size_t batch = 7, threads = 4, repeats = 200;
    std::vector<std::vector<std::int8_t>> inputs, wants;
    oracle::Mismatches mismatches;
    for (std::size_t t = 0; t < threads; ++t) {
        inputs.push_back(cells_of<std::int8_t>(random_codes(batch * 9, random)));
        wants.push_back(run_in_arena(model, inputs[t], 4, batch, Flush::back, mismatches));
    }
    std::vector<std::size_t> different(threads, 0);
    std::vector<std::thread> running;
    for (std::size_t t = 0; t < threads; ++t) {
        running.emplace_back([&, t] {
            alignas(64) std::byte arena[Five::arena_bytes<batch>];
            std::vector<std::int8_t> y(batch * 4);
            for (std::size_t r = 0; r < repeats; ++r) {
                const std::size_t which = (t + r) % threads;
                std::fill(y.begin(), y.end(), std::int8_t{0});
                model.run(inputs[which].data(), y.data(), batch, arena);
                different[t] += y == wants[which] ? 0 : 1;
            }
        });
    }
    for (std::thread& thread : running) thread.join();
    CHECK(different == std::vector<std::size_t>(threads, 0));
    CHECK(mismatches.count() == 0);
}

namespace {

template <class Net> struct FirstOutputIsZero {
    constexpr bool operator()() const {
        constexpr auto layer = Dense<2, 2>::quantized(striped<Dense<2, 2>>(), Affine<>{}, Affine<>{});
        typename Net::Quantized codes{};
        get<0>(codes) = layer;
        if constexpr (oracle::IsNet<typename Net::template layer<1>>) {
            get<0>(get<1>(codes)) = layer;
        } else {
            get<1>(codes) = layer;
        }
        return pack<arch::scalar>(codes)(QTensor<std::int8_t, Affine<>, Shape<1, 2>, Inline>{})(0, 0) == 0;
    }
};
template <class F>
concept Evaluates = requires { typename std::bool_constant<(F{}(), true)>; };

}  // namespace

TEST_CASE("Sequential: a flat network in constant evaluation", "[sequential]") {
    CHECK(Evaluates<FirstOutputIsZero<Sequential<Dense<2, 2>, Dense<2, 2>>>>);
}

TEST_CASE("Sequential: nested networks in constant evaluation", "[sequential]") {
    CHECK(Evaluates<FirstOutputIsZero<Sequential<Dense<2, 2>, Sequential<Dense<2, 2>>>>>);
}

TEST_CASE("A chain of convolutions gives equal bits on every architecture, for any batch and number of threads",
          "[net][sequential]") {
    using namespace qtensor_test::mobilenet;
    using N = numerics::Xnnpack;
    using Net = Sequential<Stem<32, 8, N>, Depth<16, 8, N>, Point<16, 8, 20, N>, Depth<16, 20, N, 2>,
                           Point<8, 20, 24, N>, Block<N, 8, 24, 3>>;
    const auto codes = random_codes<Net>();
    const auto x = random_images<Net>(3);
    const std::vector<std::int8_t> first(x.begin(), x.begin() + input_size<Net>);
    const auto want = outputs<Net, arch::scalar>(*codes, x);
    CHECK(is_lively(want));
    const ThreadPool pool(2);
    ArchList<arch::scalar, arch::avx2, arch::native>::each([&]<class Arch>() {
        INFO(Arch::name);
        CHECK((outputs<Net, Arch>(*codes, x) == want));
        CHECK((outputs<Net, Arch>(*codes, x, pool) == want));
        CHECK((outputs<Net, Arch>(*codes, first) ==
               std::vector<std::int8_t>(want.begin(), want.begin() + output_size<Net>)));
    });
}
