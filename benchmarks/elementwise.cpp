// SPDX-License-Identifier: BSL-1.0
// Element-wise conversions beside memcpy of as many bytes and beside other libraries, from L2, L3 and DRAM. CMake
// compiles this file once per instruction set, with and without xsimd; docs/performance.md says what the rows mean.
#include <qtensor/host.hpp>

#include "peers/peer.hpp"
#include "support/conversion.hpp"
#include "support/passes.hpp"
#include "support/roofline.hpp"

#include <map>
#include <set>

using namespace qtensor;

namespace bench {
namespace {

constexpr bool is_scalar = std::is_same_v<arch::native, arch::scalar>;

/// `run` is one call of the library; `Y` is what it makes.
template <class Y, class Run> class Ours : public Converter {
public:
    Ours(const Conversion& c, Run run) : y_(c.count), run_(run) {}
    void run() override { run_(y_.data()); }
    double result(std::size_t i) const override { return static_cast<double>(static_cast<float>(y_[i])); }

private:
    Cells<Y> y_;
    Run run_;
};
template <class Y, class Run> std::unique_ptr<Converter> call(const Conversion& c, Run run) {
    return std::make_unique<Ours<Y, Run>>(c, run);
}

template <class Rounding> std::unique_ptr<Converter> quantizing(const Conversion& c) {
    return call<std::int8_t>(c, [&c](std::int8_t* y) {
        const QTensor<std::int8_t, Affine<>> codes(y, Shape<dyn>(c.count), Affine{c.scale, c.zero});
        quantize_into(std::span<const float>(c.reals), codes, Rounding{});
    });
}

template <class Real> std::unique_ptr<Converter> dequantizing(const Conversion& c) {
    return call<Real>(c, [&c](Real* y) {
        const QTensor<const std::int8_t, Affine<>> codes(c.codes.data(), Shape<dyn>(c.count), Affine{c.scale, c.zero});
        dequantize_into(codes, std::span<Real>(y, c.count));
    });
}

template <class From, class To> std::unique_ptr<Converter> converting(const Conversion& c, const Cells<From>& x) {
    return call<To>(c, [&c, &x](To* y) {
        convert_into(QTensor<const From>(x.data(), Shape<dyn>(c.count)), QTensor<To>(y, Shape<dyn>(c.count)));
    });
}

template <class Dialect> std::unique_ptr<Converter> requantizing(const Conversion& c) {
    return call<std::int8_t>(c, [&c](std::int8_t* y) {
        using Rows = Shape<dyn, dyn>;
        const Rows shape(c.count / channels, channels);
        const QTensor<const std::int32_t, PerChannel<dyn, 1>, Rows> sums(c.sums.data(), shape, {c.scales.data()});
        requantize_into<Dialect>(sums, QTensor<std::int8_t, Affine<>, Rows>(y, shape, Affine{c.scale, c.zero}));
    });
}

std::unique_ptr<Converter> ours(const Conversion& c) {
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

struct Entry {
    std::string who;
    std::string key;
    bool exact = true;
};
struct Contest {
    OpName op;
    std::string level;
    std::size_t count;
    std::vector<Entry> entries;  // ours first
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

    /// Everything, `passes` times. False where a result was wrong.
    bool run() {
        for (Contest& contest : contests_) {
            const std::string name = std::string(contest.op.name) + "/" + contest.level;
            const auto copy = [this, &contest](benchmark::State& state) {
                for (auto _ : state) {
                    double& best = memcpy_[contest.traffic()];
                    best = std::max(best, roofline::memcpy_bandwidth(contest.traffic()));
                }
            };
            benchmark::RegisterBenchmark((name + "/memcpy").c_str(), copy)->Iterations(1);
            for (Entry& entry : contest.entries) {
                const auto timed = [this, &contest, &entry](benchmark::State& state) {
                    Converter& converter = prepare(contest, entry);
                    for (auto _ : state) {
                        converter.run();
                        benchmark::ClobberMemory();
                    }
                };
                benchmark::RegisterBenchmark(entry.key.c_str(), timed)->MinTime(options_.seconds)->UseRealTime();
            }
        }
        run_passes(options_, best_);
        return right_;
    }

    void report(Rows& rows) {
        rows.add("bench", "machine")
            .add("isa", arch::native::name)
            .add("lanes", lanes_name())
            .add("compiler", compiler());
        rows.add("clock_ghz", roofline::clock_hz() * 1e-9).add("passes", options_.passes).add("quick", options_.quick);
        for (const ConvertingPeer& peer : peers_) rows.add(peer.name, peer.version);
        rows.end();
        for (const Contest& contest : contests_) report(rows, contest);
    }

private:
    void enter(const OpName& op, const std::string& level, std::size_t count) {
        Contest contest{op, level, count, {}};
        const auto name = [&](const char* who) { return std::string(op.name) + "/" + level + "/" + who; };
        contest.entries.push_back({"qtensor", name("qtensor")});
        const Conversion small(op.op, channels);
        for (const ConvertingPeer& peer : peers_)
            if (peer.make(small) != nullptr) contest.entries.push_back({peer.name, name(peer.name)});
        contests_.push_back(std::move(contest));
    }

    Converter& prepare(const Contest& contest, Entry& entry) {
        if (entry.key == prepared_) return *converter_;
        converter_.reset();
        const std::string of = contest.op.name + contest.level;
        if (of != conversion_of_) {
            conversion_.reset();
            conversion_ = std::make_unique<Conversion>(contest.op.op, contest.count);
            conversion_of_ = of;
        }
        const ConvertingPeer* peer = nullptr;
        for (const ConvertingPeer& each : peers_)
            if (each.name == entry.who) peer = &each;
        converter_ = peer == nullptr ? ours(*conversion_) : peer->make(*conversion_);
        prepared_ = entry.key;
        if (checked_.insert(entry.key).second) check(entry, peer);
        return *converter_;
    }

    /// Ours has to be the reference to the bit; a peer may be off by one code.
    void check(Entry& entry, const ConvertingPeer* peer) {
        converter_->run();
        double furthest = 0;
        const std::size_t step = std::max<std::size_t>(1, conversion_->count / 100000) | 1;
        for (std::size_t i = 0; i < conversion_->count; i += step)
            furthest = std::max(furthest, std::abs(converter_->result(i) - conversion_->expected(i)));
        entry.exact = furthest == 0.0;
        if (entry.exact || (peer != nullptr && furthest <= 1.0)) return;
        std::fprintf(stderr, "%s: wrong by up to %g\n", entry.key.c_str(), furthest);
        right_ = false;
    }

    void report(Rows& rows, const Contest& contest) {
        const double mine = rate(contest, contest.entries.front());
        if (mine == 0.0) return;  // left out by --benchmark_filter
        const auto begin = [&](const char* bench) {
            rows.add("bench", bench).add("op", contest.op.name).add("level", contest.level);
            rows.add("elements", contest.count).add("isa", arch::native::name).add("lanes", lanes_name());
        };
        begin("elementwise");
        rows.add("gbps", mine * 1e-9).add("share_of_memcpy", mine / memcpy_[contest.traffic()]).end();
        for (std::size_t i = 1; i < contest.entries.size(); ++i) {
            const double theirs = rate(contest, contest.entries[i]);
            if (theirs == 0.0) continue;
            begin("elementwise_peer");
            rows.add("peer", contest.entries[i].who).add("gbps", theirs * 1e-9).add("ratio", mine / theirs);
            rows.add("exact", contest.entries[i].exact).end();
        }
    }
    double rate(const Contest& contest, const Entry& entry) const {
        const double seconds = best_.seconds(entry.key);
        return seconds == 0.0 ? 0.0 : static_cast<double>(contest.traffic()) / seconds;
    }

    static const char* lanes_name() { return QTENSOR_HAS_XSIMD ? "xsimd" : is_scalar ? "scalar" : "builtin"; }

    Options options_;
    std::vector<ConvertingPeer> peers_;
    std::vector<Contest> contests_;
    Best best_;
    std::map<std::size_t, double> memcpy_;
    std::unique_ptr<Conversion> conversion_;
    std::unique_ptr<Converter> converter_;
    std::string conversion_of_, prepared_;
    std::set<std::string> checked_;
    bool right_ = true;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::main_of<bench::Programme>(argc, argv, arch::native::name); }
