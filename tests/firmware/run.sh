#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# The core on bare microcontrollers, under QEMU, without a C library: Cortex-M0, M4, M7, M33 and M55.
#
#   tests/firmware/run.sh
#
# For every processor: network.cpp is built with start.cpp, -nostdlib and libgcc alone; run; and its image is searched
# for what firmware must not need. Exit status 77 where the cross compiler or the emulator is missing. The last line is
# 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

without() {  # WHAT: nothing can be done here
    echo "There is no $1, so nothing was built for microcontrollers (apt-get install gcc-arm-none-eabi" \
         "libstdc++-arm-none-eabi-newlib qemu-system-arm)."
    echo "0 passed, 0 failed, 1 skipped"
    exit 77
}
for tool in arm-none-eabi-g++ arm-none-eabi-nm arm-none-eabi-size qemu-system-arm; do
    command -v "$tool" >/dev/null || without "$tool"
done
echo "#include <array>" | arm-none-eabi-g++ -std=c++20 -ffreestanding -E -x c++ - >/dev/null 2>&1 ||
    without "<array> for arm-none-eabi-g++"

here=tests/firmware
mkdir -p build
out="$(mktemp -d build/firmware.XXXXXX)"
trap 'rm -rf "$out"' EXIT
passed=0 failed=0 skipped=0

# check SENTENCE COMMAND...: one case; what a failing command says is shown
check() {
    local sentence="$1"
    shift
    if "$@" >"$out/log" 2>&1; then
        passed=$((passed + 1))
        echo "ok    $sentence"
    else
        failed=$((failed + 1))
        echo "FAIL  $sentence"
        head -n 25 "$out/log" | sed 's/^/      | /'
        return 1
    fi
}

# -fno-tree-loop-distribute-patterns keeps the loops of memcpy and memset (start.cpp) loops.
compile=(arm-none-eabi-g++ -mthumb -Os -std=c++20 -ffreestanding -fno-exceptions -fno-rtti -nostdlib
         -ffunction-sections -fdata-sections -fno-tree-loop-distribute-patterns
         -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -I include)

build() {  # IMAGE FLASH RAM FLAG...
    local image="$1" flash="$2" ram="$3"
    shift 3
    "${compile[@]}" "$@" "$here/start.cpp" "$here/network.cpp" -T "$here/link.ld" -lgcc -o "$image" \
        "-Wl,--gc-sections,--fatal-warnings,--defsym=flash_origin=$flash,--defsym=ram_origin=$ram"
}

emulate() {  # MACHINE IMAGE
    timeout 60 qemu-system-arm -M "$1" -nographic -monitor none -serial none \
        -semihosting-config enable=on,target=native -kernel "$2" </dev/null
}

ends_with() {  # STATUS COMMAND...
    local wanted="$1"
    shift
    "$@"
    local status=$?
    [[ "$status" -eq "$wanted" ]] || { echo "exit status $status instead of $wanted"; return 1; }
}

none_of() {  # IMAGE PATTERN: no symbol of this name
    arm-none-eabi-nm -C "$1" >"$out/symbols" && ! grep -E "^.{8} . ($2)" "$out/symbols"
}

no_undefined() {  # IMAGE
    arm-none-eabi-nm -C -u "$1" >"$out/symbols" && ! grep . "$out/symbols"
}

in_flash() {  # IMAGE NAME...: read-only data
    local name
    arm-none-eabi-nm -C "$1" >"$out/symbols" || return 1
    for name in "${@:2}"; do
        if ! grep -E "^.{8} [rR] (\(anonymous namespace\)::)?$name\$" "$out/symbols"; then
            echo "'$name' is no read-only symbol"
            return 1
        fi
    done
}

bytes() { arm-none-eabi-size -A "$1" | awk -v section="$2" '$1 == section { n = $2 } END { print n + 0 }'; }

no_start_up_code() {  # IMAGE: nothing to construct, nothing to copy
    local section size
    for section in .init_array .data; do
        size="$(bytes "$1" "$section")"
        [[ "$size" -eq 0 ]] || { echo "$section has $size bytes"; return 1; }
    done
    none_of "$1" '_GLOBAL__|__static_initialization|__cxa_|__libc_init'
}

ready_in_flash() { no_start_up_code "$1" && in_flash "$1" network model; }  # IMAGE

check "parameters.hpp is what expected.py makes" python3 -B "$here/expected.py" --check "$here/parameters.hpp"

