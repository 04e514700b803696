// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A convolution of run-time shape with everything it needs in memory of its own: packed filters, multipliers, bias.
/// What a Network (network.hpp) is made of. Whatever could be wrong is refused by std::invalid_argument.

#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../gemm/add_bias.hpp"
#include "../gemm/clamp.hpp"
#include "../gemm/requantize.hpp"
#include "../layer/bound_conv2d.hpp"
#include "../layer/bound_depthwise2d.hpp"
#include "../layer/combine.hpp"
#include "aligned_bytes.hpp"
#include "executor_ref.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// What a layer of a run-time network has learnt; copied when the layer is added.
struct LayerWeights {
    std::span<const std::int8_t> codes;  ///< in the order that the layer says, zero point 0
    std::span<const float> scales;       ///< one, or one per output
    std::span<const std::int32_t> bias;  ///< one per output in units of s_x s_w, or none
};

/// The activation behind a layer.
enum class Fused { none, relu };

/// How the channels of x and the outputs meet.
enum class WeightedKind { conv, depthwise };

namespace detail {

[[noreturn]] inline void refuse_layer(std::size_t number, const char* layer, const std::string& sentence,
                                      std::size_t value, std::size_t limit) {
    throw std::invalid_argument("network: layer " + std::to_string(number) + " (" + layer + "): " + sentence +
                                " (value " + std::to_string(value) + ", limit " + std::to_string(limit) + ")");
}
inline void check_window(std::size_t number, const char* layer, const Window& window, const ImageSize& image) {
    const auto one = [&](const WindowAxis& axis, std::size_t input, const char* name) {
        const std::string along = std::string(" along ") + name;
        if (axis.kernel == 0) refuse_layer(number, layer, "a window has at least one tap" + along, axis.kernel, 1);
        if (axis.stride == 0)
            refuse_layer(number, layer, "a window moves: its stride is at least 1" + along, axis.stride, 1);
        if (axis.dilation == 0)
            refuse_layer(number, layer, "taps are at least one cell apart" + along, axis.dilation, 1);
        if (!axis.fits(input))
            refuse_layer(number, layer, "the window is larger than the padded image" + along, axis.span(),
                         axis.before + input + axis.after);
    };
    one(window.y, image.height, "y");
    one(window.x, image.width, "x");
}

}  // namespace detail

