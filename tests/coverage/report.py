#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Adds up what clang's coverage counters saw in every test program, header by header.

Clang counts conditions as they are written: each `if`, `?:`, `&&`, `||` and loop has two outcomes. An outcome of a template
has happened when it happened in one instantiation; conditions that the compiler decides have none. What no test instantiates
is not counted, and neither is what only the compiler evaluates.

    report.py BUILD-FOLDER [--folders base,arch,...] [--uncovered] [--llvm-cov PROGRAM]

BUILD-FOLDER holds tests/test_NAME beside NAME.profdata.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CORE = ["base", "arch", "numeric", "scale", "tensor", "gemm", "layer", "net"]
WHOLE = ["numeric/rounding.hpp", "numeric/overflow.hpp", "numeric/fixed_point.hpp", "numeric/tflite.hpp", "numeric/tflite_single.hpp",
         "numeric/tflite_neon.hpp", "numeric/cmsis_nn.hpp", "numeric/xnnpack.hpp", "numeric/xnnpack_rndnu.hpp", "numeric/fbgemm.hpp",
         "numeric/onnx.hpp", "numeric/gemmlowp.hpp", "numeric/power_of_two_shift.hpp", "numeric/exact_rational.hpp",
         "gemm/requantize.hpp", "gemm/requantize_by.hpp", "tensor/requantize.hpp"]
BRANCHES = 95.0
CODE = 0                                                           # the kind of a region that is neither a gap nor a macro


def collect(build, llvm_cov):
    """({header: {place: [true, false]}}, {header: {place: times}})"""
    branches = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0]))
    regions = collections.defaultdict(lambda: collections.Counter())
    for profile in sorted(build.glob("*.profdata")):
        program = build / "tests" / f"test_{profile.stem}"
        export = subprocess.run([llvm_cov, "export", "-format=text", str(program), f"-instr-profile={profile}"],
                                stdout=subprocess.PIPE, check=True)
        for function in json.loads(export.stdout)["data"][0]["functions"]:
            headers = [name.partition("/include/qtensor/")[2] for name in function["filenames"]]
            for line, column, last, end, yes, no, file, *_ in function["branches"]:
                if headers[file]:
                    both = branches[headers[file]][(line, column, last, end)]
                    both[0] += yes
                    both[1] += no
            for line, column, last, end, times, file, _, kind in function["regions"]:
                if headers[file] and kind == CODE:
                    regions[headers[file]][(line, column, last, end)] += times
    return branches, regions


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--folders", default=",".join(CORE))
    parser.add_argument("--uncovered", action="store_true", help="name every region and outcome that did not happen")
    parser.add_argument("--llvm-cov", default="llvm-cov")
    args = parser.parse_args()
    branches, regions = collect(args.build, args.llvm_cov)
    passed = failed = 0
    total = collections.Counter()
    for folder in args.folders.split(","):
        sums = collections.Counter()
        for header in sorted(h for h in set(branches) | set(regions) if h.startswith(folder + "/")):
            lines = (ROOT / "include" / "qtensor" / header).read_text(encoding="utf-8").splitlines()
            outcomes = [(place, side, times) for place, both in branches[header].items() for side, times in zip(("true", "false"), both)]
            own = collections.Counter(regions=len(regions[header]), ran=sum(times > 0 for times in regions[header].values()),
                                      outcomes=len(outcomes), taken=sum(times > 0 for _, _, times in outcomes))
            sums += own
            missing = [(place, "never runs") for place, times in regions[header].items() if times == 0]
            missing += [(place, f"is never {side}") for place, side, times in outcomes if times == 0]
            if header in WHOLE:
                whole = own["taken"] == own["outcomes"]
                passed, failed = passed + whole, failed + (not whole)
                print(f"{'ok   ' if whole else 'FAIL '} {header}: {own['ran']} of {own['regions']} regions, {own['taken']} of {own['outcomes']} outcomes")
            if args.uncovered or (header in WHOLE and own["taken"] < own["outcomes"]):
                for (line, column, last, end), what in sorted(missing):
                    text = lines[line - 1][column - 1:end - 1 if last == line else None]
                    print(f"      {header}:{line}: {text.strip()[:90]}: {what}")
        if sums["regions"]:
            print(f"      {folder + '/':11} {100 * sums['ran'] / sums['regions']:6.2f} % of {sums['regions']} regions, "
                  f"{100 * sums['taken'] / max(sums['outcomes'], 1):6.2f} % of {sums['outcomes']} outcomes")
        total += sums
    share = 100 * total["taken"] / max(total["outcomes"], 1)
    enough = share >= BRANCHES
    print(f"{'ok   ' if enough else 'FAIL '} together: {share:.2f} % of {total['outcomes']} outcomes of conditions (at least {BRANCHES:.0f} %)")
    print(f"{passed + enough} passed, {failed + (not enough)} failed")
    return 0 if enough and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
