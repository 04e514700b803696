// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// One product that is large enough to be divided, with its exact result beside it: what executors are tested with.

#include <qtensor/gemm.hpp>
#include <qtensor/scale.hpp>

#include <cstdint>
#include <vector>

#include "guard_pages.hpp"
#include "oracle.hpp"
#include "tally.hpp"

namespace qtensor_test {

/// A stage that tells rows and columns apart: a part that began to count anew would show.
struct MarkCell {
    template <class V> constexpr V operator()(V value, const qtensor::Cell& cell) const {
        namespace lane = qtensor::lane;
        std::int32_t marks[lane::width<V>];
        for (std::size_t i = 0; i < lane::width<V>; ++i)
            marks[i] = static_cast<std::int32_t>(cell.row * 1000 + cell.column + i);
        return lane::wrapping_add(value, lane::load<V>(marks, lane::width<V>));
    }
};

/// x [m][k] * w [n][k]^T of int8 codes with zero points on both sides, through MarkCell, on Arch.
template <class Arch> class ProductOfParts {
    using Matrix = qtensor::Shape<qtensor::dyn, qtensor::dyn>;
    using XT = qtensor::QTensor<const std::int8_t, qtensor::Affine<>, Matrix>;
    using Packed = qtensor::packed_for<Arch, std::int8_t, XT>;

public:
    ProductOfParts(std::size_t m, std::size_t n, std::size_t k)
        : m_(m), n_(n), k_(k), x_(codes(m * k, 1)), w_(codes(n * k, 2)), memory_(Packed::bytes(n, k), Flush::front),
          packed_(XT(w_.data(), Matrix(n, k), qtensor::Affine<>{0.25f, -7}), memory_.span()),
          linear_(packed_, qtensor::Affine<>{0.5f, 5}, MarkCell{}) {
        want_ = oracle::product(m, n, k, {x_.begin(), x_.end()}, {w_.begin(), w_.end()}, 5,
                                std::vector<std::int64_t>(n, -7));
        for (std::size_t i = 0; i < m * n; ++i) want_[i] += static_cast<std::int64_t>(i / n * 1000 + i % n);
    }

    /// The product by an executor, in exactly the workspace that it asks for; each cell is compared. Any thread may
    /// call this at any time.
    template <class E> void run(Tally& tally, const E& executor) const {
        BetweenGuards<std::int32_t> y(m_ * n_, Flush::back);
        const std::size_t bytes = linear_.workspace_bytes(m_, k_, executor.workers());
        BetweenGuards<std::byte> workspace(bytes, bytes % 4 == 0 ? Flush::back : Flush::front);
        using Y = qtensor::QTensor<std::int32_t, std::remove_cvref_t<decltype(linear_.output_scale())>, Matrix>;
        linear_(XT(x_.data(), Matrix(m_, k_), qtensor::Affine<>{0.5f, 5}),
                Y(y.data(), Matrix(m_, n_), linear_.output_scale()), workspace.span(), executor);
        for (std::size_t i = 0; i < m_ * n_; ++i) tally.same(y[i], want_[i], executor.workers(), i / n_, i % n_);
        tally.same(y.clean() && workspace.clean(), true, executor.workers());
    }

private:
    static std::vector<std::int8_t> codes(std::size_t count, std::uint64_t seed) {
        oracle::Random random(seed);
        std::vector<std::int8_t> made(count);
        for (std::int8_t& code : made) code = static_cast<std::int8_t>(random.between(-128, 127));
        return made;
    }

    std::size_t m_, n_, k_;
    std::vector<std::int8_t> x_, w_;
    BetweenGuards<std::byte> memory_;
    Packed packed_;
    qtensor::Linear<Packed, qtensor::Affine<>, MarkCell> linear_;
    std::vector<std::int64_t> want_;
};

}  // namespace qtensor_test
