// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/heap.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/net/merge.hpp>
#include <qtensor/net/sequential.hpp>
#include <qtensor/parallel/thread_pool.hpp>

#if defined(__linux__)
#include <sched.h>
#endif

#include <array>
#include <cstdlib>
#include <ctime>
#include <new>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/arches.hpp"
#include "support/net_oracle.hpp"
#include "support/product_of_parts.hpp"

using namespace qtensor;
using qtensor_test::ProductOfParts;
using qtensor_test::Tally;

namespace {
std::atomic<long> allocations{0};
}

// Counts what this program takes from the heap; a sanitizer has operators of its own.
#if defined(__has_feature)
#define QTENSOR_TEST_HAS(feature) __has_feature(feature)
#else
#define QTENSOR_TEST_HAS(feature) 0
#endif
#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && !QTENSOR_TEST_HAS(thread_sanitizer) &&          \
    !QTENSOR_TEST_HAS(address_sanitizer)
void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace {

/// How often each part was called.
std::vector<int> times_called(const ThreadPool& pool, std::size_t parts) {
    std::vector<std::atomic<int>> times(parts);
    pool(parts, [&](std::size_t part) { times[part].fetch_add(1); });
    return {times.begin(), times.end()};
}

std::string refused(std::size_t workers) {
    try {
        const ThreadPool pool(workers);
    } catch (const std::invalid_argument& error) {
        return error.what();
    }
    return "nothing was refused";
}

}  // namespace

TEST_CASE("a pool runs every part once, whatever the numbers of parts and workers") {
    STATIC_REQUIRE(Executor<ThreadPool>);
    for (const std::size_t workers : {1u, 2u, 3u, 5u}) {
        const ThreadPool pool(workers);
        CHECK(pool.workers() == workers);
        for (const std::size_t parts : {0u, 1u, 2u, 3u, 5u, 17u, 1000u}) {
            CHECK(times_called(pool, parts) == std::vector<int>(parts, 1));
        }
    }
    CHECK(ThreadPool::processors() >= 1);
    CHECK(ThreadPool().workers() == ThreadPool::processors());
}

#if defined(__linux__)
TEST_CASE("processors that a process may not use are not counted") {
    cpu_set_t before, one;
    REQUIRE(sched_getaffinity(0, sizeof(before), &before) == 0);
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    REQUIRE(sched_setaffinity(0, sizeof(one), &one) == 0);
    CHECK(ThreadPool::processors() == 1);
    REQUIRE(sched_setaffinity(0, sizeof(before), &before) == 0);
    CHECK(ThreadPool::processors() == static_cast<std::size_t>(CPU_COUNT(&before)));
}
#endif

TEST_CASE("a pool has at least one worker and not thousands more than any machine has processors") {
    CHECK(refused(0) == "a ThreadPool has 1 to 4096 workers, not 0");
    CHECK(refused(4097) == "a ThreadPool has 1 to 4096 workers, not 4097");
}

TEST_CASE("parts run at the same time, as many as there are workers") {
    const ThreadPool pool(3);
    std::atomic<int> here{0};
    std::set<std::thread::id> threads;
    std::mutex mutex;
    pool(3, [&](std::size_t) {  // each waits for the others: one thread alone would never leave
        ++here;
        while (here.load() < 3) std::this_thread::yield();
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
    });
    CHECK(threads.size() == 3);
}

