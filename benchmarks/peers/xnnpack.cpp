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
    double result(std::size_t i, std::size_t j) const override {
        const std::size_t at = i * problem_.n + j;
        return real_ ? static_cast<double>(yf_[at]) : y_[at];
    }

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

#if QTENSOR_XNNPACK_RESHAPES

/// Its one unary operator that converts between data types. It multiplies by the inverse and rounds to nearest even.
class Convert : public Converter {
public:
    Convert(const Conversion& c, xnn_datatype from, const void* x, xnn_datatype to) : to_(to) {
        const auto bytes = [](xnn_datatype type) {
            return type == xnn_datatype_fp32 ? 4u : type == xnn_datatype_fp16 ? 2u : 1u;
        };
        x_.resize(c.count * bytes(from) + 256);
        y_.resize(c.count * bytes(to) + 256);
        std::memcpy(x_.data(), x, c.count * bytes(from));
        const xnn_quantization_params codes{c.zero, c.scale};
        check(xnn_create_unary_elementwise_nc(xnn_unary_convert, from, to, nullptr, nullptr, &codes, &codes, 0,
                                              &operator_));
        check(xnn_reshape_unary_elementwise_nc(operator_, c.count, 1, 1, 1, nullptr));
        check(xnn_setup_unary_elementwise_nc(operator_, x_.data(), y_.data()));
    }
    ~Convert() override { xnn_delete_operator(operator_); }
    void run() override { check(xnn_run_operator(operator_, nullptr)); }
    double result(std::size_t i) const override {
        if (to_ == xnn_datatype_qint8) return static_cast<std::int8_t>(y_[i]);
        if (to_ == xnn_datatype_fp32) return static_cast<double>(reinterpret_cast<const float*>(y_.data())[i]);
        return static_cast<double>(
            qtensor::arch::float_from_half(reinterpret_cast<const std::uint16_t*>(y_.data())[i]));
    }

private:
    Cells<char> x_, y_;
    xnn_datatype to_;
    xnn_operator_t operator_ = nullptr;
};

std::unique_ptr<Converter> make_converter(const Conversion& c) {
    switch (c.op) {
    case Op::f32_s8_half_even:
    case Op::f32_s8_reciprocal:
        return std::make_unique<Convert>(c, xnn_datatype_fp32, c.reals.data(), xnn_datatype_qint8);
    case Op::s8_f32:
        return std::make_unique<Convert>(c, xnn_datatype_qint8, c.codes.data(), xnn_datatype_fp32);
    case Op::f32_f16:
        return std::make_unique<Convert>(c, xnn_datatype_fp32, c.reals.data(), xnn_datatype_fp16);
    case Op::f16_f32:
        return std::make_unique<Convert>(c, xnn_datatype_fp16, c.halves.data(), xnn_datatype_fp32);
    default:
        return nullptr;
    }
}

#else

std::unique_ptr<Converter> make_converter(const Conversion&) { return nullptr; }

#endif

}  // namespace

Peer xnnpack() { return {"xnnpack", QTENSOR_XNNPACK_VERSION, initialised() ? make : nullptr}; }

ConvertingPeer converting_xnnpack() {
    return {"xnnpack", QTENSOR_XNNPACK_VERSION, initialised() ? make_converter : nullptr};
}

}  // namespace bench
