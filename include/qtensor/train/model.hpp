// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A whole network that learns, between plain numbers:
///
///     Model<Net> model(initial<Net>(Random{1}));
///     train(model, images, CrossEntropy(labels), Adam{}, {.epochs = 20});
///     const Net::Float trained = model.parameters();

#include <algorithm>
#include <stdexcept>
#include <string>

#include "random.hpp"
#include "trainable.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// `Net` is a network or a single layer, `How` its reading. Copyable; parameters live on the heap.
template <class Net, class How = Real> class Model {
public:
    using network = Net;
    using reading = How;
    static constexpr std::size_t inputs = input_size<Net>, outputs = output_size<Net>;

    explicit Model(const typename Net::Float& start, const How& how = {}) : how_(how), body_(start, how) {}

    /// What is deployed in float.
    typename Net::Float parameters() const { return body_.parameters(); }
    /// The parts that learn, for looking inside.
    const Trainable<Net, How>& body() const { return body_; }

    /// Answers to whole inputs, one behind the other; valid until the next call. Throws std::invalid_argument where
    /// they are no whole inputs.
    std::span<const float> forward(std::span<const float> x, bool learns = false) {
        if (x.empty() || x.size() % inputs != 0) {
            throw std::invalid_argument("Model: " + std::to_string(x.size()) + " numbers are no whole inputs of " +
                                        std::to_string(inputs));
        }
        const Pass pass{x.size() / inputs, learns};
        how_.template enter<Net>(x, x_, pass);
        return body_.forward(x_, pass).values;
    }
    /// Adds the slopes of the last forward pass; dy as many numbers as it answered. dx, where it is not empty, gets
    /// those of the inputs.
    void backward(std::span<const float> dy, std::span<float> dx = {}) { body_.backward(dy, dx); }

    template <class F> void each_parameter(F&& f) { body_.each_parameter(f); }

    /// Answers to many inputs, `batch` at a time.
    std::vector<float> answers(std::span<const float> x, std::size_t batch = 64) {
        std::vector<float> y;
        y.reserve(x.size() / inputs * outputs);
        for (std::size_t first = 0; first < x.size(); first += batch * inputs) {
            const auto made = forward(x.subspan(first, std::min(batch * inputs, x.size() - first)));
            y.insert(y.end(), made.begin(), made.end());
        }
        return y;
    }

    /// Codes of the network as it is (QuantizationAware alone).
    auto frozen() {
        static_assert(
            requires(How& how) { how.template input<Net>(); },
            "a network that was trained in float has no integers to freeze: calibrate(model.parameters(), samples), or "
            "train a Model<Net, QuantizationAware<>>");
        return body_.frozen(how_.template input<Net>()).first;
    }

private:
    How how_;
    Trainable<Net, How> body_;
    typename How::template Edge<Net> x_{};
};

namespace detail {
template <class M> constexpr bool must_be_model() {
    static_assert(
        requires {
            typename M::network;
            typename M::reading;
        }, "what learns is a model of the network, not its parameters: Model<Net> model(parameters)");
    return true;
}
}  // namespace detail

/// The integer network that a model has learnt to be: its outputs mean exactly what the model answers, bit for bit. Of
/// a float model there is none; calibrate it.
template <class M> auto freeze(M& model) {
    static_assert(detail::must_be_model<M>());
    return model.frozen();
}

/// Parameters to start from: weights uniform in their reach (He et al. 2015 behind and before a relu), the rest as the
/// type says.
template <class Net> typename Net::Float initial(Random random) {
    Trainable<Net> drawn(typename Net::Float{});
    drawn.each_parameter([&](const Parameter& p) {
        if (!p.is_weight) return;
        for (float& value : p.values) value = random.between(-p.reach, p.reach);
    });
    return drawn.parameters();
}

/// Parameters of a network for one of the same form with other bundles, as of int8 for int4: what training changes is
/// carried over in order. Throws std::invalid_argument where the forms differ.
template <class To, class Parameters> typename To::Float carried_over(const Parameters& from) {
    Model<typename Parameters::layer> old(from);
    Model<To> made(typename To::Float{});
    std::vector<Parameter> there, here;
    old.each_parameter([&](const Parameter& p) { there.push_back(p); });
    made.each_parameter([&](const Parameter& p) { here.push_back(p); });
    bool same = there.size() == here.size();
    for (std::size_t i = 0; same && i < here.size(); ++i) same = there[i].values.size() == here[i].values.size();
    if (!same) throw std::invalid_argument("carried_over: the two networks differ in more than their bundles");
    for (std::size_t i = 0; i < here.size(); ++i)
        std::copy(there[i].values.begin(), there[i].values.end(), here[i].values.begin());
    return made.parameters();
}

}  // namespace qtensor::inline QTENSOR_ABI
