// SPDX-License-Identifier: BSL-1.0
// Convolutions through the public interface, single layers and the chains of both MobileNets, for one image: int8 with
// zero points, bias, ReLU and a scale per channel by XNNPACK's fp32 rule, as static types and as run-time networks, and
// the float reading of the same layers, beside other libraries. CMake compiles this file once per instruction set;
// docs/performance.md says what the rows mean.
#include <qtensor/host.hpp>

#include "../tests/support/network_of.hpp"
#include "support/convolutions.hpp"
#include "support/passes.hpp"
#include "support/roofline.hpp"

#include <functional>
#include <set>

using namespace qtensor;

namespace bench {
namespace {

using Arch = arch::native;
using N = numerics::Xnnpack;

/// One reading of a layer or a network, packed.
template <class Packed> class Ours : public Runner {
    using L = typename Packed::layer;
    using X = typename Packed::input_element;

public:
    Ours(std::unique_ptr<Packed> packed, const Convolutions& p)
        : packed_(std::move(packed)), x_(p.image.size()), y_(output_size<L>), arena_(Packed::workspace_bytes(1)) {
        for (std::size_t i = 0; i < x_.size(); ++i) {
            if constexpr (std::is_same_v<X, float>) {
                const Affine<>& scale = p.layers.front().x;
                x_[i] = static_cast<float>(p.image[i] - scale.zero) * scale.value;
            } else {
                x_[i] = p.image[i];
            }
        }
    }
    void run() override { packed_->run(x_.data(), y_.data(), 1, arena_.span()); }
    double result(std::size_t i, std::size_t j) const override {
        constexpr std::size_t outputs = L::output_shape::static_extent(2);
        return static_cast<double>(y_[i * outputs + j]);
    }

private:
    std::unique_ptr<Packed> packed_;
    Cells<X> x_;
    Cells<typename Packed::output_element> y_;
    AlignedBytes arena_;
};

/// The same layers in a network that is made when the program runs.
template <class L, class On = Arch> class AtRunTime : public Runner {
public:
    AtRunTime(const typename L::Quantized& codes, const Convolutions& p)
        : net_(image_of(typename L::input_shape{}), p.layers.front().x), x_(p.image), y_(output_size<L>) {
        qtensor_test::Added<L>::to(net_, net_.input(), codes);
        arena_.emplace(net_.arena_bytes(1));
    }
    void run() override { net_.run(x_.data(), y_.data(), 1, arena_->span()); }
    double result(std::size_t i, std::size_t j) const override { return y_[i * L::output_shape::static_extent(2) + j]; }
    std::vector<double> results() const { return {y_.begin(), y_.end()}; }

private:
    static ImageSize image_of(auto shape) { return {shape.extent(0), shape.extent(1), shape.extent(2)}; }
    Network<N, On> net_;
    Cells<std::int8_t> x_, y_;
    std::optional<AlignedBytes> arena_;
};

/// Who takes part in a contest.
struct Entry {
    std::string who;
    std::string key;
    Codes codes = Codes::s8;
    std::function<std::unique_ptr<Runner>(const Convolutions&)> make;
    const ConvolvingPeer* peer = nullptr;
    bool exact = true, wrong = false;
};
struct Contest {
    std::string name;
    std::size_t macs = 0;
    std::function<std::unique_ptr<Convolutions>()> problem;
    std::vector<Entry> entries;  // ours first
};

const roofline::Sequence* sequence_of(const auto& sequences) {
    for (const roofline::Sequence& sequence : sequences)
        if (sequence.isa == std::string(Arch::name)) return &sequence;
    return nullptr;
}

class Programme {
public:
    explicit Programme(const Options& options) : options_(options) {
#if defined(QTENSOR_PEER_ONEDNN)
        peers_ = {convolving_onednn_s8(), convolving_onednn_u8()};
#endif
#if defined(QTENSOR_PEER_XNNPACK)
        peers_.push_back(convolving_xnnpack());
#endif
        using namespace qtensor_test::mobilenet;
        enter<ConvolutionsV1<N>>("MobileNet-v1, 27 convolutions");
        enter<ConvolutionsV2<N>>("MobileNet-v2, 52 convolutions, 10 sums");
        enter<Square<56, 64>>("3x3 56x56x64 to 64");
        enter<Square<14, 256>>("3x3 14x14x256 to 256");
        enter<Stem<224, 32, N>>("3x3 stride 2 224x224x3 to 32");
        enter<Point<112, 32, 64, N>>("1x1 112x112x32 to 64");
        enter<Point<56, 128, 128, N>>("1x1 56x56x128 to 128");
        enter<Point<14, 512, 512, N>>("1x1 14x14x512 to 512");
        enter<Point<7, 1024, 1024, N>>("1x1 7x7x1024 to 1024");
        enter<Depth<112, 32, N>>("depthwise 3x3 112x112x32");
        enter<Depth<112, 64, N, 2>>("depthwise 3x3 stride 2 112x112x64");
        enter<Depth<56, 128, N>>("depthwise 3x3 56x56x128");
        enter<Depth<14, 512, N>>("depthwise 3x3 14x14x512");
    }

