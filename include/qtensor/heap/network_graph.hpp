// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What a Network (network.hpp) is beneath its layers: edges with their sizes and scales, where they lie while a batch
/// runs, and the run itself.

#include <limits>
#include <utility>
#include <vector>

#include "../net/plan.hpp"
#include "weighted_step.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Movable, not copyable.
template <class N, class Arch> class NetworkGraph {
    static_assert(detail::must_be_numerics<N>());
    using X = typename N::activation;

public:
    using Code = cell_of<X>;
    /// An activation: the input, or what a layer made.
    struct Edge {
        std::size_t number = 0;
    };

    NetworkGraph(const ImageSize& image, const Affine<>& x) { add_step("input", {}, image, x, Owner(nullptr)); }

    Edge input() const { return {0}; }
    const ImageSize& size(Edge edge) const { return made_.at(edge.number).size; }
    const Affine<>& scale(Edge edge) const { return made_.at(edge.number).scale; }
    std::size_t layers() const { return made_.size() - 1; }

    /// Bytes, aligned to arena_alignment, in which a batch runs on so many workers: the activations inside and all
    /// scratch.
    std::size_t arena_bytes(std::size_t batch, std::size_t workers = 1) const {
        return checked_sum(checked_product(batch, planned_), workspace_bytes(workers));
    }
    /// y [batch] = network(x [batch]). Each layer divides its work among the workers of the executor where that pays.
    template <class E = Serial>
    void run(const Code* x, Code* y, std::size_t batch, std::span<std::byte> arena, const E& executor = {}) const {
        static_assert(detail::must_be_executor<E>());
        run_on(x, y, batch, arena, ExecutorRef(executor));
    }
    /// The same in memory of its own. Throws std::bad_alloc.
    template <class E = Serial>
        requires(!std::convertible_to<E&, std::span<std::byte>>)
    void run(const Code* x, Code* y, std::size_t batch, const E& executor = {}) const {
        static_assert(detail::must_be_executor<E>());
        const AlignedBytes arena(arena_bytes(batch, executor.workers()));
        run(x, y, batch, arena.span(), executor);
    }

protected:
    /// What a layer is asked to do.
    struct Call {
        const Code* const* x;
        Code* y;
        std::size_t batch;
        std::span<std::byte> workspace;
        const ExecutorRef& executor;
    };
    /// What a layer does.
    struct Step {
        virtual ~Step() = default;
        virtual void run(const Call& call) const = 0;
        virtual std::size_t workspace_bytes(std::size_t) const { return 0; }
    };
    /// The owner of a step. (unique_ptr and function would do, but <memory> and <functional> are a third of what this
    /// folder would include.)
    class Owner {
    public:
        explicit Owner(const Step* step) : step_(step) {}
        Owner(Owner&& other) noexcept : step_(std::exchange(other.step_, nullptr)) {}
        Owner& operator=(Owner&& other) noexcept {
            std::swap(step_, other.step_);
            return *this;
        }
        ~Owner() { delete step_; }
        const Step* operator->() const { return step_; }

    private:
        const Step* step_;
    };
    /// Elements that are worth a thread of their own: about ten microseconds of work.
    static constexpr std::size_t worth = std::size_t{1} << 15;

    /// Elements [first, last) as a tensor.
    template <class C> static auto some(C* codes, std::size_t first, std::size_t last, const Affine<>& scale) {
        using Element = std::conditional_t<std::is_const_v<C>, const X, X>;
        return QTensor<Element, Affine<>>(codes + first, Shape<dyn>(last - first), scale);
    }

    std::size_t workspace_bytes(std::size_t workers) const {
        std::size_t most = 0;
        for (std::size_t i = 1; i < made_.size(); ++i)
            most = larger(most, arena_round(made_[i].step->workspace_bytes(workers)));
        return most;
    }
    void run_on(const Code* x, Code* y, std::size_t batch, std::span<std::byte> arena,
                const ExecutorRef& executor) const {
        const std::size_t workspace = workspace_bytes(executor.workers());
        QTENSOR_REQUIRE(arena.size() >= arena_bytes(batch, executor.workers()),
                        "the arena is smaller than arena_bytes for this batch", arena.size(),
                        arena_bytes(batch, executor.workers()));
        std::byte* edges = arena.data() + workspace;
        const auto place = [&](std::size_t number) {
            return number + 1 == made_.size() ? y : reinterpret_cast<Code*>(edges + batch * made_[number].offset);
        };
        std::vector<const Code*> from;
        for (std::size_t i = 1; i < made_.size(); ++i) {
            from.clear();
            for (const Edge& edge : made_[i].inputs) from.push_back(edge.number == 0 ? x : place(edge.number));
            made_[i].step->run({from.data(), place(i), batch, arena.first(workspace), executor});
        }
    }

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

    /// Adds a layer that does body(call).
    template <class Body>
    Edge add(const char* layer, std::vector<Edge> inputs, const ImageSize& size, const Affine<>& scale, Body body) {
        struct Plain final : Step {
            Body body;
            explicit Plain(Body&& does) : body(std::move(does)) {}
            void run(const Call& call) const override { body(call); }
        };
        return add_step(layer, std::move(inputs), size, scale, Owner(new Plain(std::move(body))));
    }
    Edge add_step(const char* layer, std::vector<Edge> inputs, const ImageSize& size, const Affine<>& scale,
                  Owner step) {
        check_scale(layer, scale);
        require(layer, size.size() > 0, "an image has at least one cell and one channel", size.size(), 1);
        for (const Edge& edge : inputs)
            require(layer, edge.number < made_.size(), "an edge belongs to this network", edge.number, made_.size());
        made_.push_back({std::move(inputs), size, scale, std::move(step)});
        plan();
        return {made_.size() - 1};
    }

private:
    struct Made {
        std::vector<Edge> inputs;
        ImageSize size;
        Affine<> scale;
        Owner step;
        std::size_t offset = 0;
    };
    static constexpr std::size_t larger(std::size_t a, std::size_t b) { return a > b ? a : b; }

    /// Edges that live at one time lie apart: from the largest on, each where the first gap is. Offsets are those of a
    /// batch of one in whole units of the alignment; a batch multiplies them.
    void plan() {
        const std::size_t count = made_.size();
        std::vector<std::size_t> last(count, 0), order;
        for (std::size_t i = 0; i < count; ++i)
            for (const Edge& edge : made_[i].inputs) last[edge.number] = i;
        const auto bytes = [&](std::size_t i) { return arena_round(made_[i].size.size() * sizeof(Code)); };
        for (std::size_t i = 1; i + 1 < count; ++i) {
            auto at = order.end();
            while (at != order.begin() && bytes(at[-1]) < bytes(i)) --at;
            order.insert(at, i);
        }
        planned_ = 0;
        std::vector<std::size_t> placed;
        for (const std::size_t edge : order) {
            std::size_t at = 0;
            for (bool moved = true; moved;) {
                moved = false;
                for (const std::size_t other : placed) {
                    const bool together = other <= larger(last[edge], edge) && edge <= larger(last[other], other);
                    if (together && at < made_[other].offset + bytes(other) && made_[other].offset < at + bytes(edge)) {
                        at = made_[other].offset + bytes(other);
                        moved = true;
                    }
                }
            }
            made_[edge].offset = at;
            planned_ = larger(planned_, at + bytes(edge));
            placed.push_back(edge);
        }
    }

    std::vector<Made> made_;
    std::size_t planned_ = 0;
};

}  // namespace qtensor::inline QTENSOR_ABI
