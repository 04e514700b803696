#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# MobileNet-v1-1.0-224 and MobileNet-v2-1.0-224, all convolutions, each as one type and as a run-time network, built by g++
# and clang++: the bits of the scalar architecture on every other one, for any batch and number of threads.
#
# JOBS=N sets the number of parallel jobs (default 2). The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mkdir -p build
out="$(mktemp -d build/mobilenet.XXXXXX)"
trap 'rm -rf "$out"' EXIT
passed=0 failed=0 skipped=0

build_and_run() {  # COMPILER VERSION: its last line is the program's tally
    "$1" -std=c++20 -O2 -march=native -w -pthread -Iinclude -DVERSION="$2" tests/matrix/mobilenet.cpp -o "$out/$1-$2" &&
        "$out/$1-$2"
}

runs=()
for compiler in g++ clang++; do
    if ! command -v "$compiler" >/dev/null; then skipped=$((skipped + 1)); echo "skip  there is no $compiler"; continue; fi
    for version in 2 1; do runs+=("$compiler $version"); done
done
for run in "${runs[@]}"; do
    while [[ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]]; do wait -n; done
    # shellcheck disable=SC2086
    build_and_run $run >"$out/${run// /-}.log" 2>&1 &
done
wait
for run in "${runs[@]}"; do
    echo "MobileNet-v${run##* }, ${run%% *}"
    log="$out/${run// /-}.log"
    tally="$(tail -n 1 "$log")"
    if [[ "$tally" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
        sed '$d' "$log"
    else
        failed=$((failed + 1)); echo "FAIL  it does not compile, or ends early"; tail -n 20 "$log"
    fi
done
echo "$passed passed, $failed failed, $skipped skipped"
[[ "$failed" -eq 0 ]]
