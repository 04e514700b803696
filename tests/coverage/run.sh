#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# Builds the tests with gcov's counters, runs them, and prints the share of lines and branches of the headers that ran.
#
#   tests/coverage/run.sh [--folders base,arch,...] [--uncovered]
#
# Fails below 95 % of the branches of the core (ranks 0 to 7) or 100 % of rounding and requantization. JOBS=N sets the number of
# parallel jobs (default 2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=build/coverage
cmake -G Ninja -S . -B "$build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER=g++ -DQTENSOR_BUILD_EXAMPLES=OFF \
    -DCMAKE_CXX_FLAGS="--coverage -O0 -fno-inline -fprofile-abs-path -fprofile-update=atomic" >/dev/null
cmake --build "$build" --parallel "${JOBS:-2}"
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" -j "${JOBS:-2}" --output-on-failure
python3 tests/coverage/report.py "$build" "$@"
