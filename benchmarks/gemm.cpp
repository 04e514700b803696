// SPDX-License-Identifier: BSL-1.0
// Products through the public interface, beside other libraries that do the same job: weights packed and scales bound
// before, as in deployment. CMake compiles this file once per instruction set; docs/performance.md says what the rows
// mean.
#include <qtensor/host.hpp>

#include "peers/peer.hpp"
#include "support/passes.hpp"
#include "support/problem.hpp"
#include "support/roofline.hpp"

#include <map>
#include <set>

using namespace qtensor;

namespace bench {
namespace {

using Arch = arch::native;
using Matrix = Shape<dyn, dyn>;
constexpr bool is_scalar = std::is_same_v<Arch, arch::scalar>;

/// A product of the library: `Acc` is its accumulator (void: chosen by proof), the stages are its epilogue.
template <class X, class W, class Acc, class XScale, class WScale, class... Stages> class Ours : public Runner {
    using Weights = QTensor<const W, WScale, Matrix>;
    using Packed = HeapPacked<packed_for<Arch, X, Weights>>;
    using Bound = BoundLinear<packed_for<Arch, X, Weights>, XScale, Acc, Stages...>;
    using Y = typename Bound::element_type;

public:
    Ours(const Problem& p, const X* x, const Weights& w, XScale x_scale, const Stages&... stages)
        : x_(x, Matrix(p.m, p.k), x_scale), packed_(w), words_(8 * p.n),
          bound_(packed_.weights(), x_scale, BindMemory(words_.data(), words_.size()), stages...), y_(p.m * p.n),
          view_(y_.data(), Matrix(p.m, p.n), bound_.output_scale()), workspace_(bound_.workspace_bytes(p.m, p.k)),
          n_(p.n) {}

    void run() override { bound_.run(packed_.weights(), x_, view_, workspace_.span()); }
    double result(std::size_t i, std::size_t j) const override { return static_cast<double>(y_[i * n_ + j]); }
    std::size_t weight_bytes() const override {
        return packed_for<Arch, X, Weights>::bytes(packed_.weights().n(), packed_.weights().k());
    }

private:
    QTensor<const X, XScale, Matrix> x_;
    Packed packed_;
    std::vector<std::int32_t> words_;
    Bound bound_;
    Cells<cell_of<Y>> y_;
    QTensor<Y, typename Bound::scale_type, Matrix> view_;
    AlignedBytes workspace_;
    std::size_t n_;
};

template <class X, class W, class Acc, class XScale, class WScale, class Cell, class... Stages>
std::unique_ptr<Runner> solve(const Problem& p, const X* x, const Cell* w, XScale x_scale, WScale w_scale,
                              const Stages&... stages) {
    const QTensor<const W, WScale, Matrix> weights(w, Matrix(p.n, p.k), w_scale);
    return std::make_unique<Ours<X, W, Acc, XScale, WScale, Stages...>>(p, x, weights, x_scale, stages...);
}

/// Codes to codes: zero points, a bias, a scale per channel.
template <class W, class Dialect, class Cell> std::unique_ptr<Runner> codes(const Problem& p, const Cell* w) {
    const QTensor<const std::int32_t> bias(p.bias.data(), Shape<dyn>(p.n));
    return solve<std::int8_t, W, void>(p, p.x.data(), w, Affine{p.x_scale, p.x_zero},
                                       PerChannel<dyn>{p.w_scales.data()}, AddBias{bias},
                                       Requantize<std::int8_t, Dialect>{Affine{p.y_scale, p.y_zero}});
}

std::unique_ptr<Runner> ours(const Problem& p) {
    const PerTensor<> one{1.0f};
    switch (p.job) {
    case Job::s8s8_s8:
        return codes<std::int8_t, XnnpackFp32>(p, p.w.data());
    case Job::s8s8_s8_tflite:
        return codes<std::int8_t, TfLiteDoubleRounding>(p, p.w.data());
    case Job::s8s8_s32:
        return solve<std::int8_t, std::int8_t, void>(p, p.x.data(), p.w.data(), one, one);
    case Job::s8s8_s16:
        return solve<std::int8_t, std::int8_t, std::int16_t>(p, p.x.data(), p.w.data(), one, one);
    case Job::s8s7_s32:
        return solve<std::int8_t, Ranged<std::int8_t, -64, 63>, void>(p, p.x.data(), p.w.data(), one, one);
    case Job::s8s7_s16:
        return solve<std::int8_t, Ranged<std::int8_t, -64, 63>, std::int16_t>(p, p.x.data(), p.w.data(), one, one);
    case Job::u8s8_s32:
        return solve<std::uint8_t, std::int8_t, void>(p, reinterpret_cast<const std::uint8_t*>(p.x.data()), p.w.data(),
                                                      one, one);
    case Job::s8s4_s8:
        return codes<int4, XnnpackFp32>(p, p.nibbles.data());
    case Job::f32:
        return solve<float, float, void>(p, p.xf.data(), p.wf.data(), Unscaled{}, Unscaled{});
    }
    return nullptr;
}

struct Sizes {
    std::size_t m, n, k;
    std::size_t operations() const { return 2 * m * n * k; }
};

/// Squares, transformers, MobileNet's pointwise convolutions, and few rows. --quick takes the first of each kind.
std::vector<Sizes> shapes(bool quick) {
    if (quick) return {{64, 64, 64}, {256, 256, 256}, {128, 768, 768}, {49, 1024, 1024}, {1, 1024, 1024}};
    return {{32, 32, 32},       {64, 64, 64},       {128, 128, 128}, {256, 256, 256},  {512, 512, 512},
            {1024, 1024, 1024}, {2048, 2048, 2048}, {128, 768, 768}, {128, 3072, 768}, {128, 768, 3072},
            {12544, 64, 32},    {3136, 128, 128},   {784, 256, 256}, {196, 512, 512},  {49, 1024, 1024},
            {1, 1024, 1024},    {1, 4096, 4096},    {4, 1024, 1024}, {4, 4096, 4096}};
}

std::string text(const Sizes& s) { return std::to_string(s.m) + "x" + std::to_string(s.n) + "x" + std::to_string(s.k); }

/// The sequence that a job of this program is a share of; null where the processor's own is meant but not listed.
const roofline::Sequence* sequence_of(Job job) {
    const auto find = [](const auto& sequences) -> const roofline::Sequence* {
        for (const roofline::Sequence& sequence : sequences)
            if (sequence.isa == std::string(Arch::name)) return &sequence;
        return nullptr;
    };
    if (job == Job::f32) return find(roofline::float_products);
    if (job == Job::s8s7_s32) return find(roofline::narrow_products);
    if (job == Job::s8s7_s16) return find(roofline::int16_products);
    return find(roofline::dot_products);
}

/// What takes part in one job on one shape.
struct Entry {
    std::string who;
    std::string key;
    bool exact = true;
};
struct Contest {
    Sizes size;
    Job job;
    std::vector<Entry> entries;  // ours first
    std::size_t weight_bytes = 0;
};

class Programme {
public:
    explicit Programme(const Options& options) : options_(options), peers_(peers()) {
        for (const Sizes& size : shapes(options.quick)) {
            if (is_scalar && size.operations() > (std::size_t{1} << 27)) continue;  // seconds per product
            for (const JobName& job : job_names)
                if (sequence_of(job.job) != nullptr) enter(size, job.job);
        }
    }

