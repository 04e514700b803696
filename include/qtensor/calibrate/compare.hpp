// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Where did the accuracy go: a float network and another reading of it (integers, float16 weights, dynamic range) run
/// side by side on the same samples, compared layer by layer. io/comparison_text.hpp and io/comparison_html.hpp show
/// the result.
///
///     const Comparison lost = compare(float_net, quantized_net, samples);

#include <algorithm>
#include <limits>

#include "../base/type_name.hpp"
#include "../net/probe.hpp"
#include "calibrate.hpp"
#include "comparison.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

inline double decibels(double signal, double noise) {
    if (noise == 0.0) return std::numeric_limits<double>::infinity();
    return 10.0 * std::log10(signal / noise);
}

template <class S> std::string shape_text() {
    std::string text;
    for (std::size_t axis = 0; axis < S::rank; ++axis)
        text += (axis == 0 ? "" : "x") + std::to_string(S{}.extent(axis));
    return text;
}

/// Sums over batches; `finish` makes the comparison of them.
struct EdgeSums {
    LayerComparison found;
    double lowest = 0.0, highest = 0.0;  // what the codes can mean
    double signal = 0.0, meant = 0.0, both = 0.0, noise = 0.0, noise_alone = 0.0;
    struct Channel {
        float x = 0.0f;
        double code = 0.0;
        bool x_changes = false, code_changes = false;
    };
    std::vector<Channel> channels;

    template <class Code, class Scale, class Meant>
    void add(std::span<const float> x, const Code* codes, const Code* alone, const Scale& scale, Meant&& value) {
        const double half = found.step / 2.0;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const double real = static_cast<double>(x[i]), other = value(codes[i], scale), own = value(alone[i], scale);
            signal += real * real;
            meant += other * other;
            both += real * other;
            noise += (real - other) * (real - other);
            noise_alone += (real - own) * (real - own);
            found.largest_error = std::max(found.largest_error, std::fabs(real - other));
            if (found.step > 0.0) {
                found.clipped += real < lowest - half || real > highest + half ? 1u : 0u;
                const bool at_end = other <= lowest || other >= highest;
                found.saturated += at_end && other != 0.0 ? 1u : 0u;
            }
            Channel& channel = channels[i % channels.size()];
            if (found.values + i < channels.size()) {
                channel.x = x[i];
                channel.code = other;
                if (found.values + i == 0) found.range = {x[i], x[i]};
            }
            channel.x_changes = channel.x_changes || x[i] != channel.x;
            channel.code_changes = channel.code_changes || other != channel.code;
            found.range = {std::min(found.range.lowest, x[i]), std::max(found.range.highest, x[i])};
        }
        found.values += x.size();
    }

    LayerComparison finish() const {
        LayerComparison made = found;
        made.sqnr = decibels(signal, noise);
        made.alone = decibels(signal, noise_alone);
        made.cosine = signal > 0.0 && meant > 0.0 ? both / std::sqrt(signal * meant) : (signal == meant ? 1.0 : 0.0);
        made.channels = channels.size();
        for (const Channel& channel : channels) {
            made.dead += channel.code_changes ? 0u : 1u;
            made.dead_in_float += channel.x_changes ? 0u : 1u;
        }
        return made;
    }
};

template <class L> inline constexpr bool is_sequential = false;
template <class... Layers> inline constexpr bool is_sequential<Sequential<Layers...>> = true;

/// How many layers a packed composition is made of; 0 for a layer.
template <class P> constexpr std::size_t parts_of() {
    if constexpr (requires(const P& packed) { P::layer::depth, packed.template at<0>(); }) {
        return P::layer::depth;
    } else {
        return 0;
    }
}
/// Where `layer` is inside `root`, as numbers with dots; found by its address. "0" for the root itself.
template <class Root, class Layer> bool find_path(const Root& root, const Layer& layer, std::string& path) {
    if constexpr (std::same_as<Root, Layer>) {
        if (&root == &layer) return true;
    }
    if constexpr (parts_of<Root>() == 0) {
        return false;
    } else {
        const std::string front = path.empty() ? path : path + ".";
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return ((path = front + std::to_string(I), find_path(root.template at<I>(), layer, path)) || ...);
        }(std::make_index_sequence<parts_of<Root>()>{});
    }
}
template <class Root, class Layer> std::string path_in(const Root& root, const Layer& layer) {
    std::string path;
    find_path(root, layer, path);
    return path.empty() ? "0" : path;
}