TEST_CASE("thousands of short calls, with threads awake and asleep, lose no part and mix up none") {
    const ThreadPool pool(4);
    Tally tally;
    for (int call = 0; call < 20000; ++call) {
        const std::size_t parts = 2 + static_cast<std::size_t>(call % 7);
        std::array<int, 8> cells{};  // on this frame: a thread that is late would write to the next call's
        pool(parts, [&cells, call](std::size_t part) { cells[part] += call + static_cast<int>(part) + 1; });
        for (std::size_t i = 0; i < 8; ++i) {
            tally.same(cells[i], i < parts ? call + static_cast<int>(i) + 1 : 0, call, i);
        }
        if (call % 2000 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    tally.require_all_equal(20000 * 8);
}

TEST_CASE("a call allocates nothing") {
    const ThreadPool pool(3);
    std::atomic<int> sum{0};
    pool(3, [&](std::size_t part) { sum += static_cast<int>(part); });
    const long before = allocations.load();
    for (int i = 0; i < 100; ++i) pool(3, [&](std::size_t part) { sum += static_cast<int>(part); });
    CHECK(allocations.load() == before);
    CHECK(sum.load() == 101 * 3);
}

TEST_CASE("a pool that has nothing to do sleeps") {
    const ThreadPool pool(4);
    pool(4, [](std::size_t) {});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const std::clock_t before = std::clock();  // of the processor, over all threads
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    CHECK(std::clock() - before < CLOCKS_PER_SEC / 20);  // threads that spin would use a tenth of a second or more
}

TEST_CASE("a call from inside a body and calls from other threads run where they are made") {
    const ThreadPool pool(3);
    std::atomic<int> sum{0};
    std::atomic<int> elsewhere{0};
    pool(3, [&](std::size_t) {
        const auto here = std::this_thread::get_id();
        pool(5, [&](std::size_t part) {
            sum += static_cast<int>(part);
            elsewhere += std::this_thread::get_id() == here ? 0 : 1;
        });
    });
    CHECK(sum.load() == 3 * 10);
    CHECK(elsewhere.load() == 0);

    std::vector<std::thread> callers;
    std::array<long long, 4> sums{};
    for (std::size_t caller = 0; caller < 4; ++caller) {
        callers.emplace_back([&pool, &sums, caller] {
            for (int call = 0; call < 2000; ++call) {
                std::array<int, 5> cells{};
                pool(5, [&cells](std::size_t part) { cells[part] += static_cast<int>(part) + 1; });
                for (const int cell : cells) sums[caller] += cell;
            }
        });
    }
    for (std::thread& caller : callers) caller.join();
    CHECK(sums == std::array<long long, 4>{2000 * 15, 2000 * 15, 2000 * 15, 2000 * 15});
}

TEST_CASE("a product has the same bits with any number of threads") {
    qtensor_test::EveryArch::each([&]<class Arch>() {
        Tally tally;
        const ProductOfParts<Arch> product(61, 200, 130);
        for (const std::size_t workers : {1u, 2u, 3u, 6u}) product.run(tally, ThreadPool(workers));
        tally.require_all_equal(4 * 61 * 200);
    });
}

TEST_CASE("threads share packed weights, each with its own result and workspace") {
    const ProductOfParts<arch::native> product(40, 70, 50);
    const ThreadPool pool(2);
    std::vector<std::thread> threads;
    std::array<Tally, 4> tallies;
    for (std::size_t t = 0; t < tallies.size(); ++t) {
        threads.emplace_back([&product, &pool, &tally = tallies[t], t] {
            for (int i = 0; i < 5; ++i) {
                product.run(tally, Serial{});
                if (t % 2 == 1) product.run(tally, pool);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    for (const Tally& tally : tallies) tally.require_all_equal(5 * 40 * 70);
}

TEST_CASE("a network has the same bits with any number of threads, in the arena that it asks for") {
    using First = Dense<40, 200, Relu>;
    using Inner = Sequential<Dense<200, 200, Relu>, Dense<200, 200>>;
    using Around = Residual<Dense<200, 200, Relu>, Dense<200, 200>>;
    using Net = Sequential<First, Around, Dense<200, 7>>;
    constexpr std::size_t batch = 60;
    const Affine<> edge{0.06f, 3};
    oracle::Random random(5);
    const auto made = [&]<class L>() { return L::quantized(oracle::random_dense<L>(random), edge, edge); };
    static const Net::Quantized codes(made.operator()<First>(),
                                      Around::Quantized({edge, edge},
                                                        Inner::Quantized(made.operator()<Dense<200, 200, Relu>>(),
                                                                         made.operator()<Dense<200, 200>>()),
                                                        edge),
                                      made.operator()<Dense<200, 7>>());
    std::vector<std::int8_t> x(batch * 40);
    for (std::int8_t& code : x) code = static_cast<std::int8_t>(random.between(-128, 127));
    static const auto net = pack<arch::native>(codes);
    const auto run = [&](const auto& executor) {
        std::vector<std::int8_t> y(batch * 7);
        const std::size_t bytes = net.arena_bytes_for(batch, executor.workers());
        qtensor_test::BetweenGuards<std::byte> arena(bytes, qtensor_test::Flush::front);
        net.run(x.data(), y.data(), batch, arena.span(), executor);
        CHECK(arena.clean());
        return y;
    };
    const std::vector<std::int8_t> serial = run(Serial{});
    CHECK(std::set<std::int8_t>(serial.begin(), serial.end()).size() > 20);
    for (const std::size_t workers : {1u, 2u, 3u, 4u}) CHECK(run(ThreadPool(workers)) == serial);
}

TEST_CASE("docs/architecture.md, Threads") {
    using Matrix = Shape<dyn, dyn>;
    constexpr std::size_t m = 3, k = 2, batch = 1;
    const std::int8_t codes[] = {1, 2, 3, 4, 5, 6};
    std::int32_t sums[9];
    const QTensor<const std::int8_t, PerTensor<>, Matrix> x(codes, Matrix(m, k), PerTensor<>{1.0f});
    const auto packed = pack<arch::native, std::int8_t>(x);
    const Linear linear(packed.weights(), x.scale());
    const QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Matrix> y(sums, Matrix(m, m), linear.output_scale());
    const Affine<> one{1.0f, 0};
    const Sequential<Dense<2, 1>>::Quantized parameters(Dense<2, 1>::quantized({}, one, one));
    const auto net = pack<arch::scalar>(parameters);
    const std::int8_t* const from = codes;
    std::int8_t to[] = {9};

    const ThreadPool pool;  // one worker per processor
    const AlignedBytes workspace(linear.workspace_bytes(m, k, pool.workers()));
    linear(x, y, workspace.span(), pool);

    const AlignedBytes arena(net.arena_bytes_for(batch, pool.workers()));
    net.run(from, to, batch, arena.span(), pool);  // every layer divides its own work

    CHECK(std::vector<std::int32_t>(sums, sums + 9) == std::vector<std::int32_t>{5, 11, 17, 11, 25, 39, 17, 39, 61});
    CHECK(to[0] == 0);
}
