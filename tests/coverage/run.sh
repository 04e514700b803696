#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds the tests with clang's coverage counters, runs them, and prints the share of the headers' conditions of which both
# outcomes happened.
#
#   tests/coverage/run.sh [--folders base,arch,...] [--uncovered]
#
# Fails below 95 % of the core (ranks 0 to 7) or 100 % of rounding and requantization. JOBS=N sets the number of parallel jobs
# (default 2). Needs clang++ and the llvm-profdata and llvm-cov of its version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=build/coverage
version="$(clang++ -dumpversion | cut -d. -f1)"
tool() { command -v "$1-$version" || command -v "$1" || { echo "$1 is not installed (apt-get install llvm)" >&2; exit 2; }; }
profdata="$(tool llvm-profdata)" cov="$(tool llvm-cov)"
cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=clang++ -DQTENSOR_BUILD_EXAMPLES=OFF \
    -DCMAKE_CXX_FLAGS="-fprofile-instr-generate -fcoverage-mapping" -DCMAKE_CXX_FLAGS_DEBUG=-O0 >/dev/null
cmake --build "$build" --parallel "${JOBS:-2}"
rm -f "$build"/*.prof*
for program in "$build"/tests/test_*; do
    [[ -x "$program" && -f "$program" ]] || continue
    name="$(basename "$program")"
    log="$build/${name#test_}.log"
    LLVM_PROFILE_FILE="$build/${name#test_}.profraw" "$program" >"$log" || { tail -n 20 "$log"; echo "$name fails"; exit 1; }
    "$profdata" merge -sparse "$build/${name#test_}.profraw" -o "$build/${name#test_}.profdata"
done
python3 tests/coverage/report.py "$build" --llvm-cov "$cov" "$@"
