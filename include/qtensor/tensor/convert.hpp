// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Real numbers between float and the 16-bit storage types, nearest even: halving memory without a scale. Hardware
/// conversion where lanes have it (float16), the same bits in software otherwise. Cannot fail beyond its preconditions.

#include "../arch/lanes.hpp"
#include "qtensor.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// to[i] = from[i], row-major; both contiguous, one of them float. Sizes must agree.
template <class From, class To> constexpr void convert_into(const From& from, To&& to) {
    static_assert(detail::must_be_tensor<From>() && detail::must_be_tensor<To>());
    using T = std::remove_const_t<typename From::element_type>;
    using U = typename std::remove_cvref_t<To>::element_type;
    using V = lanes<float, arch::native>;
    static_assert(detail::must_be_real_element<T>() && detail::must_be_real_element<U>());
    static_assert(std::same_as<T, float> || std::same_as<U, float>,
                  "convert_into goes from float or to float: convert in two steps");
    static_assert(From::storage_type::contiguous && std::remove_cvref_t<To>::storage_type::contiguous,
                  "convert_into takes contiguous tensors");
    QTENSOR_REQUIRE(from.size() == to.size(), "convert_into: source and target have as many elements", from.size(),
                    to.size());
    const auto* source = from.data();
    auto* target = to.data();
    const std::size_t size = from.size();
    if constexpr (lane::width<V> != 1 && (std::same_as<T, float16> || std::same_as<U, float16>)) {
        if (!std::is_constant_evaluated()) {
            const auto some = [&](std::size_t i, std::size_t count) __attribute__((always_inline)) {
                if constexpr (std::same_as<U, float16>) {
                    lane::store_half(&target[i].bits, lane::load<V>(source + i, count), count);
                } else {
                    lane::store(target + i, lane::load_half<V>(&source[i].bits, count), count);
                }
            };
            std::size_t i = 0;
            for (; i + lane::width<V> <= size; i += lane::width<V>) some(i, lane::width<V>);
            if (i < size) some(i, size - i);
            return;
        }
    }
    for (std::size_t i = 0; i < size; ++i) target[i] = static_cast<U>(static_cast<float>(source[i]));
}

}  // namespace qtensor::inline QTENSOR_ABI
