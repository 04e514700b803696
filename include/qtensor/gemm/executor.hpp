// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Who runs the parts of a product. An executor is a value that has
///
///     workers()                    how many parts it runs at the same time, at least 1
///     executor(parts, body)        calls body(part) once for every part < parts, in any order and from any thread, and
///                                  returns when all of them have returned and what they wrote is visible
///
/// The library asks for at most workers() parts and never lets a body throw. What a product writes does not depend on
/// its executor: each cell is computed by one part, in the same order of operations. `Serial` is the default and costs
/// nothing; threads are in parallel/ (ThreadPool, OpenMp); your own needs these two members.

#include <concepts>
#include <cstddef>

#include "../base/concepts.hpp"
#include "../base/shape.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
struct AnyBody {
    void operator()(std::size_t) const {}
};
template <class E>
concept is_executor = requires(const E& executor, AnyBody body) {
    { executor.workers() } -> std::convertible_to<std::size_t>;
    executor(std::size_t{}, body);
};
}  // namespace detail

template <class E>
concept Executor = detail::is_executor<E> ||
                   unsatisfied<"not an executor: it needs workers() and operator()(parts, body), both const, which "
                               "calls body(part) for every part (gemm/executor.hpp)">();

namespace detail {
template <class E> constexpr bool must_be_executor() {
    static_assert(Executor<E>, "not an executor: it needs workers() and operator()(parts, body), both const, which "
                               "calls body(part) for every part (gemm/executor.hpp)");
    return true;
}
/// How many workers an executor has; one without any would divide a workspace into nothing.
template <class E> constexpr std::size_t workers_of(const E& executor) {
    static_assert(must_be_executor<E>());
    const std::size_t workers = executor.workers();
    QTENSOR_REQUIRE(workers > 0, "an executor has at least one worker: the thread that calls", workers, 1);
    return workers;
}
}  // namespace detail

/// Everything in the thread that calls, one part after the other.
struct Serial {
    static constexpr std::size_t workers() { return 1; }
    template <class Body> constexpr void operator()(std::size_t parts, Body&& body) const {
        for (std::size_t part = 0; part < parts; ++part) body(part);
    }
};

/// Numbers [first, last).
struct Interval {
    std::size_t first = 0;
    std::size_t last = 0;
    constexpr std::size_t size() const { return last - first; }
};

/// Part `part` of `parts` of the numbers [0, size): contiguous, nearly equal, ending at a multiple of `grain` or at
/// `size`. A part may be empty.
constexpr Interval part_of(std::size_t size, std::size_t grain, std::size_t part, std::size_t parts) {
    const std::size_t grains = size / grain + (size % grain != 0 ? 1 : 0);
    const auto begin = [&](std::size_t at) {
        const std::size_t rest = grains % parts < at ? grains % parts : at;
        const std::size_t grain_at = grains / parts * at + rest;
        return grain_at < grains ? grain_at * grain : size;
    };
    return {begin(part), begin(part + 1)};
}

/// body(first, last) for parts of the numbers [0, size), as many as there are workers, unless a part would have fewer
/// than `least` numbers (at least 1) and cost more to hand over than to do. For work whose cells do not depend on each
/// other.
template <class E, class Body>
constexpr void divide(const E& executor, std::size_t size, std::size_t least, Body&& body) {
    const std::size_t workers = detail::workers_of(executor);
    const std::size_t enough = size / least;
    const std::size_t parts = workers < enough ? workers : enough;
    if (parts <= 1) return body(std::size_t{0}, size);
    executor(parts, [&](std::size_t part) {
        const Interval here = part_of(size, 1, part, parts);
        body(here.first, here.last);
    });
}

/// A product of m rows, n columns and depth k, divided into rows x columns of parts of whole tiles: as many as there
/// are workers, unless a part would be too small to be worth waking a thread for.
class ProductParts {
public:
    /// Multiply-adds below which a part costs more to hand over than to compute (docs/performance.md).
    static constexpr std::size_t least = std::size_t{1} << 18;

    constexpr ProductParts(std::size_t m, std::size_t n, std::size_t k, std::size_t tile_rows, std::size_t tile_columns,
                           std::size_t workers)
        : m_(m), n_(n), tile_rows_(tile_rows), tile_columns_(tile_columns) {
        const std::size_t enough = worth(m, n, k);
        if (workers > enough) workers = enough;
        const std::size_t high = tiles(m, tile_rows), wide = tiles(n, tile_columns);
        std::size_t longest = tiles(high, rows_) * tiles(wide, columns_);
        for (std::size_t rows = 1; rows <= workers; ++rows) {  // the division whose largest part is smallest
            const std::size_t columns = workers / rows;
            const std::size_t most = tiles(high, rows) * tiles(wide, columns);
            if (most >= longest) continue;
            longest = most;
            rows_ = rows;
            columns_ = columns;
        }
    }

    constexpr std::size_t parts() const { return rows_ * columns_; }
    constexpr Interval rows(std::size_t part) const { return part_of(m_, tile_rows_, part / columns_, rows_); }
    constexpr Interval columns(std::size_t part) const { return part_of(n_, tile_columns_, part % columns_, columns_); }

private:
    static constexpr std::size_t tiles(std::size_t size, std::size_t tile) {
        return size / tile + (size % tile != 0 ? 1 : 0);
    }
    static constexpr std::size_t worth(std::size_t m, std::size_t n, std::size_t k) {
        std::size_t cells = 0, macs = 0;
        if (__builtin_mul_overflow(m, n, &cells) || __builtin_mul_overflow(cells, k, &macs)) macs = dyn;
        return macs / least > 1 ? macs / least : 1;
    }

    std::size_t m_, n_, tile_rows_, tile_columns_;
    std::size_t rows_ = 1, columns_ = 1;
};

}  // namespace qtensor::inline QTENSOR_ABI
