// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The laws of a layer (layer/layer.hpp): two readings that agree, on every architecture, for every batch, in the
/// memory that it asked for.

#include <algorithm>
#include <cstring>
#include <vector>

#include "../calibrate/min_max.hpp"
#include "../heap/aligned_bytes.hpp"
#include "../layer/layer.hpp"
#include "../numeric/element.hpp"
#include "draws.hpp"
#include "verdict.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {

/// y of a packed layer on a batch, in exactly the memory it asks for; the fences behind result and workspace say
/// whether it stayed there.
template <class L, class P, class X>
Verdict run_fenced(const P& packed, const std::vector<X>& x, std::size_t batch, auto& y) {
    using Y = std::remove_cvref_t<decltype(y[0])>;
    const std::size_t made = batch * output_size<L>;
    const std::size_t bytes = packed.workspace_bytes(batch);
    const AlignedBytes memory(bytes + 64);
    std::fill(memory.span().begin(), memory.span().end(), std::byte{0x5a});
    y.assign(made + 16, Y{93});
    const std::vector<X> before = x;
    packed.run(x.data(), y.data(), batch, memory.span().first(bytes));
    const auto behind = memory.span().subspan(bytes);
    if (!std::all_of(behind.begin(), behind.end(), [](std::byte b) { return b == std::byte{0x5a}; }))
        return {"a layer stays in the workspace it asked for (batch)", static_cast<double>(batch)};
    if (!std::all_of(y.begin() + static_cast<std::ptrdiff_t>(made), y.end(), [](Y cell) { return cell == Y{93}; }))
        return {"a layer writes its outputs and nothing behind them (batch)", static_cast<double>(batch)};
    if (std::memcmp(x.data(), before.data(), x.size() * sizeof(X)) != 0)
        return {"a layer does not write to its inputs (batch)", static_cast<double>(batch)};
    y.resize(made);
    return {};
}

/// A batch is its samples, one by one; twice the same call gives twice the same.
template <class L, class P, class X>
Verdict check_batches(const P& packed, const std::vector<X>& x, std::size_t batch, auto& y) {
    if (const Verdict verdict = run_fenced<L>(packed, x, batch, y); !verdict) return verdict;
    auto again = y;
    if (const Verdict verdict = run_fenced<L>(packed, x, batch, again); !verdict) return verdict;
    if (std::memcmp(again.data(), y.data(), y.size() * sizeof(y[0])) != 0)
        return {"the same inputs give the same outputs (batch)", static_cast<double>(batch)};
    for (std::size_t i = 0; i < batch; ++i) {
        const auto first = x.begin() + static_cast<std::ptrdiff_t>(i * input_size<L>);
        const std::vector<X> sample(first, first + static_cast<std::ptrdiff_t>(input_size<L>));
        auto one = y;
        if (const Verdict verdict = run_fenced<L>(packed, sample, 1, one); !verdict) return verdict;
        if (std::memcmp(one.data(), y.data() + i * output_size<L>, output_size<L> * sizeof(y[0])) != 0)
            return {"a sample does not depend on the others of its batch (sample)", static_cast<double>(i)};
    }
    return {};
}

}  // namespace detail

/// The laws of L with these parameters, on inputs in [-1, 1]. `steps` says how many steps of the output scale the
/// integer reading may be away from the float reading; one for each rounding on the way is usual. L has
/// `activation_element`, of whole bytes, and `activation_scale`, as a layer that calibrate can quantize does.
template <class L>
    requires(element<typename L::activation_element>::per_cell == 1)
Verdict check_layer(const typename L::Float& real, double steps) {
    static_assert(detail::must_be_layer<L>());
    using T = typename L::activation_element;
    using S = typename L::activation_scale;
    using Code = cell_of<T>;
    constexpr std::size_t batch = 7;
    const S input = fit_scale_to<S, T>(Range{-1.0f, 1.0f});
    Draws draws(23);
    std::vector<Code> codes(batch * input_size<L>);
    std::vector<float> reals(codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
        codes[i] = static_cast<Code>(draws.between(element<T>::lowest, element<T>::highest));
        reals[i] = static_cast<float>(codes[i] - zero_point_of(input, 0)) * input.scale(0);
    }
    std::vector<float> y;
    const auto packed_float = pack<arch::native>(real);
    if (const Verdict verdict = detail::check_batches<L>(packed_float, reals, batch, y); !verdict) return verdict;
    MinMax seen;
    seen.observe(y);
    const S output = fit_scale_to<S, T>(seen.range());
    const auto quantized = L::quantized(real, input, output);
    const auto scalar = pack<arch::scalar>(quantized);
    const auto native = pack<arch::native>(quantized);
    if (!same_meaning(native.input_scale(), input, 1))
        return {"input_scale() is the scale that quantized() was given", 0.0};
    if (!same_meaning(native.output_scale(), output, 1))
        return {"output_scale() is the scale that quantized() was given", 0.0};
    std::vector<Code> made;
    std::vector<Code> reference;
    if (const Verdict verdict = detail::check_batches<L>(native, codes, batch, made); !verdict) return verdict;
    if (const Verdict verdict = detail::check_batches<L>(scalar, codes, batch, reference); !verdict) return verdict;
    for (std::size_t i = 0; i < made.size(); ++i) {
        if (made[i] != reference[i])
            return {"every architecture makes the codes of arch::scalar (output)", static_cast<double>(i)};
        if (made[i] < element<T>::lowest || made[i] > element<T>::highest)
            return {"codes are in the range of their element (output)", static_cast<double>(i)};
        const double code = static_cast<double>(y[i]) / static_cast<double>(output.scale(0)) + zero_point_of(output, 0);
        const double apart = static_cast<double>(made[i]) - code;
        if (!(apart <= steps && -apart <= steps))
            return {"the integer reading is within `steps` of the float reading (output)", static_cast<double>(i)};
    }
    return {};
}

}  // namespace qtensor::inline QTENSOR_ABI
