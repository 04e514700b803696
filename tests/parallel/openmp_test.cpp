// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/arch.hpp>
#include <qtensor/parallel/openmp.hpp>

#include <atomic>
#include <set>
#include <vector>

#include "support/arches.hpp"
#include "support/product_of_parts.hpp"

using namespace qtensor;
using qtensor_test::ProductOfParts;
using qtensor_test::Tally;

TEST_CASE("OpenMP's threads run every part once") {
    STATIC_REQUIRE(Executor<OpenMp>);
    for (const int threads : {1, 2, 3}) {
        omp_set_num_threads(threads);
        CHECK(OpenMp{}.workers() == static_cast<std::size_t>(threads));
        for (const std::size_t parts : {0u, 1u, 2u, 3u, 17u}) {
            std::vector<std::atomic<int>> times(parts);
            OpenMp{}(parts, [&](std::size_t part) { ++times[part]; });
            for (const std::atomic<int>& count : times) CHECK(count.load() == 1);
        }
    }
}

TEST_CASE("parts of OpenMP run on several threads") {
    omp_set_num_threads(2);
    std::vector<int> threads(2);
    OpenMp{}(2, [&](std::size_t part) { threads[part] = omp_get_thread_num(); });
    CHECK(std::set<int>(threads.begin(), threads.end()).size() == 2);
}

TEST_CASE("a product has the same bits with any number of OpenMP's threads") {
    qtensor_test::EveryArch::each([&]<class Arch>() {
        Tally tally;
        const ProductOfParts<Arch> product(61, 200, 130);
        for (const int threads : {1, 2, 3}) {
            omp_set_num_threads(threads);
            product.run(tally, OpenMp{});
        }
        tally.require_all_equal(3 * 61 * 200);
    });
}
