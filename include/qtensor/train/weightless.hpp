// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Backward through layers that have learnt nothing: pooling, shape changes, scalar functions, softmax.
///
///     PullBack<L>::run(x, dy, dx, batch)      dx from dy, where the layer saw x; overwrites dx; a Backward<L> without
///     more
///
///     MaxPool2d       to the cell that was largest; the first of equals
///     AveragePool2d   an equal share to every cell under the window
///     Reshape, Transpose, Slice, Pad          back to where each number came from
///     Lookup          dy F'(x), the slope from F itself: (F(x + h) - F(x - h)) / 2h in double
///     LeakyRelu       dy above zero, alpha dy elsewhere
///     Softmax         y (dy - sum dy y) in each row
///
/// A layer of your own specialises it.

#include <algorithm>

#include "../layer/leaky_relu.hpp"
#include "../layer/lookup.hpp"
#include "../layer/pool2d.hpp"
#include "../layer/rearrange.hpp"
#include "../layer/softmax.hpp"
#include "activation_slope.hpp"
#include "backward.hpp"
#include "sums_gradient.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <class L> struct PullBack;

namespace detail {

/// body(position, cells under its window and their number) of every channel of every image.
template <class Image, class K, class Body> void each_window(std::size_t batch, Body&& body) {
    using Geometry = ImageWindow<Image, K>;
    constexpr ImageSize image = Geometry::image;
    using Out = typename Geometry::template output_shape<image.channels>;
    constexpr std::size_t width = Out::static_extent(1), positions = Out::static_extent(0) * width;
    std::vector<std::size_t> cells;
    for (std::size_t n = 0; n < batch; ++n) {
        for (std::size_t at = 0; at < positions; ++at) {
            cells.clear();
            for_each_tap(Geometry::window, image, width, at, [&](std::size_t, std::size_t cell) {
                cells.push_back((n * image.height * image.width + cell) * image.channels);
            });
            for (std::size_t c = 0; c < image.channels; ++c)
                body((n * positions + at) * image.channels + c, std::span<const std::size_t>(cells), c);
        }
    }
}

/// Moving places instead of numbers tells where each number of the result came from; 0 is padding.
template <class Move> struct MovePullBack {
    static void run(const float*, const float* dy, float* dx, std::size_t batch) {
        using In = typename Move::input_shape;
        using Out = typename Move::output_shape;
        std::vector<std::int32_t> place(static_size<In>), origin(static_size<Out>);
        for (std::size_t i = 0; i < place.size(); ++i) place[i] = static_cast<std::int32_t>(i + 1);
        Move::move(QTensor<const std::int32_t, Unscaled, In>(place.data(), {}),
                   QTensor<std::int32_t, Unscaled, Out>(origin.data(), {}));
        std::fill(dx, dx + batch * place.size(), 0.0f);
        for (std::size_t n = 0; n < batch; ++n, dy += origin.size(), dx += place.size()) {
            for (std::size_t i = 0; i < origin.size(); ++i) {
                if (origin[i] > 0) dx[origin[i] - 1] += dy[i];
            }
        }
    }
};

}  // namespace detail

template <class Image, class K, class A, class N> struct PullBack<MaxPool2d<Image, K, A, N>> {
    static void run(const float* x, const float* dy, float* dx, std::size_t batch) {
        std::fill(dx, dx + batch * static_size<Image>, 0.0f);
        detail::each_window<Image, K>(batch, [&](std::size_t y, std::span<const std::size_t> cells, std::size_t c) {
            std::size_t largest = cells[0];
            for (const std::size_t cell : cells) largest = x[cell + c] > x[largest + c] ? cell : largest;
            dx[largest + c] += dy[y] * ActivationSlope<A>::at(x[largest + c]);
        });
    }
};

template <class Image, class K, class A, class N> struct PullBack<AveragePool2d<Image, K, A, N>> {
    static void run(const float* x, const float* dy, float* dx, std::size_t batch) {
        std::fill(dx, dx + batch * static_size<Image>, 0.0f);
        detail::each_window<Image, K>(batch, [&](std::size_t y, std::span<const std::size_t> cells, std::size_t c) {
            float sum = 0.0f;
            for (const std::size_t cell : cells) sum += x[cell + c];
            const auto count = static_cast<float>(cells.size());
            for (const std::size_t cell : cells) dx[cell + c] += dy[y] * ActivationSlope<A>::at(sum / count) / count;
        });
    }
};

template <class In, class Out, class N>
struct PullBack<Reshape<In, Out, N>> : detail::MovePullBack<detail::ReshapeMove<In, Out>> {};
template <class In, std::size_t... Order>
struct PullBack<Transpose<In, Order...>> : detail::MovePullBack<detail::TransposeMove<In, Order...>> {};
template <class In, class First, class Out, class N>
struct PullBack<Slice<In, First, Out, N>> : detail::MovePullBack<detail::SliceMove<In, First, Out>> {};
template <class In, class First, class Out, class N>
struct PullBack<Pad<In, First, Out, N>> : detail::MovePullBack<detail::PadMove<In, First, Out>> {};

template <class Size, class F, class N> struct PullBack<Lookup<Size, F, N>> {
    static void run(const float* x, const float* dy, float* dx, std::size_t batch) {
        for (std::size_t i = 0; i < batch * static_size<Size>; ++i) {
            const auto at = static_cast<double>(x[i]);
            const double step = 0x1p-17 * (at < 0.0 ? 1.0 - at : 1.0 + at);
            const double slope = (F::real(at + step) - F::real(at - step)) / (2.0 * step);
            dx[i] = static_cast<float>(static_cast<double>(dy[i]) * slope);
        }
    }
};

template <class Size, class Alpha, class N> struct PullBack<LeakyRelu<Size, Alpha, N>> {
    static void run(const float* x, const float* dy, float* dx, std::size_t batch) {
        for (std::size_t i = 0; i < batch * static_size<Size>; ++i)
            dx[i] = x[i] > 0.0f ? dy[i] : dy[i] * Alpha{}.scale(0);
    }
};

template <class Size, class N> struct PullBack<Softmax<Size, N>> {
    static void run(const float* x, const float* dy, float* dx, std::size_t batch) {
        constexpr std::size_t n = Size::static_extent(Size::rank - 1);
        std::vector<float> y(n);
        for (std::size_t row = 0; row < batch * static_size<Size>; row += n) {
            detail::softmax_row_of_reals(x + row, y.data(), n);
            float mean = 0.0f;
            for (std::size_t i = 0; i < n; ++i) mean += dy[row + i] * y[i];
            for (std::size_t i = 0; i < n; ++i) dx[row + i] = y[i] * (dy[row + i] - mean);
        }
    }
};

namespace detail {
template <class L>
concept is_weightless = requires(const float* x, float* dx) {
    PullBack<L>::run(x, x, dx, std::size_t{1});
};
}  // namespace detail

template <class L>
    requires detail::is_weightless<L>
struct Backward<L> {
    using Float = typename L::Float;
    static void run(const Float&, const float* x, const float*, std::span<const float> dy, std::span<float> dx,
                    Float&) {
        if (!dx.empty()) PullBack<L>::run(x, dy.data(), dx.data(), dy.size() / output_size<L>);
    }
    template <class F> static void each_parameter(Float&, Float&, F&&) {}
};

}  // namespace qtensor::inline QTENSOR_ABI
