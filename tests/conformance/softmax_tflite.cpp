// SPDX-License-Identifier: BSL-1.0
/// \file
/// Suite softmax_tflite: rows of 8-bit logits, with results of 8 and of 16 bits, from the scale of the logits.

#include <qtensor/layer/softmax_rows.hpp>

#include "conformance/suite.hpp"
#include "support/arches.hpp"

namespace conformance {
namespace {

using namespace qtensor;

void softmax(Case& run) {
    const Tensor& input = run.tensor("x");
    const auto x = input.read<std::int8_t>();
    if (input.shape.empty() || input.shape.back() == 0) throw Malformed("logits without a row");
    const std::size_t n = input.shape.back();
    const SoftmaxScaling scaling =
        SoftmaxScaling::of_bytes(static_cast<float>(run.real("input_scale")), static_cast<float>(run.real("beta")));
    if (scaling.mantissa != run.integer("input_multiplier") || scaling.shift != run.integer("input_left_shift") ||
        scaling.least != run.integer("diff_min")) {
        throw Malformed("the scaling derived from the scale is not that of the case");
    }
    qtensor_test::EveryArch::each([&]<class Arch>() {
        std::vector<std::int8_t> bytes(x.size());
        std::vector<std::int16_t> words(x.size());
        softmax_rows<std::int8_t, std::int8_t, TfLiteDoubleRounding, Arch>(scaling, x.data(), bytes.data(),
                                                                           x.size() / n, n);
        softmax_rows<std::int8_t, std::int16_t, TfLiteDoubleRounding, Arch>(scaling, x.data(), words.data(),
                                                                            x.size() / n, n);
        if (run.find("y_s8") != nullptr) run.expect("y_s8", bytes, Arch::name);
        if (run.find("y_s16") != nullptr) run.expect("y_s16", words, Arch::name);
    });
}

const Part part("softmax_tflite", {{"softmax_s8", softmax}});

}  // namespace
}  // namespace conformance
