#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# One program of translation units that are compiled for other instructions each: whichever comes first on the linker's
# command line, it runs on a processor without AVX (under QEMU), and all of them give the same result. The objects hold no
# weak symbol that the linker could take from one for the others: each is in the inline namespace of its instruction set, or
# belongs to xsimd's architecture of that name.
#
# The same for the variants of examples/12_dispatch: nothing of them is initialised at start-up, each processor takes the best
# that it runs, QTENSOR_ARCH forces another one, and all give the same answers.
#
# This holds from -O1 on. At -O0 functions of the standard library (std::span::size) are symbols of their own, which no library
# can tag; docs/architecture.md says so.
#
# The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source tests/support/checks.sh odr

if [[ "$(uname -m)" != x86_64 ]]; then
    echo "0 passed, 0 failed, 1 skipped"
    exit 77
fi

flags_of() {  # TRANSLATION-UNIT
    case "$1" in
        sse41) echo "-msse4.1" ;;
        avx2) echo "-mavx2 -mfma -mf16c" ;;
        avx512bw) echo "-mavx512f -mavx512bw -mavx512dq -mavx512cd -mavx512vl -mfma -mf16c" ;;
        avx512 | avx512_vnni) echo "-mavx512f -mavx512bw -mavx512dq -mavx512cd -mavx512vl -mavx512vnni -mfma -mf16c" ;;
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
    nm --defined-only "$1" | awk '$2 ~ /^[WVu]$/ { print $3 }' | grep -vE 'v[0-9]+_(base|sse41|avx2|avx512bw|avx512_vnni)_|5xsimd.*(avx|fma3|sse4_1)|^DW\.ref\.|5xsimd.*generic'
}
says() { qemu-x86_64 -cpu "$2" "$3" | tee /dev/stderr | grep -qx "$1"; }  # OUTPUT CPU PROGRAM
none_untagged() { ! untagged "$1" | c++filt | grep .; }


variants=(sse41 avx2 avx512bw avx512_vnni)
build_dispatch() {  # COMPILER LEVEL FLAG...: what qtensor_dispatch does, in both link orders
    local variant objects=("$out/classify_base.o") from=examples/12_dispatch
    local compile=("$1" -std=c++20 -w "$2" "${@:3}" -I include -c)
    "${compile[@]}" "$from/main.cpp" -DQTENSOR_DISPATCH_ARCHS=arch::sse41,arch::avx2,arch::avx512bw,arch::avx512_vnni \
        -o "$out/dispatch_main.o" && "${compile[@]}" "$from/classify.cpp" -o "$out/classify_base.o" || return 1
    for variant in "${variants[@]}"; do
        # shellcheck disable=SC2046
        "${compile[@]}" $(flags_of "$variant") "$from/classify.cpp" "-DQTENSOR_DISPATCH_ARCH=$variant" \
            -o "$out/classify_$variant.o" || return 1
        objects=("$out/classify_$variant.o" "${objects[@]}")  # the highest first
    done
    "$1" "$out/dispatch_main.o" "${objects[@]}" -o "$out/dispatch_base_last" &&
        "$1" "$out/classify_base.o" "${objects[@]:0:4}" "$out/dispatch_main.o" -o "$out/dispatch_base_first"
}
no_start_up_code() { ! objdump -h "$1" | grep -E '[.](init_array|ctors|preinit_array)'; }
answers() { sed -n 's/^answers *//p'; }
takes() {  # VARIANT CPU PROGRAM: on this processor the variant is chosen, with the answers of base
    qemu-x86_64 -cpu "$2" "$3" >"$out/taken" && grep -qx "variant  $1" "$out/taken" &&
        diff <(answers <"$out/taken") <(QTENSOR_ARCH=base "$3" | answers)
}
forced() {  # PROGRAM: every variant here, by its name; those that this processor lacks say so
    local variant status
    for variant in "${variants[@]}"; do
        QTENSOR_ARCH="$variant" "$1" >"$out/taken" 2>"$out/refused"
        status=$?
        if [[ $status -eq 0 ]]; then
            grep -qx "variant  $variant" "$out/taken" && diff <(answers <"$out/taken") <(QTENSOR_ARCH=base "$1" | answers) || return 1
        else
            grep -q "QTENSOR_ARCH=$variant, but this processor lacks instructions of it; it runs base" "$out/refused" || return 1
        fi
    done
}
refuses() {  # VARIANT CPU PROGRAM SENTENCE
    QTENSOR_ARCH="$1" qemu-x86_64 -cpu "$2" "$3" 2>"$out/refused" && return 1
    cat "$out/refused"
    grep -q "$4" "$out/refused"
}
dispatch() {  # COMPILER LEVEL FLAG...
    local as="$*, dispatch" variant order
    check "$as: builds" build_dispatch "$@"
    for variant in "${variants[@]}"; do
        check "$as: no untagged weak symbol, $variant" none_untagged "$out/classify_$variant.o"
        check "$as: no code at start-up, $variant" no_start_up_code "$out/classify_$variant.o"
    done
    for order in base_first base_last; do
        check "$as: $order, every variant by its name" forced "$out/dispatch_$order"
        if command -v qemu-x86_64 >/dev/null; then
            check "$as: $order, on a processor without SSE4.1" takes base core2duo "$out/dispatch_$order"
            check "$as: $order, on one without AVX" takes sse41 Nehalem "$out/dispatch_$order"
            check "$as: $order, on one with AVX2" takes avx2 Haswell "$out/dispatch_$order"
            check "$as: $order, a variant that cannot run is refused" \
                refuses avx2 Nehalem "$out/dispatch_$order" "this processor lacks instructions of it; it runs base, sse41$"
            check "$as: $order, a variant that is not there is refused" \
                refuses mips Nehalem "$out/dispatch_$order" "compiled for base, sse41, avx2, avx512bw, avx512_vnni$"
        else
            skip "$as: qemu-x86_64 is not installed"
        fi
    done
}

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
    for level in -O1 -O2; do dispatch "$compiler" "$level"; done
    dispatch "$compiler" -O2 -DQTENSOR_NO_XSIMD
    check "$compiler -O2 without xsimd: builds" build "$compiler" -O2 -DQTENSOR_NO_XSIMD
    for unit in base avx2 avx512; do check "$compiler -O2 without xsimd: no untagged weak symbol, $unit" none_untagged "$out/$unit.o"; done
    check "$compiler -O0: builds" build "$compiler" -O0
    check "$compiler -O0: the search finds what the standard library leaves untagged" \
        bash -c "$(declare -f untagged); untagged '$out/avx2.o' | c++filt | grep '^std::'"
    check "$compiler -O0: nothing else is untagged" \
        bash -c "$(declare -f untagged); ! untagged '$out/avx2.o' | c++filt | grep -vE '(^|[ *&])std::|__gnu_cxx::|^__clang_call_terminate|^operator'"
done

tally