/// One convolution or depthwise convolution, bound.
template <class N, class Arch> class WeightedStep {
    using X = typename N::activation;
    using D = typename N::dialect;
    using Code = cell_of<X>;
    using Bias = AddBias<QTensor<const std::int32_t, Unscaled, Shape<dyn>>>;
    using Requantizer = Requantize<X, D, Affine<>>;
    using Images = Shape<dyn, dyn, dyn, dyn>;
    using Filters = QTensor<const std::int8_t, PerChannel<dyn>, Images>;
    using Rows = decltype(filter_rows(std::declval<const Filters&>()));
    using ChannelFilters = QTensor<const std::int8_t, PerChannel<dyn, 2>, Shape<dyn, dyn, dyn>>;
    using ConvWeights = packed_for<Arch, X, Rows>;
    using DepthwiseFilters = depthwise_for<Arch, X, ChannelFilters>;
    using Conv = BoundConv2d<ConvWeights, Affine<>, std::int32_t, Bias, Requantizer, Clamp<>>;
    using Depthwise = BoundDepthwise2d<DepthwiseFilters, Affine<>, std::int32_t, Bias, Requantizer, Clamp<>>;

public:
    WeightedStep(std::size_t number, const char* layer, WeightedKind kind, const ImageSize& image, const Affine<>& x,
                 const LayerWeights& weights, std::size_t outputs, const Window& window, std::size_t groups,
                 const Affine<>& y, Fused fused)
        : image_(image), window_(window), groups_(groups), x_(x), y_(y),
          codes_(weights.codes.begin(), weights.codes.end()), scales_(weights.scales.begin(), weights.scales.end()),
          bias_(weights.bias.begin(), weights.bias.end()) {
        const auto require = [&](bool condition, const char* sentence, std::size_t value, std::size_t limit) {
            if (!condition) detail::refuse_layer(number, layer, sentence, value, limit);
        };
        const bool conv = kind == WeightedKind::conv;
        detail::check_window(number, layer, window, image);
        require(outputs > 0, "a layer has at least one output", outputs, 1);
        require(groups > 0 && image.channels % groups == 0, "the channels are divided evenly among the groups",
                image.channels, groups);
        require(outputs % groups == 0, "the outputs are divided evenly among the groups", outputs, groups);
        require(conv || outputs % image.channels == 0, "a depthwise convolution makes a multiple of its channels",
                outputs, image.channels);
        const std::size_t depth = window.taps() * (conv ? image.channels / groups : 1);
        require(codes_.size() == outputs * depth, "as many weights as outputs times taps and channels", codes_.size(),
                outputs * depth);
        require(scales_.size() == 1 || scales_.size() == outputs, "one scale of weights, or one per output",
                scales_.size(), outputs);
        require(bias_.empty() || bias_.size() == outputs, "one bias per output, or none", bias_.size(), outputs);
        bias_.resize(outputs, 0);
        scales_.resize(outputs, scales_[0]);
        for (std::size_t j = 0; j < outputs; ++j)
            require(scales_[j] > 0.0f && scales_[j] <= std::numeric_limits<float>::max(),
                    "a scale of weights is positive and finite (value: the output)", j, outputs);
        require_sums(require, outputs, depth, conv);

        size_ = {window.y.output(image.height), window.x.output(image.width), outputs};
        words_.resize(outputs * D::words);
        const Bias bias{{bias_.data(), Shape<dyn>(outputs)}};
        const Requantizer requantize{y};
        const auto lowest = static_cast<std::int32_t>(fused == Fused::relu ? y.zero : element<X>::lowest);
        const Clamp<> clamp{lowest, static_cast<std::int32_t>(element<X>::highest)};
        const BindMemory memory(words_.data(), words_.size());
        if (conv) {
            const Filters filters(codes_.data(),
                                  Images(outputs, window.y.kernel, window.x.kernel, image.channels / groups),
                                  PerChannel<dyn>{scales_.data()});
            const Rows rows = filter_rows(filters);
            packed_ = AlignedBytes(ConvWeights::bytes(outputs, depth));
            conv_weights_.emplace(rows, packed_.span());
            conv_.emplace(*conv_weights_, window, groups, x, memory, bias, requantize, clamp);
        } else {
            const ChannelFilters filters(codes_.data(), Shape<dyn, dyn, dyn>(window.y.kernel, window.x.kernel, outputs),
                                         PerChannel<dyn, 2>{scales_.data()});
            packed_ = AlignedBytes(DepthwiseFilters::bytes(window.y.kernel, window.x.kernel, outputs));
            depthwise_weights_.emplace(filters, packed_.span());
            depthwise_.emplace(*depthwise_weights_, window, outputs / image.channels, x, memory, bias, requantize,
                               clamp);
        }
    }
    WeightedStep(const WeightedStep&) = delete;
    WeightedStep& operator=(const WeightedStep&) = delete;

    const ImageSize& output_size() const { return size_; }
    /// For any batch.
    std::size_t workspace_bytes(std::size_t workers = 1) const {
        return conv_ ? Conv::workspace_bytes(window_, groups_, image_, workers)
                     : Depthwise::workspace_bytes(window_, size_.channels / image_.channels, image_, workers);
    }

    void run(const Code* x, Code* y, std::size_t batch, std::span<std::byte> workspace,
             const ExecutorRef& executor) const {
        const QTensor<const X, Affine<>, Images> from(x, Images(batch, image_.height, image_.width, image_.channels),
                                                      x_);
        const QTensor<X, Affine<>, Images> to(y, Images(batch, size_.height, size_.width, size_.channels), y_);
        if (conv_) {
            conv_->run(*conv_weights_, from, to, workspace, executor);
        } else {
            depthwise_->run(*depthwise_weights_, from, to, workspace, executor);
        }
    }

private:
    /// The proof of BoundSums, as an exception.
    template <class Require>
    void require_sums(const Require& require, std::size_t outputs, std::size_t depth, bool conv) const {
        const std::uint64_t reach = detail::reach<X>(x_);
        std::uint64_t most = 0, bias = 0, limit = std::numeric_limits<std::int32_t>::max();
        for (std::size_t j = 0; j < outputs; ++j) {
            std::uint64_t magnitude = 0;
            for (std::size_t k = 0; k < depth; ++k) {
                const std::int64_t w = codes_[conv ? j * depth + k : k * outputs + j];
                magnitude += static_cast<std::uint64_t>(w < 0 ? -w : w);
            }
            const std::int64_t b = bias_[j];
            const auto size = static_cast<std::uint64_t>(b < 0 ? -b : b);
            most = magnitude > most ? magnitude : most;
            bias = size > bias ? size : bias;
            const double m =
                static_cast<double>(x_.value) * static_cast<double>(scales_[j]) / static_cast<double>(y_.value);
            require(m < 2147483648.0, "s_x s_w / s_y is below 2^31 (value: the output)", j, outputs);
            if constexpr (requires(std::array<std::int32_t, D::words> words) { D::largest_accumulator(words); }) {
                const std::uint64_t taken = D::largest_accumulator(D::derive(x_.value, scales_[j], y_.value));
                limit = taken < limit ? taken : limit;
            }
        }
        require(reach * most + bias <= limit, "sums stay where they can be proven: max|x - z| max sum|w| + max|bias|",
                reach * most + bias, limit);
    }

    ImageSize image_, size_;
    Window window_;
    std::size_t groups_;
    Affine<> x_, y_;
    std::vector<std::int8_t> codes_;  // read in place by arch::scalar
    std::vector<float> scales_;
    std::vector<std::int32_t> bias_, words_;
    AlignedBytes packed_;
    std::optional<ConvWeights> conv_weights_;
    std::optional<DepthwiseFilters> depthwise_weights_;
    std::optional<Conv> conv_;
    std::optional<Depthwise> depthwise_;
};

}  // namespace qtensor::inline QTENSOR_ABI
