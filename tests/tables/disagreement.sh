#!/usr/bin/env bash
# SPDX-License-Identifier: BSL-1.0
# The tables of docs/numerics.md that say how often requantization dialects disagree.
#
#   tests/tables/disagreement.sh            prints them
#   tests/tables/disagreement.sh --check    compares them with the page
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out="$(mktemp -d)"
trap 'rm -rf "$out"' EXIT
g++ -std=c++20 -O2 -I include tests/tables/disagreement.cpp -o "$out/program"
"$out/program" >"$out/made"
case "${1:-}" in
    '') cat "$out/made" ;;
    --check)
        sed -n '/^| any scales |/,/^$/p; /^| powers of two |/,/^$/p' docs/numerics.md | sed '$d' >"$out/written"
        diff "$out/written" "$out/made" && echo "docs/numerics.md has the tables that tests/tables/disagreement.sh prints" ;;
    *) echo "tests/tables/disagreement.sh: unknown argument '$1'; the only one is --check" >&2; exit 2 ;;
esac
