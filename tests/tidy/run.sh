#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# clang-tidy by the project's .clang-tidy, on the examples and on one translation unit that instantiates the core, for several
# instruction sets. Every warning in a header of the library is a failure.
#
# The last line is 'N passed, N failed, N skipped'; without clang-tidy everything is skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
command -v clang-tidy >/dev/null || { echo "skip  clang-tidy is not installed"; echo "0 passed, 0 failed, 1 skipped"; exit 77; }
passed=0 failed=0

tidy() {  # FILE FLAG...
    local found
    found="$(clang-tidy --quiet "$1" -- -std=c++20 "${@:2}" -I "$PWD/include" 2>/dev/null | grep -E 'include/qtensor/.*: (warning|error):|: error:' | sort -u)"
    if [[ -z "$found" ]]; then
        passed=$((passed + 1)); echo "ok    $*"
    else
        failed=$((failed + 1)); echo "FAIL  $*"; sed 's/^/      | /' <<<"$found"
    fi
}

for file in examples/*.cpp; do tidy "$file"; done
for flags in "" "-msse4.1" "-mavx2 -mfma -mf16c" "-mavx2 -mfma -mf16c -DQTENSOR_NO_XSIMD" \
    "-mavx512f -mavx512bw -mavx512dq -mavx512cd -mavx512vl -mavx512vnni -mfma -mf16c"; do
    # shellcheck disable=SC2086
    tidy tests/odr/base.cpp $flags
done
echo "$passed passed, $failed failed"
[[ "$failed" -eq 0 ]]
