// SPDX-License-Identifier: BSL-1.0
//
// MobileNet-v1-1.0-224 and MobileNet-v2-1.0-224, each as one type: shapes join, multiply-adds are those of the papers,
// arenas are constants.

#include "../support/mobilenet.hpp"

using namespace qtensor;

namespace {

using V1 = qtensor_test::mobilenet::V1<numerics::TfLite>;
// 568 million in convolutions and the classifier; 49 additions per channel in the pooling, 1000 exponentials.
static_assert(V1::macs == 568740352 + 7 * 7 * 1024 + 1000);
static_assert(V1::weight_bytes == 4209088);  // 4.2 million weights, a byte each
// The widest joint: 32 and 64 channels of 112 x 112. No layer needs scratch there on the scalar architecture.
static_assert(V1::arena_bytes<1, arch::scalar> <= 112 * 112 * (32 + 64) + 1024 * 49);
static_assert(V1::arena_bytes<1> <= 112 * 112 * (32 + 64) + 1024 * 49 + 65536);

using Convolutions = qtensor_test::mobilenet::ConvolutionsV1<numerics::TfLite>;
static_assert(Convolutions::arena_bytes<1, arch::scalar> == 112 * 112 * (32 + 64));
static_assert(Convolutions::arena_bytes<8, arch::scalar> == 8 * 112 * 112 * (32 + 64));
static_assert(Convolutions::arena_bytes<1> <= 112 * 112 * (32 + 64) + 65536);

using V2 = qtensor_test::mobilenet::V2<numerics::TfLite>;
static_assert(V2::macs > 300000000 && V2::macs < 302000000);  // the paper: 300 million
static_assert(V2::weight_bytes > 3400000 && V2::weight_bytes < 3500000);
// 96 channels of 112 x 112 and what is made of them, 96 of 56 x 56, beside the 16 channels that the block began with.
static_assert(qtensor_test::mobilenet::ConvolutionsV2<numerics::TfLite>::arena_bytes<1, arch::scalar> <=
              112 * 112 * (16 + 96) + 56 * 56 * (96 + 24));

}  // namespace
