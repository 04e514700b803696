// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Memory whose last byte is followed at once by a page that may be neither read nor written, so that a load or store
/// one byte too long ends the test program. Where pages cannot be protected, the sanitizer's red zone is all there is.

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <type_traits>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace qtensor_test {

template <class T> class Guarded {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    explicit Guarded(std::size_t elements) : bytes_(elements * sizeof(T)) {
#if __has_include(<sys/mman.h>)
        const std::size_t page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
        usable_ = (bytes_ + page - 1) / page * page + (bytes_ == 0 ? page : 0);
        mapped_ = usable_ + page;
        void* start = ::mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start == MAP_FAILED) throw std::bad_alloc();
        base_ = static_cast<unsigned char*>(start);
        if (::mprotect(base_ + usable_, page, PROT_NONE) != 0) throw std::bad_alloc();
#else
        usable_ = bytes_;
        base_ = static_cast<unsigned char*>(std::malloc(bytes_ == 0 ? 1 : bytes_));
        if (base_ == nullptr) throw std::bad_alloc();
        std::memset(base_, 0, bytes_);
#endif
    }
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;
    ~Guarded() {
#if __has_include(<sys/mman.h>)
        ::munmap(base_, mapped_);
#else
        std::free(base_);
#endif
    }

    /// The elements; the byte behind the last one is forbidden.
    T* data() { return reinterpret_cast<T*>(base_ + usable_ - bytes_); }

private:
    std::size_t bytes_;
    std::size_t usable_ = 0;
    std::size_t mapped_ = 0;
    unsigned char* base_ = nullptr;
};

}  // namespace qtensor_test
