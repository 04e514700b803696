// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Which published rule made these codes? A converted model whose outputs are off by one somewhere usually runs under
/// another rule than the one it is compared with. Given accumulators, the scales and the codes that were observed, this
/// says how many of them each rule explains.

#include <cstddef>
#include <span>

#include "cmsis_nn.hpp"
#include "element.hpp"
#include "exact_rational.hpp"
#include "fbgemm.hpp"
#include "onnx.hpp"
#include "tflite_neon.hpp"
#include "xnnpack_rndnu.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// A dialect and the names under which its users look for it.
template <Dialect D> struct Named {
    using dialect = D;
    const char* name;
};

/// Calls body(Named<D>) for every rule that which_dialect tries. Rules that give the same codes stand here once:
/// GemmlowpLegacy with derived constants is single rounding, PowerOfTwoShift is ExactRational of the same rounding.
template <class Body> constexpr void each_dialect(Body&& body) {
    body(Named<TfLiteDoubleRounding>{"TfLiteDoubleRounding (CmsisNn)"});
    body(Named<TfLiteSingleRounding>{"TfLiteSingleRounding (CmsisNnSingleRounding, ruy)"});
    body(Named<TfLiteNeon>{"TfLiteNeon"});
    body(Named<XnnpackFp32>{"XnnpackFp32 (FbgemmFloat)"});
    body(Named<XnnpackRndnu>{"XnnpackRndnu"});
    body(Named<TorchFloat>{"TorchFloat"});
    body(Named<OnnxQLinear<>>{"OnnxQLinear"});
    body(Named<OnnxQLinear<float16>>{"OnnxQLinear<float16>"});
    body(Named<ExactRational<HalfEven>>{"ExactRational<HalfEven>"});
    body(Named<ExactRational<HalfAway>>{"ExactRational<HalfAway>"});
    body(Named<ExactRational<HalfUp>>{"ExactRational<HalfUp>"});
    body(Named<ExactRational<Floor>>{"ExactRational<Floor> (the article)"});
}

/// How many rules each_dialect has.
inline constexpr std::size_t dialect_count = [] {
    std::size_t count = 0;
    each_dialect([&](const auto&) { ++count; });
    return count;
}();

/// What one rule makes of the observations.
struct Explanation {
    const char* name = "";
    bool applies = false;  ///< the rule has constants for the scales
    std::size_t observed = 0;
    std::size_t explained = 0;
    std::size_t first_unexplained = 0;  ///< meaningful unless all are explained
    std::int32_t expected = 0;          ///< the rule's code there

    constexpr bool explains_all() const { return applies && explained == observed; }
};

namespace detail {
/// The rule has constants for these scales: float16 scales are float16 numbers with a float16 product.
template <class D> constexpr bool has_constants(float input, float weight, float output) {
    if constexpr (std::same_as<D, OnnxQLinear<float16>>) {
        const auto is_half = [](float x) { return static_cast<float>(float16(x)) == x; };
        return is_half(input) && is_half(weight) && is_half(output) && input * weight < 65504.0f;
    } else {
        return true;
    }
}
}  // namespace detail

/// Compares `codes` with what each rule makes of `accumulators` (the sums behind the bias, before requantization), for
/// the scales s_x, s_w, s_y and the range that the codes were clamped to. The spans are equally long; s_x * s_w / s_y
/// is below 128. An accumulator that a rule cannot take is not explained by it, and neither is any where it has no
/// constants for the scales (float16). A template, so that all dialects are compiled where it is called alone.
template <class = void>
constexpr std::array<Explanation, dialect_count> which_dialect(std::span<const std::int32_t> accumulators,
                                                               std::span<const std::int32_t> codes, float input,
                                                               float weight, float output, CodeRange range) {
    QTENSOR_REQUIRE(accumulators.size() == codes.size(), "which_dialect: as many accumulators as codes",
                    accumulators.size(), codes.size());
    const double multiplier = static_cast<double>(input) * static_cast<double>(weight) / static_cast<double>(output);
    QTENSOR_REQUIRE(multiplier > 0.0 && multiplier < 128.0,
                    "which_dialect: the multiplier s_x * s_w / s_y is above 0 and below 128", multiplier, 128);
    QTENSOR_REQUIRE(input * weight <= 3.40282346638528859812e+38f, "which_dialect: s_x * s_w is a float", 0, 0);
    std::array<Explanation, dialect_count> all{};
    Explanation* next = all.data();
    each_dialect([&]<class D>(const Named<D>& named) {
        Explanation& found = *next++;
        found.name = named.name;
        found.observed = codes.size();
        found.applies = detail::has_constants<D>(input, weight, output);
        if (!found.applies) return;
        const auto words = D::derive(input, weight, output);
        std::int64_t largest = -static_cast<std::int64_t>(INT32_MIN);
        if constexpr (requires { D::largest_accumulator(words); })
            largest =
                static_cast<std::int64_t>(D::largest_accumulator(words)) + (D::largest_accumulator(words) == INT32_MAX);
        for (std::size_t i = 0; i < codes.size(); ++i) {
            const std::int64_t acc = accumulators[i];
            const bool takes = acc >= -largest && acc <= largest;
            const std::int32_t code = takes ? D::apply(accumulators[i], words, range) : 0;
            if (takes && code == codes[i]) {
                ++found.explained;
            } else if (found.explained == i) {  // the first
                found.first_unexplained = i;
                found.expected = code;
            }
        }
    });
    return all;
}

}  // namespace qtensor::inline QTENSOR_ABI
