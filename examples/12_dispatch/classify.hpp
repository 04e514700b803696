// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// What the program and each variant of the network agree on: plain types alone. The library's own types are other ones
/// in every variant, so a signature that names them does not link.

#include <cstddef>
#include <cstdint>

struct Classify {
    static constexpr std::size_t inputs = 64, outputs = 10;

    /// Codes of `samples` images in, scores out.
    template <int Variant> static void call(const std::int8_t* x, std::int8_t* y, std::size_t samples);
};
