// SPDX-License-Identifier: BSL-1.0
/// \file
/// Everything between reset and main, and everything that main needs instead of a C library: the vector table, the FPU,
/// zeroed memory, output and exit through semihosting, and the four functions that GCC may call in freestanding code.

#include "start.hpp"

#include <cstddef>
#include <cstdint>

int main();

extern "C" {
extern std::uint32_t bss_begin;
extern std::uint32_t bss_end;
extern std::uint32_t stack_top;
[[noreturn]] void reset();
[[noreturn]] void fault();

// Byte by byte: size, not speed. -fno-tree-loop-distribute-patterns (run.sh) keeps them from becoming calls of
// themselves.
[[gnu::used]] void* memcpy(void* to, const void* from, std::size_t size) {
    auto* target = static_cast<unsigned char*>(to);
    const auto* source = static_cast<const unsigned char*>(from);
    for (std::size_t i = 0; i < size; ++i) target[i] = source[i];
    return to;
}
[[gnu::used]] void* memmove(void* to, const void* from, std::size_t size) {
    auto* target = static_cast<unsigned char*>(to);
    const auto* source = static_cast<const unsigned char*>(from);
    if (target < source) return memcpy(to, from, size);
    for (std::size_t i = size; i-- > 0;) target[i] = source[i];
    return to;
}
[[gnu::used]] int memcmp(const void* left, const void* right, std::size_t size) {
    const auto* a = static_cast<const unsigned char*>(left);
    const auto* b = static_cast<const unsigned char*>(right);
    for (std::size_t i = 0; i < size; ++i) {
        if (a[i] != b[i]) return a[i] - b[i];
    }
    return 0;
}
[[gnu::used]] void* memset(void* to, int value, std::size_t size) {
    auto* target = static_cast<unsigned char*>(to);
    for (std::size_t i = 0; i < size; ++i) target[i] = static_cast<unsigned char>(value);
    return to;
}
}

namespace {

using Handler = void (*)();

/// The initial stack pointer and the handlers of reset and of the 14 system exceptions.
struct Vectors {
    std::uint32_t* stack;
    Handler handlers[15];
};
[[gnu::section(".vectors"), gnu::used]] const Vectors vectors = {
    &stack_top,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault}};

/// ARM's semihosting: the emulator serves the breakpoint.
void semihost(std::uint32_t operation, const void* argument) {
    register std::uint32_t r0 asm("r0") = operation;
    register const void* r1 asm("r1") = argument;
    asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

}  // namespace

void write_text(const char* text) { semihost(0x04, text); }

[[noreturn]] void exit_with(int status) {
    const std::uint32_t arguments[2] = {0x20026, static_cast<std::uint32_t>(status)};  // "the application has exited"
    semihost(0x20, arguments);
    for (;;) {
    }
}

void fault() {
    write_text("processor fault\n");
    exit_with(status_of_fault);
}

void reset() {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *reinterpret_cast<volatile std::uint32_t*>(0xe000ed88) |= 0xfu << 20;  // CPACR: full access to the FPU (and MVE)
    asm volatile("dsb\n\tisb" ::: "memory");
#endif
    for (std::uint32_t* word = &bss_begin; word < &bss_end; ++word) *word = 0;
    exit_with(main());
}
