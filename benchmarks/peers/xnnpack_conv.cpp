// SPDX-License-Identifier: BSL-1.0
// XNNPACK's qs8 convolutions with a scale per channel, without a thread pool, one after the other between two buffers:
// the job of numerics::Xnnpack, zero points and all.
#include "xnnpack.hpp"

#include "../support/convolutions.hpp"

namespace bench {
namespace {

using namespace bench::xnnpack_parts;

class Chained : public Runner {
public:
    explicit Chained(const Convolutions& p) : image_(p.image) {
        // XNNPACK may read behind its input and its scales.
        image_.resize(image_.size() + 256);
        for (auto& buffer : buffers_) buffer.resize(p.largest_edge() + 256);
        const std::int8_t* x = image_.data();
        for (std::size_t i = 0; i < p.layers.size(); ++i) {
            add(p.layers[i], x, buffers_[i % 2].data());
            x = buffers_[i % 2].data();
        }
        y_ = x;
    }
    ~Chained() override {
        for (xnn_operator_t each : operators_) xnn_delete_operator(each);
    }

    void run() override {
        for (xnn_operator_t each : operators_) check(xnn_run_operator(each, nullptr));
    }
    double result(std::size_t at) const override { return y_[at]; }

private:
    void add(const Convolution& c, const std::int8_t* x, std::int8_t* y) {
        scales_.assign(c.scales, c.scales + c.outputs);
        scales_.resize(c.outputs + 64);
        const auto u32 = [](std::size_t value) { return static_cast<std::uint32_t>(value); };
        const auto zero = [](const qtensor::Affine<>& edge) { return static_cast<std::int8_t>(edge.zero); };
        const qtensor::WindowAxis &down = c.window.y, &across = c.window.x;
        const auto create = [&](auto function, auto... end) {
            check(function(u32(down.before), u32(across.after), u32(down.after), u32(across.before), u32(down.kernel),
                           u32(across.kernel), u32(down.stride), u32(across.stride), 1, 1,
                           c.depthwise ? u32(c.outputs) : 1, c.depthwise ? 1 : c.channels, c.depthwise ? 1 : c.outputs,
                           c.channels, c.outputs, zero(c.x), c.x.value, scales_.data(), c.weights, c.bias, zero(c.y),
                           c.y.value, c.relu ? zero(c.y) : std::int8_t{-128}, 127,
                           c.depthwise ? XNN_FLAG_DEPTHWISE_CONVOLUTION : 0, end...));
        };
        xnn_operator_t made = nullptr;
#if QTENSOR_XNNPACK_RESHAPES
        create(xnn_create_convolution2d_nhwc_qs8_qc8w, nullptr, &made);
        operators_.push_back(made);
        std::size_t workspace = 0, rows = 0, columns = 0;
        check(
            xnn_reshape_convolution2d_nhwc_qs8_qc8w(made, 1, c.height, c.width, &workspace, &rows, &columns, nullptr));
        Cells<char>& scratch = workspaces_.emplace_back(workspace);
        check(xnn_setup_convolution2d_nhwc_qs8_qc8w(made, scratch.data(), x, y));
#else
        create(xnn_create_convolution2d_nhwc_qc8, &made);
        operators_.push_back(made);
        check(xnn_setup_convolution2d_nhwc_qc8(made, 1, c.height, c.width, x, y, nullptr));
#endif
    }

    Cells<std::int8_t> image_, buffers_[2];
    const std::int8_t* y_ = nullptr;
    std::vector<float> scales_;  // of the layer that is being made
    std::vector<Cells<char>> workspaces_;
    std::vector<xnn_operator_t> operators_;
};

std::unique_ptr<Runner> make(const Convolutions& p) { return std::make_unique<Chained>(p); }

}  // namespace

ConvolvingPeer convolving_xnnpack() { return {{"xnnpack", QTENSOR_XNNPACK_VERSION, initialised() ? make : nullptr}}; }

}  // namespace bench