core_headers() {
    python3 -B -c '
import sys
sys.path.insert(0, "tests/structure")
from structure import CORE, ROOT, rank_of
base = ROOT / "include" / "qtensor"
for path in sorted(base.rglob("*.hpp")):
    header = path.relative_to(base).as_posix()
    if header == "qtensor.hpp" or (rank_of(header) is not None and rank_of(header) <= CORE):
        print(f"#include <qtensor/{header}>")'
}
core_headers >"$out/core.cpp"
core_count="$(grep -c include "$out/core.cpp")"

heap='(_?(malloc|free|calloc|realloc|aligned_alloc)|_?sbrk)(_r)?$|operator (new|delete)'
library='(f?printf|puts|abort|exit|_exit|atexit|strlen)$|__assert'
# libgcc's arithmetic on double, and on float beyond comparisons (scales are compared when a layer runs)
derives='__aeabi_(d[^i]|[a-z]+2[df]$|cd|f(add|r?sub|mul|div))|__[a-z]+df[23]?$|__(add|sub|mul|div|float[a-z]+)sf3?$'

processor() {  # NAME MACHINE FLASH RAM FLAG...
    local name="$1" machine="$2" flash="$3" ram="$4" image="$out/$1.elf"
    shift 4
    check "$name: all $core_count core headers compile" "${compile[@]}" "$@" -fsyntax-only "$out/core.cpp"
    if ! check "$name: builds without a C library, without a warning" build "$image" "$flash" "$ram" "$@"; then
        skipped=$((skipped + 5))
        return
    fi
    echo "      .text $(bytes "$image" .text), .rodata $(bytes "$image" .rodata), RAM $(bytes "$image" .bss) bytes" \
         "and the stack; $machine"
    check "$name: answers as expected.py does" emulate "$machine" "$image"
    check "$name: no undefined symbol" no_undefined "$image"
    check "$name: no heap, no C library" none_of "$image" "$heap|$library"
    check "$name: no start-up code; network and model are in flash" \
        ready_in_flash "$image"
    check "$name: no real arithmetic is linked: the compiler derived every multiplier" none_of "$image" "$derives"
}

processor cortex-m0 microbit 0 0x20000000 -mcpu=cortex-m0
processor cortex-m4 mps2-an386 0 0x20000000 -mcpu=cortex-m4
processor cortex-m7 mps2-an500 0 0x20000000 -mcpu=cortex-m7 -mfloat-abi=hard
processor cortex-m33 mps2-an505 0x10000000 0x38000000 -mcpu=cortex-m33
processor cortex-m55 mps3-an547 0 0x20000000 -mcpu=cortex-m55 -mfloat-abi=hard

# A network that the host has calibrated, written by write_header (io/header.hpp): the same codes from flash.
written() {  # IMAGE FLAG...
    "${CXX:-g++}" -std=c++20 -O1 -I include "$here/write.cpp" -o "$out/write" &&
        "$out/write" "$out/model.hpp" "$out/answers.hpp" &&
        "${compile[@]}" -I "$out" "${@:2}" "$here/start.cpp" "$here/written.cpp" -T "$here/link.ld" -lgcc -o "$1" \
            "-Wl,--gc-sections,--fatal-warnings,--defsym=flash_origin=0,--defsym=ram_origin=0x20000000"
}
check "write_header: the header builds for a Cortex-M4, without a warning" written "$out/written.elf" -mcpu=cortex-m4
check "write_header: it answers as the network on the host" emulate mps2-an386 "$out/written.elf"
check "write_header: no start-up code; codes and network are in flash" no_start_up_code "$out/written.elf"

# These checks can fail: a wrong expectation, a failed precondition and a model that is bound at start-up are noticed.
variant() { build "$out/$1.elf" 0 0x20000000 -mcpu=cortex-m0 "-D$1"; }  # MACRO
variant_ends_with() { variant "$2" && ends_with "$1" emulate microbit "$out/$2.elf"; }  # STATUS MACRO
refused_by_the_linker() {
    ! variant FIRMWARE_BINDS_AT_START >"$out/refusal" 2>&1 && grep "something is constructed at start-up" "$out/refusal"
}
check "self-test: a wrong code is noticed, both ways to run" variant_ends_with 2 FIRMWARE_EXPECTS_WRONG
check "self-test: an arena of one byte too few stops the processor" variant_ends_with 70 FIRMWARE_BREAKS_A_PRECONDITION
check "self-test: a model that is made at start-up is refused" refused_by_the_linker

echo "$passed passed, $failed failed, $skipped skipped"
[[ "$failed" -eq 0 ]]
