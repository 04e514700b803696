#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# clang-tidy by the project's .clang-tidy, on every header, on the examples and on one translation unit that instantiates the
# core, for several instruction sets. Every warning in a header of the library is a failure.
#
# Takes clang-tidy, or the newest clang-tidy-N there is; CLANG_TIDY=PROGRAM names another. The last line is 'N passed,
# N failed, N skipped'; without clang-tidy everything is skipped.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
newest() { compgen -c clang-tidy- | grep -xE 'clang-tidy-[0-9]+' | sort -uV | tail -n 1; }
program="${CLANG_TIDY:-$(command -v clang-tidy || newest)}"
[[ -n "$program" ]] || { echo "skip  clang-tidy is not installed"; echo "0 passed, 0 failed, 1 skipped"; exit 77; }
"$program" --version | grep -o 'LLVM version.*'
mkdir -p build
out="$(mktemp -d build/tidy.XXXXXX)"
trap 'rm -rf "$out"' EXIT
passed=0 failed=0

tidy() {  # FILE FLAG...
    local found
    found="$("$program" --quiet --config-file=.clang-tidy "$1" -- -std=c++20 "${@:2}" -I "$PWD/include" 2>/dev/null | grep -E 'include/qtensor/.*: (warning|error):|: error:' | sort -u)"
    if [[ -z "$found" ]]; then
        passed=$((passed + 1)); echo "ok    $*"
    else
        failed=$((failed + 1)); echo "FAIL  $*"; sed 's/^/      | /' <<<"$found"
    fi
}

# openmp.hpp needs a header of its compiler's own.
(cd include && find qtensor -name '*.hpp' ! -name openmp.hpp | sort | sed 's/.*/#include <&>/') >"$out/every_header.cpp"
for flags in "" "-mavx2 -mfma -mf16c" "-mavx512f -mavx512bw -mavx512dq -mavx512cd -mavx512vl -mavx512vnni -mfma -mf16c"; do
    # shellcheck disable=SC2086
    tidy "$out/every_header.cpp" $flags
done
for file in examples/*.cpp; do tidy "$file"; done
for flags in "" "-msse4.1" "-mavx2 -mfma -mf16c" "-mavx2 -mfma -mf16c -DQTENSOR_NO_XSIMD" \
    "-mavx512f -mavx512bw -mavx512dq -mavx512cd -mavx512vl -mavx512vnni -mfma -mf16c"; do
    # shellcheck disable=SC2086
    tidy tests/odr/base.cpp $flags
done
echo "$passed passed, $failed failed"
[[ "$failed" -eq 0 ]]
