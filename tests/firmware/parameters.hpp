// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Made by expected.py: a stored network, inputs, and the codes that TFLite's formulas give for them.

#include <cstdint>

// clang-format off
namespace parameters {

struct Edge {
    float scale;
    std::int32_t zero;
};
constexpr Edge input{0x1p-4f, -3};
constexpr Edge hidden{0x1.8p-4f, -11};
constexpr Edge output{0x1.8p-2f, 6};

constexpr float first_scales[7] = {
    0x1.8p-5f, 0x1.930bep-7f, 0x1.8p+1f, 0x1.8p-7f, 0x1.6f0068p-11f, 0x1.4fdf3cp-5f, 0x1.c28f5cp-4f};
constexpr std::int32_t first_bias[7] = {-279, -649, 3, 1152, -10147, -736, -278};
constexpr std::int8_t first_weights[7][10] = {
    {17, 6, -23, 22, -4, -16, 28, -7, 1, -19},
    {122, 85, 104, 11, -87, -46, 122, 50, -11, -12},
    {0, -1, 0, 0, 0, 0, 1, 0, -1, 1},
    {-60, 13, 4, 120, -50, 35, 47, -117, 21, -14},
    {3, -8, 57, -77, -7, -90, 49, 30, 93, 21},
    {0, -19, -54, 23, -6, 4, 50, 37, -50, 11},
    {16, 20, -8, 23, -21, -14, 17, -12, -22, -17}};

constexpr float second_scales[3] = {
    0x1.f3b646p-5f, 0x1p-6f, 0x1.d7dbf4p-11f};
constexpr std::int32_t second_bias[3] = {-455, -797, 4744};
constexpr std::int8_t second_weights[3][7] = {
    {-20, -25, 11, -49, 17, -36, -38},
    {-6, -66, 96, 13, -93, -109, -19},
    {-8, 37, 120, -66, -67, -113, -62}};

constexpr std::int8_t inputs[9][10] = {
    {-116, 0, 116, -74, -43, -125, -30, 6, 99, -39},
    {-76, 6, 64, 98, 90, -18, -21, 120, -88, -24},
    {32, -9, 112, -70, -92, -88, -114, -16, -46, 72},
    {-110, -72, 108, -48, -9, -58, -14, -33, -45, 40},
    {71, 119, 123, 36, 63, 57, -17, -104, 85, -41},
    {-48, -92, 67, -111, -16, 66, -77, -66, -63, 122},
    {-128, -128, -128, -128, -128, -128, -128, -128, -128, -128},
    {127, 127, 127, 127, 127, 127, 127, 127, 127, 127},
    {-3, -3, -3, -3, -3, -3, -3, -3, -3, -3}};

constexpr std::int8_t expected[9][3] = {
    {-8, -7, 7},
    {-61, -24, 6},
    {-31, -9, 9},
    {13, 55, 11},
    {-128, -29, 6},
    {22, 55, 11},
    {-87, -5, 5},
    {-62, -30, 8},
    {-7, 6, 7}};

}  // namespace parameters
