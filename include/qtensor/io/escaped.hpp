// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Text inside HTML and SVG.

#include <string>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// The text with what would be markup spelled out: < > & " and '. Cannot fail.
inline std::string escaped(const std::string& text) {
    std::string made;
    for (const char c : text) {
        switch (c) {
        case '<':
            made += "&lt;";
            break;
        case '>':
            made += "&gt;";
            break;
        case '&':
            made += "&amp;";
            break;
        case '"':
            made += "&quot;";
            break;
        case '\'':
            made += "&#39;";
            break;
        default:
            made += c;
        }
    }
    return made;
}

}  // namespace qtensor::inline QTENSOR_ABI
