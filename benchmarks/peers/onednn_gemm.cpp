// SPDX-License-Identifier: BSL-1.0
// oneDNN's matmul, versions 2.6 (Debian's) and 3: weights reordered to the layout that the primitive asks for, the
// primitive made once, `execute` timed.
#include "onednn.hpp"

#include <unordered_map>

#include "peer.hpp"

namespace bench {
namespace {

using namespace bench::onednn_parts;

class Matmul : public Runner {
public:
    explicit Matmul(const Problem& p) : stream_(engine()), element_(output_type(p)) {
        const auto m = static_cast<memory::dim>(p.m);
        const auto n = static_cast<memory::dim>(p.n);
        const auto k = static_cast<memory::dim>(p.k);
        const bool real = p.job == Job::f32;
        const Type x_type = real ? Type::f32 : p.job == Job::u8s8_s32 ? Type::u8 : Type::s8;
        const Type w_type = real ? Type::f32 : Type::s8;
        const memory::desc x({m, k}, x_type, memory::format_tag::ab);
        const memory::desc w({k, n}, w_type, memory::format_tag::any);
        const memory::desc y({m, n}, element_, memory::format_tag::ab);
        dnnl::primitive_attr attributes;
#if DNNL_VERSION_MAJOR >= 3
        const memory::desc bias =
            p.is_codes() ? memory::desc({1, n}, Type::f32, memory::format_tag::ab) : memory::desc();
        if (p.is_codes()) {
            attributes.set_scales_mask(DNNL_ARG_SRC, 0);
            attributes.set_scales_mask(DNNL_ARG_WEIGHTS, 1 << 1);
            attributes.set_scales_mask(DNNL_ARG_DST, 0);
            attributes.set_zero_points_mask(DNNL_ARG_SRC, 0);
            attributes.set_zero_points_mask(DNNL_ARG_DST, 0);
        }
        const dnnl::matmul::primitive_desc description(engine(), x, w, bias, y, attributes);
#else
        const memory::desc bias =
            p.is_codes() ? memory::desc({1, n}, Type::s32, memory::format_tag::ab) : memory::desc();
        if (p.is_codes()) {
            std::vector<float> scales(p.n);
            for (std::size_t j = 0; j < p.n; ++j) scales[j] = p.x_scale * p.w_scales[j] / p.y_scale;
            attributes.set_output_scales(1 << 1, scales);
            attributes.set_zero_points(DNNL_ARG_SRC, 0, {p.x_zero});
            attributes.set_zero_points(DNNL_ARG_DST, 0, {p.y_zero});
        }
        const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(x, w, bias, y), attributes, engine());
#endif
        primitive_ = dnnl::matmul(description);
        add(DNNL_ARG_SRC, x, real ? static_cast<const void*>(p.xf.data()) : p.x.data());
        // [n][k] as it lies in memory is the transpose of what matmul takes.
        memory plain(memory::desc({k, n}, w_type, memory::format_tag::ba), engine(),
                     const_cast<void*>(real ? static_cast<const void*>(p.wf.data()) : p.w.data()));
        memory packed(description.weights_desc(), engine());
        dnnl::reorder(plain, packed).execute(stream_, plain, packed);
        stream_.wait();
        arguments_.emplace(DNNL_ARG_WEIGHTS, packed);
        if (p.is_codes()) add_constants(p);
        y_ = memory(y, engine());
        arguments_.emplace(DNNL_ARG_DST, y_);
    }

    void run() override {
        primitive_.execute(stream_, arguments_);
        stream_.wait();
    }
    double result(std::size_t at) const override {
        const void* data = y_.get_data_handle();
        if (element_ == Type::f32) return static_cast<double>(static_cast<const float*>(data)[at]);
        if (element_ == Type::s32) return static_cast<const std::int32_t*>(data)[at];
        return static_cast<const std::int8_t*>(data)[at];
    }

private:
    static Type output_type(const Problem& p) {
        return p.job == Job::f32 ? Type::f32 : p.is_codes() ? Type::s8 : Type::s32;
    }
    void add(int argument, const memory::desc& description, const void* data) {
        arguments_.emplace(argument, memory(description, engine(), const_cast<void*>(data)));
    }
    void add_constants(const Problem& p) {
#if DNNL_VERSION_MAJOR >= 3
        bias_.resize(p.n);
        for (std::size_t j = 0; j < p.n; ++j) bias_[j] = static_cast<float>(p.bias[j]) * p.x_scale * p.w_scales[j];
        const auto n = static_cast<memory::dim>(p.n);
        const memory::desc one({1}, Type::f32, memory::format_tag::a);
        const memory::desc zero({1}, Type::s32, memory::format_tag::a);
        add(DNNL_ARG_BIAS, memory::desc({1, n}, Type::f32, memory::format_tag::ab), bias_.data());
        add(DNNL_ARG_ATTR_SCALES | DNNL_ARG_SRC, one, &p.x_scale);
        add(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS, memory::desc({n}, Type::f32, memory::format_tag::a),
            p.w_scales.data());
        add(DNNL_ARG_ATTR_SCALES | DNNL_ARG_DST, one, &p.y_scale);
        add(DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_SRC, zero, &p.x_zero);
        add(DNNL_ARG_ATTR_ZERO_POINTS | DNNL_ARG_DST, zero, &p.y_zero);
#else
        add(DNNL_ARG_BIAS, memory::desc({1, static_cast<memory::dim>(p.n)}, Type::s32, memory::format_tag::ab),
            p.bias.data());
#endif
    }

    dnnl::stream stream_;
    dnnl::matmul primitive_;
    std::unordered_map<int, memory> arguments_;
    Cells<float> bias_;
    memory y_;
    Type element_;
};

std::unique_ptr<Runner> make(const Problem& p) {
    switch (p.job) {
    case Job::s8s8_s8:
    case Job::s8s8_s32:
    case Job::u8s8_s32:
    case Job::f32:
        return std::make_unique<Matmul>(p);
    default:
        return nullptr;
    }
}

}  // namespace

Peer onednn() { return {"onednn", prepared(), make, !has_vnni, 1}; }

}  // namespace bench
