// SPDX-License-Identifier: BSL-1.0
//
// The layer chains of MobileNet-v1-1.0-224 and MobileNet-v2-1.0-224 (Howard et al. 2017, Sandler et al. 2018), each as
// one type: shapes join, multiply-adds are those of the papers, arenas are constants.

#include <qtensor/layer.hpp>
#include <qtensor/net.hpp>

using namespace qtensor;

namespace {

// Stem and point-wise convolution of either network.
template <std::size_t Size, std::size_t In, std::size_t Out, class Activation = Relu>
using Point = Conv2d<Shape<Size, Size, In>, Out, Kernel<1, 1>, Activation>;
template <std::size_t Size, std::size_t Channels, std::size_t Step = 1>
using Depth = DepthwiseConv2d<Shape<Size, Size, Channels>, Kernel<3, 3, Stride<Step>, Same>, Relu>;
using Stem = Conv2d<Shape<224, 224, 3>, 32, Kernel<3, 3, Stride<2>, Same>, Relu>;

namespace v1 {
using Net =
    Sequential<Stem, Depth<112, 32>, Point<112, 32, 64>, Depth<112, 64, 2>, Point<56, 64, 128>, Depth<56, 128>,
               Point<56, 128, 128>, Depth<56, 128, 2>, Point<28, 128, 256>, Depth<28, 256>, Point<28, 256, 256>,
               Depth<28, 256, 2>, Point<14, 256, 512>, Depth<14, 512>, Point<14, 512, 512>, Depth<14, 512>,
               Point<14, 512, 512>, Depth<14, 512>, Point<14, 512, 512>, Depth<14, 512>, Point<14, 512, 512>,
               Depth<14, 512>, Point<14, 512, 512>, Depth<14, 512, 2>, Point<7, 512, 1024>, Depth<7, 1024>,
               Point<7, 1024, 1024>, GlobalAveragePool2d<Shape<7, 7, 1024>>, Dense<1024, 1000>, Softmax<Shape<1000>>>;
// 568 million in convolutions and the classifier; 49 additions per channel in the pooling, 1000 exponentials.
static_assert(Net::macs == 568740352 + 7 * 7 * 1024 + 1000);
static_assert(Net::weight_bytes == 4209088);  // 4.2 million weights, a byte each
// The widest joint: 32 and 64 channels of 112 x 112. No layer needs scratch there on the scalar architecture.
static_assert(Net::arena_bytes<1, arch::scalar> == 112 * 112 * (32 + 64));
static_assert(Net::arena_bytes<8, arch::scalar> == 8 * 112 * 112 * (32 + 64));
static_assert(Net::arena_bytes<1> <= 112 * 112 * (32 + 64) + 65536);
}  // namespace v1

namespace v2 {
/// Expand by T, filter, project; with a way around where shapes allow.
template <std::size_t Size, std::size_t In, std::size_t Out, std::size_t T, std::size_t Step>
using Bottleneck =
    Sequential<Point<Size, In, T * In>, Depth<Size, T * In, Step>, Point<Size / Step, T * In, Out, Identity>>;
template <std::size_t Size, std::size_t C, std::size_t T = 6>
using Block = Residual<Point<Size, C, T * C>, Depth<Size, T * C>, Point<Size, T * C, C, Identity>>;
using Net =
    Sequential<Stem, Depth<112, 32>, Point<112, 32, 16, Identity>, Bottleneck<112, 16, 24, 6, 2>, Block<56, 24>,
               Bottleneck<56, 24, 32, 6, 2>, Block<28, 32>, Block<28, 32>, Bottleneck<28, 32, 64, 6, 2>, Block<14, 64>,
               Block<14, 64>, Block<14, 64>, Bottleneck<14, 64, 96, 6, 1>, Block<14, 96>, Block<14, 96>,
               Bottleneck<14, 96, 160, 6, 2>, Block<7, 160>, Block<7, 160>, Bottleneck<7, 160, 320, 6, 1>,
               Point<7, 320, 1280>, GlobalAveragePool2d<Shape<7, 7, 1280>>, Dense<1280, 1000>, Softmax<Shape<1000>>>;
static_assert(Net::macs > 300000000 && Net::macs < 302000000);  // the paper: 300 million
static_assert(Net::weight_bytes > 3400000 && Net::weight_bytes < 3500000);
// 96 channels of 112 x 112 and what is made of them, 96 of 56 x 56, beside the 16 channels that the block began with.
static_assert(Net::arena_bytes<1, arch::scalar> <= 112 * 112 * (16 + 96) + 56 * 56 * (96 + 24));
}  // namespace v2

}  // namespace
