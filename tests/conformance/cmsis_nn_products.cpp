// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite cmsis_nn: fully connected layers and batched products.

#include "conformance/cmsis_nn.hpp"
#include "conformance/product.hpp"
#include "conformance/suite.hpp"

namespace conformance {
namespace {

using namespace qtensor;

using cmsis::number;
using cmsis::Words;
using cmsis::words_of;

/// x * w^T, the bias, CMSIS-NN's requantization and the activation's limits.
template <class Arch, class Y, class XT, class WT, class Bias>
std::vector<Y> layer(const Case& run, const XT& x, const WT& w, const std::vector<Bias>& bias, const Words& words) {
    return multiply<Arch>(x, w, bias_of(bias),
                          RequantizeBy<Y, CmsisNn>{Affine{1.0f, number(run, "output_offset", 0)}, words},
                          cmsis::clamp_of<Y>(run));
}

template <class X, class W, class Bias> void fully_connected(Case& run) {
    const auto n = static_cast<std::size_t>(run.integer("out_ch"));
    const auto k = static_cast<std::size_t>(run.integer("accumulation_depth"));
    const auto m = static_cast<std::size_t>(run.integer("input_batches", 1));
    const auto inputs = run.tensor("input").read<X>();
    const auto cells = run.tensor("weights").read<std::int8_t>();
    std::vector<Bias> bias(n);
    if (const Tensor* given = run.find("biases")) bias = given->read<Bias>();
    const std::vector<cell_of<W>> weights(cells.begin(), cells.end());
    if (weights.size() != cells_for<W>(n * k)) throw Malformed("weights of another size than out_ch and depth");
    const Words words = words_of(run);
    const std::int32_t zero = -number(run, "filter_offset", 0);
    const std::vector<float> ones(n, 1.0f);
    const std::vector<std::int32_t> zeros(n, zero);
    const auto x = matrix(inputs, m, k, Affine{1.0f, -number(run, "input_offset", 0)});
    each_arch<X, W>([&]<class Arch>() {
        if (words.size() == 1) {
            const QTensor<const W, Affine<>, Matrix> w(weights.data(), Matrix(n, k), Affine{1.0f, zero});
            run.expect("output_ref", layer<Arch, X>(run, x, w, bias, words), Arch::name);
        } else {
            const QTensor<const W, PerChannelAffine<dyn>, Matrix> w(weights.data(), Matrix(n, k),
                                                                    PerChannelAffine<dyn>{ones.data(), zeros.data()});
            run.expect("output_ref", layer<Arch, X>(run, x, w, bias, words), Arch::name);
        }
    });
}

/// One side of a batched product: [batch][height][rows][columns]; an extent of 1 is repeated.
template <class T> struct Batches {
    std::size_t batch, height, rows, columns;
    bool turned;
    std::vector<T> values;

    Batches(const Case& run, const std::string& side, bool turn)
        : batch(extent(run, side + "_batch")), height(extent(run, side + "_height")), rows(extent(run, side + "_rows")),
          columns(extent(run, side + "_cols")), turned(turn), values(run.tensor(side + "_input_tensor").read<T>()) {
        if (values.size() != batch * height * rows * columns) throw Malformed(side + " has another size");
    }
    static std::size_t extent(const Case& run, const std::string& name) {
        return static_cast<std::size_t>(run.integer(name));
    }
    /// The matrix that stands at (b, h) of the result, its depth innermost.
    std::vector<T> at(std::size_t b, std::size_t h) const {
        const T* first = values.data() + ((b % batch) * height + h % height) * rows * columns;
        return turned ? transposed(first, rows, columns) : std::vector<T>(first, first + rows * columns);
    }
    std::size_t outer() const { return turned ? columns : rows; }
    std::size_t depth() const { return turned ? rows : columns; }
};

template <class T, class Bias> void batch_matmul(Case& run) {
    const Batches<T> left(run, "lhs", run.integer("adj_x", 0) != 0);
    const Batches<T> right(run, "rhs", run.integer("adj_y", 0) == 0);
    const std::size_t batch = std::max(left.batch, right.batch);
    const std::size_t height = std::max(left.height, right.height);
    const Words words = words_of(run);
    const std::vector<Bias> no_bias(right.outer());
    each_arch<T, T>([&]<class Arch>() {
        std::vector<T> got;
        for (std::size_t b = 0; b < batch; ++b) {
            for (std::size_t h = 0; h < height; ++h) {
                const auto x_values = left.at(b, h);
                const auto w_values = right.at(b, h);
                const auto x =
                    matrix(x_values, left.outer(), left.depth(), Affine{1.0f, -number(run, "lhs_offset", 0)});
                const auto w =
                    matrix(w_values, right.outer(), right.depth(), Affine{1.0f, -number(run, "rhs_offset", 0)});
                const auto y = layer<Arch, T>(run, x, w, no_bias, words);
                got.insert(got.end(), y.begin(), y.end());
            }
        }
        run.expect("output_ref", got, Arch::name);
    });
}

const Part part("cmsis_nn",
                {
                    {"fully_connected_s8", fully_connected<std::int8_t, std::int8_t, std::int32_t>},
                    {"fully_connected_per_channel_s8", fully_connected<std::int8_t, std::int8_t, std::int32_t>},
                    {"fully_connected_s4", fully_connected<std::int8_t, int4, std::int32_t>},
                    {"fully_connected_s16", fully_connected<std::int16_t, std::int8_t, std::int64_t>},
                    {"batch_matmul_s8", batch_matmul<std::int8_t, std::int32_t>},
                    {"batch_matmul_s16", batch_matmul<std::int16_t, std::int64_t>},
                });

}  // namespace
}  // namespace conformance
