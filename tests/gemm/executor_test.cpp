// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/gemm/executor.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

#include "support/arches.hpp"
#include "support/backwards.hpp"
#include "support/product_of_parts.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::Backwards;
using qtensor_test::ProductOfParts;
using qtensor_test::Tally;

namespace {

struct NoWorkers {
    template <class Body> void operator()(std::size_t, Body&&) const {}
};
struct NoBody {
    std::size_t workers() const { return 1; }
};
struct NotConst {
    std::size_t workers() { return 1; }
    template <class Body> void operator()(std::size_t, Body&&) {}
};

constexpr std::size_t sum_of_parts(std::size_t parts) {
    std::size_t sum = 0;
    Serial{}(parts, [&](std::size_t part) { sum = sum * 10 + part; });
    return sum;
}

}  // namespace

TEST_CASE("an executor has workers() and a call that takes parts and a body") {
    STATIC_REQUIRE(Executor<Serial>);
    STATIC_REQUIRE(Executor<Backwards>);
    STATIC_REQUIRE_FALSE(qtensor::detail::is_executor<NoWorkers>);
    STATIC_REQUIRE_FALSE(qtensor::detail::is_executor<NoBody>);
    STATIC_REQUIRE_FALSE(qtensor::detail::is_executor<NotConst>);
    STATIC_REQUIRE_FALSE(qtensor::detail::is_executor<int>);
}

TEST_CASE("the serial executor runs every part in order, in constant evaluation too") {
    STATIC_REQUIRE(Serial::workers() == 1);
    STATIC_REQUIRE(sum_of_parts(4) == 123);
    STATIC_REQUIRE(sum_of_parts(0) == 0);
}

TEST_CASE("parts of numbers cover them once, are nearly equal and end at whole grains") {
    Tally tally;
    for (std::size_t size = 0; size <= 70; ++size) {
        for (const std::size_t grain : {1u, 3u, 16u, 64u}) {
            for (std::size_t parts = 1; parts <= 9; ++parts) {
                std::size_t next = 0, least = size, most = 0;
                for (std::size_t part = 0; part < parts; ++part) {
                    const Interval of = part_of(size, grain, part, parts);
                    tally.same(static_cast<long long>(of.first), static_cast<long long>(next), size, grain, parts,
                               part);
                    tally.same(of.last >= of.first, true, size, grain, parts, part);
                    tally.same(of.last % grain == 0 || of.last == size, true, size, grain, parts, part);
                    next = of.last;
                    const std::size_t grains = (of.size() + grain - 1) / grain;
                    least = std::min(least, grains);
                    most = std::max(most, grains);
                }
                tally.same(static_cast<long long>(next), static_cast<long long>(size), size, grain, parts);
                tally.same(most - least <= 1, true, size, grain, parts);
            }
        }
    }
    tally.require_all_equal(71 * 4 * 45);
}

TEST_CASE("a product is divided so that the largest part is smallest, and each cell belongs to one part") {
    Tally tally;
    for (const std::size_t workers : {1u, 2u, 3u, 4u, 7u, 12u, 64u}) {
        for (const std::size_t m : {1u, 6u, 7u, 13u, 100u}) {
            for (const std::size_t n : {1u, 16u, 64u, 65u, 1000u}) {
                const ProductParts parts(m, n, 1u << 20, 6, 16, workers);  // deep enough for any number of parts
                tally.same(parts.parts() >= 1 && parts.parts() <= workers, true, workers, m, n);
                std::vector<int> times(m * n);
                std::size_t largest = 0;
                for (std::size_t part = 0; part < parts.parts(); ++part) {
                    const Interval rows = parts.rows(part), columns = parts.columns(part);
                    largest = std::max(largest, ((rows.size() + 5) / 6) * ((columns.size() + 15) / 16));
                    for (std::size_t i = rows.first; i < rows.last; ++i) {
                        for (std::size_t j = columns.first; j < columns.last; ++j) ++times[i * n + j];
                    }
                }
                tally.same(std::all_of(times.begin(), times.end(), [](int count) { return count == 1; }), true, workers,
                           m, n);
                std::size_t best = ((m + 5) / 6) * ((n + 15) / 16);
                for (std::size_t a = 1; a <= workers; ++a) {
                    for (std::size_t b = 1; a * b <= workers; ++b) {
                        const std::size_t high = ((m + 5) / 6 + a - 1) / a, wide = ((n + 15) / 16 + b - 1) / b;
                        best = std::min(best, high * wide);
                    }
                }
                tally.same(static_cast<long long>(largest), static_cast<long long>(best), workers, m, n);
            }
        }
    }
    tally.require_all_equal(7 * 5 * 5 * 3);
}

