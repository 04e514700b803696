// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Memory between two pages that nobody may touch: a read or write beside the array ends the program.

#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#endif

#include <cstddef>
#include <span>
#include <stdexcept>

namespace qtensor_test {

enum class Flush { front, back };

/// `size` objects of T that begin at a page (front) or end at one (back), or `slack` bytes from there: 64 values of it
/// are all alignments. Behind and before the array lie up to a page of bytes that no test uses; the canary that fills
/// them is checked by `clean()`, and AddressSanitizer, where it is on, lets nobody read them.
template <class T> class BetweenGuards {
public:
    explicit BetweenGuards(std::size_t size, Flush flush = Flush::back, std::size_t slack = 0) : size_(size) {
        const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
        const std::size_t bytes = size * sizeof(T);
        middle_ = (bytes + slack + page - 1) / page * page;
        if (middle_ == 0) middle_ = page;
        total_ = middle_ + 2 * page;
        void* mapped = mmap(nullptr, total_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (mapped == MAP_FAILED) throw std::runtime_error("mmap failed");
        base_ = static_cast<unsigned char*>(mapped);
        mprotect(base_, page, PROT_NONE);
        mprotect(base_ + page + middle_, page, PROT_NONE);
        usable_ = base_ + page;
        for (std::size_t i = 0; i < middle_; ++i) usable_[i] = canary;
        offset_ = flush == Flush::front ? slack : middle_ - bytes - slack;
        poison();
    }
    BetweenGuards(const BetweenGuards&) = delete;
    BetweenGuards& operator=(const BetweenGuards&) = delete;
    ~BetweenGuards() {
        unpoison();
        munmap(base_, total_);
    }

    T* data() { return reinterpret_cast<T*>(usable_ + offset_); }
    const T* data() const { return reinterpret_cast<const T*>(usable_ + offset_); }
    std::size_t size() const { return size_; }
    std::span<T> span() { return {data(), size_}; }
    T& operator[](std::size_t i) { return data()[i]; }

    bool clean() const {
        unpoison();
        bool clean = true;
        for (std::size_t i = 0; i < middle_; ++i) {
            const bool inside = i >= offset_ && i < offset_ + size_ * sizeof(T);
            clean = clean && (inside || usable_[i] == canary);
        }
        poison();
        return clean;
    }

private:
    void poison() const {
#if defined(__SANITIZE_ADDRESS__)
        const std::size_t end = offset_ + size_ * sizeof(T);
        __asan_poison_memory_region(usable_, offset_ / 8 * 8);
        __asan_poison_memory_region(usable_ + end, middle_ - end);
#endif
    }
    void unpoison() const {
#if defined(__SANITIZE_ADDRESS__)
        __asan_unpoison_memory_region(usable_, middle_);
#endif
    }

    static constexpr unsigned char canary = 0xA5;
    std::size_t size_ = 0, middle_ = 0, total_ = 0, offset_ = 0;
    unsigned char* base_ = nullptr;
    unsigned char* usable_ = nullptr;
};

}  // namespace qtensor_test
