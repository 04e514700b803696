// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A network that is known when the program runs: what a reader of model files makes. The same kernels as the layers
/// whose shapes the compiler knows, and the same bits.
///
///     Network net({28, 28, 1}, Affine{1 / 255.0f, -128});
///     auto x = net.conv2d(net.input(), {filters, scales, bias}, 8, {{3}, {3}}, y_scale, Fused::relu);
///     x = net.dense(x, {matrix, scales, bias}, 10, logits_scale);
///     net.softmax(x);                                  // the last one that was added is the output
///     net.run(codes, y, batch);
///
/// Activations are images [height][width][channels] of N::activation, 8 bits. Adding a layer checks everything that
/// could be wrong with it and throws std::invalid_argument with the layer, the value and the limit; running cannot fail
/// but for the memory it asks for. Weights are copied. A network may run in any number of threads, each with its arena,
/// and divide one run among the workers of an executor; neither changes a bit.

#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "../gemm/clamp.hpp"
#include "../layer/combine_into.hpp"
#include "../layer/functions.hpp"
#include "../layer/lookup_table.hpp"
#include "../layer/patches.hpp"
#include "../layer/pool.hpp"
#include "../layer/softmax_rows.hpp"
#include "../tensor/copy.hpp"
#include "../tensor/requantize.hpp"
#include "../tensor/sliced.hpp"
#include "network_graph.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <class N = numerics::TfLite, class Arch = arch::native> class Network : public NetworkGraph<N, Arch> {
    using X = typename N::activation;
    static_assert(detail::is_integer_element<X> && sizeof(value_of<X>) == 1 &&
                      has_zero_point<typename N::activation_scale>,
                  "a run-time network has activations of 8 bits with a zero point: numerics::TfLite, Onnx, ...");
    using Graph = NetworkGraph<N, Arch>;
    using Graph::add, Graph::require, Graph::check_scale, Graph::some, Graph::worth;
    using typename Graph::Call, typename Graph::Owner, typename Graph::Step;

