// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Convolutions to be measured, one or a whole chain: what a layer type says, as values that any library can read, the
/// image that goes in, and what has to come out. Everybody who takes part reads the same weights, and everybody's
/// result is compared with the same reference, loops written for this purpose, before it is timed.

#include "../../tests/support/mobilenet.hpp"
#include "problem.hpp"

namespace bench {

/// One layer, an image in NHWC.
struct Convolution {
    std::size_t height, width, channels, outputs;
    qtensor::Window window;
    bool depthwise;
    bool relu;
    const std::int8_t* weights;  ///< [outputs][rows][columns][channels], depthwise [rows][columns][outputs]
    const float* scales;         ///< one per output
    const std::int32_t* bias;
    qtensor::Affine<> x, y;

    std::size_t out_height() const { return window.y.output(height); }
    std::size_t out_width() const { return window.x.output(width); }
    std::size_t out_size() const { return out_height() * out_width() * outputs; }
    std::size_t weight_count() const { return window.taps() * outputs * (depthwise ? 1 : channels); }
};

/// How activations are stored. Zero points cost their owner something: `plain` does without, an easier job.
enum class Codes { s8, plain_s8, plain_u8, real };

struct Convolutions {
    std::vector<Convolution> layers;
    Cells<std::int8_t> image;
    std::vector<double> known{};  ///< what comes out where the layers are not one chain

    const Convolution& last() const { return layers.back(); }
    std::size_t largest_edge() const {
        std::size_t most = image.size();
        for (const Convolution& layer : layers) most = std::max(most, layer.out_size());
        return most;
    }
    /// The image; of plain_u8 the bits of code + 128.
    Cells<std::int8_t> image_as(Codes codes) const {
        Cells<std::int8_t> made = image;
        if (codes == Codes::plain_u8)
            for (std::int8_t& code : made) code = static_cast<std::int8_t>(code ^ -128);
        return made;
    }

    /// What comes out, as codes or real numbers.
    std::vector<double> expected(Codes codes) const {
        if (!known.empty()) return known;
        return codes == Codes::real ? through<double>(codes) : through<std::int32_t>(codes);
    }

private:
    template <class Sum> std::vector<double> through(Codes codes) const {
        using Cell = std::conditional_t<std::is_same_v<Sum, double>, float, std::int32_t>;
        std::vector<Cell> at(image.size());
        const Convolution& first = layers.front();
        for (std::size_t i = 0; i < at.size(); ++i) {
            if constexpr (std::is_same_v<Sum, double>) {
                at[i] = static_cast<float>(image[i] - first.x.zero) * first.x.value;
            } else {
                at[i] = codes == Codes::plain_u8 ? image[i] + 128 : image[i];
            }
        }
        for (const Convolution& layer : layers) at = one<Sum>(layer, codes, at);
        return {at.begin(), at.end()};
    }

    template <class Sum, class Cell>
    static std::vector<Cell> one(const Convolution& c, Codes codes, const std::vector<Cell>& x) {
        std::vector<Cell> y(c.out_size());
        std::vector<Sum> sums(c.outputs);
        const Cell x_zero = codes == Codes::s8 ? static_cast<Cell>(c.x.zero) : Cell{};
        for (std::size_t at = 0; at < c.out_height() * c.out_width(); ++at) {
            const qtensor::Taps down = c.window.y.taps(at / c.out_width(), c.height);
            const qtensor::Taps across = c.window.x.taps(at % c.out_width(), c.width);
            std::fill(sums.begin(), sums.end(), Sum{});
            for (std::size_t row = down.first; row < down.last; ++row)
                for (std::size_t column = across.first; column < across.last; ++column) {
                    const auto iy = static_cast<std::size_t>(down.origin + static_cast<std::ptrdiff_t>(row));
                    const auto ix = static_cast<std::size_t>(across.origin + static_cast<std::ptrdiff_t>(column));
                    const Cell* from = x.data() + (iy * c.width + ix) * c.channels;
                    const std::size_t tap = row * c.window.x.kernel + column;
                    for (std::size_t j = 0; j < c.outputs; ++j) {
                        if (c.depthwise) {
                            sums[j] += static_cast<Sum>(from[j] - x_zero) * c.weights[tap * c.outputs + j];
                        } else {
                            const std::int8_t* w = c.weights + (j * c.window.taps() + tap) * c.channels;
                            Sum sum{};
                            for (std::size_t k = 0; k < c.channels; ++k)
                                sum += static_cast<Sum>(from[k] - x_zero) * w[k];
                            sums[j] += sum;
                        }
                    }
                }
            for (std::size_t j = 0; j < c.outputs; ++j) y[at * c.outputs + j] = finished<Cell>(c, codes, j, sums[j]);
        }
        return y;
    }

