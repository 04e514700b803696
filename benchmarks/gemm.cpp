// SPDX-License-Identifier: BSL-1.0
// Products through the public interface, beside other libraries that do the same job: weights packed and scales bound
// before, as in deployment. CMake compiles this file once per instruction set; docs/performance.md says what the rows
// mean.
#include <qtensor/host.hpp>

#include "peers/peer.hpp"
#include "support/bandwidth.hpp"
#include "support/contest.hpp"
#include "support/problem.hpp"
#include "support/roofline.hpp"

#include <map>
#include <optional>

using namespace qtensor;

namespace bench {
namespace {

using Arch = arch::native;
using Matrix = Shape<dyn, dyn>;
constexpr bool is_scalar = std::is_same_v<Arch, arch::scalar>;

/// A product of the library: `Acc` is its accumulator (void: chosen by proof), the stages are its epilogue, `E` runs
/// its parts.
template <class E, class X, class W, class Acc, class XScale, class WScale, class... Stages>
class Ours : public Runner {
    using Weights = QTensor<const W, WScale, Matrix>;
    using Packed = HeapPacked<packed_for<Arch, X, Weights>>;
    using Bound = BoundLinear<packed_for<Arch, X, Weights>, XScale, Acc, Stages...>;
    using Y = typename Bound::element_type;

public:
    Ours(const E& executor, const Problem& p, const X* x, const Weights& w, XScale x_scale, const Stages&... stages)
        : executor_(executor), x_(x, Matrix(p.m, p.k), x_scale), packed_(w), words_(8 * p.n),
          bound_(packed_.weights(), x_scale, BindMemory(words_.data(), words_.size()), stages...), y_(p.m * p.n),
          view_(y_.data(), Matrix(p.m, p.n), bound_.output_scale()),
          workspace_(bound_.workspace_bytes(p.m, p.k, executor.workers())) {}

    void run() override { bound_.run(packed_.weights(), x_, view_, workspace_.span(), executor_); }
    double result(std::size_t at) const override { return static_cast<double>(y_[at]); }
    std::size_t weight_bytes() const override {
        return packed_for<Arch, X, Weights>::bytes(packed_.weights().n(), packed_.weights().k());
    }

private:
    const E& executor_;
    QTensor<const X, XScale, Matrix> x_;
    Packed packed_;
    std::vector<std::int32_t> words_;
    Bound bound_;
    Cells<cell_of<Y>> y_;
    QTensor<Y, typename Bound::scale_type, Matrix> view_;
    AlignedBytes workspace_;
};

/// Solves problems on an executor, which it only refers to.
template <class E> struct Solver {
    const E& executor;
    static constexpr PerTensor<> one{1.0f};

    template <class X, class W, class Acc, class XScale, class WScale, class Cell, class... Stages>
    std::unique_ptr<Runner> solve(const Problem& p, const X* x, const Cell* w, XScale x_scale, WScale w_scale,
                                  const Stages&... stages) const {
        const QTensor<const W, WScale, Matrix> weights(w, Matrix(p.n, p.k), w_scale);
        using Solution = Ours<E, X, W, Acc, XScale, WScale, Stages...>;
        return std::make_unique<Solution>(executor, p, x, weights, x_scale, stages...);
    }

    /// Codes to codes: zero points, a bias, a scale per channel.
    template <class W, class Dialect, class Cell> std::unique_ptr<Runner> codes(const Problem& p, const Cell* w) const {
        const QTensor<const std::int32_t> bias(p.bias.data(), Shape<dyn>(p.n));
        return solve<std::int8_t, W, void>(p, p.x.data(), w, Affine{p.x_scale, p.x_zero},
                                           PerChannel<dyn>{p.w_scales.data()}, AddBias{bias},
                                           Requantize<std::int8_t, Dialect>{Affine{p.y_scale, p.y_zero}});
    }

    /// Sums of the codes as they are.
    template <class X, class W, class Acc = void> std::unique_ptr<Runner> sums(const Problem& p) const {
        return solve<X, W, Acc>(p, reinterpret_cast<const X*>(p.x.data()), p.w.data(), one, one);
    }
};

std::unique_ptr<Runner> ours(const Problem& p) {
    static constexpr Serial serial;
    constexpr Solver<Serial> solver{serial};
    switch (p.job) {
    case Job::s8s8_s8:
        return solver.codes<std::int8_t, XnnpackFp32>(p, p.w.data());
    case Job::s8s8_s8_tflite:
        return solver.codes<std::int8_t, TfLiteDoubleRounding>(p, p.w.data());
    case Job::s8s8_s32:
        return solver.sums<std::int8_t, std::int8_t>(p);
    case Job::s8s8_s16:
        return solver.sums<std::int8_t, std::int8_t, std::int16_t>(p);
    case Job::s8s7_s32:
        return solver.sums<std::int8_t, Ranged<std::int8_t, -64, 63>>(p);
    case Job::s8s7_s16:
        return solver.sums<std::int8_t, Ranged<std::int8_t, -64, 63>, std::int16_t>(p);
    case Job::u8s8_s32:
        return solver.sums<std::uint8_t, std::int8_t>(p);
    case Job::s8s4_s8:
        return solver.codes<int4, XnnpackFp32>(p, p.nibbles.data());
    case Job::f32:
        return solver.solve<float, float, void>(p, p.xf.data(), p.wf.data(), Unscaled{}, Unscaled{});
    }
    return nullptr;
}

/// The same on more threads, for the jobs that are measured so; null for others.
std::unique_ptr<Runner> ours_on(const ThreadPool& threads, const Problem& p) {
    const Solver<ThreadPool> solver{threads};
    if (p.job == Job::s8s8_s8) return solver.codes<std::int8_t, XnnpackFp32>(p, p.w.data());
    if (p.job == Job::s8s8_s32) return solver.sums<std::int8_t, std::int8_t>(p);
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
    if (job == Job::f32) return roofline::sequence_of(roofline::float_products, Arch::name);
    if (job == Job::s8s7_s32) return roofline::sequence_of(roofline::narrow_products, Arch::name);
    if (job == Job::s8s7_s16) return roofline::sequence_of(roofline::int16_products, Arch::name);
    return roofline::sequence_of(roofline::dot_products, Arch::name);
}

struct Product : Contest<Problem> {
    Sizes size;
    Job job;
    std::size_t weight_bytes = 0;
};
constexpr const char* two_threads = "qtensor_2_threads";

class Programme {
public:
    explicit Programme(const Options& options) : options_(options), peers_(peers()) {
        // Made here, before the thread that measures stays on one processor: its second worker goes where it likes.
        if (options.processors > 1) {
            threads_.emplace(2);
        } else {
            std::fprintf(stderr, "%s: no rows of two threads, there is one processor\n", Arch::name);
        }
        for (const Sizes& size : shapes(options.quick)) {
            if (is_scalar && size.operations() > (std::size_t{1} << 27)) continue;  // seconds per product
            for (const JobName& job : job_names)
                if (sequence_of(job.job) != nullptr) enter(size, job.job);
        }
    }
    bool run() { return contests_.run(options_); }

