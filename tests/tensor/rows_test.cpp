// SPDX-License-Identifier: BSL-1.0
#include <qtensor/scale/affine.hpp>
#include <qtensor/scale/per_channel.hpp>
#include <qtensor/scale/per_group.hpp>
#include <qtensor/tensor/rows.hpp>

#include "support/catch.hpp"
#include "support/tally.hpp"

#include <vector>

using namespace qtensor;
using namespace qtensor_test;

namespace {

/// Walks the tensor by rows and compares each element with an odometer that counts indices from the innermost axis on.
template <class Q> void rows_cover(const Q& tensor) {
    constexpr std::size_t rank = Q::rank;
    constexpr int axis = Q::scale_type::axis;
    const auto strides = tensor.strides();
    std::array<std::size_t, rank> index{};
    std::size_t visited = 0;
    Tally tally;
    for_each_row(tensor, [&](const Row& row) {
        tally.same(static_cast<long long>(row.first), static_cast<long long>(visited));
        tally.same(static_cast<long long>(row.length), static_cast<long long>(tensor.extent(rank - 1)));
        for (std::size_t i = 0; i < row.length; ++i) {
            std::ptrdiff_t offset = 0;
            for (std::size_t a = 0; a < rank; ++a) offset += static_cast<std::ptrdiff_t>(index[a]) * strides[a];
            tally.same(row.offset + static_cast<std::ptrdiff_t>(i) * row.stride, offset, visited);
            if constexpr (axis >= 0 && axis + 1 < static_cast<int>(rank))
                tally.same(static_cast<long long>(row.channel), static_cast<long long>(index[axis]), visited);
            else
                tally.same(static_cast<long long>(row.channel), 0, visited);
            ++visited;
            for (std::size_t a = rank; a-- > 0;) {
                if (++index[a] < tensor.extent(a)) break;
                index[a] = 0;
            }
        }
    });
    CHECK(visited == tensor.size());
    tally.require_all_equal(static_cast<long long>(2 * tensor.size()));
}

template <class S, class E> void check_view(E shape, S scale = {}) {
    std::vector<std::int8_t> cells(shape.size());
    const QTensor<std::int8_t, S, E, View> contiguous(cells.data(), shape, scale);
    rows_cover(contiguous);
}

}  // namespace

TEST_CASE("Rows cover every element of tensors of every rank in row-major order", "[tensor][rows]") {
    check_view<Affine<>>(Shape{7});
    check_view<Affine<>>(Shape<3, 5>{});
    check_view<Affine<>>(Shape{4, 1});
    check_view<Affine<>>(Shape{1, 6});
    check_view<Affine<>>(Shape<2, dyn, 4>(3));
    check_view<Affine<>>(Shape{2, 3, 4, 5});
    check_view<Affine<>>(Shape<1, 1, 1, 1, 2>{});
}

TEST_CASE("A row knows the channel of its scale on every axis", "[tensor][rows]") {
    check_view<PerChannel<7, 0>>(Shape<7>{});
    check_view<PerChannel<3, 0>>(Shape<3, 5>{});
    check_view<PerChannel<5, 1>>(Shape<3, 5>{});
    check_view<PerChannel<2, 0>>(Shape<2, 3, 4>{});
    check_view<PerChannel<3, 1>>(Shape<2, 3, 4>{});
    check_view<PerChannel<4, 2>>(Shape<2, 3, 4>{});
    check_view<PerChannel<3, 1>>(Shape<2, 3, 4, 5>{});
    check_view<PerChannel<4, 2>>(Shape<2, 3, 4, 5>{});
    check_view<PerChannelAffine<2, 0>>(Shape<2, 3, 4, 5>{});
}

TEST_CASE("A scale per group is one per index of the first two axes, however many follow", "[tensor][rows]") {
    std::vector<std::int8_t> cells(2 * 3 * 4 * 5);
    const auto channels_of = [&](auto shape) {
        std::vector<std::size_t> channels;
        const QTensor<std::int8_t, PerGroup<6>, decltype(shape), View> tensor(cells.data(), shape);
        for_each_row(tensor, [&](const Row& row) { channels.push_back(row.channel); });
        return channels;
    };
    CHECK(channels_of(Shape<2, 3, 20>{}) == std::vector<std::size_t>{0, 1, 2, 3, 4, 5});
    CHECK(channels_of(Shape<2, 3, 2, 5>{}) == std::vector<std::size_t>{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5});
}

TEST_CASE("Rows of a strided tensor follow its strides", "[tensor][rows]") {
    std::vector<std::int8_t> cells(1000);
    const auto strided = [&](auto shape, auto strides, std::size_t start) {
        return QTensor<std::int8_t, Affine<>, decltype(shape), Strided>(cells.data() + start, shape, strides);
    };
    using S2 = std::array<std::ptrdiff_t, 2>;
    using S3 = std::array<std::ptrdiff_t, 3>;
    rows_cover(strided(Shape<3, 5>{}, S2{1, 3}, 0));     // transposed
    rows_cover(strided(Shape<3, 5>{}, S2{10, 2}, 0));    // every other one
    rows_cover(strided(Shape<3, 5>{}, S2{-5, -1}, 14));  // backwards
    rows_cover(strided(Shape<3, 5>{}, S2{0, 1}, 0));     // one row, three times
    rows_cover(strided(Shape{2, 3, 4}, S3{100, -7, 3}, 20));
    rows_cover(strided(Shape<4>{}, std::array<std::ptrdiff_t, 1>{-2}, 8));
}

TEST_CASE("A tensor without elements has no rows", "[tensor][rows]") {
    std::int8_t cell = 0;
    const auto rows = [&](auto shape) {
        int count = 0;
        for_each_row(QTensor<std::int8_t, Affine<>, decltype(shape), View>(&cell, shape), [&](const Row&) { ++count; });
        return count;
    };
    CHECK(rows(Shape{0}) == 0);
    CHECK(rows(Shape{3, 0}) == 0);
    CHECK(rows(Shape{0, 3}) == 0);
    CHECK(rows(Shape{2, 0, 3}) == 0);
    CHECK(rows(Shape{1, 1}) == 1);
}

TEST_CASE("A scale runs along the row when its axis is the last", "[tensor][rows]") {
    STATIC_REQUIRE(scale_runs_along_row<QTensor<std::int8_t, PerChannel<4, 1>, Shape<2, 4>>>);
    STATIC_REQUIRE(scale_runs_along_row<QTensor<std::int8_t, PerChannel<4, 0>, Shape<4>>>);
    STATIC_REQUIRE_FALSE(scale_runs_along_row<QTensor<std::int8_t, PerChannel<2, 0>, Shape<2, 4>>>);
    STATIC_REQUIRE_FALSE(scale_runs_along_row<QTensor<std::int8_t, Affine<>, Shape<2, 4>>>);
    STATIC_REQUIRE_FALSE(scale_runs_along_row<QTensor<std::int8_t, PerTensor<>, Shape<1>>>);
}

TEST_CASE("Rows are walked in constant evaluation", "[tensor][rows]") {
    constexpr std::size_t sum = [] {
        QTensor<std::int8_t, PerChannel<3, 1>, Shape<2, 3, 4>, Inline> tensor(Shape<2, 3, 4>{});
        std::size_t total = 0;
        for_each_row(tensor,
                     [&](const Row& row) { total = total * 10 + row.channel + static_cast<std::size_t>(row.offset); });
        return total;
    }();
    STATIC_REQUIRE(sum == ((((0 * 10 + 5) * 10 + 10) * 10 + 12) * 10 + 17) * 10 + 22);
}
