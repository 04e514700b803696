#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# The promise of equal bits: bits.cpp, built in many ways, has to print the same hashes in all of them.
#
#   tests/matrix/bits.sh            every compiler x {scalar, AVX2, AVX-512 VNNI} x {xsimd, none} x {-O0, -O2, -O3},
#                                   -march=native -ffp-contract=fast, -ffp-contract=off, and bare microcontrollers under
#                                   QEMU
#   tests/matrix/bits.sh --quick    six builds of fewer groups
#
# What this machine lacks (a compiler, xsimd, an instruction set) is skipped. The reference is the scalar -O0 build; a
# build that differs is printed with its groups. JOBS=N sets the number of parallel jobs (default 2). The last line is
# 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

quick=
case "${1:-}" in
    '') ;;
    --quick) quick=-DBITS_QUICK ;;
    *) echo "tests/matrix/bits.sh: unknown argument '$1'; the only one is --quick" >&2; exit 2 ;;
esac

jobs="${JOBS:-2}"
mkdir -p build
out="$(mktemp -d build/bits.XXXXXX)"
trap 'rm -rf "$out"' EXIT
passed=0 failed=0 skipped=0

skip() { skipped=$((skipped + 1)); echo "skip  $*"; }

# ---- what this machine has --------------------------------------------------------------------------------------

cpu=" $(grep -m 1 '^flags' /proc/cpuinfo 2>/dev/null | cut -d : -f 2) "
cpu_has() {  # FLAG...
    local flag
    for flag; do [[ "$cpu" == *" $flag "* ]] || return 1; done
}
runs() {  # ARCH
    case "$1" in
        sse41) cpu_has sse4_1 ;;
        avx2 | avx2-off) cpu_has avx2 fma f16c ;;
        avx_vnni) cpu_has avx2 fma f16c avx_vnni ;;
        avx512bw) cpu_has avx2 fma f16c avx512f avx512bw avx512dq avx512cd avx512vl ;;
        avx512) cpu_has avx2 fma f16c avx512f avx512bw avx512dq avx512cd avx512vl avx512_vnni ;;
        *) true ;;
    esac
}
flags_of() {  # ARCH
    case "$1" in
        scalar) echo "-DQTENSOR_NO_SIMD" ;;
        sse41) echo "-msse4.1" ;;
        avx2) echo "-mavx2 -mfma -mf16c" ;;
        avx_vnni) echo "-mavx2 -mfma -mf16c -mavxvnni" ;;
        avx512bw) echo "-mavx512f -mavx512bw -mavx512dq -mavx512cd -mavx512vl -mfma -mf16c" ;;
        avx512) echo "-mavx512f -mavx512bw -mavx512dq -mavx512cd -mavx512vl -mavx512vnni -mfma -mf16c" ;;
        avx2-off) echo "-mavx2 -mfma -mf16c -ffp-contract=off" ;;
        native) echo "-march=native -ffp-contract=fast" ;;
        native-scalar) echo "-march=native -ffp-contract=fast -DQTENSOR_NO_SIMD" ;;
    esac
}

compilers=()
for compiler in g++ clang++ clang++-19; do
    if ! command -v "$compiler" >/dev/null; then
        [[ -n "$quick" ]] || skip "every build with $compiler: it is not installed"
    elif [[ "$compiler" == clang++-19 && "$(clang++ -dumpversion 2>/dev/null)" == 19.* ]]; then
        :  # the same compiler again
    else
        compilers+=("$compiler")
    fi
