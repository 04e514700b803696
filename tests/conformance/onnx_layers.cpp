// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite onnx_node: what layers do to whole tensors. Element-wise operations, activations, softmax, normalisations and
/// means; tensors that are moved, joined and cut.

#include <qtensor/layer.hpp>
#include <qtensor/tensor.hpp>

#include <limits>
#include <nlohmann/json.hpp>

#include "conformance/suite.hpp"
#include "support/arches.hpp"

namespace conformance {
namespace {

using namespace qtensor;
using qtensor_test::EveryArch;

const Tensor& needed(const Case& run, std::size_t position) {
    const Tensor* tensor = run.node_input(position);
    if (tensor == nullptr) throw Malformed("an input is missing");
    return *tensor;
}
const Tensor& result(const Case& run, std::size_t position = 0) { return run.tensor(run.node_output(position)); }

std::vector<std::int64_t> list(const Case& run, const char* name) {
    const auto& attributes = run.entry().at("attributes");
    return attributes.contains(name) ? attributes.at(name).get<std::vector<std::int64_t>>()
                                     : std::vector<std::int64_t>{};
}

// ---- shapes ---------------------------------------------------------------------------------------------------------

/// Every tensor is seen with four axes: missing ones are in front, of extent 1.
using Four = Shape<dyn, dyn, dyn, dyn>;
using Index = std::array<std::size_t, 4>;

Index extents(const std::vector<std::size_t>& shape) {
    if (shape.size() > 4) throw Inapplicable("more_than_four_axes");
    Index made{1, 1, 1, 1};
    for (std::size_t i = 0; i < shape.size(); ++i) made[4 - shape.size() + i] = shape[i];
    return made;
}
/// An axis of a tensor, counted from the back where it is negative, among the four.
std::size_t axis_of(const Tensor& tensor, std::int64_t axis) {
    const auto rank = static_cast<std::int64_t>(tensor.shape.size());
    if (axis < -rank || axis >= rank) throw Malformed("an axis beyond the rank");
    return static_cast<std::size_t>(axis < 0 ? axis + 4 : axis + 4 - rank);
}
template <class T> using scale_of = std::conditional_t<std::is_integral_v<T>, PerTensor<>, Unscaled>;
template <class T> QTensor<const T, scale_of<T>, Four> seen(const std::vector<T>& values, const Index& e) {
    return {values.data(), Four(e[0], e[1], e[2], e[3])};
}
template <class T> QTensor<T, scale_of<T>, Four> target(std::vector<T>& values, const Index& e) {
    return {values.data(), Four(e[0], e[1], e[2], e[3])};
}
std::size_t count(const Index& e) { return e[0] * e[1] * e[2] * e[3]; }

/// body(T{}) for the elements that element-wise operations take.
template <class Body> void with_element(const Tensor& x, Body&& body) {
    if (x.type == "float32") return body(float{});
    if (x.type == "int8") return body(std::int8_t{});
    if (x.type == "uint8") return body(std::uint8_t{});
    if (x.type == "int16") return body(std::int16_t{});
    throw Inapplicable(x.type);
}

// ---- two tensors become one -----------------------------------------------------------------------------------------

/// One input is itself, three are combined from the left. Inputs are read as T; `stored` makes the output of them.
template <class Op, class T, class Stored> void combine_as(Case& run, const Stored& stored) {
    const auto read = [&](std::size_t i) {
        if constexpr (std::same_as<T, float>) {
            return needed(run, i).reals();
        } else {
            return needed(run, i).read<T>();
        }
    };
    const Index whole = extents(result(run).shape);
    EveryArch::each([&]<class Arch>() {
        std::vector<T> y = read(0);
        Index own = extents(needed(run, 0).shape);
        for (std::size_t i = 1; i < run.entry().at("node_inputs").size(); ++i, own = whole) {
            const std::vector<T> a = y, b = read(i);
            y.assign(count(whole), T{});
            combine_into<Op, numerics::TfLite, Arch>(seen(a, own), seen(b, extents(needed(run, i).shape)),
                                                     target(y, whole));
        }
        run.expect(run.node_output(0), stored(y), Arch::name);
    });
}
template <class Op> void combine(Case& run) {
    if (needed(run, 0).type == "float16") {  // a type of storage: real numbers in between
        return combine_as<Op, float>(run, [](const std::vector<float>& y) {
            std::vector<float16> halves;
            for (const float value : y) halves.push_back(float16(value));
            return halves;
        });
    }
    with_element(needed(run, 0),
                 [&]<class T>(T) { combine_as<Op, T>(run, [](const std::vector<T>& y) { return y; }); });
}
/// The smaller or larger of two codes needs no scale, so 32 bits will do.
template <class Op> void extreme(Case& run) {
    if (needed(run, 0).type != "int32") return combine<Op>(run);
    combine_as<Op, std::int32_t>(run, [](const std::vector<std::int32_t>& y) { return y; });
}

void clip(Case& run) {
    with_element(needed(run, 0), [&]<class T>(T) {
        using Limit = std::conditional_t<std::is_integral_v<T>, std::int32_t, float>;
        const auto limit = [&](std::size_t position, T otherwise) {
            const Tensor* given = run.node_input(position);
            return static_cast<Limit>(given == nullptr ? otherwise : given->read<T>().at(0));
        };
        const Clamp<Limit> stage{limit(1, std::numeric_limits<T>::lowest()), limit(2, std::numeric_limits<T>::max())};
        const auto bound = bind_stages(Incoming<T, 1, scale_of<T>>{{}, 1}, stage);
        std::vector<T> y;
        for (const T x : needed(run, 0).read<T>())
            y.push_back(static_cast<T>(bound(static_cast<Limit>(x), Cell{0, 0, 1})));
        run.expect(run.node_output(0), y);
    });
}

// ---- one number at a time -------------------------------------------------------------------------------------------

/// The float reading of a layer over samples.
template <class L> void run_layer(Case& run, const typename L::Float& real = {}) {
    if (needed(run, 0).dtype != "float32") throw Inapplicable(needed(run, 0).dtype);
    const auto x = needed(run, 0).reals();
    EveryArch::each([&]<class Arch>() {
        const auto layer = pack<Arch>(real);
        std::vector<float> y(x.size() / input_size<L> * output_size<L>);
        layer.run(x.data(), y.data(), x.size() / input_size<L>, {});
        run.expect(run.node_output(0), y, Arch::name);
    });
}
template <class F> void activation(Case& run) { run_layer<Lookup<Shape<1>, F>>(run); }
void gelu(Case& run) {
    if (run.text("approximate", "none") != "none") throw Inapplicable("approximate_gelu");
    activation<Gelu>(run);
}
void hard_sigmoid(Case& run) {
    // The library has Keras' and TFLite's, of slope 1/6.
    const double alpha = run.has("alpha") ? run.real("alpha") : 0.2, beta = run.has("beta") ? run.real("beta") : 0.5;
    if (alpha != 1.0 / 6.0 || beta != 0.5) throw Inapplicable("slope_of_hard_sigmoid");
    activation<HardSigmoid>(run);
}
void leaky_relu(Case& run) {
    const auto alpha = static_cast<float>(run.has("alpha") ? run.real("alpha") : 0.01);
    if (alpha == 0.01f) return run_layer<LeakyRelu<Shape<1>, Ratio<1, 100>>>(run);
    if (alpha == 0.1f) return run_layer<LeakyRelu<Shape<1>, Ratio<1, 10>>>(run);
    throw Inapplicable("slope_of_leaky_relu");
}
void prelu(Case& run) {
    const auto alpha = needed(run, 1).reals();
    const auto with = [&]<class L>(L) {
        typename L::Float real{};
        for (std::size_t i = 0; i < alpha.size(); ++i) real.alpha[i] = alpha[i];
        run_layer<L>(run, real);
    };
    if (alpha.size() == 60) return with(PRelu<Shape<60>>{});
    if (alpha.size() == 5) return with(PRelu<Shape<5>>{});
    throw Inapplicable("channels_of_prelu");
}

// ---- rows -----------------------------------------------------------------------------------------------------------

/// x with an axis turned to the back, and back again.
std::vector<float> turned(const std::vector<float>& x, const Index& shape, std::size_t axis, bool back) {
    Index order{0, 1, 2, 3}, from = shape;
    std::swap(order[axis], order[3]);
    std::swap(from[axis], from[3]);
    std::vector<float> y(x.size());
    copy_into(qtensor::transposed(seen(x, back ? from : shape), order), target(y, back ? shape : from));
    return y;
}
template <template <class, class> class Layer> void softmax(Case& run) {
    const Tensor& x = needed(run, 0);
    const std::size_t axis = axis_of(x, run.integer("axis", -1));
    const Index shape = extents(x.shape);
    const auto rows = turned(x.reals(), shape, axis, false);
    const auto with = [&]<std::size_t N>(std::integral_constant<std::size_t, N>) {
        using L = Layer<Shape<N>, numerics::TfLite>;
        std::vector<float> y(rows.size());
        pack<arch::native>(typename L::Float{}).run(rows.data(), y.data(), rows.size() / N, {});
        run.expect(run.node_output(0), turned(y, shape, axis, true));
    };
    switch (shape[axis]) {
    case 3:
        return with(std::integral_constant<std::size_t, 3>{});
    case 4:
        return with(std::integral_constant<std::size_t, 4>{});
    case 5:
        return with(std::integral_constant<std::size_t, 5>{});
    default:
        throw Inapplicable("logits_of_softmax");
    }
}

/// Rows of `n` numbers, each with gains and biases that start at `first(row)`.
template <class First>
std::vector<float> normalized(const std::vector<float>& x, std::size_t n, bool centered, double epsilon,
                              const std::vector<float>& gain, const std::vector<float>& bias, std::size_t repeat,
                              const First& first) {
    std::vector<float> y(x.size());
    for (std::size_t row = 0; row < x.size() / n; ++row) {
        const auto at = [&](const std::vector<float>& values, std::size_t i) {
            return values.empty() ? 0.0f : values.at(first(row) + i / repeat);
        };
        qtensor::detail::normalize_reals(
            centered, epsilon, x.data() + row * n, y.data() + row * n, n, [&](std::size_t i) { return at(gain, i); },
            [&](std::size_t i) { return at(bias, i); });
    }
    return y;
}
double epsilon_of(const Case& run) { return run.has("epsilon") ? run.real("epsilon") : 1e-5; }

/// LayerNormalization and RMSNormalization: the axes from one on are a row.
template <bool Centered> void row_norm(Case& run) {
    const Tensor& x = needed(run, 0);
    std::size_t n = 1;
    const Index shape = extents(x.shape);
    for (std::size_t axis = axis_of(x, run.integer("axis", -1)); axis < 4; ++axis) n *= shape[axis];
    const auto values = x.reals();
    const Tensor* bias = run.node_input(2);
    run.expect(run.node_output(0),
               normalized(values, n, Centered, epsilon_of(run), needed(run, 1).reals(),
                          bias == nullptr ? std::vector<float>{} : bias->reals(), 1, [](std::size_t) { return 0; }));
    const std::size_t outputs = run.entry().at("node_outputs").size();
    std::vector<float> means, factors;
    for (std::size_t at = 0; at < values.size(); at += n) {
        double sum = 0.0, squares = 0.0;
        for (std::size_t i = at; i < at + n; ++i) {
            sum += static_cast<double>(values[i]);
            squares += static_cast<double>(values[i]) * static_cast<double>(values[i]);
        }
        const auto norm =
            qtensor::detail::Normalizer::of(Centered, static_cast<double>(n), sum, squares, epsilon_of(run));
        means.push_back(static_cast<float>(norm.shift));
        factors.push_back(static_cast<float>(norm.factor));
    }
    if (outputs > 1) run.expect(run.node_output(1), means);
    if (outputs > 2) run.expect(run.node_output(2), factors);
}
/// GroupNormalization, InstanceNormalization: [batch][channels][...], channels in `groups`.
void group_norm(Case& run, std::size_t groups) {
    const Tensor& x = needed(run, 0);
    const std::size_t channels = x.shape.at(1), pixels = x.size() / (x.shape[0] * channels);
    run.expect(run.node_output(0), normalized(x.reals(), pixels * channels / groups, true, epsilon_of(run),
                                              needed(run, 1).reals(), needed(run, 2).reals(), pixels,
                                              [&](std::size_t row) { return row % groups * (channels / groups); }));
}
void group_normalization(Case& run) { group_norm(run, static_cast<std::size_t>(run.integer("num_groups"))); }
void instance_normalization(Case& run) { group_norm(run, needed(run, 0).shape.at(1)); }

/// Folded into a layer that passes its input on.
void batch_norm(Case& run) {
    const Tensor& x = needed(run, 0);
    if (x.shape.size() != 4 || x.shape[1] != 3) throw Inapplicable("channels_of_batch_norm");
    using L = Dense<3, 3>;
    L::Float real{};
    BatchNorm<3> norm{};
    norm.epsilon = epsilon_of(run);
    for (std::size_t c = 0; c < 3; ++c) {
        real.weights(c, c) = 1.0f;
        norm.gain[c] = needed(run, 1).reals().at(c);
        norm.shift[c] = needed(run, 2).reals().at(c);
        norm.mean[c] = needed(run, 3).reals().at(c);
        norm.variance[c] = needed(run, 4).reals().at(c);
    }
    const auto pixels = turned(x.reals(), extents(x.shape), 1, false);
    const L::Float parameters = folded(real, norm);
    const auto layer = pack<arch::scalar>(parameters);
    std::vector<float> y(pixels.size());
    layer.run(pixels.data(), y.data(), pixels.size() / 3, {});
    run.expect(run.node_output(0), turned(y, extents(x.shape), 1, true));
}

void reduce_mean(Case& run) {
    if (needed(run, 0).shape != std::vector<std::size_t>{3, 2, 2}) throw Inapplicable("shape_of_mean");
    const Tensor* given = run.node_input(1);
    const auto axes = given == nullptr ? std::vector<std::int64_t>{} : given->integers();
    using Size = Shape<3, 2, 2>;
    if (axes.empty()) return run_layer<ReduceMean<Size, Axes<0, 1, 2>>>(run);
    if (axes == std::vector<std::int64_t>{1} || axes == std::vector<std::int64_t>{-2})
        return run_layer<ReduceMean<Size, Axes<1>>>(run);
    throw Inapplicable("axes_of_mean");
}

// ---- tensors that are moved -----------------------------------------------------------------------------------------

void transpose(Case& run) {
    const Tensor& x = needed(run, 0);
    const auto given = list(run, "perm");
    const std::size_t rank = x.shape.size(), lead = 4 - rank;
    Index order{0, 1, 2, 3};
    for (std::size_t i = 0; i < rank; ++i)
        order[lead + i] = lead + (given.empty() ? rank - 1 - i : static_cast<std::size_t>(given.at(i)));
    const auto values = x.reals();
    std::vector<float> y(values.size());
    copy_into(qtensor::transposed(seen(values, extents(x.shape)), order), target(y, extents(result(run).shape)));
    run.expect(run.node_output(0), y);
}
void concat(Case& run) {
    const std::size_t axis = axis_of(needed(run, 0), run.integer("axis"));
    const Index whole = extents(result(run).shape);
    std::vector<float> y(count(whole));
    Index begin{};
    for (std::size_t i = 0; i < run.entry().at("node_inputs").size(); ++i) {
        const Index part = extents(needed(run, i).shape);
        const auto values = needed(run, i).reals();
        const auto to = target(y, whole);
        copy_into(seen(values, part), sliced(to, begin, part));
        begin[axis] += part[axis];
    }
    run.expect(run.node_output(0), y);
}
void split(Case& run) {
    const Tensor& x = needed(run, 0);
    const std::size_t axis = axis_of(x, run.integer("axis", 0));
    const auto values = x.reals();
    Index begin{};
    for (std::size_t i = 0; i < run.entry().at("node_outputs").size(); ++i) {
        const Index part = extents(result(run, i).shape);
        std::vector<float> y(count(part));
        const auto from = seen(values, extents(x.shape));
        copy_into(sliced(from, begin, part), target(y, part));
        run.expect(run.node_output(i), y);
        begin[axis] += part[axis];
    }
}
void pad(Case& run) {
    const std::string mode = run.text("mode", "constant");
    if (mode != "constant") throw Inapplicable("mode_of_pad_" + mode);
    const Tensor& x = needed(run, 0);
    const auto pads = needed(run, 1).integers();
    const Tensor *value = run.node_input(2), *axes = run.node_input(3);
    const Index whole = extents(result(run).shape), part = extents(x.shape);
    Index begin{};
    for (std::size_t i = 0; i < pads.size() / 2; ++i) {
        const std::int64_t axis = axes == nullptr ? static_cast<std::int64_t>(i) : axes->integers().at(i);
        if (pads[i] < 0) throw Inapplicable("negative_pads");
        begin[axis_of(x, axis)] = static_cast<std::size_t>(pads[i]);
    }
    const auto values = x.reals();
    std::vector<float> y(count(whole));
    const auto to = target(y, whole);
    fill(to, value == nullptr ? 0.0f : value->reals().at(0));
    copy_into(seen(values, part), sliced(to, begin, part));
    run.expect(run.node_output(0), y);
}

const Part part("onnx_node", {
                                 {"Add", combine<Add>},
                                 {"Sub", combine<Subtract>},
                                 {"Mul", combine<Multiply>},
                                 {"Max", extreme<Maximum>},
                                 {"Min", extreme<Minimum>},
                                 {"Sum", combine<Add>},
                                 {"Clip", clip},
                                 {"Sigmoid", activation<Sigmoid>},
                                 {"Tanh", activation<Tanh>},
                                 {"HardSwish", activation<HardSwish>},
                                 {"Elu", activation<Elu>},
                                 {"Softplus", activation<Softplus>},
                                 {"Swish", activation<Silu>},
                                 {"Gelu", gelu},
                                 {"HardSigmoid", hard_sigmoid},
                                 {"LeakyRelu", leaky_relu},
                                 {"PRelu", prelu},
                                 {"Softmax", softmax<Softmax>},
                                 {"LogSoftmax", softmax<LogSoftmax>},
                                 {"LayerNormalization", row_norm<true>},
                                 {"RMSNormalization", row_norm<false>},
                                 {"GroupNormalization", group_normalization},
                                 {"InstanceNormalization", instance_normalization},
                                 {"BatchNormalization", batch_norm},
                                 {"ReduceMean", reduce_mean},
                                 {"Transpose", transpose},
                                 {"Concat", concat},
                                 {"Split", split},
                                 {"Pad", pad},
                             });

}  // namespace
}  // namespace conformance
