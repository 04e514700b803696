#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Adds up what gcov counted in every translation unit, header by header.

A line or branch of a template has run when it ran in one instantiation; instantiations in which a line has another number of
branches (`if constexpr`) are counted by themselves. Branches into exception handlers do not count: the tests let preconditions
throw, the library does not.

    report.py BUILD-FOLDER [--folders base,arch,...] [--uncovered]
"""
import argparse
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BASE = ROOT / "include" / "qtensor"
CORE = ["base", "arch", "numeric", "scale", "tensor", "gemm", "layer", "net"]
WHOLE = ["numeric/rounding.hpp", "gemm/requantize.hpp", "tensor/requantize.hpp", "numeric/tflite.hpp", "numeric/xnnpack.hpp"]
BRANCHES = 95.0


def collect(build):
    """{header: {line: [times, {number of branches: [times of each]}]}}"""
    found = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, {}]))
    with tempfile.TemporaryDirectory() as folder:
        for data in sorted(build.rglob("*.gcda")):
            subprocess.run(["gcov", "--json-format", "--branch-probabilities", str(data.resolve())], cwd=folder, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
            for report in pathlib.Path(folder).glob("*.gcov.json.gz"):
                for file in json.loads(gzip.open(report).read())["files"]:
                    try:
                        header = (pathlib.Path(file["file"]).resolve()).relative_to(BASE).as_posix()
                    except ValueError:
                        continue
                    for line in file["lines"]:
                        entry = found[header][line["line_number"]]
                        entry[0] += line["count"]
                        branches = [b["count"] for b in line["branches"] if not b["throw"]]
                        if branches:
                            sums = entry[1].setdefault(len(branches), [0] * len(branches))
                            entry[1][len(branches)] = [a + b for a, b in zip(sums, branches)]
                report.unlink()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--folders", default=",".join(CORE))
    parser.add_argument("--uncovered", action="store_true", help="name every line and branch that did not run")
    args = parser.parse_args()
    found = collect(args.build)
    failed = passed = 0
    all_taken = all_branches = 0
    for folder in args.folders.split(","):
        ran = lines = taken = branches = 0
        for header in sorted(h for h in found if h.startswith(folder + "/")):
            text = (BASE / header).read_text(encoding="utf-8").splitlines()
            h_ran = h_lines = h_taken = h_branches = 0
            missing = []
            for number, (times, by_count) in sorted(found[header].items()):
                h_lines += 1
                h_ran += times > 0
                idle = 0
                for counts in by_count.values():
                    h_branches += len(counts)
                    h_taken += sum(count > 0 for count in counts)
                    idle += sum(count == 0 for count in counts)
                if times == 0 or idle:
                    missing.append(f"      {header}:{number}: {'never ran' if times == 0 else f'{idle} branches idle'}: {text[number - 1].strip()[:90]}")
            ran, lines, taken, branches = ran + h_ran, lines + h_lines, taken + h_taken, branches + h_branches
            if header in WHOLE:
                whole = h_ran == h_lines
                passed, failed = passed + whole, failed + (not whole)
                print(f"{'ok   ' if whole else 'FAIL '} {header}: {h_ran} of {h_lines} lines, {h_taken} of {h_branches} branches")
            if args.uncovered:
                print("\n".join(missing))
        if lines:
            print(f"      {folder + '/':11} {100 * ran / lines:6.2f} % of {lines} lines, {100 * taken / max(branches, 1):6.2f} % of {branches} branches")
        if folder in CORE:
            all_taken, all_branches = all_taken + taken, all_branches + branches
    share = 100 * all_taken / max(all_branches, 1)
    enough = share >= BRANCHES
    passed, failed = passed + enough, failed + (not enough)
    print(f"{'ok   ' if enough else 'FAIL '} the core: {share:.2f} % of {all_branches} branches (at least {BRANCHES:.0f} %)")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