/// Both runs of a batch. The float one is kept, edge by edge; the other one is compared with it as it runs.
class Comparer {
public:
    struct Edge {
        std::vector<float> x, y;
    };

    /// What a float layer made.
    template <class Root, class Packed>
    void keep(const Root& root, const Packed& packed, const float* x, const float* y, std::size_t batch) {
        using L = typename Packed::layer;
        if constexpr (!is_sequential<L>) {  // its values are those of its last layer
            auto from =
                x == nullptr ? kept_.back().y : std::vector<float>(x, x + batch * input_size<L>);  // overwritten
            kept_.push_back({std::move(from), {y, y + batch * output_size<L>}});
            require_finite(kept_.back().y, output_size<L>, "the output of layer " + path_in(root, packed), "compare");
        }
    }

    /// What the same layer of the other reading made.
    template <class Root, class Packed, class Out>
    void compare(const Root& root, const Packed& packed, const Out* y, std::size_t batch) {
        using L = typename Packed::layer;
        if constexpr (!is_sequential<L>) {
            using T = typename Packed::output_element;
            const auto scale = packed.output_scale();
            using Scale = std::remove_const_t<decltype(scale)>;
            const Edge& real = kept_.at(at_ - 1);  // the first edge is the input
            const auto x = taken(packed, real.x);
            std::vector<Out> alone(real.y.size());
            const AlignedBytes workspace(Packed::workspace_bytes(batch));
            packed.run(x.data(), alone.data(), batch, workspace.span());
            EdgeSums& sums = edge<typename L::output_shape, T>(
                [&] { return path_in(root, packed); }, std::string(bare_type_name<L>()),
                shape_text<typename L::input_shape>() + " -> " + shape_text<typename L::output_shape>(), scale);
            sums.add(real.y, y, alone.data(), scale, meaning<Scale>);
        }
    }

    void start_batch() {
        kept_.clear();
        at_ = 0;
    }

    /// The edge in front of the first layer.
    template <class L, class T, class Scale>
    void compare_input(std::span<const float> x, const T* codes, const Scale& scale) {
        EdgeSums& sums =
            edge<typename L::input_shape, T>([] { return "input"; }, "", shape_text<typename L::input_shape>(), scale);
        sums.add(x, codes, codes, scale, meaning<Scale>);
    }

    std::vector<LayerComparison> finish() const {
        std::vector<LayerComparison> made;
        made.reserve(sums_.size());
        for (const EdgeSums& sums : sums_) made.push_back(sums.finish());
        return made;
    }

    /// x at the scale of what a packed layer takes.
    template <class Packed> static auto taken(const Packed& packed, std::span<const float> x) {
        using T = typename Packed::input_element;
        std::vector<cell_of<T>> codes(x.size());
        if constexpr (std::same_as<T, float>) {
            std::copy(x.begin(), x.end(), codes.begin());
        } else {
            const auto scale = packed.input_scale();
            using S = std::remove_const_t<decltype(scale)>;
            quantize_into(x, QTensor<T, S, Shape<dyn>>(codes.data(), Shape<dyn>(x.size()), scale),
                          typename entry_numerics<typename Packed::layer>::type::rounding{});
        }
        return codes;
    }

private:
    template <class Scale> static double meaning_of(double code, const Scale& scale) {
        if constexpr (std::same_as<Scale, Unscaled>) {
            return code;
        } else {
            return static_cast<double>(scale.scale(0)) * (code - static_cast<double>(zero_point_of(scale, 0)));
        }
    }
    template <class Scale>
    static constexpr auto meaning =
        [](auto code, const Scale& scale) { return meaning_of(static_cast<double>(code), scale); };