public:
    using Graph::size, Graph::scale, Graph::layers;
    using typename Graph::Code, typename Graph::Edge;

    /// Images of one size, worth `x`. Throws std::invalid_argument.
    Network(const ImageSize& image, const Affine<>& x) : Graph(image, x) {}

    /// Filters [outputs][rows][columns][channels / groups].
    Edge conv2d(Edge x, const LayerWeights& weights, std::size_t outputs, const Window& window, const Affine<>& y,
                Fused fused = Fused::none, std::size_t groups = 1) {
        return weighted("conv2d", x, weights, WeightedKind::conv, outputs, window, groups, y, fused);
    }
    /// Filters [rows][columns][outputs], a multiple of the channels.
    Edge depthwise_conv2d(Edge x, const LayerWeights& weights, std::size_t outputs, const Window& window,
                          const Affine<>& y, Fused fused = Fused::none) {
        return weighted("depthwise_conv2d", x, weights, WeightedKind::depthwise, outputs, window, 1, y, fused);
    }
    /// A matrix [outputs][everything in x].
    Edge dense(Edge x, const LayerWeights& weights, std::size_t outputs, const Affine<>& y, Fused fused = Fused::none) {
        return weighted("dense", reshape(x, {1, 1, size(x).size()}), weights, WeightedKind::conv, outputs, {{1}, {1}},
                        1, y, fused);
    }
    Edge max_pool(Edge x, const Window& window) { return pool<Largest>("max_pool", x, window); }
    Edge average_pool(Edge x, const Window& window) { return pool<Mean>("average_pool", x, window); }

    /// Add, Subtract, Multiply, Minimum or Maximum (layer/combine.hpp) of two images of one size.
    template <class Op> Edge combine(Edge a, Edge b, const Affine<>& y, Fused fused = Fused::none) {
        const ImageSize &left = size(a), &right = size(b);
        require("combine", left.height == right.height && left.width == right.width && left.channels == right.channels,
                "both images have one size", left.size(), right.size());
        const Affine<> a_scale = scale(a), b_scale = scale(b);
        return add("combine", {a, b}, left, y, [=, n = left.size()](const Call& call) {
            divide(call.executor, call.batch * n, worth, [&](std::size_t first, std::size_t last) {
                const QTensor<const X, Affine<>> from_a = some(call.x[0], first, last, a_scale);
                const QTensor<const X, Affine<>> from_b = some(call.x[1], first, last, b_scale);
                const QTensor<X, Affine<>> into = some(call.y, first, last, y);
                if (fused == Fused::relu) {
                    combine_into<Op, N, Arch>(from_a, from_b, into, Relu{});
                } else {
                    combine_into<Op, N, Arch>(from_a, from_b, into);
                }
            });
        });
    }

    /// The same numbers at another scale, by the dialect of N: a joint between edges that should be worth the same.
    Edge requantize(Edge x, const Affine<>& y) {
        check_scale("requantize", y);
        require("requantize", scale(x).value / y.value < 0x1p31f, "s_x / s_y is below 2^31", 0, 0);
        return add("requantize", {x}, size(x), y, [=, n = size(x).size(), s = scale(x)](const Call& call) {
            divide(call.executor, call.batch * n, worth, [&](std::size_t first, std::size_t last) {
                requantize_into<typename N::dialect>(some(call.x[0], first, last, s), some(call.y, first, last, y));
            });
        });
    }
    /// Images of one height and width side by side: the channels of the first, then of the second ... Those that are
    /// not worth y are requantized first, in layers of their own.
    Edge concat(std::vector<Edge> edges, const Affine<>& y) {
        require("concat", !edges.empty(), "something is joined: at least one edge", 0, 1);
        check_scale("concat", y);
        std::vector<std::size_t> widths;
        ImageSize to = size(edges[0]);
        to.channels = 0;
        for (const Edge& edge : edges) {
            const ImageSize& from = size(edge);
            require("concat", from.height == to.height && from.width == to.width,
                    "images that are joined have one height and one width (value: the edge at fault)", edge.number, 0);
            widths.push_back(from.channels);
            to.channels += from.channels;
        }
        for (Edge& edge : edges)
            if (!(scale(edge) == y)) edge = requantize(edge, y);
        return add("concat", edges, to, y, [=, n = to.height * to.width](const Call& call) {
            divide(call.executor, call.batch * n, 1 + worth / to.channels, [&](std::size_t first, std::size_t last) {
                Code* at = call.y + first * to.channels;
                for (std::size_t position = first; position < last; ++position)
                    for (std::size_t i = 0; i < widths.size(); at += widths[i++])
                        detail::copy_run(call.x[i] + position * widths[i], widths[i], at);
            });
        });
    }
    /// An image in a larger one, from cell `begin` (row, column, channel) on; real zeros around it.
    Edge pad(Edge x, const std::array<std::size_t, 3>& begin, const ImageSize& to) {
        const ImageSize from = size(x);
        const std::size_t inner[] = {from.height, from.width, from.channels};
        const std::size_t outer[] = {to.height, to.width, to.channels};
        for (std::size_t axis = 0; axis < 3; ++axis)
            require("pad", begin[axis] <= outer[axis] && inner[axis] <= outer[axis] - begin[axis],
                    "the image lies inside the larger one (limit: the axis at fault)", begin[axis] + inner[axis], axis);
        return add("pad", {x}, to, scale(x), [=, s = scale(x)](const Call& call) {
            divide(call.executor, call.batch, 1 + worth / to.size(), [&](std::size_t first, std::size_t last) {
                for (std::size_t n = first; n < last; ++n) {
                    using Image = Shape<dyn, dyn, dyn>;
                    const QTensor<X, Affine<>, Image> whole(call.y + n * to.size(),
                                                            Image(to.height, to.width, to.channels), s);
                    fill(whole, static_cast<Code>(s.zero));
                    copy_into(QTensor<const X, Affine<>, Image>(call.x[0] + n * from.size(),
                                                                Image(from.height, from.width, from.channels), s),
                              sliced(whole, begin, {from.height, from.width, from.channels}));
                }
            });
        });
    }

    /// The same codes in another shape of equal size.
    Edge reshape(Edge x, const ImageSize& to) {
        require("reshape", to.size() == size(x).size(), "a shape is changed into one with as many elements", to.size(),
                size(x).size());
        return add("reshape", {x}, to, scale(x),
                   [n = to.size()](const Call& call) { detail::copy_run(call.x[0], call.batch * n, call.y); });
    }
    /// Over the channels of each position.
    Edge softmax(Edge x) {
        const std::size_t n = size(x).channels, rows = size(x).size() / n;
        require("softmax", n <= detail::most_logits<X>, "a row has no more logits than the sum of exponentials holds",
                n, detail::most_logits<X>);
        require("softmax", scale(x).value > 0x1p-26f, "logits are worth more than 2^-26 each", 0, 0);
        const auto scaling = SoftmaxScaling::of_bytes(scale(x).value);
        return add("softmax", {x}, size(x), detail::unit_scale<X>, [=](const Call& call) {
            divide(call.executor, call.batch * rows, 1 + worth / n, [&](std::size_t first, std::size_t last) {
                softmax_rows<Code, Code, typename N::dialect, Arch>(scaling, call.x[0] + first * n, call.y + first * n,
                                                                    last - first, n);
            });
        });
    }
    /// Any scalar function by table (layer/lookup_table.hpp).
    template <class F> Edge lookup(Edge x, const Affine<>& y) {
        check_scale("lookup", y);
        const auto table = LookupTable<X>::template of<F, typename N::rounding>(scale(x), y);
        return add("lookup", {x}, size(x), y, [=, n = size(x).size()](const Call& call) {
            divide(call.executor, call.batch * n, worth, [&](std::size_t first, std::size_t last) {
                for (std::size_t i = first; i < last; ++i) call.y[i] = table[call.x[0][i]];
            });
        });
    }

