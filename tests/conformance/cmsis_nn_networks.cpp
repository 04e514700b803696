// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite cmsis_nn: recurrent layers and the keyword spotting network. Recurrent layers are types of one size here:
/// smaller cases are padded with weights of zero, which changes no sum.

#include <algorithm>
#include <cmath>

#include "conformance/cmsis_nn_convolution.hpp"
#include "conformance/suite.hpp"

namespace conformance {
namespace {

using namespace qtensor;
using cmsis::extent;
using cmsis::number;

/// The files use weights of -128.
template <class X> struct AllCodes : numerics::TfLite {
    using activation = X;
    using weight = std::int8_t;
};

/// Copies [rows][columns] into the corner of rows of `width`.
template <class From, class To>
void place(const std::vector<From>& from, std::size_t rows, std::size_t columns, To* to, std::size_t width) {
    if (from.size() != rows * columns) throw Malformed("weights of another size than their layer");
    for (std::size_t r = 0; r < rows; ++r)
        std::transform(&from[r * columns], &from[r * columns] + columns, to + r * width,
                       [](From value) { return static_cast<To>(value); });
}

constexpr std::size_t widest = 64;
void check_width(std::size_t width, std::size_t most = widest) {
    if (width > most) throw Inapplicable("wide");
}

template <class X> void lstm(Case& run) {
    using L = Lstm<1, widest, widest, AllCodes<X>>;
    const std::size_t batch = extent(run, "batch_size"), steps = extent(run, "time_steps"),
                      in = extent(run, "input_size"), hidden = extent(run, "hidden_size");
    check_width(in);
    check_width(hidden);
    const auto words = [&](const std::string& what) {
        return std::array<std::int32_t, 2>{static_cast<std::int32_t>(run.integer(what + "_multiplier")),
                                           static_cast<std::int32_t>(run.integer(what + "_shift"))};
    };
    typename L::Quantized codes{};
    codes.input_weights = decltype(codes.input_weights)({}, {{1.0f, 1.0f, 1.0f, 1.0f}});
    codes.hidden_weights = decltype(codes.hidden_weights)({}, {{1.0f, 1.0f, 1.0f, 1.0f}});
    codes.input = {1.0f, -number(run, "input_zero_point", 0)};  // the files hold the offset
    codes.output = {1.0f, number(run, "output_zero_point", 0)};
    typename L::template PackedQuantized<arch::scalar>::Cells cells;
    const char* gates[] = {"input", "forget", "cell", "output"};
    for (std::size_t gate = 0; gate < 4; ++gate) {
        const std::string what = std::string(gates[gate]) + "_gate";
        const std::size_t first = gate * widest;
        place(run.tensor(what + "_input_weights").read<std::int8_t>(), hidden, in,
              codes.input_weights.data() + first * widest, widest);
        place(run.tensor(what + "_hidden_weights").read<std::int8_t>(), hidden, hidden,
              codes.hidden_weights.data() + first * widest, widest);
        const auto bias = run.tensor(what + "_bias").integers();
        if (std::any_of(bias.begin(), bias.end(), [](auto b) { return b != static_cast<std::int32_t>(b); }))
            throw Malformed("a bias beyond int32");
        place(bias, 1, hidden, codes.bias.data() + first, hidden);
        cells.input[gate] = words(what + "_input");
        cells.hidden[gate] = words(what + "_hidden");
    }
    cells.forget_to_cell = words("forget_to_cell");
    cells.input_to_cell = words("input_to_cell");
    cells.to_hidden = words("output");
    cells.cell_power = number(run, "cell_scale_power", 0);
    cells.clip = number(run, "cell_clip", 32767);
    cells.zero = codes.output.zero;
    const auto x = run.tensor("input_tensor").read<X>();
    if (x.size() != batch * steps * in) throw Malformed("the input has another size than its extents");
    const bool time_first = run.text("time_major", "false") == "true";
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const typename L::template PackedQuantized<Arch> layer(codes, cells);
        const AlignedBytes scratch(layer.workspace_bytes(1));
        std::vector<X> y(batch * steps * hidden);
        for (std::size_t n = 0; n < batch; ++n) {
            auto state = layer.initial_state();
            for (std::size_t t = 0; t < steps; ++t) {
                const std::size_t at = time_first ? t * batch + n : n * steps + t;
                std::array<X, widest> from{}, to{};
                std::copy_n(&x[at * in], in, from.begin());
                layer.step(from.data(), state, to.data(), scratch.span());
                std::copy_n(to.begin(), hidden, &y[at * hidden]);
            }
        }
        run.expect("output", y, Arch::name);
    });
}