done
have() { [[ " ${compilers[*]} " == *" $1 "* ]]; }
if [[ ${#compilers[@]} -eq 0 ]]; then
    echo "There is neither g++ nor clang++."
    echo "0 passed, 1 failed, $skipped skipped"
    exit 1
fi
reference_compiler="${compilers[0]}"

knows_this_processor() { echo "int x;" | "$1" -march=native -Werror -x c++ -c -o /dev/null - 2>/dev/null; }  # COMPILER

has_xsimd=yes
echo "#include <xsimd/xsimd.hpp>" | "$reference_compiler" -std=c++20 -mavx2 -E -x c++ - >/dev/null 2>&1 || has_xsimd=

# ---- building and comparing -------------------------------------------------------------------------------------

warnings=(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)

# Before GCC 13 the AVX-512 intrinsic headers themselves read "uninitialized" registers (GCC bug 105593).
silenced() {  # COMPILER
    if [[ "$1" == g++ && "$(g++ -dumpversion | cut -d . -f 1)" -lt 13 ]]; then
        echo "-Wno-uninitialized -Wno-maybe-uninitialized"
    fi
}

# Builds, runs and leaves $out/NUMBER.{log,hashes,status}; RUNNER is the function that runs the program.
build_and_run() {  # NUMBER RUNNER COMPILE-COMMAND...
    local number="$1" runner="$2"
    shift 2
    if ! "$@" -o "$out/$number.program" >"$out/$number.log" 2>&1; then
        echo "does not compile" >"$out/$number.status"
    elif ! "$runner" "$out/$number.program" >"$out/$number.hashes" 2>"$out/$number.log"; then
        { echo "fails when it runs"; grep WRONG "$out/$number.hashes"; } >"$out/$number.status"
    elif [[ ! -s "$out/$number.hashes" ]]; then
        echo "prints nothing" >"$out/$number.status"
    fi
    : >"$out/$number.done"
}
natively() { timeout 300 "$1"; }
on_microcontroller() {  # semihosting prints on standard error
    timeout 600 qemu-system-arm -M "$machine" -nographic -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$1" </dev/null 2>&1
}

judge() {  # NUMBER NAME: one line per build, more when it fails
    local number="$1" name="$2" different
    if [[ -s "$out/$number.status" ]]; then
        echo "FAIL  $name: $(head -n 1 "$out/$number.status")"
        sed -n 's/^/      | /; 2,$p' "$out/$number.status"
        head -n 20 "$out/$number.log" | sed 's/^/      | /'
        return 1
    fi
    if ! cmp -s "$out/reference.hashes" "$out/$number.hashes"; then
        different="$(diff "$out/reference.hashes" "$out/$number.hashes" | sed -n 's/^[<>] \([^ ]*\).*/\1/p' | sort -u)"
        echo "FAIL  $name: other bits than the reference in: ${different//$'\n'/ }"
        return 1
    fi
    echo "ok    $name"
}

tally() { if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi; }

names=()
judged=0
queue() {  # NAME RUNNER COMPILE-COMMAND...: in the background, at most $jobs at a time
    local number="${#names[@]}"
    names+=("$1")
    while [[ "$(jobs -rp | wc -l)" -ge "$jobs" ]]; do wait -n; done
    build_and_run "$number" "${@:2}" &
    judge_finished
}
judge_finished() {  # in the order of their start
    while [[ "$judged" -lt "${#names[@]}" && -e "$out/$judged.done" ]]; do
        tally judge "$judged" "${names[$judged]}"
        rm -f "$out/$judged.program"
        judged=$((judged + 1))
    done
}

build() {  # COMPILER ARCH LANES OPTIMISATION: one build for this machine; LANES is xsimd or builtin
    local compiler="$1" arch="$2" lanes="$3" level="$4" options=() more name="$1 $4 $2"
    [[ "$arch" == scalar || "$arch" == native-scalar ]] || name+=" $lanes"
    if ! have "$compiler"; then skip "$name: there is no $compiler"; return; fi
    if [[ "$arch" == native* ]] && ! knows_this_processor "$compiler"; then
        skip "$name: -march=native alone makes this compiler warn here"
        return
    fi
    if ! runs "$arch"; then skip "$name: this CPU has no such instructions"; return; fi
    if [[ "$lanes" == xsimd && -z "$has_xsimd" ]]; then skip "$name: xsimd is not installed"; return; fi
    [[ "$lanes" == xsimd ]] || options+=(-DQTENSOR_NO_XSIMD)
    read -ra more <<<"$quick $(flags_of "$arch") $(silenced "$compiler")"
    queue "$name" natively "$compiler" -std=c++20 "$level" "${warnings[@]}" "${options[@]}" "${more[@]}" -I include \
        tests/matrix/bits.cpp
}

microcontroller() {  # NAME MACHINE FLAG...
    local name="$1 -O2 under QEMU" machine="$2" tool
    shift 2
    for tool in arm-none-eabi-g++ qemu-system-arm; do
        if ! command -v "$tool" >/dev/null; then skip "$name: there is no $tool"; return; fi
    done
    queue "$name" on_microcontroller arm-none-eabi-g++ -std=c++20 -O2 -mthumb "$@" "${warnings[@]}" -ffreestanding \
        -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-tree-loop-distribute-patterns -nostdlib \
        -ffunction-sections -fdata-sections -I include tests/matrix/bits.cpp tests/firmware/start.cpp \
        -T tests/firmware/link.ld -lgcc \
        "-Wl,--gc-sections,--defsym=flash_origin=0,--defsym=flash_size=4M" \
        "-Wl,--defsym=ram_origin=0x20000000,--defsym=ram_size=4M"
}

# ---- the builds -------------------------------------------------------------------------------------------------

build_and_run reference natively "$reference_compiler" -std=c++20 -O0 "${warnings[@]}" -DQTENSOR_NO_SIMD \
    ${quick:+"$quick"} -I include tests/matrix/bits.cpp
tally judge reference "$reference_compiler -O0 scalar, the reference: $(tail -n 1 "$out/reference.hashes" 2>/dev/null)"
if [[ "$failed" -gt 0 ]]; then
    echo "$passed passed, $failed failed, $skipped skipped"
    exit 1
fi

sed -n 's/^sha256 /      ten thousand outputs of every dialect and scheme: SHA-256 /p' "$out/reference.hashes"

# The comparison can fail: one bit of one group is wrong here.
"$out/reference.program" --spoil >"$out/spoilt.hashes"
sees_a_wrong_bit() {
    if [[ "$(judge spoilt it)" == "FAIL  it: other bits than the reference in: constant-evaluation total" ]]; then
        echo "ok    self-test: a wrong bit is noticed"
    else
        echo "FAIL  self-test: a wrong bit is not noticed"
        return 1
    fi
}
tally sees_a_wrong_bit

if [[ -n "$quick" ]]; then
    build g++ avx512 xsimd -O2
    build clang++ avx2 xsimd -O2
    build g++ avx2 builtin -O2
    build g++ sse41 xsimd -O2
    build clang++ avx512 builtin -O2
    build g++ native-scalar builtin -O3
else
    for compiler in "${compilers[@]}"; do
        for level in -O0 -O2 -O3; do
            [[ "$compiler$level" == "$reference_compiler-O0" ]] || build "$compiler" scalar builtin "$level"
            for arch in sse41 avx2 avx_vnni avx512bw avx512; do
                for lanes in xsimd builtin; do build "$compiler" "$arch" "$lanes" "$level"; done
            done
        done
        for lanes in xsimd builtin; do build "$compiler" native "$lanes" -O2; done
        build "$compiler" avx2-off xsimd -O2
        build "$compiler" native-scalar builtin -O3
    done
    microcontroller cortex-m4 mps2-an386 -mcpu=cortex-m4
    microcontroller cortex-m7 mps2-an500 -mcpu=cortex-m7 -mfloat-abi=hard -mfpu=fpv5-d16
fi
wait
judge_finished

echo "$passed passed, $failed failed, $skipped skipped"
[[ "$failed" -eq 0 ]]
