// SPDX-License-Identifier: BSL-1.0
// The number of the variant is an argument of the template: without it there is one function for all of them.
// expect: not a function to dispatch: it needs template <int Variant> static R call\(arguments...\)
#include <qtensor/parallel/dispatch.hpp>

struct Twice {
#ifdef BAD
    static int call(int x) { return 2 * x; }
#else
    template <int Variant> static int call(int x) { return 2 * x; }
#endif
};

int main() { return qtensor::dispatch<Twice>()(0); }
