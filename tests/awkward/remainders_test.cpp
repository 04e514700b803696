// SPDX-License-Identifier: BSL-1.0
/// \file
/// Sizes that are no multiple of anything: for every kernel, every number of rows, outputs and products up to twice its
/// tile and one more. Each case has zero points, strides, contents and alignments of its own. By default every pair of
/// two sizes occurs, with some third; with -DQTENSOR_EVERY_REMAINDER, as tests/matrix/remainders.sh compiles it, all
/// three of them.

#include "support/catch.hpp"

#include <qtensor/gemm.hpp>
#include <qtensor/numeric.hpp>
#include <qtensor/scale.hpp>

#include <algorithm>
#include <cstring>
#include <vector>

#include "support/arches.hpp"
#include "support/guarded_product.hpp"

namespace {

using namespace qtensor;
using qtensor_test::RowPlaces;
using qtensor_test::Tally;
using Matrix = Shape<dyn, dyn>;

/// m, n and k, or the largest of them.
using Sizes = std::array<std::size_t, 3>;

/// Every number of outputs and every depth with every number of rows.
template <class Body> void every_pair(const Sizes& most, Body&& body) {
    for (std::size_t m = 1; m <= most[0]; ++m) {
        for (std::size_t n = 1; n <= most[1]; ++n) body(Sizes{m, n, 1 + (m + n) % most[2]});
        for (std::size_t k = 1; k <= most[2]; ++k) body(Sizes{m, 1 + (5 * m + 3 * k) % most[1], k});
    }
}
template <class Body> void every_triple(const Sizes& most, Body&& body) {
    for (std::size_t m = 1; m <= most[0]; ++m) {
        for (std::size_t n = 1; n <= most[1]; ++n) {
            for (std::size_t k = 1; k <= most[2]; ++k) body(Sizes{m, n, k});
        }
    }
}

/// What a case consists of, as plain integers.
struct Numbers {
    Sizes sizes{};
    std::vector<std::int32_t> x, w, w_zeros, bias;
    std::vector<float> w_scales;
    std::int32_t x_zero = 0;
    std::size_t slack[3] = {};      // of x, w and y, in cells
    std::ptrdiff_t stride[2] = {};  // of x and y

    struct Range {
        std::int64_t lowest, highest;
    };

    Numbers(const Sizes& of, Range x_range, Range w_range, oracle::Random& random) : sizes(of) {
        const auto [m, n, k] = of;
        const auto pick = [&](Range range, std::size_t count) {
            const auto made =
                oracle::codes(oracle::fills[random.between(0, 4)], count, range.lowest, range.highest, random);
            return std::vector<std::int32_t>(made.begin(), made.end());
        };
        x = pick(x_range, m * k);
        w = pick(w_range, n * k);
        x_zero = static_cast<std::int32_t>(random.between(-300, 300));
        for (std::size_t j = 0; j < n; ++j) {
            w_zeros.push_back(static_cast<std::int32_t>(random.between(-160, 160)));
            w_scales.push_back(0.002f * static_cast<float>(random.between(1, 50)));
            bias.push_back(static_cast<std::int32_t>(random.between(-100000, 100000)));
        }
        for (std::size_t& cells : slack) cells = static_cast<std::size_t>(random.between(0, 63));
        stride[0] = distance(k, random);
        stride[1] = distance(n, random);
    }

    /// sum_k (x - z_x)(w - z_w) of every cell.
    std::vector<std::int32_t> sums() const {
        const auto [m, n, k] = sizes;
        std::vector<std::int32_t> made(m * n);
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                const std::int32_t *row = x.data() + i * k, *column = w.data() + j * k, zero = w_zeros[j];
                std::int64_t sum = 0;
                for (std::size_t d = 0; d < k; ++d) sum += std::int64_t{row[d] - x_zero} * (column[d] - zero);
                made[i * n + j] = static_cast<std::int32_t>(sum);
            }
        }
        return made;
    }

private:
    /// Between rows: contiguous, wider, or backwards.
    static std::ptrdiff_t distance(std::size_t length, oracle::Random& random) {
        const auto forward = static_cast<std::ptrdiff_t>(length) + random.between(0, 5);
        return random.between(0, 1) == 0 ? forward : -forward;
    }
};

constexpr unsigned char canary = 0xA5;

