// SPDX-License-Identifier: BSL-1.0
// XNNPACK's fully connected operators without a thread pool: qs8_qc8w is the job that its fp32 requantization names.
// Of 2022 (Debian's) there is no such operator; a 1x1 convolution of an image m pixels high is the same product.
#include "xnnpack.hpp"

#include <cstring>
#include <limits>

#include "peer.hpp"

namespace bench {
namespace {

using namespace bench::xnnpack_parts;

class FullyConnected : public Runner {
public:
    explicit FullyConnected(const Problem& p) : problem_(p), real_(p.job == Job::f32) {
        constexpr float infinity = std::numeric_limits<float>::infinity();
        // XNNPACK may read behind its input and its scales.
        scales_ = p.w_scales;
        scales_.resize(scales_.size() + 64);
        if (real_) {
            xf_ = p.xf;
            xf_.resize(xf_.size() + 64);
            yf_.resize(p.m * p.n);
        } else {
            x_ = p.x;
            x_.resize(x_.size() + 256);
            y_.resize(p.m * p.n);
        }
#if QTENSOR_XNNPACK_RESHAPES
        if (real_) {
            check(xnn_create_fully_connected_nc_f32(p.k, p.n, p.k, p.n, p.wf.data(), nullptr, -infinity, infinity, 0,
                                                    nullptr, &operator_));
            check(xnn_reshape_fully_connected_nc_f32(operator_, p.m, nullptr));
            check(xnn_setup_fully_connected_nc_f32(operator_, xf_.data(), yf_.data()));
        } else {
            check(xnn_create_fully_connected_nc_qs8_qc8w(
                p.k, p.n, p.k, p.n, static_cast<std::int8_t>(p.x_zero), p.x_scale, scales_.data(), p.w.data(),
                p.bias.data(), static_cast<std::int8_t>(p.y_zero), p.y_scale, -128, 127, 0, nullptr, &operator_));
            check(xnn_reshape_fully_connected_nc_qs8_qc8w(operator_, p.m, nullptr));
            check(xnn_setup_fully_connected_nc_qs8_qc8w(operator_, x_.data(), y_.data()));
        }
#else
        if (real_) {
            check(xnn_create_fully_connected_nc_f32(p.k, p.n, p.k, p.n, p.wf.data(), nullptr, -infinity, infinity, 0,
                                                    &operator_));
            check(xnn_setup_fully_connected_nc_f32(operator_, p.m, xf_.data(), yf_.data(), nullptr));
        } else {
            check(xnn_create_convolution2d_nhwc_qc8(0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, p.k, p.n, p.k, p.n,
                                                    static_cast<std::int8_t>(p.x_zero), p.x_scale, scales_.data(),
                                                    p.w.data(), p.bias.data(), static_cast<std::int8_t>(p.y_zero),
                                                    p.y_scale, -128, 127, 0, &operator_));
            check(xnn_setup_convolution2d_nhwc_qc8(operator_, 1, p.m, 1, x_.data(), y_.data(), nullptr));
        }
#endif
    }
    ~FullyConnected() override { xnn_delete_operator(operator_); }

    void run() override { check(xnn_run_operator(operator_, nullptr)); }
    double result(std::size_t at) const override { return real_ ? static_cast<double>(yf_[at]) : y_[at]; }

private:
    const Problem& problem_;
    bool real_;
    Cells<std::int8_t> x_, y_;
    Cells<float> xf_, yf_, scales_;
    xnn_operator_t operator_ = nullptr;
};

std::unique_ptr<Runner> make(const Problem& p) {
    if (p.job != Job::s8s8_s8 && p.job != Job::f32) return nullptr;
    return std::make_unique<FullyConnected>(p);
}

}  // namespace

Peer xnnpack() { return {"xnnpack", QTENSOR_XNNPACK_VERSION, initialised() ? make : nullptr}; }

}  // namespace bench