    /// Everything, `passes` times. False where a result was wrong; it is then not timed.
    bool run() {
        for (Contest& contest : contests_) {
            const std::string name = text(contest.size) + "/" + name_of(contest.job);
            const auto roof = [this, &contest](benchmark::State& state) {
                prepare(contest, contest.entries.front());  // it tells how many bytes its weights have
                for (auto _ : state) measure_roof(contest);
            };
            benchmark::RegisterBenchmark((name + "/roof").c_str(), roof)->Iterations(1);
            for (Entry& entry : contest.entries) {
                const auto timed = [this, &contest, &entry](benchmark::State& state) {
                    Runner& runner = prepare(contest, entry);
                    for (auto _ : state) {
                        runner.run();
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
        rows.add("bench", "machine").add("isa", Arch::name).add("lanes", lanes_name()).add("compiler", compiler());
        rows.add("clock_ghz", roofline::clock_hz() * 1e-9).add("passes", options_.passes).add("quick", options_.quick);
        for (const Peer& peer : peers_) rows.add(peer.name, peer.version);
        rows.end();
        for (const roofline::Level& level : roofline::levels()) {
            const std::size_t bytes = level.bytes != 0 ? level.bytes / 2 : std::size_t{256} << 20;
            rows.add("bench", "bandwidth").add("level", level.name).add("capacity", level.bytes).add("bytes", bytes);
            rows.add("gbps", roofline::read_bandwidth(bytes) * 1e-9).end();
        }
        for (const auto& [sequence, peak] : peaks_) {
            const bool main = sequence == sequence_of(Job::s8s8_s32);
            rows.add("bench", main ? "peak" : "sequence").add("isa", Arch::name);
            if (!main) rows.add("instructions", sequence->text);
            rows.add("gops", peak.operations * 1e-9).add("instructions_per_cycle", peak.instructions_per_cycle).end();
        }
        for (const Contest& contest : contests_) report(rows, contest);
    }

private:
    void enter(const Sizes& size, Job job) {
        Contest contest{size, job, {}, 0};
        const auto name = [&](const char* who) { return text(size) + "/" + name_of(job) + "/" + who; };
        contest.entries.push_back({"qtensor", name("qtensor")});
        const Problem tiny(job, 1, 1, 1);
        for (const Peer& peer : peers_)
            if (peer.make != nullptr && peer.make(tiny) != nullptr)
                contest.entries.push_back({peer.name, name(peer.name)});
        contests_.push_back(std::move(contest));
    }

    /// The solution of one entrant, kept while Google Benchmark asks for it again; checked when it is first made.
    Runner& prepare(Contest& contest, Entry& entry) {
        if (entry.key == prepared_) return *runner_;
        runner_.reset();
        const std::string of = text(contest.size) + name_of(contest.job);
        if (of != problem_of_) {
            problem_.reset();
            problem_ = std::make_unique<Problem>(contest.job, contest.size.m, contest.size.n, contest.size.k);
            problem_of_ = of;
        }
        const Peer* peer = nullptr;
        for (const Peer& each : peers_)
            if (each.name == entry.who) peer = &each;
        runner_ = peer == nullptr ? ours(*problem_) : peer->make(*problem_);
        prepared_ = entry.key;
        if (peer == nullptr) contest.weight_bytes = runner_->weight_bytes();
        if (checked_.insert(entry.key).second) check(entry, peer);
        return *runner_;
    }

    void check(Entry& entry, const Peer* peer) {
        const Verdict verdict(*problem_, *runner_);
        entry.exact = verdict.exact();
        if (entry.exact) return;
        const bool rounded = peer != nullptr && problem_->is_codes() && verdict.furthest <= peer->codes_off;
        if (rounded || (peer != nullptr && peer->saturates)) return;
        std::fprintf(stderr, "%s: %zu of %zu elements are wrong, by up to %g\n", entry.key.c_str(), verdict.different,
                     verdict.seen, verdict.furthest);
        right_ = false;
    }

    /// The roof over a job, beside it in time: the clock of a virtual machine wanders.
    void measure_roof(const Contest& contest) {
        const roofline::Sequence* sequence = sequence_of(contest.job);
        const roofline::Peak now = roofline::peak(*sequence);
        roofline::Peak& best = peaks_[sequence];
        if (now.operations > best.operations) best = now;
        double& bandwidth = bandwidths_[contest.weight_bytes];
        bandwidth = std::max(bandwidth, roofline::read_bandwidth(contest.weight_bytes));
    }

    void report(Rows& rows, const Contest& contest) {
        if (best_.seconds(contest.entries.front().key) == 0.0) return;  // left out by --benchmark_filter
        const auto& [m, n, k] = contest.size;
        const auto operations = static_cast<double>(contest.size.operations());
        const double mine = operations / best_.seconds(contest.entries.front().key);
        const double peak = peaks_[sequence_of(contest.job)].operations;
        const double bandwidth = bandwidths_[contest.weight_bytes];
        const double roof = std::min(peak, bandwidth * operations / static_cast<double>(contest.weight_bytes));
        const auto begin = [&](const char* bench) {
            rows.add("bench", bench).add("m", m).add("n", n).add("k", k).add("job", name_of(contest.job));
        };
        begin("gemm");
        rows.add("isa", Arch::name).add("threads", 1).add("gops", mine * 1e-9).add("share_of_peak", mine / peak);
        rows.add("share_of_roofline", mine / roof).end();
        for (std::size_t i = 1; i < contest.entries.size(); ++i) {
            const Entry& entry = contest.entries[i];
            if (best_.seconds(entry.key) == 0.0) continue;
            const double theirs = operations / best_.seconds(entry.key);
            begin("peer");
            rows.add("peer", entry.who).add("gops", theirs * 1e-9).add("ratio", mine / theirs);
            rows.add("isa", Arch::name).add("exact", entry.exact).end();
        }
    }

    static const char* lanes_name() { return QTENSOR_HAS_XSIMD ? "xsimd" : is_scalar ? "scalar" : "builtin"; }
    Options options_;
    std::vector<Peer> peers_;
    std::vector<Contest> contests_;
    Best best_;
    std::map<const roofline::Sequence*, roofline::Peak> peaks_;
    std::map<std::size_t, double> bandwidths_;
    std::unique_ptr<Problem> problem_;
    std::unique_ptr<Runner> runner_;
    std::string problem_of_, prepared_;
    std::set<std::string> checked_;
    bool right_ = true;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::main_of<bench::Programme>(argc, argv, arch::native::name); }
