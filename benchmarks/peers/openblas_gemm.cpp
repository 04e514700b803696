// SPDX-License-Identifier: BSL-1.0
// OpenBLAS's sgemm on one thread. Its interface does not take packed weights.
#include <cblas.h>

#include "peer.hpp"

namespace bench {
namespace {

class Sgemm : public Runner {
public:
    explicit Sgemm(const Problem& p) : problem_(p), y_(p.m * p.n) { openblas_set_num_threads(1); }
    void run() override {
        const auto m = static_cast<blasint>(problem_.m);
        const auto n = static_cast<blasint>(problem_.n);
        const auto k = static_cast<blasint>(problem_.k);
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, m, n, k, 1.0f, problem_.xf.data(), k, problem_.wf.data(),
                    k, 0.0f, y_.data(), n);
    }
    double result(std::size_t at) const override { return static_cast<double>(y_[at]); }

private:
    const Problem& problem_;
    Cells<float> y_;
};

std::unique_ptr<Runner> make(const Problem& p) { return p.job == Job::f32 ? std::make_unique<Sgemm>(p) : nullptr; }

}  // namespace

Peer openblas() { return {"openblas", std::string(openblas_get_config()).substr(sizeof("OpenBLAS")), make}; }

}  // namespace bench
