// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A network that is known when the program runs: what a reader of model files makes. The same kernels as the layers
/// whose shapes the compiler knows, and the same bits.
///
///     Network net({28, 28, 1}, Affine{1 / 255.0f, -128});
///     auto x = net.conv2d(net.input(), {filters, scales, bias}, 8, Kernel<3, 3>::window(28, 28), y_scale,
///     Fused::relu); x = net.dense(x, {matrix, scales, bias}, 10, logits_scale); net.softmax(x); // the last one that
///     was added is the output net.run(codes, y, batch);
///
/// Activations are images [height][width][channels] of N::activation, 8 bits. Adding a layer checks everything that
/// could be wrong with it and throws std::invalid_argument with the layer, the value and the limit; running cannot fail
/// but for the memory it asks for. Weights are copied. A network may run in any number of threads, each with its arena.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "../gemm/clamp.hpp"
#include "../layer/combine_into.hpp"
#include "../layer/functions.hpp"
#include "../layer/lookup_table.hpp"
#include "../layer/pool.hpp"
#include "../layer/softmax_rows.hpp"
#include "../net/plan.hpp"
#include "weighted_step.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <class N = numerics::TfLite, class Arch = arch::native> class Network {
    static_assert(detail::must_be_numerics<N>());
    using X = typename N::activation;
    static_assert(detail::is_integer_element<X> && sizeof(value_of<X>) == 1 &&
                      has_zero_point<typename N::activation_scale>,
                  "a run-time network has activations of 8 bits with a zero point: numerics::TfLite, Onnx, ...");

public:
    using Code = cell_of<X>;
    /// An activation: the input, or what a layer made.
    struct Edge {
        std::size_t number = 0;
    };

    /// Images of `size` worth `scale`. Throws std::invalid_argument.
    Network(const ImageSize& size, const Affine<>& scale) { add("input", {}, size, scale, 0, {}); }

    Edge input() const { return {0}; }
    const ImageSize& size(Edge edge) const { return made_.at(edge.number).size; }
    const Affine<>& scale(Edge edge) const { return made_.at(edge.number).scale; }
    std::size_t layers() const { return made_.size() - 1; }

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
        const auto shape = [size = left](std::size_t batch) { return Shape<dyn>(batch * size.size()); };
        return add("combine", {a, b}, left, y, 0, [=](const Code* const* x, Code* to, std::size_t batch, auto) {
            const QTensor<const X, Affine<>> from_a(x[0], shape(batch), a_scale), from_b(x[1], shape(batch), b_scale);
            const QTensor<X, Affine<>> into(to, shape(batch), y);
            if (fused == Fused::relu) {
                combine_into<Op, N, Arch>(from_a, from_b, into, Relu{});
            } else {
                combine_into<Op, N, Arch>(from_a, from_b, into);
            }
        });
    }

    /// The same codes in another shape of equal size.
    Edge reshape(Edge x, const ImageSize& to) {
        require("reshape", to.size() == size(x).size(), "a shape is changed into one with as many elements", to.size(),
                size(x).size());
        return add("reshape", {x}, to, scale(x), 0,
                   [n = to.size()](const Code* const* from, Code* y, std::size_t batch, auto) {
                       for (std::size_t i = 0; i < batch * n; ++i) y[i] = from[0][i];
                   });
    }
    /// Over the channels of each position.
    Edge softmax(Edge x) {
        const std::size_t n = size(x).channels, rows = size(x).size() / n;
        require("softmax", n <= detail::most_logits<X>, "a row has no more logits than the sum of exponentials holds",
                n, detail::most_logits<X>);
        require("softmax", scale(x).value > 0x1p-26f, "logits are worth more than 2^-26 each", 0, 0);
        const auto scaling = SoftmaxScaling::of_bytes(scale(x).value);
        return add("softmax", {x}, size(x), detail::unit_scale<X>, 0,
                   [=](const Code* const* from, Code* y, std::size_t batch, auto) {
                       softmax_rows<Code, Code, typename N::dialect, Arch>(scaling, from[0], y, batch * rows, n);
                   });
    }
    /// Any scalar function by table (layer/lookup_table.hpp).
    template <class F> Edge lookup(Edge x, const Affine<>& y) {
        check_scale("lookup", y);
        const auto table = LookupTable<X>::template of<F, typename N::rounding>(scale(x), y);
        return add("lookup", {x}, size(x), y, 0,
                   [=, n = size(x).size()](const Code* const* from, Code* to, std::size_t batch, auto) {
                       for (std::size_t i = 0; i < batch * n; ++i) to[i] = table[from[0][i]];
                   });
    }

    /// Bytes, aligned to arena_alignment, in which a batch runs: the activations inside and all scratch.
    std::size_t arena_bytes(std::size_t batch) const {
        return checked_sum(checked_product(batch, planned_), workspace_);
    }
    /// y [batch] = network(x [batch]).
    void run(const Code* x, Code* y, std::size_t batch, std::span<std::byte> arena) const {
        QTENSOR_REQUIRE(arena.size() >= arena_bytes(batch), "the arena is smaller than arena_bytes for this batch",
                        arena.size(), arena_bytes(batch));
        std::byte* edges = arena.data() + workspace_;
        const auto place = [&](std::size_t number) {
            return number + 1 == made_.size() ? y : reinterpret_cast<Code*>(edges + batch * made_[number].offset);
        };
        std::vector<const Code*> from;
        for (std::size_t i = 1; i < made_.size(); ++i) {
            from.clear();
            for (const Edge& edge : made_[i].inputs) from.push_back(edge.number == 0 ? x : place(edge.number));
            made_[i].run(from.data(), place(i), batch, arena.first(workspace_));
        }
    }
    /// The same in memory of its own. Throws std::bad_alloc.
    void run(const Code* x, Code* y, std::size_t batch) const {
        const AlignedBytes arena(arena_bytes(batch));
        run(x, y, batch, arena.span());
    }

