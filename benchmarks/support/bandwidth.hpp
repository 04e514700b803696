// SPDX-License-Identifier: BSL-1.0
#pragma once
/// \file
/// Bytes per second of one core of this machine, measured in the process that measures the library: what it reads from
/// each level of memory, and what memcpy moves.

#include "roofline.hpp"

#include <cstring>
#include <fstream>
#include <new>
#include <string>
#include <sys/mman.h>
#include <vector>

namespace roofline {

/// Memory of whole cache lines, touched once; in large pages where it was asked for and Linux gives them.
class Memory {
public:
    explicit Memory(std::size_t bytes, bool in_large_pages = false)
        : bytes_(std::max<std::size_t>(64, (bytes + 63) / 64 * 64)),
          alignment_(in_large_pages ? std::size_t{2} << 20 : 4096),
          data_(static_cast<char*>(::operator new(bytes_, std::align_val_t{alignment_}))) {
        if (in_large_pages) (void)madvise(data_, bytes_, MADV_HUGEPAGE);
        std::memset(data_, 1, bytes_);
    }
    ~Memory() { ::operator delete(data_, std::align_val_t{alignment_}); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    char* data() const { return data_; }
    std::size_t size() const { return bytes_; }

private:
    std::size_t bytes_;
    std::size_t alignment_;
    char* data_;
};

#define VECTOR_REGISTERS                                                                                               \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12",         \
        "xmm13", "xmm14", "xmm15"

/// Reads [from, from + bytes) once, as `streams` parts side by side, a cache line after the other.
template <int streams, bool wide> [[gnu::noinline]] inline void read_once(const char* from, std::size_t bytes) {
    const std::size_t part = bytes / streams / 256 * 256;
    for (std::size_t at = 0; at < part; at += 256) {
        for (int stream = 0; stream < streams; ++stream) {
            const char* p = from + part * static_cast<std::size_t>(stream) + at;
            if constexpr (wide) {
                asm volatile(
                    "vmovups (%0),%%zmm0\n vmovups 64(%0),%%zmm1\n vmovups 128(%0),%%zmm2\n vmovups 192(%0),%%zmm3"
                    :
                    : "r"(p)
                    : "xmm0", "xmm1", "xmm2", "xmm3");
            } else {
                asm volatile(
                    ".irp at,0,16,32,48,64,80,96,112,128,144,160,176,192,208,224,240\n movups \\at(%0),%%xmm0\n .endr"
                    :
                    : "r"(p)
                    : "xmm0");
            }
        }
    }
    if constexpr (wide) asm volatile("vzeroupper" : : : VECTOR_REGISTERS);
}

#undef VECTOR_REGISTERS

/// Bytes per second that one core reads from a buffer of this size again and again, by the best of several access
/// patterns; in large pages, as the library's own memory, where they make a difference.
inline double read_bandwidth(std::size_t bytes) {
    const Memory buffer(std::max<std::size_t>(bytes, 4096), bytes >= std::size_t{2} << 20);
    const std::size_t passes = std::max<std::size_t>(1, (std::size_t{24} << 20) / buffer.size());
    const bool wide = cpu_lacks("avx512bw").empty();
    const auto rate = [&](auto read, std::size_t streams) {
        const double seconds = shortest(
            [&] {
                for (std::size_t i = 0; i < passes; ++i) read(buffer.data(), buffer.size());
            },
            5);
        return static_cast<double>(buffer.size() / streams / 256 * 256 * streams * passes) / seconds;
    };
    if (wide) return std::max({rate(read_once<1, true>, 1), rate(read_once<2, true>, 2), rate(read_once<4, true>, 4)});
    return std::max({rate(read_once<1, false>, 1), rate(read_once<2, false>, 2), rate(read_once<4, false>, 4)});
}

/// A level of memory and what it holds.
struct Level {
    std::string name;
    std::size_t bytes;
};

/// The data caches that this core sees, as the kernel tells, then DRAM (capacity 0).
inline std::vector<Level> levels() {
    std::vector<Level> all;
    for (const char* number : {"1", "2", "3"}) {
        for (int index = 0; index < 8; ++index) {
            const std::string of = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(index);
            std::string level, type;
            std::size_t kilobytes = 0;
            std::ifstream(of + "/level") >> level;
            std::ifstream(of + "/type") >> type;
            std::ifstream(of + "/size") >> kilobytes;
            if (level == number && type != "Instruction") all.push_back({level, kilobytes << 10});
        }
    }
    for (Level& level : all) level.name = "L" + level.name;
    all.push_back({"DRAM", 0});
    return all;
}

/// Bytes per second, read plus written, of memcpy with so much traffic in total.
inline double memcpy_bandwidth(std::size_t traffic) {
    const Memory from(traffic / 2);
    const Memory to(traffic / 2);
    const int calls = static_cast<int>(std::max<std::size_t>(1, (std::size_t{64} << 20) / traffic));
    const double seconds = shortest([&] {
        for (int i = 0; i < calls; ++i) {
            std::memcpy(to.data(), from.data(), from.size());
            asm volatile("" : : "r"(to.data()) : "memory");
        }
    });
    return static_cast<double>(traffic) * calls / seconds;
}

}  // namespace roofline
