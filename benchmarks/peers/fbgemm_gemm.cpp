// SPDX-License-Identifier: BSL-1.0
// FBGEMM's packed product: uint8 activations, int8 weights packed once, activations packed on every call as it does.
// Codes to codes are requantized by its own output stage, per channel. It has no int8 activations: of that job it does
// the easier neighbour, every code moved by 128.
#include "peer.hpp"

#include <fbgemm/Fbgemm.h>

#include <type_traits>

namespace bench {
namespace {

using fbgemm::inst_set_t;
using Activations = fbgemm::PackAMatrix<std::uint8_t>;
using Weights = fbgemm::PackBMatrix<std::int8_t>;
constexpr bool has_vnni = std::is_same_v<qtensor::arch::native, qtensor::arch::avx512_vnni>;

Cells<std::uint8_t> moved(const Cells<std::int8_t>& codes, int by) {
    Cells<std::uint8_t> all(codes.size());
    std::transform(codes.begin(), codes.end(), all.begin(),
                   [by](int code) { return static_cast<std::uint8_t>(code + by); });
    return all;
}

class Packed : public Runner {
public:
    explicit Packed(const Problem& p)
        : problem_(p), moved_by_(p.job == Job::u8s8_s32 ? 0 : 128), x_(moved(p.x, moved_by_)), sums_(p.m * p.n),
          activations_(fbgemm::matrix_op_t::NoTranspose, int(p.m), int(p.k), x_.data(), int(p.k)),
          weights_(fbgemm::matrix_op_t::Transpose, int(p.k), int(p.n), p.w.data(), int(p.k)) {
        if (!p.is_codes()) return;
        codes_.resize(p.m * p.n);
        for (std::size_t j = 0; j < p.n; ++j) {
            scales_.push_back(p.x_scale * p.w_scales[j] / p.y_scale);
            std::int32_t total = 0;
            for (std::size_t kk = 0; kk < p.k; ++kk) total += p.w[j * p.k + kk];
            weight_sums_.push_back(total);
        }
        weight_zeros_.resize(p.n);
    }

    void run() override {
        const auto n = static_cast<std::uint32_t>(problem_.n);
        if (codes_.empty()) {
            fbgemm::DoNothing<std::int32_t, std::int32_t> last;
            const fbgemm::memCopy<> copied(last);
            fbgemm::fbgemmPacked(activations_, weights_, sums_.data(), sums_.data(), n, copied, 0, 1);
        } else {
            fbgemm::DoNothing<> last;
            const fbgemm::ReQuantizeOutput<false, fbgemm::QuantizationGranularity::OUT_CHANNEL> requantized(
                last, scales_.data(), problem_.y_zero + moved_by_, problem_.x_zero + moved_by_, weight_zeros_.data(),
                nullptr, weight_sums_.data(), problem_.bias.data(), n);
            fbgemm::fbgemmPacked(activations_, weights_, codes_.data(), sums_.data(), n, requantized, 0, 1);
        }
    }
    double result(std::size_t at) const override { return codes_.empty() ? sums_[at] : codes_[at] - moved_by_; }
    bool easier() const override { return moved_by_ != 0; }

private:
    const Problem& problem_;
    int moved_by_;
    Cells<std::uint8_t> x_, codes_;
    Cells<std::int32_t> sums_, weight_sums_, weight_zeros_;
    Cells<float> scales_;
    Activations activations_;
    Weights weights_;
};

std::unique_ptr<Runner> make(const Problem& p) {
    if (p.job != Job::s8s8_s8 && p.job != Job::u8s8_s32) return nullptr;
    return std::make_unique<Packed>(p);
}

}  // namespace

/// Without VNNI its int8 sums saturate, by design.
Peer fbgemm() {
    fbgemm::fbgemmForceIsa(has_vnni ? inst_set_t::avx512_vnni : inst_set_t::avx2);
    return {"fbgemm", QTENSOR_FBGEMM_VERSION, make, !has_vnni, 1};
}

}  // namespace bench
