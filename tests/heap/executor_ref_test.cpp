// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/heap/executor_ref.hpp>

#include <vector>

#include "support/backwards.hpp"
#include "support/refused.hpp"

using namespace qtensor;

TEST_CASE("A reference to an executor is one: it has its workers and runs its parts in its order",
          "[heap][executor_ref]") {
    STATIC_REQUIRE(Executor<ExecutorRef>);
    std::vector<std::size_t> asked, order;
    const qtensor_test::Backwards backwards{3, &asked};
    const ExecutorRef executor(backwards);
    CHECK(executor.workers() == 3);
    executor(4, [&](std::size_t part) { order.push_back(part); });
    const auto fixed = [&order](std::size_t part) { order.push_back(10 + part); };
    const ExecutorRef again(executor);
    again(2, fixed);
    CHECK((order == std::vector<std::size_t>{3, 2, 1, 0, 11, 10}));
    CHECK((asked == std::vector<std::size_t>{4, 2}));
    CHECK(ExecutorRef(Serial{}).workers() == 1);
    const qtensor_test::Backwards nobody{0, nullptr};
    CHECK(qtensor_test::says(qtensor_test::refused([&] { ExecutorRef{nobody}; }), "at least one worker"));
}