    template <class Cell, class Sum> static Cell finished(const Convolution& c, Codes codes, std::size_t j, Sum sum) {
        if constexpr (std::is_same_v<Sum, double>) {
            const double real = (sum + c.bias[j] * static_cast<double>(c.x.value)) * static_cast<double>(c.scales[j]);
            return static_cast<float>(c.relu && real < 0 ? 0 : real);
        } else {
            using Rule = qtensor::XnnpackFp32;
            const std::int32_t zero = codes == Codes::s8 ? c.y.zero : 0;
            const bool is_unsigned = codes == Codes::plain_u8;
            const std::int32_t lowest = is_unsigned ? 0 : -128, highest = is_unsigned ? 255 : 127;
            return Rule::apply(sum + c.bias[j], Rule::derive(c.x.value, c.scales[j], c.y.value),
                               qtensor::CodeRange{zero, c.relu ? std::max(zero, lowest) : lowest, highest});
        }
    }
};

/// Every number of it.
inline Verdict judge(const Convolutions& problem, Codes codes, const Runner& runner) {
    const std::vector<double> expected = problem.expected(codes);
    double largest = 0;
    for (const double value : expected) largest = std::max(largest, std::abs(value));
    Verdict verdict;
    for (std::size_t at = 0; at < expected.size(); ++at)
        verdict.compare(runner.result(at), expected[at], codes == Codes::real ? 1e-5 * largest : 0.0);
    return verdict;
}

/// Another library that convolves.
struct ConvolvingPeer : PeerOf<Convolutions> {
    Codes codes = Codes::s8;
};

ConvolvingPeer convolving_onednn_s8();
ConvolvingPeer convolving_onednn_u8();
ConvolvingPeer convolving_xnnpack();

/// One convolution, or convolutions one after the other: what peers know.
template <class L> inline constexpr bool is_a_chain = requires { L::window; };
template <class... Layers>
inline constexpr bool is_a_chain<qtensor::Sequential<Layers...>> = (is_a_chain<Layers> && ...);

/// The layers of a network of convolutions, from their types and parameters.
template <class C> void collect(const C& codes, std::vector<Convolution>& layers) {
    if constexpr (requires { codes.weights; }) {
        using L = typename C::layer;
        using In = typename L::input_shape;
        constexpr bool depthwise = requires { L::multiplier; };
        layers.push_back({In::static_extent(0), In::static_extent(1), In::static_extent(2), codes.bias.size(),
                          L::window, depthwise, std::is_same_v<typename L::activation, qtensor::Relu>,
                          codes.weights.data(), codes.weights.scale().values.data(), codes.bias.data(), codes.input,
                          codes.output});
    } else if constexpr (requires { codes.first; }) {
        collect(codes.first, layers);
        collect(codes.rest, layers);
    }
}

/// The same parameters as real numbers.
template <class F, class C> void make_real(F& real, const C& codes) {
    if constexpr (requires { codes.weights; }) {
        qtensor::dequantize_into(codes.weights, std::span<float>(real.weights.data(), real.weights.size()));
        for (std::size_t j = 0; j < codes.bias.size(); ++j)
            real.bias(j) = static_cast<float>(codes.bias(j)) * codes.input.value * codes.weights.scale().scale(j);
    } else if constexpr (requires { codes.first; }) {
        make_real(real.first, codes.first);
        make_real(real.rest, codes.rest);
    }
}

}  // namespace bench
