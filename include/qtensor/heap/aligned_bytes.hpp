// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Bytes on the heap, aligned for any register: the memory that pack, workspaces and arenas ask for.

#include <cstddef>
#include <new>
#include <span>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include "../base/config.hpp"

namespace qtensor::inline QTENSOR_ABI {

/// Movable, not copyable. (A unique_ptr would do, but <memory> is a quarter of what the host part includes.)
///
/// From `large_page` on the bytes begin at a multiple of it, and Linux is asked to back them by large pages: a row of
/// activations reads 16 MiB of weights once, and waits for the translations of 4096 small ones.
class AlignedBytes {
public:
    static constexpr std::size_t alignment = 64;
    static constexpr std::size_t large_page = std::size_t{2} << 20;

    AlignedBytes() = default;
    /// Uninitialised. Throws std::bad_alloc.
    explicit AlignedBytes(std::size_t size)
        : bytes_(static_cast<std::byte*>(::operator new(size, alignment_of(size)))), size_(size) {
#if defined(__linux__)
        // Advice: where it is not taken, the pages are small.
        if (size >= large_page) (void)::madvise(bytes_, size / large_page * large_page, MADV_HUGEPAGE);
#endif
    }

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
    static constexpr std::align_val_t alignment_of(std::size_t size) {
        return std::align_val_t{size < large_page ? alignment : large_page};
    }
    void release() {
        if (bytes_ != nullptr) ::operator delete(bytes_, alignment_of(size_));
    }
    void forget() {
        bytes_ = nullptr;
        size_ = 0;
    }
    std::byte* bytes_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace qtensor::inline QTENSOR_ABI