    template <class Size, class T, class Scale>
    EdgeSums& edge(const auto& path, const std::string& kind, const std::string& shape, const Scale& scale) {
        if (at_ == sums_.size()) {
            EdgeSums& sums = sums_.emplace_back();
            sums.found.path = path();
            sums.found.kind = kind;
            sums.found.shape = shape;
            sums.channels.resize(Size::rank == 0 ? 1 : Size::static_extent(Size::rank - 1));
            if constexpr (!std::same_as<T, float>) {
                sums.found.step = static_cast<double>(scale.scale(0));
                sums.lowest = meaning_of(static_cast<double>(element<T>::lowest), scale);
                sums.highest = meaning_of(static_cast<double>(element<T>::highest), scale);
                sums.found.codes = {static_cast<float>(sums.lowest), static_cast<float>(sums.highest)};
            }
        }
        return sums_[at_++];
    }

    std::vector<Edge> kept_;
    std::vector<EdgeSums> sums_;
    std::size_t at_ = 0;
};

template <class Packed, class Probe>
auto run_probed(const Packed& packed, const auto* x, std::size_t batch, const Probe& probe) {
    using L = typename Packed::layer;
    std::vector<cell_of<typename Packed::output_element>> y(checked_product(batch, output_size<L>));
    const AlignedBytes workspace(Packed::workspace_bytes(batch));
    run_layer(packed, x, y.data(), batch, workspace.span(), Probed{probe});
    return y;
}

}  // namespace detail

/// Compares two readings of a network, given as parameters: `net` is its Float, `other` its Quantized or another
/// reading. `samples` are whole inputs, one behind the other. Throws std::invalid_argument on an empty set, a size that
/// is not a multiple of the input's, or numbers that are not finite, in the samples or behind a layer.
template <class FloatNet, class Other>
Comparison compare(const FloatNet& net, const Other& other, std::span<const float> samples) {
    using L = typename FloatNet::layer;
    static_assert(std::same_as<L, typename Other::layer>,
                  "compare takes two readings of one network: these are parameters of different ones");
    constexpr std::size_t width = input_size<L>, outputs = output_size<L>;
    detail::require_samples(samples, width, "compare");
    const auto real = pack<arch::native>(net);
    const auto quantized = pack<arch::native>(other);
    using Quantized = std::remove_const_t<decltype(quantized)>;
    detail::Comparer comparer;
    Comparison made;
    made.samples = samples.size() / width;
    for (std::size_t at = 0; at < made.samples; at += calibration_batch) {
        const std::size_t batch = std::min(calibration_batch, made.samples - at);
        const std::span<const float> x = samples.subspan(at * width, batch * width);
        comparer.start_batch();
        const auto y = detail::run_probed(real, x.data(), batch,
                                          [&](const auto& layer, const float* in, const float* out, std::size_t n) {
                                              comparer.keep(real, layer, in, out, n);
                                          });
        const auto codes = detail::Comparer::taken(quantized, x);
        comparer.compare_input<L, typename Quantized::input_element>(x, codes.data(), quantized.input_scale());
        const auto z = detail::run_probed(quantized, codes.data(), batch,
                                          [&](const auto& layer, const auto*, const auto* out, std::size_t n) {
                                              comparer.compare(quantized, layer, out, n);
                                          });
        for (std::size_t i = 0; i < batch; ++i) {
            const auto place = [&](const auto& of) {
                const auto* first = of.data() + i * outputs;
                return std::max_element(first, first + outputs) - first;
            };
            made.same_answers += place(y) == place(z) ? 1u : 0u;
        }
    }
    made.layers = comparer.finish();
    return made;
}

}  // namespace qtensor::inline QTENSOR_ABI
