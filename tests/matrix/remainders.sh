#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# tests/awkward/remainders_test.cpp with every triple of sizes, for every instruction set of this machine: 600,000
# products.
#
# The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source tests/support/checks.sh remainders
source tests/support/avx_vnni.sh

flags=(-std=c++20 -O2 -march=native "${avx_vnni[@]}" -DQTENSOR_EVERY_REMAINDER -Iinclude -Itests -include tests/support/assert_hook.hpp)
libraries=(-lCatch2Main -lCatch2)
[[ -f /usr/include/catch2/catch.hpp ]] && libraries=(-lCatch2WithMain)
check "compiles" g++ "${flags[@]}" tests/awkward/remainders_test.cpp "${libraries[@]}" -o "$out/remainders"
if [[ -x "$out/remainders" ]]; then check "every remainder" "$out/remainders"; fi
tally
