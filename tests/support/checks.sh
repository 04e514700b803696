# SPDX-License-Identifier: BSL-1.0
# shellcheck shell=bash
# What scripts of checks share. Source it at the root of the repository with the script's name:
#
#   source tests/support/checks.sh odr
#   check "a case" COMMAND...          one case; its output is shown when it fails
#   skip "why"
#   tally                              the last line; the status is not 0 when a case failed
#
# $out is a folder under build/ of its own, removed at the end.
mkdir -p build
out="$(mktemp -d "$PWD/build/$1.XXXXXX")"
trap 'rm -rf "$out"' EXIT
passed=0 failed=0 skipped=0

check() {  # NAME COMMAND...
    local name="$1"
    shift
    if "$@" >"$out/log" 2>&1; then
        passed=$((passed + 1)); echo "ok    $name"
    else
        failed=$((failed + 1)); echo "FAIL  $name"; tail -n 25 "$out/log" | sed 's/^/      | /'
    fi
}
skip() { skipped=$((skipped + 1)); echo "skip  $*"; }
tally() {
    echo "$passed passed, $failed failed, $skipped skipped"
    [[ "$failed" -eq 0 ]]
}
