#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Threads under ThreadSanitizer: the pool, and packed weights and networks that threads share (tests/parallel, without
# OpenMP: its runtime is not instrumented). A program with a race shows first that the sanitizer would find one.
#
# The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source tests/support/checks.sh tsan
finds() { ! "$1" >"$out/race.log" 2>&1 && grep -q "data race" "$out/race.log"; }

cat >"$out/race.cpp" <<'END'
#include <qtensor/parallel/thread_pool.hpp>
int main() {
    const qtensor::ThreadPool pool(2);
    std::atomic<int> here{0};
    int shared = 0;
    pool(2, [&](std::size_t) {
        here.fetch_add(1, std::memory_order_relaxed);  // orders nothing: both threads are here at the same time
        while (here.load(std::memory_order_relaxed) < 2) std::this_thread::yield();
        ++shared;
    });
    return shared == 0;
}
END

for compiler in clang++ g++; do
    if ! echo 'int main() {}' | "$compiler" -fsanitize=thread -x c++ - -o "$out/probe" 2>/dev/null || ! "$out/probe" 2>/dev/null; then
        skip "$compiler has no ThreadSanitizer here"
        continue
    fi
    compile=("$compiler" -std=c++20 -O1 -march=native -w -fsanitize=thread -pthread -I include -I tests)
    check "$compiler: a race is compiled" "${compile[@]}" "$out/race.cpp" -o "$out/race"
    check "$compiler: a race is found" finds "$out/race"
    for unit in tests/parallel/*_test.cpp; do
        name="$(basename "$unit" .cpp)"
        [[ "$name" == openmp_test ]] && continue
        check "$compiler: $name is compiled" "${compile[@]}" -include tests/support/assert_hook.hpp "$unit" -o "$out/$name" -lCatch2WithMain
        check "$compiler: $name has no race" "$out/$name"
    done
done

tally