private:
    using Run = std::function<void(const Code* const*, Code*, std::size_t, std::span<std::byte>)>;
    struct Made {
        std::vector<Edge> inputs;
        ImageSize size;
        Affine<> scale;
        Run run;
        std::size_t offset = 0;
    };

    void require(const char* layer, bool condition, const char* sentence, std::size_t value, std::size_t limit) const {
        if (!condition) detail::refuse_layer(made_.size(), layer, sentence, value, limit);
    }
    void check_scale(const char* layer, const Affine<>& scale) const {
        require(layer, scale.value > 0.0f && scale.value <= std::numeric_limits<float>::max(),
                "a scale is positive and finite", 0, 0);
        require(layer, scale.zero >= element<X>::lowest && scale.zero <= element<X>::highest,
                "a zero point is one of the codes", static_cast<std::size_t>(scale.zero < 0 ? -scale.zero : scale.zero),
                127);
    }

    Edge add(const char* layer, std::vector<Edge> inputs, const ImageSize& size, const Affine<>& scale,
             std::size_t workspace, Run run) {
        check_scale(layer, scale);
        require(layer, size.size() > 0, "an image has at least one cell and one channel", size.size(), 1);
        for (const Edge& edge : inputs)
            require(layer, edge.number < made_.size(), "an edge belongs to this network", edge.number, made_.size());
        made_.push_back({std::move(inputs), size, scale, std::move(run)});
        workspace_ = std::max(workspace_, arena_round(workspace));
        plan();
        return {made_.size() - 1};
    }

    Edge weighted(const char* layer, Edge x, const LayerWeights& weights, WeightedKind kind, std::size_t outputs,
                  const Window& window, std::size_t groups, const Affine<>& y, Fused fused) {
        check_scale(layer, y);
        const auto step = std::make_shared<const WeightedStep<N, Arch>>(made_.size(), layer, kind, size(x), scale(x),
                                                                        weights, outputs, window, groups, y, fused);
        return add(layer, {x}, step->output_size(), y, step->workspace_bytes(),
                   [step](const Code* const* from, Code* to, std::size_t batch, std::span<std::byte> workspace) {
                       step->run(from[0], to, batch, workspace);
                   });
    }

    template <class How> Edge pool(const char* layer, Edge x, const Window& window) {
        const ImageSize from = size(x);
        detail::check_window(made_.size(), layer, window, from);
        require(layer, window.taps() <= How::longest, "the sum of a pooling window fits an int32", window.taps(),
                How::longest);
        require(layer, detail::sees_something(window.y, from.height) && detail::sees_something(window.x, from.width),
                "every pooling window sees a cell of the image: use less padding", 0, 0);
        const ImageSize to{window.y.output(from.height), window.x.output(from.width), from.channels};
        return add(
            layer, {x}, to, scale(x), 0, [=, s = scale(x)](const Code* const* in, Code* y, std::size_t batch, auto) {
                using Images = Shape<dyn, dyn, dyn, dyn>;
                pool_into<How, Arch>(
                    window,
                    QTensor<const X, Affine<>, Images>(in[0], Images(batch, from.height, from.width, from.channels), s),
                    QTensor<X, Affine<>, Images>(y, Images(batch, to.height, to.width, to.channels), s));
            });
    }

    /// Edges that live at one time lie apart: from the largest on, each where the first gap is. Offsets are those of a
    /// batch of one in whole units of the alignment; a batch multiplies them.
    void plan() {
        const std::size_t count = made_.size();
        std::vector<std::size_t> last(count, 0), order;
        for (std::size_t i = 0; i < count; ++i)
            for (const Edge& edge : made_[i].inputs) last[edge.number] = i;
        for (std::size_t i = 1; i + 1 < count; ++i) order.push_back(i);
        const auto bytes = [&](std::size_t i) { return arena_round(made_[i].size.size() * sizeof(Code)); };
        std::sort(order.begin(), order.end(),
                  [&](std::size_t a, std::size_t b) { return bytes(a) != bytes(b) ? bytes(a) > bytes(b) : a < b; });
        planned_ = 0;
        std::vector<std::size_t> placed;
        for (const std::size_t edge : order) {
            std::size_t at = 0;
            for (bool moved = true; moved;) {
                moved = false;
                for (const std::size_t other : placed) {
                    const bool together = other <= std::max(last[edge], edge) && edge <= std::max(last[other], other);
                    if (together && at < made_[other].offset + bytes(other) && made_[other].offset < at + bytes(edge)) {
                        at = made_[other].offset + bytes(other);
                        moved = true;
                    }
                }
            }
            made_[edge].offset = at;
            planned_ = std::max(planned_, at + bytes(edge));
            placed.push_back(edge);
        }
    }

    std::vector<Made> made_;
    std::size_t planned_ = 0, workspace_ = 0;
};

}  // namespace qtensor::inline QTENSOR_ABI
