// SPDX-License-Identifier: BSL-1.0
// gemmlowp, the way TensorFlow Lite called it: weights as the left side, activations as columns of the right side. It
// multiplies uint8 with offsets, which is int8 with every code moved by 128, and packs both sides on every call. Its
// output stage with a scale per channel exists for NEON only, so it takes part with sums.
#include "peer.hpp"

#define GEMMLOWP_ENABLE_AVX2
#include <public/gemmlowp.h>

namespace bench {
namespace {

class Gemm : public Runner {
public:
    explicit Gemm(const Problem& p) : problem_(p), x_(p.x.size()), w_(p.w.size()), y_(p.m * p.n) {
        context_.set_max_num_threads(1);
        for (std::size_t i = 0; i < x_.size(); ++i) x_[i] = static_cast<std::uint8_t>(p.x[i] + 128);
        for (std::size_t i = 0; i < w_.size(); ++i) w_[i] = static_cast<std::uint8_t>(p.w[i] + 128);
    }

    void run() override {
        using gemmlowp::MapOrder;
        const auto m = static_cast<int>(problem_.m);
        const auto n = static_cast<int>(problem_.n);
        const auto k = static_cast<int>(problem_.k);
        const gemmlowp::MatrixMap<const std::uint8_t, MapOrder::RowMajor> weights(w_.data(), n, k);
        const gemmlowp::MatrixMap<const std::uint8_t, MapOrder::ColMajor> input(x_.data(), k, m);
        gemmlowp::MatrixMap<std::int32_t, MapOrder::ColMajor> output(y_.data(), n, m);
        gemmlowp::GemmWithOutputPipeline<std::uint8_t, std::int32_t, gemmlowp::DefaultL8R8BitDepthParams>(
            &context_, weights, input, &output, -128, -128, std::make_tuple());
    }
    double result(std::size_t at) const override { return y_[at]; }

private:
    const Problem& problem_;
    gemmlowp::GemmContext context_;
    Cells<std::uint8_t> x_, w_;
    Cells<std::int32_t> y_;
};

std::unique_ptr<Runner> make(const Problem& p) { return p.job == Job::s8s8_s32 ? std::make_unique<Gemm>(p) : nullptr; }

}  // namespace

Peer gemmlowp() { return {"gemmlowp", "header-only", make}; }

}  // namespace bench