TEST_CASE("small products are not divided, and sizes beyond std::size_t are no small ones") {
    constexpr std::size_t least = ProductParts::least;
    CHECK(ProductParts(0, 100, 100, 6, 64, 8).parts() == 1);
    CHECK(ProductParts(100, 0, 100, 6, 64, 8).parts() == 1);
    CHECK(ProductParts(100, 100, 0, 6, 64, 8).parts() == 1);
    CHECK(ProductParts(1, least * 2 - 1, 1, 1, 1, 8).parts() == 1);
    CHECK(ProductParts(1, least * 2, 1, 1, 1, 8).parts() == 2);
    CHECK(ProductParts(1, least * 5, 1, 1, 1, 8).parts() == 5);
    CHECK(ProductParts(dyn / 2, 3, 7, 1, 1, 8).parts() == 8);
    CHECK(ProductParts(3, 7, dyn / 2, 1, 1, 8).parts() == 8);
}

TEST_CASE("independent numbers are divided where a part is worth handing over") {
    const auto parts_of = [](std::size_t size, std::size_t least, std::size_t workers) {
        std::vector<std::size_t> asked, seen(size, 0), lengths;
        divide(Backwards{workers, &asked}, size, least, [&](std::size_t first, std::size_t last) {
            lengths.push_back(last - first);
            for (std::size_t i = first; i < last; ++i) ++seen[i];
        });
        CHECK(std::all_of(seen.begin(), seen.end(), [](std::size_t times) { return times == 1; }));
        for (const std::size_t length : lengths) CHECK((lengths.size() == 1 || length >= least));
        CHECK(asked == (lengths.size() == 1 ? std::vector<std::size_t>{} : std::vector<std::size_t>{lengths.size()}));
        return lengths.size();
    };
    CHECK(parts_of(100, 10, 1) == 1);
    CHECK(parts_of(100, 10, 3) == 3);
    CHECK(parts_of(100, 10, 30) == 10);
    CHECK(parts_of(100, 51, 2) == 1);
    CHECK(parts_of(101, 50, 2) == 2);
    CHECK(parts_of(0, 1, 4) == 1);
    CHECK(parts_of(5, 1, 8) == 5);
}

TEST_CASE("a product has the same bits in any number of parts, on every architecture") {
    qtensor_test::EveryArch::each([&]<class Arch>() {
        Tally tally;
        const ProductOfParts<Arch> square(61, 200, 130), row(1, 1100, 1000), column(1200, 1, 1000);
        for (const std::size_t workers : {1u, 2u, 3u, 4u, 6u}) {
            std::vector<std::size_t> asked;
            const Backwards executor{workers, &asked};
            square.run(tally, executor);
            row.run(tally, executor);
            column.run(tally, executor);
            tally.same(asked.size() == 3 &&
                           *std::max_element(asked.begin(), asked.end()) == std::min<std::size_t>(workers, 6),
                       true, workers);
        }
        square.run(tally, Serial{});
        tally.require_all_equal(6 * 61 * 200);
    });
}

TEST_CASE("a workspace for fewer workers is refused, and nothing is written") {
    using Matrix = Shape<dyn, dyn>;
    using XT = QTensor<const std::int8_t, PerTensor<>, Matrix>;
    const std::vector<std::int8_t> x(5 * 40, 1), w(70 * 40, 1);
    qtensor_test::EveryArch::each([&]<class Arch>() {
        using Packed = packed_for<Arch, std::int8_t, XT>;
        qtensor_test::BetweenGuards<std::byte> memory(Packed::bytes(70, 40), qtensor_test::Flush::front);
        const Packed packed(XT(w.data(), Matrix(70, 40), PerTensor<>{1.0f}), memory.span());
        const Linear linear(packed, PerTensor<>{1.0f});
        const std::size_t one = linear.workspace_bytes(5, 40), three = linear.workspace_bytes(5, 40, 3);
        CHECK(three == (one + 63) / 64 * 64 * 3);
        if (three == 0) return;
        std::vector<std::int32_t> y(5 * 70, 99);
        qtensor_test::BetweenGuards<std::byte> workspace(three, qtensor_test::Flush::front);
        const QTensor<std::int32_t, Product<PerTensor<>, PerTensor<>>, Matrix> out(y.data(), Matrix(5, 70),
                                                                                   linear.output_scale());
        const XT in(x.data(), Matrix(5, 40), PerTensor<>{1.0f});
        CHECK(qtensor_test::says(
            qtensor_test::refused([&] { linear(in, out, workspace.span().first(three - 1), Backwards{3}); }),
            "the workspace is smaller than workspace_bytes(m, k, workers) (value " + std::to_string(three - 1)));
        CHECK(y == std::vector<std::int32_t>(5 * 70, 99));
        linear(in, out, workspace.span(), Backwards{3});
        CHECK(y == std::vector<std::int32_t>(5 * 70, 40));
    });
}
