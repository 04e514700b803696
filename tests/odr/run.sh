#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# One program of translation units that are compiled for other instructions each: whichever comes first on the linker's
# command line, it runs on a processor without AVX (under QEMU), and all of them give the same result. The objects hold no
# weak symbol that the linker could take from one for the others: each is in the inline namespace of its instruction set, or
# belongs to xsimd's architecture of that name.
#
# This holds from -O1 on. At -O0 functions of the standard library (std::span::size) are symbols of their own, which no library
# can tag; docs/architecture.md says so.
#
# The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
mkdir -p build
out="$(mktemp -d build/odr.XXXXXX)"
trap 'rm -rf "$out"' EXIT
passed=0 failed=0 skipped=0

check() {  # NAME COMMAND...
    local name="$1"
    shift
    if "$@" >"$out/log" 2>&1; then
        passed=$((passed + 1)); echo "ok    $name"
    else
        failed=$((failed + 1)); echo "FAIL  $name"; tail -n 15 "$out/log" | sed 's/^/      | /'
    fi
}
skip() { skipped=$((skipped + 1)); echo "skip  $*"; }

if [[ "$(uname -m)" != x86_64 ]]; then
    echo "0 passed, 0 failed, 1 skipped"
    exit 77
fi

flags_of() {  # TRANSLATION-UNIT
    case "$1" in
        avx2) echo "-mavx2 -mfma -mf16c" ;;
        avx512) echo "-mavx512f -mavx512bw -mavx512dq -mavx512cd -mavx512vl -mavx512vnni -mfma -mf16c" ;;
    esac
}
build() {  # COMPILER LEVEL FLAG...
    local unit
    for unit in main base avx2 avx512; do
        # shellcheck disable=SC2046
        "$1" -std=c++20 -w "$2" "${@:3}" $(flags_of "$unit") -I include -c "tests/odr/$unit.cpp" -o "$out/$unit.o" || return 1
    done
    "$1" "$out"/{main,base,avx2,avx512}.o -o "$out/base_first" && "$1" "$out"/{main,avx512,avx2,base}.o -o "$out/base_last"
}
untagged() {  # prints weak symbols that carry no instruction set
    nm --defined-only "$1" | awk '$2 ~ /^[WVu]$/ { print $3 }' | grep -vE 'v[0-9]+_(base|avx2|avx512_vnni)_|5xsimd.*(avx|fma3)|^DW\.ref\.|5xsimd.*generic'
}
says() { qemu-x86_64 -cpu "$2" "$3" | tee /dev/stderr | grep -qx "$1"; }  # OUTPUT CPU PROGRAM
none_untagged() { ! untagged "$1" | c++filt | grep .; }

for compiler in g++ clang++; do
    command -v "$compiler" >/dev/null || { skip "$compiler is not installed"; continue; }
    for level in -O1 -O2 -O3; do
        check "$compiler $level: builds" build "$compiler" "$level"
        for unit in base avx2 avx512; do check "$compiler $level: no untagged weak symbol, $unit" none_untagged "$out/$unit.o"; done
        for order in base_first base_last; do
            check "$compiler $level: $order, here" "$out/$order"
            if command -v qemu-x86_64 >/dev/null; then
                check "$compiler $level: $order, on a processor without AVX" says "1 ran, equal" Nehalem "$out/$order"
                check "$compiler $level: $order, on one with AVX2 and no AVX-512" says "2 ran, equal" max "$out/$order"
            else
                skip "$compiler $level: qemu-x86_64 is not installed"
            fi
        done
    done
    check "$compiler -O2 without xsimd: builds" build "$compiler" -O2 -DQTENSOR_NO_XSIMD
    for unit in base avx2 avx512; do check "$compiler -O2 without xsimd: no untagged weak symbol, $unit" none_untagged "$out/$unit.o"; done
    check "$compiler -O0: builds" build "$compiler" -O0
    check "$compiler -O0: the search finds what the standard library leaves untagged" \
        bash -c "$(declare -f untagged); untagged '$out/avx2.o' | c++filt | grep '^std::'"
    check "$compiler -O0: nothing else is untagged" \
        bash -c "$(declare -f untagged); ! untagged '$out/avx2.o' | c++filt | grep -vE '(^|[ *&])std::|__gnu_cxx::|^__clang_call_terminate|^operator'"
done

echo "$passed passed, $failed failed, $skipped skipped"
[[ "$failed" -eq 0 ]]