/// Bytes whose cells T begin `slack` cells behind a boundary of 64 bytes.
template <class T> class Memory {
public:
    Memory(std::size_t cells, std::size_t slack) : bytes_((cells + slack) * sizeof(T) + 128, canary) {
        const auto address = reinterpret_cast<std::uintptr_t>(bytes_.data());
        first_ = (64 - address % 64) % 64;
        first_ += slack * sizeof(T);
    }
    T* cells() { return reinterpret_cast<T*>(bytes_.data() + first_); }
    /// Every byte is what it was before anything was written.
    bool clean() const {
        return bytes_[0] == canary && std::memcmp(bytes_.data(), bytes_.data() + 1, bytes_.size() - 1) == 0;
    }

private:
    std::vector<unsigned char> bytes_;
    std::size_t first_ = 0;
};

/// The result of a case on Arch, cell by cell, and whether nothing else was written.
template <class Y> struct Result {
    std::vector<Y> cells;
    bool clean = true;
    bool operator==(const Result&) const = default;
};

template <class Y, class Arch, class X, class W, class Acc, class... Stages>
Result<Y> result(const Numbers& of, const Stages&... stages) {
    const auto [m, n, k] = of.sizes;
    const RowPlaces x_places{m, k, of.stride[0]}, y_places{m, n, of.stride[1]};
    Memory<cell_of<X>> x_memory(x_places.cells(), of.slack[0]);
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t d = 0; d < k; ++d)
            x_memory.cells()[x_places.at(i, d)] = static_cast<cell_of<X>>(of.x[i * k + d]);
    }
    Memory<cell_of<W>> w_memory(cells_for<W>(n * k), of.slack[1]);
    for (std::size_t i = 0; i < n * k; ++i) element<W>::store(w_memory.cells(), i, static_cast<value_of<W>>(of.w[i]));

    using WT = QTensor<const W, PerChannelAffine<dyn>, Matrix>;
    const WT w(w_memory.cells(), Matrix(n, k), {of.w_scales.data(), of.w_zeros.data()});
    const QTensor<const X, Affine<>, Matrix, Strided> x(x_memory.cells() + x_places.start(), Matrix(m, k),
                                                        {x_places.stride, 1}, {0.0123f, of.x_zero});
    using Packed = packed_for<Arch, X, WT>;
    Memory<std::byte> packed_memory(Packed::bytes(n, k), 0);
    const Packed packed(w, std::span(packed_memory.cells(), Packed::bytes(n, k)));
    std::vector<std::int32_t> words(2 * n);
    const BoundLinear<Packed, Affine<>, Acc, Stages...> linear(packed, x.scale(), {words.data(), words.size()},
                                                               stages...);
    static_assert(std::same_as<typename decltype(linear)::element_type, Y>);
    Memory<Y> y_memory(y_places.cells(), of.slack[2]);
    const QTensor<Y, typename decltype(linear)::scale_type, Matrix, Strided> y(
        y_memory.cells() + y_places.start(), Matrix(m, n), {y_places.stride, 1}, linear.output_scale());
    const std::size_t bytes = linear.workspace_bytes(m, k);
    Memory<std::byte> workspace(bytes, 4 * of.slack[0] % 64);
    linear.run(packed, x, y, std::span(workspace.cells(), bytes));

    Result<Y> made{{}, true};
    made.cells.resize(m * n);
    for (std::size_t i = 0; i < m; ++i) {
        Y* const row = y_memory.cells() + y_places.at(i, 0);
        std::memcpy(made.cells.data() + i * n, row, n * sizeof(Y));
        std::memset(static_cast<void*>(row), canary, n * sizeof(Y));
    }
    std::memset(workspace.cells(), canary, bytes);
    made.clean = y_memory.clean() && workspace.clean();
    return made;
}

/// Twice the tile of Arch for X and W, and one more; a tile whose sums are widened every few steps is as deep as that.
template <class Arch, class X, class W> Sizes most_sizes() {
    using Atom = typename detail::chosen_atom<Arch, X, W>::type;
    std::size_t depth = Atom::k;
    if constexpr (requires { Atom::spill_depth; }) depth *= Atom::spill_depth;
    return {2 * arch::tile_rows<Atom> + 1, 2 * arch::panel_columns<Atom> + 1, 2 * depth + 1};
}

template <class T> constexpr Numbers::Range range = {element<T>::lowest, element<T>::highest};

/// How many cases there were, and how many of them `right` did not find right.
struct Count {
    long long cases = 0, wrong = 0;
};
template <class Arch, class X, class W, bool All, class Right> Count count_cases(Right&& right) {
    Count count;
    const auto check = [&](const Sizes& sizes) {
        ++count.cases;
        if (!right(sizes) && count.wrong++ == 0)
            UNSCOPED_INFO(Arch::name << ": the first wrong one is " << sizes[0] << ' ' << sizes[1] << ' ' << sizes[2]);
    };
    if constexpr (All) {
        every_triple(most_sizes<Arch, X, W>(), check);
    } else {
        every_pair(most_sizes<Arch, X, W>(), check);
    }
    return count;
}

