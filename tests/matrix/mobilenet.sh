#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# MobileNet-v1-1.0-224 and MobileNet-v2-1.0-224, all convolutions, each as one type: they compile in a minute and 2 GiB,
# and give the bits of the scalar architecture on every other one, for any batch and number of threads.
#
# The last line is 'N passed, N failed'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mkdir -p build
out="$(mktemp -d build/mobilenet.XXXXXX)"
trap 'rm -rf "$out"' EXIT
passed=0 failed=0

for version in 1 2; do
    if ! g++ -std=c++20 -O2 -march=native -pthread -Iinclude -DVERSION=$version tests/matrix/mobilenet.cpp -o "$out/net" \
        >"$out/log" 2>&1; then
        failed=$((failed + 1)); echo "FAIL  version $version compiles"; tail -n 20 "$out/log"
        continue
    fi
    echo "version $version"
    "$out/net" | tee "$out/log"
    tally="$(tail -n 1 "$out/log")"
    if [[ "$tally" =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
    else
        failed=$((failed + 1)); echo "FAIL  version $version ends with '$tally'"
    fi
done
echo "$passed passed, $failed failed"
[[ "$failed" -eq 0 ]]
