// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// logistic and tanh of 16-bit numbers by the table of TFLite's and CMSIS-NN's 16-bit kernels and LSTM (tflite-micro
/// `kernels/internal/common.h` and `reference/integer_ops/logistic.h`, `tanh.h`; CMSIS-NN arm_nn_activation_s16). The
/// table is not the function correctly rounded: 44 of its entries are one too large. Bits that have to be equal need
/// it.

#include <array>
#include <cstdint>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// About 65536 / (1 + e^(-i / 24)).
inline constexpr std::array<std::uint16_t, 256> sigmoid_table{
    32768, 33451, 34133, 34813, 35493, 36169, 36843, 37513, 38180, 38841, 39498, 40149, 40794, 41432, 42064, 42688,
    43304, 43912, 44511, 45102, 45683, 46255, 46817, 47369, 47911, 48443, 48964, 49475, 49975, 50464, 50942, 51409,
    51865, 52311, 52745, 53169, 53581, 53983, 54374, 54755, 55125, 55485, 55834, 56174, 56503, 56823, 57133, 57433,
    57724, 58007, 58280, 58544, 58800, 59048, 59288, 59519, 59743, 59959, 60168, 60370, 60565, 60753, 60935, 61110,
    61279, 61441, 61599, 61750, 61896, 62036, 62172, 62302, 62428, 62549, 62666, 62778, 62886, 62990, 63090, 63186,
    63279, 63368, 63454, 63536, 63615, 63691, 63765, 63835, 63903, 63968, 64030, 64090, 64148, 64204, 64257, 64308,
    64357, 64405, 64450, 64494, 64536, 64576, 64614, 64652, 64687, 64721, 64754, 64786, 64816, 64845, 64873, 64900,
    64926, 64950, 64974, 64997, 65019, 65039, 65060, 65079, 65097, 65115, 65132, 65149, 65164, 65179, 65194, 65208,
    65221, 65234, 65246, 65258, 65269, 65280, 65291, 65301, 65310, 65319, 65328, 65337, 65345, 65352, 65360, 65367,
    65374, 65381, 65387, 65393, 65399, 65404, 65410, 65415, 65420, 65425, 65429, 65433, 65438, 65442, 65445, 65449,
    65453, 65456, 65459, 65462, 65465, 65468, 65471, 65474, 65476, 65479, 65481, 65483, 65485, 65488, 65489, 65491,
    65493, 65495, 65497, 65498, 65500, 65501, 65503, 65504, 65505, 65507, 65508, 65509, 65510, 65511, 65512, 65513,
    65514, 65515, 65516, 65517, 65517, 65518, 65519, 65520, 65520, 65521, 65522, 65522, 65523, 65523, 65524, 65524,
    65525, 65525, 65526, 65526, 65526, 65527, 65527, 65528, 65528, 65528, 65529, 65529, 65529, 65529, 65530, 65530,
    65530, 65530, 65531, 65531, 65531, 65531, 65531, 65532, 65532, 65532, 65532, 65532, 65532, 65533, 65533, 65533,
    65533, 65533, 65533, 65533, 65533, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65534, 65535,
};

namespace detail {

/// x * 3 * 2^shift, halves up where shift < 0: 3/4 of x in units of the table, whose entries are 2^9 (logistic) or 2^8
/// (tanh) apart.
constexpr std::int32_t table_position(std::int16_t x, std::int32_t shift) {
    const std::int32_t factor = shift < 0 ? 3 : 3 << shift;
    const std::int32_t right = shift < 0 ? -shift : 0;
    const std::int32_t half = right > 0 ? 1 << (right - 1) : 0;
    return (x * factor + half) >> right;
}

/// Between two entries a straight line; `bits` below the entry's number.
constexpr std::uint32_t table_line(std::uint32_t position, std::uint32_t bits, std::uint32_t beyond) {
    const std::uint32_t entry = position >> bits;
    if (entry >= 255) return beyond;
    const std::uint32_t from = sigmoid_table[entry], to = sigmoid_table[entry + 1];
    return (from << bits) + (position & ((1u << bits) - 1)) * (to - from);
}

}  // namespace detail

/// 1 / (1 + e^-x) in Q0.15 for x in Q3.12, or x * 2^shift / 2^12; 0 <= shift <= 14 or shift < 0.
constexpr std::int16_t table_logistic(std::int16_t x, std::int32_t shift = 0) {
    const std::int32_t at = detail::table_position(x, shift);
    const std::uint32_t line = detail::table_line(static_cast<std::uint32_t>(at < 0 ? -at : at), 9, 0x7fffu << 10);
    const std::uint32_t mirrored = at >= 0 ? line + (1u << 9) : (1u << 25) - line + (1u << 9) - 1;
    return static_cast<std::int16_t>(mirrored >> 10);
}

/// tanh(x) in Q0.15, likewise.
constexpr std::int16_t table_tanh(std::int16_t x, std::int32_t shift = 0) {
    const std::int32_t at = detail::table_position(x, shift);
    const auto line =
        static_cast<std::int32_t>(detail::table_line(static_cast<std::uint32_t>(at < 0 ? -at : at), 8, 0xffffu << 8));
    const std::int32_t mirrored = at >= 0 ? line - (1 << 23) + (1 << 7) : -line + (1 << 23) + (1 << 7) - 1;
    return static_cast<std::int16_t>(mirrored >> 8);
}

}  // namespace qtensor::inline QTENSOR_ABI
