#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Every network of the examples, trained in the integers of every bundle: what the training pass answers is what the
# frozen network computes, every code of every test image, on every instruction set of this machine.
#
# JOBS=N sets the number of parallel jobs (default 2). The last line is 'N passed, N failed, N skipped'.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
source tests/support/checks.sh freeze
source tests/support/avx_vnni.sh

bundles=(TfLite TfLiteSingle CmsisNn Xnnpack Onnx Torch Fixed Article TfLite16x8 TfLiteInt4)
build_and_run() {  # BUNDLE
    g++ -std=c++20 -O1 -march=native "${avx_vnni[@]}" -w -DBUNDLE="$1" -I include tests/matrix/freeze.cpp -o "$out/$1" &&
        "$out/$1" examples/data/digits.csv
}
for bundle in "${bundles[@]}"; do
    while [[ "$(jobs -rp | wc -l)" -ge "${JOBS:-2}" ]]; do wait -n; done
    { build_and_run "$bundle" >"$out/$bundle.log" 2>&1; echo "$?" >"$out/$bundle.status"; } &
done
wait
ended_well() { cat "$out/$1.log"; [[ "$(cat "$out/$1.status")" == 0 && "$(grep -c '^ok' "$out/$1.log")" -ge 5 ]]; }
for bundle in "${bundles[@]}"; do
    check "$bundle: $(grep -c '^ok' "$out/$bundle.log") networks and instruction sets" ended_well "$bundle"
done
tally
