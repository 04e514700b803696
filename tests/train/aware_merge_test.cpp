// SPDX-License-Identifier: BSL-1.0
#include "support/aware_checks.hpp"

#include <qtensor/layer/dense.hpp>
#include <qtensor/train/aware_layers.hpp>
#include <qtensor/train/aware_merge.hpp>
#include <qtensor/train/aware_weighted.hpp>
#include <qtensor/train/sequential.hpp>
#include <qtensor/train/weightless.hpp>

using namespace qtensor;

namespace {

std::vector<float> numbers(std::size_t count, std::uint64_t seed, float reach = 1.0f) {
    oracle::Random random(seed);
    std::vector<float> made(count);
    for (float& value : made) value = reach * random.real();
    return made;
}

template <class N> void check_merges(std::uint64_t seed) {
    using D = Dense<6, 6, Relu, N>;
    using S = Shape<6>;
    using Net = Sequential<Residual<D>, Merge<Multiply, Relu, D, Sequential<D, Dense<6, 6, Identity, N>>>,
                           Concat<Skip<S, N>, Dense<6, 3, Identity, N>>, Dense<9, 2, Identity, N>>;
    Model<Net, QuantizationAware<>> model(initial<Net>(Random(seed)));
    model.forward(numbers(32 * 6, seed), true);
    CHECK(qtensor_test::codes_that_differ(model, numbers(32 * 6, seed + 1, 1.2f)) == 0);
}

}  // namespace

TEST_CASE("aware merge: residuals, gates and concatenations freeze exactly") {
    check_merges<numerics::TfLite>(1);
    check_merges<numerics::Xnnpack>(2);
}

TEST_CASE("aware merge: slopes add up, and stop where a sum was clipped") {
    using Net = Sequential<Merge<Subtract, Identity, Skip<Shape<2>>, Dense<2, 2>>>;
    Net::Float start{};
    get<1>(get<0>(start)).weights(0, 0) = 0.5f;
    get<1>(get<0>(start)).weights(1, 1) = -0.5f;
    Model<Net, QuantizationAware<>> aware(start);
    aware.forward(std::vector<float>{1.0f, 0.5f, -1.0f, -0.5f}, true);
    aware.forward(std::vector<float>{0.5f, 0.5f, 0.5f, 1.0f});  // sums 0.25, 0.75, 0.25 and 1.5: seen was up to 0.75
    std::vector<float> dx(4);
    aware.backward(std::vector<float>{1, 1, 1, 1}, dx);
    CHECK(std::fabs(dx[0] - 0.5f) < 1e-5f);  // 1 - 1/2
    CHECK(std::fabs(dx[2] - 0.5f) < 1e-5f);
    CHECK(std::fabs(dx[1] - 1.5f) < 1e-5f);
    CHECK(dx[3] == 0.0f);
}
