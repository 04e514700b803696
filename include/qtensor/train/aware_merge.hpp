// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Ways that meet again, and ways side by side, in the integer reading: codes are combined by the rule of the bundle
/// (layer/combine.hpp), or requantized to the scale of the result where they are joined. Slopes are those of real
/// numbers, and pass where the code of the result was not clipped.

#include <array>
#include <utility>

#include "../tensor/requantize.hpp"
#include "merge.hpp"
#include "quantization_aware.hpp"

namespace qtensor::inline QTENSOR_ABI {

template <class Op, class Activation, class A, class B, class N, class Activations, class Weights>
class Trainable<Merge<Op, Activation, A, B, N>, QuantizationAware<Activations, Weights>>
    : public detail::TrainableWays<Op, A, B, QuantizationAware<Activations, Weights>> {
    using How = QuantizationAware<Activations, Weights>;
    using L = Merge<Op, Activation, A, B, N>;
    using Ways = detail::TrainableWays<Op, A, B, How>;
    using X = typename L::activation_element;
    using S = typename L::activation_scale;

public:
    using Edge = detail::edge_of<L, How>;

    explicit Trainable(const typename L::Float& start, const How& how = {})
        : Ways(start, how), activations_(how.activations) {}
    typename L::Float parameters() const { return typename L::Float(this->a_.parameters(), this->b_.parameters()); }
    const Edge& edge() const { return y_; }

    auto frozen(const S& x) {
        const auto a = this->a_.frozen(x);
        const auto b = this->b_.frozen(x);
        const S y = activations_.template scale<S, X>();
        return std::pair(typename L::Quantized(a.first, b.first, y), y);
    }

    const Edge& forward(const Edge& x, const Pass& pass) {
        const Edge& a = *(a_made_ = &this->a_.forward(x, pass));
        const Edge& b = *(b_made_ = &this->b_.forward(x, pass));
        const std::size_t size = pass.batch * output_size<L>;
        before_.resize(size);
        after_.resize(size);
        const detail::RealActivation<Activation> real_activation;
        for (std::size_t i = 0; i < size; ++i) {
            before_[i] = Op::real(a.values[i], b.values[i]);
            after_[i] = real_activation(before_[i]);
        }
        if (pass.learns) activations_.observe(after_);
        y_.scale = activations_.template scale<S, X>();
        const auto op = detail::bind_operation<Op, X, N>(a.scale, b.scale, y_.scale);
        const detail::CodeActivation<Activation, X, S> activation(y_.scale);
        y_.codes.resize(size);
        for (std::size_t i = 0; i < size; ++i) {
            const std::int32_t code = op(static_cast<std::int32_t>(a.codes[i]), static_cast<std::int32_t>(b.codes[i]));
            y_.codes[i] = static_cast<cell_of<X>>(activation(code));
        }
        y_.read();
        detail::find_clips<X, N>(before_, y_.scale, clips_);
        return y_;
    }
    void backward(std::span<const float> dy, std::span<float> dx) {
        rising_.assign(dy.begin(), dy.end());
        activations_.template backward<X>(Seen<S>{after_, y_.values, clips_, y_.scale, output_size<L>},
                                          std::span<float>(rising_));
        for (std::size_t i = 0; i < rising_.size(); ++i) rising_[i] *= ActivationSlope<Activation>::at(before_[i]);
        this->backward_ways(rising_, a_made_->values, b_made_->values, dx);
    }
    template <class F> void each_parameter(F&& f) {
        Ways::each_parameter(f);
        activations_.each_parameter(f);
    }

private:
    Activations activations_;
    const Edge* a_made_ = nullptr;
    const Edge* b_made_ = nullptr;
    std::vector<float> before_, after_, rising_;
    std::vector<Clip> clips_;
    Edge y_;
};

template <class First, class... Rest, class Activations, class Weights>
class Trainable<Concat<First, Rest...>, QuantizationAware<Activations, Weights>>
    : public detail::TrainableSides<QuantizationAware<Activations, Weights>, First, Rest...> {
    using How = QuantizationAware<Activations, Weights>;
    using L = Concat<First, Rest...>;
    using Sides = detail::TrainableSides<How, First, Rest...>;
    using X = typename L::activation_element;
    using S = typename L::activation_scale;
    using N = typename L::numerics;

public:
    using Edge = detail::edge_of<L, How>;

    explicit Trainable(const typename L::Float& start, const How& how = {})
        : Sides(start, how), activations_(how.activations) {}
    typename L::Float parameters() const {
        return std::apply([](const auto&... way) { return typename L::Float(way.parameters()...); }, this->ways_);
    }
    const Edge& edge() const { return y_; }

    auto frozen(const S& x) {
        const S y = activations_.template scale<S, X>();
        return std::apply([&](auto&... way) { return std::pair(typename L::Quantized(y, way.frozen(x).first...), y); },
                          this->ways_);
    }

    const Edge& forward(const Edge& x, const Pass& pass) {
        const std::size_t rows = pass.batch * L::positions;
        before_.resize(rows * L::width);
        y_.codes.resize(before_.size());
        std::array<const Edge*, L::depth> made{};
        this->each_way([&]<std::size_t I>(std::size_t column) {
            made[I] = &std::get<I>(this->ways_).forward(x, pass);
            detail::join_rows(made[I]->values.data(), L::widths[I], before_.data() + column, L::width, rows);
        });
        if (pass.learns) activations_.observe(before_);
        y_.scale = activations_.template scale<S, X>();
        this->each_way([&]<std::size_t I>(std::size_t column) {
            const Edge& way = *made[I];
            std::vector<cell_of<X>> moved(way.codes);
            if (!same_meaning(way.scale, y_.scale, 1)) {
                const Shape<dyn> size(moved.size());
                requantize_into<typename N::dialect>(QTensor<const X, S>(way.codes.data(), size, way.scale),
                                                     QTensor<X, S>(moved.data(), size, y_.scale));
            }
            for (std::size_t i = 0; i < moved.size(); ++i)
                y_.codes[i / L::widths[I] * L::width + column + i % L::widths[I]] = moved[i];
        });
        y_.read();
        detail::find_clips<X, N>(before_, y_.scale, clips_);
        return y_;
    }
    void backward(std::span<const float> dy, std::span<float> dx) {
        rising_.assign(dy.begin(), dy.end());
        activations_.template backward<X>(Seen<S>{before_, y_.values, clips_, y_.scale, output_size<L>},
                                          std::span<float>(rising_));
        this->backward_ways(rising_, dx);
    }
    template <class F> void each_parameter(F&& f) {
        Sides::each_parameter(f);
        activations_.each_parameter(f);
    }

private:
    Activations activations_;
    std::vector<float> before_, rising_;
    std::vector<Clip> clips_;
    Edge y_;
};

}  // namespace qtensor::inline QTENSOR_ABI
