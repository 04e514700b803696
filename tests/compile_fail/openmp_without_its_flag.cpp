// SPDX-License-Identifier: BSL-1.0
// The flag tells by this macro; the runtime's header is there with or without it.
// expect: parallel/openmp.hpp needs OpenMP: compile with -fopenmp, or link qtensor::openmp
#ifdef BAD
#include <qtensor/parallel/openmp.hpp>
#else
#include <qtensor/parallel/thread_pool.hpp>
#endif
int main() {}
