// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// A scale per group of the depth. Codes of weights [n][k] are seen as [n][k / g][g], and each run of g codes has a
/// scale of its own, in the same order as the runs: [n][k / g]. 32 to 256 codes per group are usual. Activations [m][k]
/// can be grouped the same way. A product of grouped tensors has no single accumulator (gemm/grouped.hpp).

#include "per_channel.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The scale of a tensor of rank 3 for each index of its first two axes. `Count` of them, or dyn: the caller's array,
/// which must outlive the policy, as with PerChannel.
template <std::size_t Count> struct PerGroup : PerChannel<Count, 1> {
    static constexpr std::size_t channels = dyn;  // not that of axis 1 alone
    static constexpr bool over_leading_axes = true;
};

/// With a zero point per group.
template <std::size_t Count> struct PerGroupAffine : PerChannelAffine<Count, 1> {
    static constexpr std::size_t channels = dyn;
    static constexpr bool over_leading_axes = true;
};

}  // namespace qtensor::inline QTENSOR_ABI
