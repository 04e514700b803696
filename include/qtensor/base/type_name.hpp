// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// The name of a type as its compiler writes it, without RTTI.

#include <cstddef>
#include <string_view>

#include "config.hpp"

namespace qtensor::inline QTENSOR_ABI {

namespace detail {
template <class T> constexpr auto signature() { return std::string_view(__PRETTY_FUNCTION__); }
}  // namespace detail

/// With namespaces and template arguments, `qtensor::v0_base::Dense<64, 32>` for example. Spaces, suffixes of numbers
/// and arguments that have a default differ between compilers.
template <class T> constexpr std::string_view type_name() {
    constexpr std::string_view whole = detail::signature<T>(), key = "T = ";
    constexpr std::size_t first = whole.find(key) + key.size();
    return whole.substr(first, whole.rfind(']') - first);
}

/// The bare name, without namespaces and template arguments: `Dense`.
template <class T> constexpr std::string_view bare_type_name() {
    std::string_view name = type_name<T>();
    name = name.substr(0, name.find('<'));
    const std::size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace qtensor::inline QTENSOR_ABI
