// SPDX-License-Identifier: BSL-1.0
// Element-wise conversions beside memcpy of as many bytes and beside other libraries, from L2, L3 and DRAM. CMake
// compiles this file once per instruction set, with and without xsimd; docs/performance.md says what the rows mean.
#include <qtensor/host.hpp>

#include "peers/peer.hpp"
#include "support/bandwidth.hpp"
#include "support/contest.hpp"
#include "support/conversion.hpp"
#include "support/roofline.hpp"

#include <map>

using namespace qtensor;

namespace bench {
namespace {

constexpr bool is_scalar = std::is_same_v<arch::native, arch::scalar>;

/// `run` is one call of the library; `Y` is what it makes.
template <class Y, class Run> class Ours : public Runner {
public:
    Ours(const Conversion& c, Run run) : y_(c.count), run_(run) {}
    void run() override { run_(y_.data()); }
    double result(std::size_t at) const override { return static_cast<double>(static_cast<float>(y_[at])); }

private:
    Cells<Y> y_;
    Run run_;
};
template <class Y, class Run> std::unique_ptr<Runner> call(const Conversion& c, Run run) {
    return std::make_unique<Ours<Y, Run>>(c, run);
}

template <class Rounding> std::unique_ptr<Runner> quantizing(const Conversion& c) {
    return call<std::int8_t>(c, [&c](std::int8_t* y) {
        const QTensor<std::int8_t, Affine<>> codes(y, Shape<dyn>(c.count), Affine{c.scale, c.zero});
        quantize_into(std::span<const float>(c.reals), codes, Rounding{});
    });
}

template <class Real> std::unique_ptr<Runner> dequantizing(const Conversion& c) {
    return call<Real>(c, [&c](Real* y) {
        const QTensor<const std::int8_t, Affine<>> codes(c.codes.data(), Shape<dyn>(c.count), Affine{c.scale, c.zero});
        dequantize_into(codes, std::span<Real>(y, c.count));
    });
}

template <class From, class To> std::unique_ptr<Runner> converting(const Conversion& c, const Cells<From>& x) {
    return call<To>(c, [&c, &x](To* y) {
        convert_into(QTensor<const From>(x.data(), Shape<dyn>(c.count)), QTensor<To>(y, Shape<dyn>(c.count)));
    });
}

template <class Dialect> std::unique_ptr<Runner> requantizing(const Conversion& c) {
    return call<std::int8_t>(c, [&c](std::int8_t* y) {
        using Rows = Shape<dyn, dyn>;
        const Rows shape(c.count / channels, channels);
        const QTensor<const std::int32_t, PerChannel<dyn, 1>, Rows> sums(c.sums.data(), shape, {c.scales.data()});
        requantize_into<Dialect>(sums, QTensor<std::int8_t, Affine<>, Rows>(y, shape, Affine{c.scale, c.zero}));
    });
}

std::unique_ptr<Runner> ours(const Conversion& c) {
    switch (c.op) {
    case Op::f32_s8_half_away:
        return quantizing<HalfAway>(c);
    case Op::f32_s8_half_even:
        return quantizing<HalfEven>(c);
    case Op::f32_s8_half_up:
        return quantizing<HalfUp>(c);
    case Op::f32_s8_floor:
        return quantizing<Floor>(c);
    case Op::f32_s8_ceil:
        return quantizing<Ceil>(c);
    case Op::f32_s8_toward_zero:
        return quantizing<TowardZero>(c);
    case Op::f32_s8_reciprocal:
        return quantizing<TorchReciprocal>(c);
    case Op::s8_f32:
        return dequantizing<float>(c);
    case Op::s8_f16:
        return dequantizing<float16>(c);
    case Op::f32_f16:
        return converting<float, float16>(c, c.reals);
    case Op::f16_f32:
        return converting<float16, float>(c, c.halves);
    case Op::s32_s8_xnnpack:
        return requantizing<XnnpackFp32>(c);
    case Op::s32_s8_tflite:
        return requantizing<TfLiteDoubleRounding>(c);
    case Op::s32_s8_tflite_single:
        return requantizing<TfLiteSingleRounding>(c);
    }
    return nullptr;
}

struct Copying : Contest<Conversion> {
    OpName op;
    std::string level;
    std::size_t count;
    std::size_t traffic() const { return count * op.bytes; }
};

class Programme {
public:
    explicit Programme(const Options& options) : options_(options), peers_(converting_peers()) {
        for (const roofline::Level& level : roofline::levels()) {
            if (level.name == "L1") continue;
            const std::size_t traffic = level.bytes != 0 ? level.bytes / 2 : std::size_t{256} << 20;
            if (options.quick && level.name == "L3") continue;
            for (const OpName& op : op_names) enter(op, level.name, traffic / op.bytes / 4096 * 4096);
        }
    }
    bool run() { return contests_.run(options_); }

    void report(Rows& rows) const {
        machine_row(rows, options_, arch::native::name, peers_).add("lanes", lanes_name()).end();
        for (const Copying& contest : contests_) report(rows, contest);
    }

private:
    void enter(const OpName& op, const std::string& level, std::size_t count) {
        const auto conversion = [=] { return std::make_unique<Conversion>(op.op, count); };
        Copying& contest = contests_.add({{std::string(op.name) + "/" + level, conversion, {}}, op, level, count});
        contest.roof = [this, traffic = contest.traffic()](const Runner&) {
            double& best = memcpy_[traffic];
            best = std::max(best, roofline::memcpy_bandwidth(traffic));
        };
        contest.enter("qtensor", ours);
        for (const ConvertingPeer& peer : peers_) contest.enter(peer, Conversion(op.op, channels), 1);
    }

    void report(Rows& rows, const Copying& contest) const {
        const auto rate = [&](const auto& entry) { return static_cast<double>(contest.traffic()) / entry.seconds; };
        if (contest.ours().seconds == 0.0) return;
        for (const auto& entry : contest.entries) {
            if (entry.seconds == 0.0) continue;
            const bool is_peer = &entry != &contest.ours();
            rows.add("bench", is_peer ? "elementwise_peer" : "elementwise");
            rows.add("op", contest.op.name).add("level", contest.level).add("elements", contest.count);
            rows.add("isa", arch::native::name).add("lanes", lanes_name()).add("gbps", rate(entry) * 1e-9);
            if (is_peer) {
                rows.add("peer", entry.who).add("ratio", rate(contest.ours()) / rate(entry)).add("exact", entry.exact);
            } else {
                rows.add("share_of_memcpy", rate(entry) / memcpy_.at(contest.traffic()));
            }
            rows.end();
        }
    }

    static const char* lanes_name() { return QTENSOR_HAS_XSIMD ? "xsimd" : is_scalar ? "scalar" : "builtin"; }

    Options options_;
    std::vector<ConvertingPeer> peers_;
    Contests<Copying> contests_;
    std::map<std::size_t, double> memcpy_;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::main_of<bench::Programme>(argc, argv, arch::native::name); }