private:
    struct Weighted final : Step {
        WeightedStep<N, Arch> step;
        template <class... Facts> explicit Weighted(const Facts&... facts) : step(facts...) {}
        void run(const Call& call) const override {
            step.run(call.x[0], call.y, call.batch, call.workspace, call.executor);
        }
        std::size_t workspace_bytes(std::size_t workers) const override { return step.workspace_bytes(workers); }
    };

    Edge weighted(const char* layer, Edge x, const LayerWeights& weights, WeightedKind kind, std::size_t outputs,
                  const Window& window, std::size_t groups, const Affine<>& y, Fused fused) {
        check_scale(layer, y);
        const auto* made =
            new Weighted(layers() + 1, layer, kind, size(x), scale(x), weights, outputs, window, groups, y, fused);
        Owner owner(made);
        return this->add_step(layer, {x}, made->step.output_size(), y, std::move(owner));
    }

    template <class How> Edge pool(const char* layer, Edge x, const Window& window) {
        const ImageSize from = size(x);
        detail::check_window(layers() + 1, layer, window, from);
        require(layer, window.taps() <= How::longest, "the sum of a pooling window fits an int32", window.taps(),
                How::longest);
        require(layer, detail::sees_something(window.y, from.height) && detail::sees_something(window.x, from.width),
                "every pooling window sees a cell of the image: use less padding", 0, 0);
        const ImageSize to{window.y.output(from.height), window.x.output(from.width), from.channels};
        const std::size_t row = to.width * to.channels * window.taps();
        return add(layer, {x}, to, scale(x), [=](const Call& call) {
            divide(call.executor, call.batch * to.height, 1 + 2 * worth / row,
                   [&](std::size_t first, std::size_t last) {
                       const auto keep = bind_stages(Incoming<X, dyn, Affine<>>{{}, to.channels});
                       detail::pool_rows<Arch, How, X>(window, from, call.x[0], call.y, to.height, to.width, first,
                                                       last, keep);
                   });
        });
    }
};

}  // namespace qtensor::inline QTENSOR_ABI
