// SPDX-License-Identifier: BSL-1.0
// XNNPACK's conversions without a thread pool. That of 2022 (Debian's) takes part with none.
#include "xnnpack.hpp"

#include <cstring>

#include "peer.hpp"

namespace bench {
namespace {

using namespace bench::xnnpack_parts;

#if QTENSOR_XNNPACK_RESHAPES

/// Its one unary operator that converts between data types. It multiplies by the inverse and rounds to nearest even.
class Convert : public Runner {
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
    double result(std::size_t at) const override {
        if (to_ == xnn_datatype_qint8) return static_cast<std::int8_t>(y_[at]);
        if (to_ == xnn_datatype_fp32) return static_cast<double>(reinterpret_cast<const float*>(y_.data())[at]);
        return static_cast<double>(
            qtensor::arch::float_from_half(reinterpret_cast<const std::uint16_t*>(y_.data())[at]));
    }

private:
    Cells<char> x_, y_;
    xnn_datatype to_;
    xnn_operator_t operator_ = nullptr;
};

std::unique_ptr<Runner> make_converter(const Conversion& c) {
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

std::unique_ptr<Runner> make_converter(const Conversion&) { return nullptr; }

#endif

}  // namespace

ConvertingPeer converting_xnnpack() {
    return {"xnnpack", QTENSOR_XNNPACK_VERSION, initialised() ? make_converter : nullptr, false, 1};
}

}  // namespace bench
