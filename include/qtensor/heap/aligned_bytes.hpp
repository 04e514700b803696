// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Bytes on the heap, aligned for any register: the memory that pack, workspaces and arenas ask for.

#include <cstddef>
#include <new>
#include <span>

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Movable, not copyable. (A unique_ptr would do, but <memory> is a quarter of what the host part includes.)
class AlignedBytes {
public:
    static constexpr std::size_t alignment = 64;

    AlignedBytes() = default;
    /// Uninitialised. Throws std::bad_alloc.
    explicit AlignedBytes(std::size_t size)
        : bytes_(static_cast<std::byte*>(::operator new(size, std::align_val_t{alignment}))), size_(size) {}

    AlignedBytes(AlignedBytes&& other) noexcept : bytes_(other.bytes_), size_(other.size_) { other.forget(); }
    AlignedBytes& operator=(AlignedBytes&& other) noexcept {
        if (this != &other) {
            release();
            bytes_ = other.bytes_;
            size_ = other.size_;
            other.forget();
        }
        return *this;
    }
    ~AlignedBytes() { release(); }

    std::span<std::byte> span() const { return {bytes_, size_}; }
    std::size_t size() const { return size_; }

private:
    void release() {
        if (bytes_ != nullptr) ::operator delete(bytes_, std::align_val_t{alignment});
    }
    void forget() {
        bytes_ = nullptr;
        size_ = 0;
    }
    std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace qtensor::inline QTENSOR_ABI
