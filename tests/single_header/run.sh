#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# The single headers of make.py: they compile without warnings, in two translation units of one program, and the test suite
# and the examples pass on them.
#
#   tests/single_header/run.sh           everything: builds all tests again
#   tests/single_header/run.sh --quick   without the test suite
#
# JOBS=N sets the number of parallel jobs (default 2). The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
root="$PWD"
source tests/support/checks.sh single

check "make.py" python3 tests/single_header/make.py "$out/single"
warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || { skip "$compiler is not installed"; continue; }
    for arch in "" "-mavx2 -mfma -mf16c" "-march=native -Wno-uninitialized -Wno-maybe-uninitialized"; do
        for header in qtensor qtensor_host; do
            # shellcheck disable=SC2086
            check "$header.hpp alone, $compiler ${arch:-baseline}" bash -c \
                "printf '#include \"$header.hpp\"\n#include \"qtensor.hpp\"\n' |
                 $compiler -std=c++20 -fsyntax-only ${warnings[*]} $arch -Wno-unknown-warning-option -I '$out/single' -x c++ -"
        done
    done
done

# A tree whose headers are all the one header, with everything else as it is.
mkdir -p "$out/tree/include"
for name in CMakeLists.txt CMakePresets.json LICENSE tests examples benchmarks docs; do ln -s "$root/$name" "$out/tree/$name"; done
(cd include && find . -name '*.hpp') | while read -r header; do
    mkdir -p "$out/tree/include/$(dirname "$header")"
    printf '#pragma once\n#include "%s/qtensor_host.hpp"\n' "$out/single" >"$out/tree/include/$header"
done
ln -s "$root/include/qtensor/parallel/qtensor_dispatch.cmake" "$out/tree/include/qtensor/parallel/"
check "two translation units of one program" g++ -std=c++20 "${warnings[@]}" -I "$out/tree/include" tests/consumers/main.cpp \
    tests/consumers/other.cpp -o "$out/consumer"
check "that program" "$out/consumer"

if [[ "${1:-}" != --quick ]]; then
    check "the test suite builds" bash -c "cmake -G Ninja -S '$out/tree' -B '$out/build' -DCMAKE_BUILD_TYPE=Debug &&
        cmake --build '$out/build' --parallel ${JOBS:-2}"
    check "the test suite passes" ctest --test-dir "$out/build" -j "${JOBS:-2}" --output-on-failure
fi

tally
