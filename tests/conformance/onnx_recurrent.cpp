// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite onnx_node: LSTM and GRU in their float reading, one direction. ONNX orders the gates of an LSTM input, output,
/// forget, cell, and gives every gate a bias for the product of what was hidden, too.

#include <qtensor/layer/gru.hpp>
#include <qtensor/layer/lstm.hpp>

#include "conformance/suite.hpp"
#include "support/arches.hpp"

namespace conformance {
namespace {

using namespace qtensor;

const Tensor& needed(const Case& run, std::size_t position) {
    const Tensor* tensor = run.node_input(position);
    if (tensor == nullptr) throw Malformed("an input is missing");
    return *tensor;
}

/// Runs step by step and compares all hidden numbers (output 0) and the last ones (output 1).
template <class L> void run_sequences(Case& run, const typename L::Float& real) {
    constexpr std::size_t in = L::input_shape::static_extent(1), hidden = L::output_shape::static_extent(1);
    const Tensor& x = needed(run, 0);
    const bool batch_first = run.integer("layout", 0) != 0;
    const std::size_t steps = x.shape[batch_first ? 1 : 0], batch = x.shape[batch_first ? 0 : 1];
    const auto values = x.reals();
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto layer = pack<Arch>(real);
        std::vector<float> all(values.size() / in * hidden), last(batch * hidden);
        std::vector<std::byte> workspace(layer.workspace_bytes() + 64);
        for (std::size_t n = 0; n < batch; ++n) {
            auto state = layer.initial_state();
            for (std::size_t t = 0; t < steps; ++t) {
                const std::size_t at = batch_first ? n * steps + t : t * batch + n;
                layer.step(values.data() + at * in, state, all.data() + at * hidden, workspace);
                std::copy_n(all.data() + at * hidden, hidden, last.data() + n * hidden);
            }
        }
        if (!run.node_output(0).empty()) run.expect(run.node_output(0), all, Arch::name);
        run.expect(run.node_output(1), last, Arch::name);
    });
}

/// What no layer has.
void require_plain(const Case& run) {
    for (const std::size_t position : {4u, 5u, 6u})
        if (run.node_input(position) != nullptr) throw Inapplicable("initial_states_and_lengths");
    if (run.text("direction", "forward") != "forward") throw Inapplicable("direction");
}

template <std::size_t In, std::size_t Hidden> void lstm_of(Case& run) {
    using L = Lstm<1, In, Hidden>;
    constexpr std::size_t from[] = {0, 2, 3, 1};  // input, forget, cell, output among ONNX's gates
    typename L::Float real{};
    const auto w = needed(run, 1).reals(), r = needed(run, 2).reals();
    const auto b = run.node_input(3) == nullptr ? std::vector<float>(8 * Hidden) : run.node_input(3)->reals();
    for (std::size_t gate = 0; gate < 4; ++gate) {
        for (std::size_t j = 0; j < Hidden; ++j) {
            const std::size_t at = from[gate] * Hidden + j, row = gate * Hidden + j;
            for (std::size_t i = 0; i < In; ++i) real.input_weights(row, i) = w.at(at * In + i);
            for (std::size_t i = 0; i < Hidden; ++i) real.hidden_weights(row, i) = r.at(at * Hidden + i);
            real.bias(row) = b.at(at) + b.at(4 * Hidden + at);
        }
    }
    run_sequences<L>(run, real);
}

template <std::size_t In, std::size_t Hidden, class Reset> void gru_of(Case& run) {
    using L = Gru<1, In, Hidden, numerics::TfLite, Reset>;
    typename L::Float real{};
    const auto w = needed(run, 1).reals(), r = needed(run, 2).reals();
    std::copy(w.begin(), w.end(), real.input_weights.data());
    std::copy(r.begin(), r.end(), real.hidden_weights.data());
    if (const Tensor* bias = run.node_input(3)) {
        const auto b = bias->reals();
        for (std::size_t j = 0; j < 3 * Hidden; ++j) real.bias(j) = b.at(j), real.hidden_bias(j) = b.at(3 * Hidden + j);
    }
    run_sequences<L>(run, real);
}

/// A layer of static shape for the sizes that ONNX's cases have.
void lstm(Case& run) {
    require_plain(run);
    if (run.node_input(7) != nullptr) throw Inapplicable("peepholes");
    const std::size_t in = needed(run, 1).shape.at(2), hidden = needed(run, 2).shape.at(2);
    if (in == 2 && hidden == 3) return lstm_of<2, 3>(run);
    if (in == 2 && hidden == 7) return lstm_of<2, 7>(run);
    if (in == 3 && hidden == 4) return lstm_of<3, 4>(run);
    throw Inapplicable("size_of_recurrent_layer");
}
void gru(Case& run) {
    require_plain(run);
    const std::size_t in = needed(run, 1).shape.at(2), hidden = needed(run, 2).shape.at(2);
    if (run.integer("linear_before_reset", 0) != 0) throw Inapplicable("linear_before_reset");
    if (in == 2 && hidden == 5) return gru_of<2, 5, ResetBefore>(run);
    if (in == 2 && hidden == 6) return gru_of<2, 6, ResetBefore>(run);
    if (in == 3 && hidden == 3) return gru_of<3, 3, ResetBefore>(run);
    if (in == 3 && hidden == 5) return gru_of<3, 5, ResetBefore>(run);
    throw Inapplicable("size_of_recurrent_layer");
}

const Part part("onnx_node", {{"LSTM", lstm}, {"GRU", gru}});

}  // namespace
}  // namespace conformance
