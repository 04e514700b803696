// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Ways that meet again, in float: y = activation(op(a(x), b(x))) (net/merge.hpp; Residual is one), and ways side by
/// side (net/concat.hpp). Backward gives each way its slope; what flows back out of them is added up.

#include <algorithm>
#include <tuple>
#include <utility>

#include "../net/concat.hpp"
#include "../net/merge.hpp"
#include "activation_slope.hpp"
#include "trainable.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// d op(a, b) / da and / db. At equal numbers the smaller or larger one is a.
template <class Op> struct OperationSlope {
    static_assert(never<Op>, "nobody has said how this operation learns: specialise OperationSlope<Op> with static "
                             "std::pair<float, float> at(float a, float b)");
};
template <> struct OperationSlope<Add> {
    static constexpr std::pair<float, float> at(float, float) { return {1.0f, 1.0f}; }
};
template <> struct OperationSlope<Subtract> {
    static constexpr std::pair<float, float> at(float, float) { return {1.0f, -1.0f}; }
};
template <> struct OperationSlope<Multiply> {
    static constexpr std::pair<float, float> at(float a, float b) { return {b, a}; }
};
template <> struct OperationSlope<Minimum> {
    static constexpr std::pair<float, float> at(float a, float b) {
        return a <= b ? std::pair(1.0f, 0.0f) : std::pair(0.0f, 1.0f);
    }
};
template <> struct OperationSlope<Maximum> {
    static constexpr std::pair<float, float> at(float a, float b) {
        return a >= b ? std::pair(1.0f, 0.0f) : std::pair(0.0f, 1.0f);
    }
};

namespace detail {

/// What either reading of a merge has: two ways, and the way back.
template <class Op, class A, class B, class How> class TrainableWays {
public:
    template <class F> void each_parameter(F&& f) {
        a_.each_parameter(f);
        b_.each_parameter(f);
    }

protected:
    template <class Float>
    TrainableWays(const Float& start, const How& how) : a_(get<0>(start), how), b_(get<1>(start), how) {}

    /// rising: the slope of op(a, b).
    void backward_ways(std::span<const float> rising, std::span<const float> a, std::span<const float> b,
                       std::span<float> dx) {
        da_.resize(rising.size());
        db_.resize(rising.size());
        for (std::size_t i = 0; i < rising.size(); ++i) {
            const auto [to_a, to_b] = OperationSlope<Op>::at(a[i], b[i]);
            da_[i] = rising[i] * to_a;
            db_[i] = rising[i] * to_b;
        }
        a_.backward(da_, dx);
        scratch_.resize(dx.size());
        b_.backward(db_, scratch_);
        for (std::size_t i = 0; i < dx.size(); ++i) dx[i] += scratch_[i];
    }

    Trainable<A, How> a_;
    Trainable<B, How> b_;

private:
    std::vector<float> da_, db_, scratch_;
};

/// y, rows of `width`, from column `offset` on: to or from `part`, rows of `columns`.
inline void join_rows(const float* part, std::size_t columns, float* y, std::size_t width, std::size_t rows) {
    for (std::size_t r = 0; r < rows; ++r) std::copy(part + r * columns, part + (r + 1) * columns, y + r * width);
}
inline void split_rows(const float* y, std::size_t width, float* part, std::size_t columns, std::size_t rows) {
    for (std::size_t r = 0; r < rows; ++r) std::copy(y + r * width, y + r * width + columns, part + r * columns);
}

/// What either reading of a concatenation has.
template <class How, class First, class... Rest> class TrainableSides {
    using L = Concat<First, Rest...>;

public:
    template <class F> void each_parameter(F&& f) {
        std::apply([&](auto&... way) { (way.each_parameter(f), ...); }, ways_);
    }

protected:
    TrainableSides(const typename L::Float& start, const How& how)
        : TrainableSides(start, how, std::make_index_sequence<L::depth>{}) {}

    /// body<I>(first column of way I) for every way.
    template <class Body> static void each_way(Body&& body) {
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            std::size_t column = 0;
            const auto one = [&]<std::size_t J>() {
                body.template operator()<J>(column);
                column += L::widths[J];
            };
            (one.template operator()<I>(), ...);
        }
        (std::make_index_sequence<L::depth>{});
    }
    void backward_ways(std::span<const float> rising, std::span<float> dx) {
        const std::size_t rows = rising.size() / L::width;
        if (!dx.empty()) std::fill(dx.begin(), dx.end(), 0.0f);
        each_way([&]<std::size_t I>(std::size_t column) {
            part_.resize(rows * L::widths[I]);
            split_rows(rising.data() + column, L::width, part_.data(), L::widths[I], rows);
            scratch_.resize(dx.size());
            std::get<I>(ways_).backward(part_, scratch_);
            for (std::size_t i = 0; i < dx.size(); ++i) dx[i] += scratch_[i];
        });
    }

