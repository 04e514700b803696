#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Compares the library with published test vectors.
#
#   tests/run conformance DIR [SUITE]
#   tests/run conformance --self-test        checks the runner on made-up cases
#
# DIR holds a folder per suite with a manifest.json (docs/numerics.md says where the vectors come from). A line per
# suite and operator says
#
#   conformance SUITE OP exact A/B within C inapplicable D
#
# of B cases, A come out bit for bit, C within the manifest's tolerance, D do not apply. Then follow the failing cases,
# then the inapplicable ones with the reason that tests/conformance/inapplicable.txt gives. The exit status is not 0
# when a case fails or an inapplicable one is not in that list.
set -euo pipefail
if [[ $# -lt 1 || $# -gt 2 ]]; then
    sed -n '3,17s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
if [[ "$1" != --self-test ]]; then folder="$(cd "$1" && pwd)"; fi
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

log="$(mktemp)"
trap 'rm -f "$log"' EXIT
{ [[ -f build/dev/CMakeCache.txt ]] || cmake --preset dev
  cmake --build --preset dev --target conformance --parallel "${JOBS:-2}"; } >"$log" 2>&1 || { cat "$log" >&2; exit 2; }
if [[ "$1" == --self-test ]]; then
    python3 tests/conformance/self_test.py build/dev/tests/conformance
else
    build/dev/tests/conformance tests/conformance/inapplicable.txt "$folder" "${@:2}"
fi
