// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"

#include <qtensor/layer/dense.hpp>
#include <qtensor/train/quantization_aware.hpp>

using namespace qtensor;

TEST_CASE("quantization aware: inputs become codes by the bundle that sees them first") {
    using Net = Sequential<Sequential<Dense<3, 1, Identity, numerics::Onnx>>>;
    QuantizationAware<> how;
    decltype(how)::Edge<Net> edge;
    how.enter<Net>(std::vector<float>{0.0f, 51.0f, 1.0f}, edge, Pass{1, true});
    CHECK(edge.scale == Affine{0.2f, 0});
    CHECK(edge.codes == std::vector<std::uint8_t>{0, 255, 5});
    how.enter<Net>(std::vector<float>{0.5f, 200.0f, -1.0f}, edge, Pass{1, false});  // only answers: the range stays
    CHECK(edge.codes == std::vector<std::uint8_t>{2, 255, 0});                      // 2.5 to even
    CHECK(edge.values == std::vector<float>{2 * 0.2f, 255 * 0.2f, 0.0f});
    STATIC_REQUIRE(std::same_as<detail::entry_numerics<Net>::type, numerics::Onnx>);
}

TEST_CASE("quantization aware: clips and activations of codes") {
    CHECK(detail::clip_of<std::int8_t>(-129) == Clip::below);
    CHECK(detail::clip_of<std::int8_t>(-128) == Clip::inside);
    CHECK(detail::clip_of<int8_symmetric>(-128) == Clip::below);
    CHECK(detail::clamped<std::uint8_t>(300) == 255);
    const detail::CodeActivation<Relu, std::int8_t, Affine<>> relu(Affine{0.5f, -7});
    CHECK(relu(-9) == -7);
    CHECK(relu(-6) == -6);
    std::vector<Clip> clips;
    detail::find_clips<std::int8_t, numerics::TfLite>(std::vector<float>{-100.0f, 0.0f, 100.0f}, Affine{0.5f, -7},
                                                      clips);
    CHECK(clips == std::vector<Clip>{Clip::below, Clip::inside, Clip::above});
}
