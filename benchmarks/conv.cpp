// SPDX-License-Identifier: BSL-1.0
// Convolutions through the public interface, single layers and the chains of both MobileNets, for one image: int8 with
// zero points, bias, ReLU and a scale per channel by XNNPACK's fp32 rule, as static types and as run-time networks, and
// the float reading of the same layers, beside other libraries. CMake compiles this file once per instruction set;
// docs/performance.md says what the rows mean.
#include <qtensor/host.hpp>

#include "../tests/support/network_of.hpp"
#include "support/contest.hpp"
#include "support/convolutions.hpp"
#include "support/roofline.hpp"

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
    double result(std::size_t at) const override { return static_cast<double>(y_[at]); }

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
    double result(std::size_t at) const override { return y_[at]; }
    std::vector<double> results() const { return {y_.begin(), y_.end()}; }

private:
    static ImageSize image_of(auto shape) { return {shape.extent(0), shape.extent(1), shape.extent(2)}; }
    Network<N, On> net_;
    Cells<std::int8_t> x_, y_;
    std::optional<AlignedBytes> arena_;
};

struct Layers : Contest<Convolutions> {
    std::size_t macs;
};

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

    bool run() { return contests_.run(options_); }

    void report(Rows& rows) const {
        machine_row(rows, options_, Arch::name, peers_);
        rows.add("int8_peak_gops", integer_peak_ * 1e-9).add("float_peak_gops", float_peak_ * 1e-9).end();
        for (const Layers& contest : contests_) report(rows, contest);
    }

private:
    template <std::size_t Size, std::size_t Channels>
    using Square = Conv2d<Shape<Size, Size, Channels>, Channels, Kernel<3, 3, Same>, Relu, N>;

    template <class L> void enter(const std::string& name) {
        using Integers = typename L::Quantized;
        using Reals = typename L::Float;
        const auto codes = std::make_shared<std::unique_ptr<Integers>>();
        const auto problem = [codes] {
            *codes = qtensor_test::mobilenet::random_codes<L>();
            const auto image = qtensor_test::mobilenet::random_images<L>(1);
            auto made = std::make_unique<Convolutions>();
            made->image.assign(image.begin(), image.end());
            collect(**codes, made->layers);
            if constexpr (!is_a_chain<L>) {  // the normative architecture says what has to come out
                AtRunTime<L, arch::scalar> scalar(**codes, *made);
                scalar.run();
                made->known = scalar.results();
            }
            return made;
        };
        Layers& contest = contests_.add({{name, problem, [this](const Runner&) { measure_roofs(); }}, L::macs});
        const auto judging = [](Codes kind) {
            return [kind](const Convolutions& p, const Runner& runner) { return judge(p, kind, runner); };
        };
        const auto packed = [codes](const Convolutions& p) -> std::unique_ptr<Runner> {
            using Packed = typename Integers::template packed<Arch>;
            return std::make_unique<Ours<Packed>>(std::make_unique<Packed>(**codes), p);
        };
        const auto at_run_time = [codes](const Convolutions& p) { return std::make_unique<AtRunTime<L>>(**codes, p); };
        contest.enter("qtensor", packed, judging(Codes::s8));
        contest.enter("network", at_run_time, judging(Codes::s8));
        if constexpr (is_a_chain<L>) {  // residual networks have neither loops to be compared with nor peers
            const auto in_float = [codes](const Convolutions& p) -> std::unique_ptr<Runner> {
                const auto real = std::make_unique<Reals>();
                make_real(*real, **codes);
                using Packed = typename Reals::template packed<Arch>;
                return std::make_unique<Ours<Packed>>(std::make_unique<Packed>(*real), p);
            };
            contest.enter("float", in_float, judging(Codes::real));
            // What is off by one behind a layer is off by a few behind 27.
            const int times = requires { L::window; } ? 1 : 8;
            for (const ConvolvingPeer& peer : peers_)
                if (peer.make != nullptr)
                    contest.enter(peer.name, peer.make, judging(peer.codes)).forgiven = peer.forgiven(times);
        }
    }

    /// The roofs, again and again, beside the jobs in time: the clock of a virtual machine wanders.
    void measure_roofs() {
        const auto measure = [](const roofline::Sequence* sequence, double& best) {
            if (sequence != nullptr) best = std::max(best, roofline::peak(*sequence).operations);
        };
        measure(roofline::sequence_of(roofline::dot_products, Arch::name), integer_peak_);
        measure(roofline::sequence_of(roofline::float_products, Arch::name), float_peak_);
    }

    void report(Rows& rows, const Layers& contest) const {
        for (const auto& entry : contest.entries) {
            if (entry.seconds == 0.0) continue;
            const double speed = 2.0 * static_cast<double>(contest.macs) / entry.seconds;
            const double peak = entry.who == "float" ? float_peak_ : integer_peak_;
            rows.add("bench", "conv").add("layer", contest.name).add("who", entry.who).add("isa", Arch::name);
            rows.add("us", entry.seconds * 1e6).add("gops", speed * 1e-9);
            if (peak > 0.0) rows.add("share_of_peak", speed / peak);
            if (contest.ours().seconds > 0.0) rows.add("ratio", entry.seconds / contest.ours().seconds);
            rows.add("exact", entry.exact).add("easier", entry.easier).end();
        }
    }

    Options options_;
    std::vector<ConvolvingPeer> peers_;
    Contests<Layers> contests_;
    double integer_peak_ = 0, float_peak_ = 0;
};

}  // namespace
}  // namespace bench

int main(int argc, char** argv) { return bench::main_of<bench::Programme>(argc, argv, arch::native::name); }
