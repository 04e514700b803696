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
    explicit Matmul(const Problem& p) : stream_(engine()), n_(p.n), element_(output_type(p)) {
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
    double result(std::size_t i, std::size_t j) const override {
        const void* data = y_.get_data_handle();
        const std::size_t at = i * n_ + j;
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
    std::size_t n_;
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

/// A reorder between data types; codes by a scale and a zero point, sums by a scale per channel.
class Reorder : public Converter {
public:
    Reorder(const Conversion& c, Type from, const void* x, Type to) : stream_(engine()), to_(to) {
        const bool sums = from == Type::s32;
        const auto columns = static_cast<memory::dim>(channels);
        const memory::dims dims{static_cast<memory::dim>(c.count) / columns, columns};
        const memory::desc source(dims, from, memory::format_tag::ab);
        const memory::desc target(dims, to, memory::format_tag::ab);
        dnnl::primitive_attr attributes;
        memory x_memory(source, engine(), const_cast<void*>(x));
        y_ = memory(target, engine());
#if DNNL_VERSION_MAJOR >= 3
        const memory::desc one({1}, Type::f32, memory::format_tag::a);
        const memory::desc zero({1}, Type::s32, memory::format_tag::a);
        const auto scaled = [&](int argument, int mask, const memory::desc& description, const float* data) {
            attributes.set_scales_mask(argument, mask);
            arguments_.emplace(DNNL_ARG_ATTR_SCALES | argument,
                               memory(description, engine(), const_cast<float*>(data)));
        };
        if (sums)
            scaled(DNNL_ARG_FROM, 1 << 1, memory::desc({columns}, Type::f32, memory::format_tag::a), c.scales.data());
        const int coded = to == Type::s8 ? DNNL_ARG_TO : from == Type::s8 ? DNNL_ARG_FROM : 0;
        if (coded != 0) {
            scaled(coded, 0, one, &c.scale);
            attributes.set_zero_points_mask(coded, 0);
            arguments_.emplace(DNNL_ARG_ATTR_ZERO_POINTS | coded, memory(zero, engine(), const_cast<int*>(&c.zero)));
        }
#else
        if (sums) {
            std::vector<float> scales(channels);
            for (std::size_t i = 0; i < channels; ++i) scales[i] = c.scales[i] / c.scale;
            attributes.set_output_scales(1 << 1, scales);
        } else if (to == Type::s8) {
            attributes.set_output_scales(0, {1.0f / c.scale});
        } else if (from == Type::s8) {
            attributes.set_output_scales(0, {c.scale});
            attributes.set_zero_points(DNNL_ARG_FROM, 0, {c.zero});
        }
        if (to == Type::s8) attributes.set_zero_points(DNNL_ARG_TO, 0, {c.zero});
#endif
        primitive_ = dnnl::reorder(dnnl::reorder::primitive_desc(engine(), source, engine(), target, attributes));
        arguments_.emplace(DNNL_ARG_FROM, x_memory);
        arguments_.emplace(DNNL_ARG_TO, y_);
    }
    void run() override {
        primitive_.execute(stream_, arguments_);
        stream_.wait();
    }
    double result(std::size_t i) const override {
        const void* data = y_.get_data_handle();
        if (to_ == Type::s8) return static_cast<const std::int8_t*>(data)[i];
        if (to_ == Type::f32) return static_cast<double>(static_cast<const float*>(data)[i]);
        return static_cast<double>(qtensor::arch::float_from_half(static_cast<const std::uint16_t*>(data)[i]));
    }

private:
    dnnl::stream stream_;
    dnnl::reorder primitive_;
    std::unordered_map<int, memory> arguments_;
    memory y_;
    Type to_;
};

std::unique_ptr<Converter> make_converter(const Conversion& c) {
    try {
        switch (c.op) {
        case Op::f32_s8_half_even:
        case Op::f32_s8_reciprocal:
            return std::make_unique<Reorder>(c, Type::f32, c.reals.data(), Type::s8);
        case Op::s8_f32:
            return std::make_unique<Reorder>(c, Type::s8, c.codes.data(), Type::f32);
        case Op::f32_f16:
            return std::make_unique<Reorder>(c, Type::f32, c.reals.data(), Type::f16);
        case Op::f16_f32:
            return std::make_unique<Reorder>(c, Type::f16, c.halves.data(), Type::f32);
        case Op::s32_s8_xnnpack:
            return std::make_unique<Reorder>(c, Type::s32, c.sums.data(), Type::s8);
        default:
            return nullptr;
        }
    } catch (const dnnl::error&) {  // this version has no such reorder
        return nullptr;
    }
}

}  // namespace

Peer onednn() { return {"onednn", prepared(), make, !has_vnni, 1}; }

ConvertingPeer converting_onednn() { return {"onednn", prepared(), make_converter}; }

}  // namespace bench
