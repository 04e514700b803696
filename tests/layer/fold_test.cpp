// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/conv2d.hpp>
#include <qtensor/layer/dense.hpp>
#include <qtensor/layer/depthwise_conv2d.hpp>
#include <qtensor/layer/fold.hpp>

#include <cmath>
#include <vector>

#include "support/layer_runs.hpp"
#include "support/oracle.hpp"
#include "support/refused.hpp"

using namespace qtensor;
using qtensor_test::Flush;
using qtensor_test::refused;
using qtensor_test::run_layer;
using qtensor_test::says;

namespace {

/// A folded layer makes what the layer and its normalisation make one after the other.
template <class L> void check() {
    oracle::Random random(L::macs);
    typename L::Float real{};
    constexpr std::size_t outputs = decltype(real.bias)::shape_type::static_extent(0);
    for (std::size_t i = 0; i < real.weights.size(); ++i) real.weights.data()[i] = random.real();
    BatchNorm<outputs> norm;
    for (std::size_t j = 0; j < outputs; ++j) {
        real.bias(j) = random.real();
        norm.gain[j] = 1.5f * random.real();
        norm.shift[j] = random.real();
        norm.mean[j] = random.real();
        norm.variance[j] = 1.1f + random.real();
    }
    std::vector<float> x(2 * input_size<L>);
    for (float& value : x) value = random.real();
    const auto y = run_layer(pack<arch::native>(real), x, 2, Flush::back);
    const auto together = folded(real, norm);
    const auto z = run_layer(pack<arch::native>(together), x, 2, Flush::back);
    for (std::size_t i = 0; i < y.size(); ++i) {
        const std::size_t j = i % outputs;
        const double want = (static_cast<double>(y[i]) - static_cast<double>(norm.mean[j])) /
                                std::sqrt(static_cast<double>(norm.variance[j]) + 1e-3) *
                                static_cast<double>(norm.gain[j]) +
                            static_cast<double>(norm.shift[j]);
        REQUIRE(std::fabs(static_cast<double>(z[i]) - want) < 1e-4);
    }
}

}  // namespace

TEST_CASE("Batch normalisation folds into the layer in front of it", "[layer][fold]") {
    check<Dense<7, 5>>();
    check<Conv2d<Shape<4, 5, 3>, 6, Kernel<3, 3, Same>>>();
    check<DepthwiseConv2d<Shape<4, 5, 3>, Kernel<3, 3, Same>, Identity, numerics::TfLite, 2>>();
}

TEST_CASE("A variance that is none is refused", "[layer][fold]") {
    BatchNorm<2> norm;
    norm.variance = {1.0f, -1.0f};
    CHECK(says(refused([&] { (void)folded(Dense<3, 2>::Float{}, norm); }), "variance + epsilon is positive"));
}
