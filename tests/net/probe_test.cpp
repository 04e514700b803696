// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/base/type_name.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/leaky_relu.hpp>
#include <qtensor/net/concat.hpp>
#include <qtensor/net/merge.hpp>
#include <qtensor/net/probe.hpp>
#include <qtensor/net/sequential.hpp>

#include <string>
#include <type_traits>
#include <vector>

#include "support/arches.hpp"
#include "support/layer_runs.hpp"
#include "support/oracle.hpp"

using namespace qtensor;

namespace {

using Block = Residual<Dense<8, 12, Relu>, Dense<12, 8>>;
using Ways = Concat<Dense<8, 3>, Skip<Shape<8>>>;
using Net = Sequential<Dense<6, 8, Relu>, Block, Ways, Dense<11, 4>>;

void fill(auto& layer, oracle::Random& random) {
    for (std::size_t i = 0; i < layer.weights.size(); ++i) layer.weights.data()[i] = random.real();
    for (std::size_t i = 0; i < layer.bias.size(); ++i) layer.bias(i) = random.real();
}
Net::Float real_net() {
    oracle::Random random(1);
    Net::Float real{};
    fill(get<0>(real), random);
    fill(get<0>(get<1>(get<1>(real))), random);
    fill(get<1>(get<1>(get<1>(real))), random);
    fill(get<0>(get<2>(real)), random);
    fill(get<3>(real), random);
    return real;
}

/// What was seen: which layer, how many samples, what flowed in and out.
struct Seen {
    std::string kind;
    const void* layer;
    std::size_t batch;
    std::vector<float> x, y;
};
struct Recorder {
    std::vector<Seen>* seen;

    template <class Packed>
    void operator()(const Packed& layer, const float* x, const float* y, std::size_t batch) const {
        using L = typename Packed::layer;
        seen->push_back({std::string(bare_type_name<L>()),
                         &layer,
                         batch,
                         {x, x + batch * input_size<L>},
                         {y, y + batch * output_size<L>}});
    }
};

/// Counts the parts that it runs.
struct Pool {
    mutable std::size_t parts = 0;
    Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    std::size_t workers() const { return 5; }
    void operator()(std::size_t count, const auto& body) const {
        for (std::size_t part = 0; part < count; ++part, ++parts) body(part);
    }
};

}  // namespace

TEST_CASE("a probe sees every layer behind its run, inner ones before the composition", "[probe]") {
    const Net::Float real = real_net();
    const auto net = pack<arch::scalar>(real);
    constexpr std::size_t batch = 5;
    oracle::Random random(2);
    std::vector<float> x(batch * 6), y(batch * 4), plain(batch * 4);
    for (float& value : x) value = random.real();
    alignas(arena_alignment) std::byte arena[Net::Float::packed<arch::scalar>::arena_bytes_for(batch)];
    net.run(x.data(), plain.data(), batch, arena);
    std::vector<Seen> seen;
    net.run(x.data(), y.data(), batch, arena, Probed{Recorder{&seen}});
    CHECK(y == plain);

    const auto& body = net.at<1>().at<1>();
    const std::pair<const void*, const char*> order[] = {{&net.at<0>(), "Dense"},
                                                         {&body.at<0>(), "Dense"},
                                                         {&body.at<1>(), "Dense"},
                                                         {&body, "Sequential"},
                                                         {&net.at<1>(), "Merge"},
                                                         {&net.at<2>().at<0>(), "Dense"},
                                                         {&net.at<2>().at<1>(), "Reshape"},
                                                         {&net.at<2>(), "Concat"},
                                                         {&net.at<3>(), "Dense"}};
    REQUIRE(seen.size() == std::size(order));
    for (std::size_t i = 0; i < seen.size(); ++i) {
        CHECK(seen[i].layer == order[i].first);
        CHECK(seen[i].kind == order[i].second);
        CHECK(seen[i].batch == batch);
    }
    CHECK(seen[0].x == x);
    CHECK(seen[1].x == seen[0].y);
    CHECK(seen[2].x == seen[1].y);
    CHECK(seen[3].x == seen[0].y);
    CHECK(seen[4].x == seen[0].y);  // alive until the ways have met
    for (std::size_t i = 0; i < batch * 8; ++i) CHECK(seen[4].y[i] == seen[0].y[i] + seen[3].y[i]);
    CHECK(seen[5].x == seen[4].y);
    CHECK(seen[6].y == seen[4].y);
    for (std::size_t i = 0; i < batch; ++i) {
        for (std::size_t c = 0; c < 11; ++c)
            CHECK(seen[7].y[i * 11 + c] == (c < 3 ? seen[5].y[i * 3 + c] : seen[6].y[i * 8 + c - 3]));
    }
    CHECK(seen[8].x == seen[7].y);
    CHECK(seen[8].y == plain);
}

TEST_CASE("a lambda is a probe; both readings take one", "[probe]") {
    const Net::Float real = real_net();
    std::vector<float> x(6, 0.5f), y(4);
    qtensor_test::ScalarAndBest::each([&]<class Arch>() {
        const auto net = pack<Arch>(real);
        qtensor_test::BetweenGuards<std::byte> arena(net.arena_bytes_for(1), qtensor_test::Flush::back);
        std::size_t calls = 0, values = 0;
        net.run(x.data(), y.data(), 1, arena.span(),
                Probed{[&](const auto& layer, const float*, const float* out, std::size_t n) {
                    using L = typename std::remove_cvref_t<decltype(layer)>::layer;
                    ++calls;
                    values += n * output_size<L>;
                    CHECK(out != nullptr);
                }});
        CHECK(calls == 9);
        CHECK(values == 8 + 12 + 8 + 8 + 8 + 3 + 8 + 11 + 4);
        CHECK(arena.clean());
    });
}

TEST_CASE("an executor with a name is not copied into its probe: it may be a pool of threads", "[probe]") {
    const Pool pool;
    std::size_t calls = 0, sum = 0;
    const Probed probed{[&](const auto&, const auto*, const auto*, std::size_t) { ++calls; }, pool};
    CHECK(probed.workers() == 5);
    probed(3, [&](std::size_t part) { sum += part + 1; });
    CHECK((pool.parts == 3 && sum == 6));
    const Sequential<Dense<2, 3>, Dense<3, 1>>::Float real{};
    const auto net = pack<arch::native>(real);
    const float x[2] = {1.0f, 2.0f};
    float y[1] = {7.0f};
    qtensor_test::BetweenGuards<std::byte> arena(net.arena_bytes_for(1, 5), qtensor_test::Flush::back);
    net.run(x, y, 1, arena.span(), probed);
    CHECK((calls == 2 && y[0] == 0.0f));
}

TEST_CASE("A probe is told where a layer wrote over what flowed in", "[net][probe]") {
    using Thrice = Sequential<LeakyRelu<Shape<3>>, LeakyRelu<Shape<3>>, LeakyRelu<Shape<3>>>;
    const auto net = pack<arch::native>(Thrice::Float{});
    const float x[3] = {-1.0f, 2.0f, -3.0f};
    float y[3];
    alignas(arena_alignment) std::byte arena[arena_alignment];
    std::vector<bool> given;
    net.run(x, y, 1, std::span(arena).first(net.arena_bytes_for(1)),
            Probed{[&](const auto&, const float* in, const float* out, std::size_t) {
                given.push_back(in != nullptr);
                CHECK(out[1] == 2.0f);
            }});
    CHECK((given == std::vector<bool>{true, false, true}));
    CHECK((y[0] > -1.001e-6f && y[0] < -0.999e-6f));
}