/// The multipliers of the files are given as scales of the weights.
template <class State> void svdf(Case& run) {
    constexpr std::size_t most_memory = 16, most_rank = 4;
    using L = Svdf<1, widest, widest, most_memory, most_rank, Identity, AllCodes<std::int8_t>, State>;
    const std::size_t batch = extent(run, "input_batches"), in = extent(run, "input_size"), rank = extent(run, "rank"),
                      features = extent(run, "feature_batches"), memory = extent(run, "time_batches");
    if (rank == 0 || features % rank != 0) throw Malformed("features are not divided evenly");
    const std::size_t units = features / rank;
    check_width(in);
    check_width(units);
    check_width(rank, most_rank);
    check_width(memory, most_memory);
    const auto real = [&](const char* mantissa, const char* shift) {
        return std::ldexp(static_cast<float>(run.integer(mantissa)), number(run, shift, 0) - 31);
    };
    typename L::Quantized codes{};
    codes.feature_weights = decltype(codes.feature_weights)({}, PerTensor<>{real("multiplier_in", "shift_1")});
    codes.time_weights = decltype(codes.time_weights)({}, PerTensor<>{real("multiplier_out", "shift_2")});
    codes.input = {1.0f, number(run, "input_offset", 0)};
    codes.output = {1.0f, number(run, "output_offset", 0)};
    codes.state = PerTensor<>{1.0f};
    const auto weights = run.tensor("weights_feature").read<std::int8_t>();
    const auto times = run.tensor("weights_time").read<State>();
    if (weights.size() != features * in || times.size() != features * memory)
        throw Malformed("weights of another size than their layer");
    for (std::size_t f = 0; f < features; ++f) {  // the newest state stands last
        const std::size_t to = f / rank * most_rank + f % rank;
        std::copy_n(&weights[f * in], in, codes.feature_weights.data() + to * widest);
        std::copy_n(&times[f * memory], memory, codes.time_weights.data() + (to + 1) * most_memory - memory);
    }
    const auto bias = run.tensor("biases").read<std::int32_t>();
    std::copy_n(bias.begin(), std::min(bias.size(), units), codes.bias.data());
    const auto x = run.tensor("input_sequence").read<std::int8_t>();
    const auto clamp = cmsis::clamp_of<std::int8_t>(run);
    qtensor_test::EveryArch::each([&]<class Arch>() {
        const auto layer = pack<Arch>(codes);
        const AlignedBytes scratch(layer.workspace_bytes(1));
        std::vector<std::int8_t> y(batch * units);
        for (std::size_t n = 0; n < batch; ++n) {
            auto state = layer.initial_state();  // zeros, as in the unit test of CMSIS-NN
            std::array<std::int8_t, widest> to{};
            for (std::size_t step = 0; step < x.size() / (batch * in); ++step) {
                std::array<std::int8_t, widest> from{};
                std::copy_n(&x[(step * batch + n) * in], in, from.begin());
                layer.step(from.data(), state, to.data(), scratch.span());
            }
            for (std::size_t u = 0; u < units; ++u)
                y[n * units + u] = static_cast<std::int8_t>(std::clamp<int>(to[u], clamp.lowest, clamp.highest));
        }
        run.expect("output_ref", y, Arch::name);
    });
}

/// Convolution, five pairs of a depthwise and a pointwise one, mean, fully connected, softmax.
void ds_cnn(Case& run) {
    const auto input = run.tensor("input").read<std::int8_t>();
    qtensor_test::EveryArch::each([&]<class Arch>() {
        using X = std::int8_t;
        auto codes = input;
        for (int number = 1; number <= 11; ++number) {
            const std::string kind = number % 2 == 1 ? "conv_2d_" : "depthwise_conv_2d_", at = std::to_string(number);
            const Case layer(run, kind + at + "_", "layer_" + at + "_" + kind);
            codes = number % 2 == 1 ? cmsis::convolution<Arch, X, X, std::int32_t>(layer, codes)
                                    : cmsis::depthwise_convolution<Arch, X, X, std::int32_t>(layer, codes);
        }
        const Case last(run, "conv_2d_11_", "layer_11_"),
            connected(run, "fully_connected_14_", "layer_14_fully_connected_");
        const cmsis::Image image(1, extent(last, "output_h"), extent(last, "output_w"), extent(last, "out_ch"));
        std::vector<X> pooled(image.extent(3));
        pool_into<Mean, Arch>(
            {{image.extent(1)}, {image.extent(2)}},
            QTensor<const X, Affine<>, cmsis::Image>(codes.data(), image, Affine{1.0f, 0}),
            QTensor<X, Affine<>, cmsis::Image>(pooled.data(), cmsis::Image(1, 1, 1, pooled.size()), Affine{1.0f, 0}));
        const std::size_t n = extent(run, "softmax_15_row_size");
        const auto w = connected.tensor("weights").read<X>();
        const auto logits = multiply<Arch>(
            matrix(pooled, 1, pooled.size(), Affine{1.0f, -number(connected, "input_offset", 0)}),
            matrix(w, n, pooled.size(), Affine{1.0f, 0}), bias_of(connected.tensor("bias").read<std::int32_t>()),
            RequantizeBy<X, CmsisNn>{Affine{1.0f, number(connected, "output_offset", 0)}, cmsis::words_of(connected)},
            cmsis::clamp_of<X>(connected));
        std::vector<X> y(n);
        softmax_rows<X, X, CmsisNn, Arch>({number(run, "softmax_15_mult", 0), number(run, "softmax_15_shift", 0),
                                           number(run, "softmax_15_diff_min", 0)},
                                          logits.data(), y.data(), 1, n);
        run.expect("output_ref", y, Arch::name);
    });
}

const Part part("cmsis_nn", {
                                {"lstm_s8", lstm<std::int8_t>},
                                {"lstm_s16", lstm<std::int16_t>},
                                {"svdf_s8", svdf<std::int8_t>},
                                {"svdf_state_s8_s8", svdf<std::int8_t>},
                                {"svdf_state_s16_s8", svdf<std::int16_t>},
                                {"network_ds_cnn_s8", ds_cnn},
                            });

}  // namespace
}  // namespace conformance
