// SPDX-License-Identifier: BSL-1.0
// Compiled for the baseline: calls what this processor can run, and compares. It prints how many ran.
#include <cstdio>

unsigned long long work_base();
unsigned long long work_avx2();
unsigned long long work_avx512();

int main() {
    const unsigned long long base = work_base();
    int ran = 1;
    bool same = true;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        same = same && work_avx2() == base;
        ++ran;
    }
    if (__builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw")) {
        same = same && work_avx512() == base;
        ++ran;
    }
    std::printf("%d ran, %s\n", ran, same ? "equal" : "DIFFERENT");
    return same ? 0 : 1;
}
