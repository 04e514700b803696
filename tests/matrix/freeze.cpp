// SPDX-License-Identifier: BSL-1.0
/// \file
/// Networks of the examples, trained in the integers of a bundle, against what they are frozen into: every code of every
/// test image, on every instruction set that this is compiled for and the processor has.
///
///     freeze DIGITS.csv                           BUNDLE names the bundle: -DBUNDLE=TfLite
///
/// Exit status 1 where a code differs. One epoch is enough: what is compared are rules, not what was learnt.

#include "../../examples/digits/training.hpp"

#include <qtensor/laws/check_freeze.hpp>

#include <cstdio>

using namespace qtensor;

namespace {

using N = numerics::BUNDLE;

using Wide = Sequential<Dense<64, 128, Relu, N>, Dense<128, 10, Identity, N>>;  // digits/
using Small = Sequential<Dense<64, 8, Relu, N>, Dense<8, 10, Identity, N>>;     // 10_smaller_networks
using Images =                                                                  // 07_calibrate, 08_quantization_aware
    Sequential<Conv2d<Shape<8, 8, 1>, 8, Kernel<3, 3, Same>, Relu, N>,
               MaxPool2d<Shape<8, 8, 8>, Kernel<2, 2, Stride<2>>, Identity, N>,
               Conv2d<Shape<4, 4, 8>, 16, Kernel<3, 3, Same>, Relu, N>,
               MaxPool2d<Shape<4, 4, 16>, Kernel<2, 2, Stride<2>>, Identity, N>, Dense<64, 10, Identity, N>>;
using Layer = Dense<32, 32, Relu, N>;  // 09_loss_landscape
using Plain = Sequential<Dense<64, 32, Relu, N>, Layer, Layer, Layer, Layer, Layer, Layer, Layer,
                         Dense<32, 10, Identity, N>>;
using Around = Residual<Layer>;
using Skips = Sequential<Dense<64, 32, Relu, N>, Around, Around, Around, Around, Around, Around, Around,
                         Dense<32, 10, Identity, N>>;

int failures = 0;

template <class Net> void check(const char* name, const digits::Digits& training, const digits::Digits& test) {
    Model<Net, QuantizationAware<>> model(initial<Net>(Random(1)));
    train(model, training.images, CrossEntropy(training.labels), Adam{}, {.epochs = 1, .rate = 0.002f});
    const auto one = [&]<class Arch>() {
        if constexpr (std::same_as<Arch, arch::scalar> || arch::HasAtom<Arch, std::int8_t, std::int8_t>) {
            const Verdict verdict = check_freeze<Arch>(model, test.images);
            std::printf("%-4s  %s, %s", verdict ? "ok" : "FAIL", name, Arch::name);
            if (!verdict) std::printf(": %s, at %.0f", verdict.broken, verdict.at);
            std::puts("");
            failures += verdict ? 0 : 1;
        }
    };
    one.template operator()<arch::scalar>();
    one.template operator()<arch::sse41>();
    one.template operator()<arch::avx2>();
    one.template operator()<arch::avx_vnni>();
    one.template operator()<arch::avx512bw>();
    one.template operator()<arch::avx512_vnni>();
}

}  // namespace

int main(int, char** argv) {
    const auto [training, test] = digits::load(argv[1]);
    check<Wide>("digits", training, test);
    check<Small>("10_smaller_networks", training, test);
    check<Images>("08_quantization_aware", training, test);
    check<Plain>("09_loss_landscape without skips", training, test);
    check<Skips>("09_loss_landscape with skips", training, test);
    return failures == 0 ? 0 : 1;
}