/// Sums of int32 against three loops.
template <class Arch, class X, class W, bool All> Count count_sums() {
    oracle::Random random(2 * sizeof(X) + sizeof(W));
    return count_cases<Arch, X, W, All>([&](const Sizes& sizes) {
        Numbers::Range w_range = range<W>;
        if (sizeof(W) == 2) {  // as large as an int32 accumulator is proven for
            const auto most = static_cast<std::int64_t>(64000 / sizes[2] - 160);
            w_range = {std::max(w_range.lowest, -most), std::min(w_range.highest, most)};
        }
        const Numbers numbers(sizes, range<X>, w_range, random);
        return result<std::int32_t, Arch, X, W, std::int32_t>(numbers) == Result<std::int32_t>{numbers.sums(), true};
    });
}

/// Codes, requantized per channel behind a bias, against the scalar architecture.
template <class Arch, class X, class W, bool All> Count count_codes() {
    oracle::Random random(77);
    return count_cases<Arch, X, W, All>([&](const Sizes& sizes) {
        const Numbers numbers(sizes, range<X>, range<W>, random);
        const AddBias bias{
            QTensor<const std::int32_t, Unscaled, Shape<dyn>>(numbers.bias.data(), Shape<dyn>(sizes[1]))};
        const Requantize<std::int8_t, XnnpackFp32> stage{Affine<>{0.9f, -11}};
        return result<std::int8_t, Arch, X, W, void>(numbers, bias, stage) ==
               result<std::int8_t, arch::scalar, X, W, void>(numbers, bias, stage);
    });
}

/// body<Arch>() makes a Count; none of its cases may be wrong.
template <class Body> void on_every_kernel(Body&& body) {
    qtensor_test::EveryArch::each([&]<class Arch>() {
        if constexpr (!std::same_as<Arch, arch::scalar>) {
            const Count count = body.template operator()<Arch>();
            CHECK(count.wrong == 0);
            CHECK(count.cases >= 13 * 17);
        }
    });
}

template <bool All> void every_kernel() {
    const auto sums_of = []<class X, class W>() {
        on_every_kernel([]<class Arch>() { return count_sums<Arch, X, W, All>(); });
    };
    sums_of.template operator()<std::int8_t, std::int8_t>();
    sums_of.template operator()<std::int8_t, std::uint8_t>();
    sums_of.template operator()<std::uint8_t, std::int8_t>();
    sums_of.template operator()<std::uint8_t, std::uint8_t>();
    sums_of.template operator()<std::int8_t, Ranged<std::int8_t, -64, 63>>();
    sums_of.template operator()<std::uint8_t, Ranged<std::int8_t, -64, 63>>();
    sums_of.template operator()<std::int8_t, int4>();
    sums_of.template operator()<std::uint8_t, int4>();
    sums_of.template operator()<std::int16_t, std::int8_t>();
    sums_of.template operator()<std::int16_t, std::int16_t>();
    on_every_kernel([]<class Arch>() { return count_codes<Arch, std::int8_t, std::int8_t, All>(); });
}

}  // namespace

TEST_CASE("Every remainder of every kernel: every width and depth with every number of rows") { every_kernel<false>(); }

#if defined(QTENSOR_EVERY_REMAINDER)
TEST_CASE("Every remainder of every kernel: any three of them") { every_kernel<true>(); }
#endif

// ---- a shortcut that saturates -----------------------------------------------------------------------------------

#if defined(__AVX2__) && !defined(QTENSOR_NO_SIMD)

namespace qtensor_test {
struct saturating {
    static constexpr const char* name = "saturating";
    static constexpr int lane_bytes = 32;
};
}  // namespace qtensor_test

namespace qtensor::inline QTENSOR_ABI {
/// vpmaddubsw on the whole range of int8: twice as fast as what is exact, and sums of two products saturate.
template <>
struct arch::Atom<qtensor_test::saturating, std::int8_t, std::int8_t>
    : arch::MaddubsAtom<arch::detail::Words256, std::int8_t, 128, 1, 6, 2> {};
template <class T> struct lane::lanes_of<T, qtensor_test::saturating> : lane::lanes_of<T, arch::avx2> {};
}  // namespace qtensor::inline QTENSOR_ABI

TEST_CASE("A kernel that saturates is found out") {
    const Count count = count_sums<qtensor_test::saturating, std::int8_t, std::int8_t, false>();
    CHECK(count.wrong > count.cases / 5);
}

#endif