    /// Everything, `passes` times. False where a result was wrong; it is then not timed.
    bool run() {
        for (Contest& contest : contests_) {
            const auto roof = [this](benchmark::State& state) {
                for (auto _ : state) measure_roofs();
            };
            benchmark::RegisterBenchmark((contest.name + "/roof").c_str(), roof)->Iterations(1);
            for (Entry& entry : contest.entries) {
                const auto timed = [this, &contest, &entry](benchmark::State& state) {
                    Runner& runner = prepare(contest, entry);
                    if (entry.wrong) return state.SkipWithError("its result is wrong");
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
        rows.add("bench", "machine").add("isa", Arch::name).add("compiler", compiler());
        rows.add("clock_ghz", roofline::clock_hz() * 1e-9).add("passes", options_.passes).add("quick", options_.quick);
        rows.add("int8_peak_gops", integer_peak_ * 1e-9).add("float_peak_gops", float_peak_ * 1e-9);
        for (const ConvolvingPeer& peer : peers_) rows.add(peer.name, peer.version);
        rows.end();
        for (const Contest& contest : contests_) report(rows, contest);
    }

private:
    template <std::size_t Size, std::size_t Channels>
    using Square = Conv2d<Shape<Size, Size, Channels>, Channels, Kernel<3, 3, Same>, Relu, N>;

    template <class L> void enter(const std::string& name) {
        using Integers = typename L::Quantized;
        using Reals = typename L::Float;
        const auto codes = std::make_shared<std::unique_ptr<Integers>>();
        Contest contest{name, L::macs, {}, {}};
        contest.problem = [codes] {
            *codes = qtensor_test::mobilenet::random_codes<L>();
            const auto image = qtensor_test::mobilenet::random_images<L>(1);
            auto problem = std::make_unique<Convolutions>();
            problem->image.assign(image.begin(), image.end());
            collect(**codes, problem->layers);
            if constexpr (!is_a_chain<L>) {  // the normative architecture says what has to come out
                AtRunTime<L, arch::scalar> scalar(**codes, *problem);
                scalar.run();
                problem->known = scalar.results();
            }
            return problem;
        };
        const auto add = [&](const char* who, Codes kind, auto make) {
            contest.entries.push_back({who, name + "/" + who, kind, make});
        };
        add("qtensor", Codes::s8, [codes](const Convolutions& p) -> std::unique_ptr<Runner> {
            using Packed = typename Integers::template packed<Arch>;
            return std::make_unique<Ours<Packed>>(std::make_unique<Packed>(**codes), p);
        });
        add("network", Codes::s8, [codes](const Convolutions& p) -> std::unique_ptr<Runner> {
            return std::make_unique<AtRunTime<L>>(**codes, p);
        });
        if constexpr (is_a_chain<L>) {  // residual networks have neither loops to be compared with nor peers
            add("float", Codes::real, [codes](const Convolutions& p) -> std::unique_ptr<Runner> {
                const auto real = std::make_unique<Reals>();
                make_real(*real, **codes);
                using Packed = typename Reals::template packed<Arch>;
                return std::make_unique<Ours<Packed>>(std::make_unique<Packed>(*real), p);
            });
            for (const ConvolvingPeer& peer : peers_) {
                if (peer.make == nullptr) continue;
                add(peer.name, peer.codes, peer.make);
                contest.entries.back().peer = &peer;
            }
        }
        contests_.push_back(std::move(contest));
    }

    /// The solution of one entrant, kept while Google Benchmark asks for it again; checked when it is first made.
    Runner& prepare(const Contest& contest, Entry& entry) {
        if (entry.key == prepared_) return *runner_;
        runner_.reset();
        if (contest.name != problem_of_) {
            problem_ = contest.problem();
            problem_of_ = contest.name;
        }
        runner_ = entry.make(*problem_);
        prepared_ = entry.key;
        if (checked_.insert(entry.key).second) check(contest, entry);
        return *runner_;
    }

    void check(const Contest& contest, Entry& entry) {
        const ConvolutionVerdict verdict(*problem_, entry.codes, *runner_);
        entry.exact = verdict.exact();
        if (entry.exact || (entry.peer != nullptr && entry.peer->saturates)) return;
        // What is off by one behind a layer is off by a few behind 27.
        const int off = entry.peer == nullptr ? 0 : entry.peer->codes_off * (problem_->layers.size() > 1 ? 8 : 1);
        if (verdict.furthest <= off) return;
        std::fprintf(stderr, "%s: %zu numbers are wrong, by up to %g\n", entry.key.c_str(), verdict.different,
                     verdict.furthest);
        entry.wrong = true;
        right_ = false;
    }

    /// The roofs, again and again, beside the jobs in time: the clock of a virtual machine wanders.
    void measure_roofs() {
        const auto measure = [](const roofline::Sequence* sequence, double& best) {
            if (sequence != nullptr) best = std::max(best, roofline::peak(*sequence).operations);
        };
        measure(sequence_of(roofline::dot_products), integer_peak_);
        measure(sequence_of(roofline::float_products), float_peak_);
    }

    void report(Rows& rows, const Contest& contest) {
        const double mine = best_.seconds(contest.entries.front().key);
        const double operations = 2.0 * static_cast<double>(contest.macs);
        for (const Entry& entry : contest.entries) {
            const double seconds = best_.seconds(entry.key);
            if (seconds == 0.0) continue;  // wrong, or left out by --benchmark_filter
            const double speed = operations / seconds, peak = entry.codes == Codes::real ? float_peak_ : integer_peak_;
            rows.add("bench", "conv").add("layer", contest.name).add("who", entry.who).add("isa", Arch::name);
            rows.add("us", seconds * 1e6).add("gops", speed * 1e-9);
            if (peak > 0.0) rows.add("share_of_peak", speed / peak);
            if (mine > 0.0) rows.add("ratio", seconds / mine);
            rows.add("exact", entry.exact).end();
        }
    }

    Options options_;
    std::vector<ConvolvingPeer> peers_;
    std::vector<Contest> contests_;
    Best best_;
    double integer_peak_ = 0, float_peak_ = 0;
    std::unique_ptr<Convolutions> problem_;
    std::unique_ptr<Runner> runner_;
    std::string problem_of_, prepared_;
    std::set<std::string> checked_;
    bool right_ = true;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::main_of<bench::Programme>(argc, argv, arch::native::name); }
