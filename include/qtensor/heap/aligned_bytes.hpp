// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Bytes on the heap, aligned for any register: the memory that pack, workspaces and arenas ask for.

#include <cstddef>
#include <memory>
#include <new>
#include <span>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

class AlignedBytes {
public:
    static constexpr std::size_t alignment = 64;

    AlignedBytes() = default;
    /// Uninitialised. Throws std::bad_alloc.
    explicit AlignedBytes(std::size_t size)
        : bytes_(static_cast<std::byte*>(::operator new(size, std::align_val_t{alignment}))), size_(size) {}

    std::span<std::byte> span() const { return {bytes_.get(), size()}; }
    std::size_t size() const { return bytes_ ? size_ : 0; }  // moved from: nothing

private:
    struct Release {
        void operator()(std::byte* bytes) const { ::operator delete(bytes, std::align_val_t{alignment}); }
    };
    std::unique_ptr<std::byte, Release> bytes_;
    std::size_t size_ = 0;
};

}  // namespace qtensor::inline QTENSOR_ABI