    void report(Rows& rows) const {
        machine_row(rows, options_, Arch::name, peers_).add("lanes", lanes_name()).end();
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
        for (const Product& contest : contests_)
            if (contest.ours().seconds != 0.0) report(rows, contest);
    }

private:
    void enter(const Sizes& size, Job job) {
        const auto problem = [=] { return std::make_unique<Problem>(job, size.m, size.n, size.k); };
        Product& contest = contests_.add({{text(size) + "/" + name_of(job), problem, {}}, size, job});
        contest.roof = [this, &contest](const Runner& runner) { measure_roof(contest, runner.weight_bytes()); };
        contest.enter("qtensor", ours);
        const Problem tiny(job, 1, 1, 1);
        if (threads_ && ours_on(*threads_, tiny) != nullptr)
            contest.enter(two_threads, [this](const Problem& p) { return ours_on(*threads_, p); });
        for (const Peer& peer : peers_) contest.enter(peer, tiny, tiny.is_codes() ? 1 : 0);
    }

    /// The roof over a job, beside it in time: the clock of a virtual machine wanders.
    void measure_roof(Product& contest, std::size_t weight_bytes) {
        const roofline::Sequence* sequence = sequence_of(contest.job);
        const roofline::Peak now = roofline::peak(*sequence);
        roofline::Peak& best = peaks_[sequence];
        if (now.operations > best.operations) best = now;
        contest.weight_bytes = weight_bytes;
        double& bandwidth = bandwidths_[weight_bytes];
        bandwidth = std::max(bandwidth, roofline::read_bandwidth(weight_bytes));
    }

    void report(Rows& rows, const Product& contest) const {
        const auto operations = static_cast<double>(contest.size.operations());
        const double peak = peaks_.at(sequence_of(contest.job)).operations;
        const double intensity = operations / static_cast<double>(contest.weight_bytes);
        const double roof = std::min(peak, bandwidths_.at(contest.weight_bytes) * intensity);
        for (const auto& entry : contest.entries) {
            if (entry.seconds == 0.0) continue;
            const bool is_ours = entry.who.starts_with("qtensor");
            const double speed = operations / entry.seconds;
            rows.add("bench", is_ours ? "gemm" : "peer").add("m", contest.size.m).add("n", contest.size.n);
            rows.add("k", contest.size.k).add("job", name_of(contest.job)).add("isa", Arch::name);
            rows.add("gops", speed * 1e-9);
            if (is_ours) {  // of the roofs of as many cores
                const int threads = entry.who == two_threads ? 2 : 1;
                rows.add("threads", threads).add("share_of_peak", speed / (threads * peak));
                rows.add("share_of_roofline", speed / (threads * roof));
                if (threads > 1) rows.add("speedup", contest.ours().seconds / entry.seconds);
                rows.end();
            } else {
                rows.add("peer", entry.who).add("ratio", entry.seconds / contest.ours().seconds);
                rows.add("exact", entry.exact).add("easier", entry.easier).end();
            }
        }
    }

    static const char* lanes_name() { return QTENSOR_HAS_XSIMD ? "xsimd" : is_scalar ? "scalar" : "builtin"; }

    Options options_;
    std::vector<Peer> peers_;
    std::optional<ThreadPool> threads_;
    Contests<Product> contests_;
    std::map<const roofline::Sequence*, roofline::Peak> peaks_;
    std::map<std::size_t, double> bandwidths_;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::main_of<bench::Programme>(argc, argv, arch::native::name); }
