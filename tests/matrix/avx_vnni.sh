#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# The tests of products, convolutions and recurrent layers compiled for AVX-VNNI, on a processor that has it or AVX-512
# VNNI (tests/support/avx_vnni.sh).
#
# JOBS=N sets the number of parallel jobs (default 2). The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source tests/support/checks.sh avx_vnni
source tests/support/avx_vnni.sh
if [[ ${#avx_vnni[@]} -eq 0 ]]; then
    skip "the compiler or this processor has no vpdpbusd of 256 bits"
    tally
    exit
fi

tests=(tests/arch/avx_vnni_test.cpp tests/awkward/memory_test.cpp tests/gemm/*_test.cpp
       tests/layer/{dense,conv2d,bound_conv2d,bound_depthwise2d,depthwise_conv2d,lstm,gru,attention,svdf}_test.cpp)
flags=(-std=c++20 -O0 -w -mavx2 -mfma -mf16c "${avx_vnni[@]}" -Iinclude -Itests -include tests/support/assert_hook.hpp)
libraries=(-lCatch2Main -lCatch2 -pthread)
[[ -f /usr/include/catch2/catch.hpp ]] && libraries=(-lCatch2WithMain -pthread)
build_and_run() {  # TEST NAME
    g++ "${flags[@]}" "$1" "${libraries[@]}" -o "$out/$2" && "$out/$2"
}
for test in "${tests[@]}"; do
    while [[ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]]; do wait -n; done
    name="$(basename "$test" .cpp)"
    { build_and_run "$test" "$name" >"$out/$name.log" 2>&1; echo "$?" >"$out/$name.status"; } &
done
wait
ended_well() { cat "$out/$1.log"; [[ "$(cat "$out/$1.status")" == 0 ]] && grep -q "All tests passed" "$out/$1.log"; }
for test in "${tests[@]}"; do
    name="$(basename "$test" .cpp)"
    check "$name: $(grep -o '[0-9]* assertions' "$out/$name.log")" ended_well "$name"
done
tally
