#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Every float, quantized in lanes and one at a time (all_floats.cpp), compiled for this machine: about twenty minutes
# on two cores. JOBS=N sets the number of threads (default 2). Not part of a default test run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
g++ -std=c++20 -O2 -march=native -pthread -Wno-uninitialized -Wno-maybe-uninitialized -I include \
    tests/exhaustive/all_floats.cpp -o "$out/program"
"$out/program" "${JOBS:-2}"
