// SPDX-License-Identifier: BSL-1.0
// Eigen's product of float matrices, compiled with the flags of this program. It packs both sides on every call.
#include "peer.hpp"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#include <Eigen/Core>
#pragma GCC diagnostic pop

namespace bench {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

class Product : public Runner {
public:
    explicit Product(const Problem& p)
        : x_(p.xf.data(), static_cast<Eigen::Index>(p.m), static_cast<Eigen::Index>(p.k)),
          w_(p.wf.data(), static_cast<Eigen::Index>(p.n), static_cast<Eigen::Index>(p.k)),
          y_(static_cast<Eigen::Index>(p.m), static_cast<Eigen::Index>(p.n)) {}
    void run() override { y_.noalias() = x_ * w_.transpose(); }
    double result(std::size_t at) const override { return static_cast<double>(y_.data()[at]); }

private:
    Eigen::Map<const Matrix> x_, w_;
    Matrix y_;
};

std::unique_ptr<Runner> make(const Problem& p) { return p.job == Job::f32 ? std::make_unique<Product>(p) : nullptr; }

}  // namespace

Peer eigen() {
    return {"eigen",
            std::to_string(EIGEN_WORLD_VERSION) + "." + std::to_string(EIGEN_MAJOR_VERSION) + "." +
                std::to_string(EIGEN_MINOR_VERSION),
            make};
}

}  // namespace bench