    std::tuple<Trainable<First, How>, Trainable<Rest, How>...> ways_;

private:
    template <std::size_t... I>
    TrainableSides(const typename L::Float& start, const How& how, std::index_sequence<I...>)
        : ways_(Trainable<typename L::template layer<I>, How>(get<I>(start), how)...) {}

    std::vector<float> part_, scratch_;
};

}  // namespace detail

template <class Op, class Activation, class A, class B, class N, std::derived_from<Real> How>
class Trainable<Merge<Op, Activation, A, B, N>, How> : public detail::TrainableWays<Op, A, B, How> {
    using L = Merge<Op, Activation, A, B, N>;
    using Ways = detail::TrainableWays<Op, A, B, How>;

public:
    using Edge = detail::edge_of<L, How>;

    explicit Trainable(const typename L::Float& start, const How& how = {}) : Ways(start, how) {}
    typename L::Float parameters() const { return typename L::Float(this->a_.parameters(), this->b_.parameters()); }

    const Edge& forward(const Edge& x, const Pass& pass) {
        a_made_ = &this->a_.forward(x, pass);
        b_made_ = &this->b_.forward(x, pass);
        before_.resize(pass.batch * output_size<L>);
        y_.values.resize(before_.size());
        const detail::RealActivation<Activation> activation;
        for (std::size_t i = 0; i < before_.size(); ++i) {
            before_[i] = Op::real(a_made_->values[i], b_made_->values[i]);
            y_.values[i] = activation(before_[i]);
        }
        return y_;
    }
    void backward(std::span<const float> dy, std::span<float> dx) {
        rising_.resize(dy.size());
        for (std::size_t i = 0; i < dy.size(); ++i) rising_[i] = dy[i] * ActivationSlope<Activation>::at(before_[i]);
        this->backward_ways(rising_, a_made_->values, b_made_->values, dx);
    }

private:
    const Edge* a_made_ = nullptr;
    const Edge* b_made_ = nullptr;
    std::vector<float> before_, rising_;
    Edge y_;
};

template <class First, class... Rest, std::derived_from<Real> How>
class Trainable<Concat<First, Rest...>, How> : public detail::TrainableSides<How, First, Rest...> {
    using L = Concat<First, Rest...>;
    using Sides = detail::TrainableSides<How, First, Rest...>;

public:
    using Edge = detail::edge_of<L, How>;

    explicit Trainable(const typename L::Float& start, const How& how = {}) : Sides(start, how) {}
    typename L::Float parameters() const {
        return std::apply([](const auto&... way) { return typename L::Float(way.parameters()...); }, this->ways_);
    }

    const Edge& forward(const Edge& x, const Pass& pass) {
        y_.values.resize(pass.batch * output_size<L>);
        this->each_way([&]<std::size_t I>(std::size_t column) {
            detail::join_rows(std::get<I>(this->ways_).forward(x, pass).values.data(), L::widths[I],
                              y_.values.data() + column, L::width, pass.batch * L::positions);
        });
        return y_;
    }
    void backward(std::span<const float> dy, std::span<float> dx) { this->backward_ways(dy, dx); }

private:
    Edge y_;
};

}  // namespace qtensor::inline QTENSOR_ABI
