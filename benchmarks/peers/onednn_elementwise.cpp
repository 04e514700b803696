// SPDX-License-Identifier: BSL-1.0
// oneDNN's reorders between data types, versions 2.6 (Debian's) and 3, made once, `execute` timed.
#include "onednn.hpp"

#include <unordered_map>

#include "peer.hpp"

namespace bench {
namespace {

using namespace bench::onednn_parts;

/// A reorder between data types; codes by a scale and a zero point, sums by a scale per channel.
class Reorder : public Runner {
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
    double result(std::size_t at) const override {
        const void* data = y_.get_data_handle();
        if (to_ == Type::s8) return static_cast<const std::int8_t*>(data)[at];
        if (to_ == Type::f32) return static_cast<double>(static_cast<const float*>(data)[at]);
        return static_cast<double>(qtensor::arch::float_from_half(static_cast<const std::uint16_t*>(data)[at]));
    }

private:
    dnnl::stream stream_;
    dnnl::reorder primitive_;
    std::unordered_map<int, memory> arguments_;
    memory y_;
    Type to_;
};

std::unique_ptr<Runner> make_converter(const Conversion& c) {
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

ConvertingPeer converting_onednn() { return {"onednn", prepared(), make_converter, false, 1}; }

}  // namespace bench
