#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What it costs to compile: CPU seconds (user and system, the least of several runs) and the peak of memory of one compiler
process, and the lines that are left when the preprocessor is done, which no neighbour on the machine can change.

For <qtensor/qtensor.hpp>, <qtensor/host.hpp>, the umbrella of each folder and each example, beside xsimd and Eigen where they
are installed. Prints a Markdown table.

    benchmarks/run compile_time [--repeat N] [--compiler CXX]... [--flags "-march=native"]... [--only PATTERN]
"""
import argparse
import fnmatch
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
OTHERS = {"xsimd/xsimd.hpp": [], "Eigen/Dense": ["-I/usr/include/eigen3"]}


def subjects():
    """[(name, source text or path, flags)], cheap ones first."""
    base = ROOT / "include" / "qtensor"
    found = [("an empty file", "\n", []), ("`<cstddef>`", "#include <cstddef>\n", [])]
    order = ["base", "arch", "numeric", "scale", "tensor", "gemm", "layer", "net", "qtensor", "heap", "calibrate", "parallel", "train", "io", "laws", "host"]
    umbrellas = sorted((p.stem for p in base.glob("*.hpp")), key=lambda name: order.index(name) if name in order else len(order))
    found += [(f"`<qtensor/{name}.hpp>`", f"#include <qtensor/{name}.hpp>\n", []) for name in umbrellas]
    found += [(f"`<{header}>`", f"#include <{header}>\n", flags) for header, flags in OTHERS.items()]
    found += [(f"`{path.relative_to(ROOT)}`", path, []) for path in sorted((ROOT / "examples").glob("*.cpp"))]
    return found


def run(command):
    """(seconds, peak in MB) of one process, or None where it fails."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        child = subprocess.Popen(command, stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return (usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024) if child.returncode == 0 else None


def measure(compiler, flags, source, repeat):
    """(seconds, MB, lines) or None. -pipe and one process: the driver's children count as its own."""
    command = [compiler, "-std=c++20", *flags, f"-I{ROOT}/include", str(source)]
    text = subprocess.run([*command, "-E", "-P"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace")
    if text.returncode != 0:
        return None
    runs = [run([*command, "-O2", "-c", "-o", os.devnull]) for _ in range(repeat)]
    if None in runs:
        return None
    return min(r[0] for r in runs), max(r[1] for r in runs), text.stdout.count("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--compiler", action="append")
    parser.add_argument("--flags", action="append")
    parser.add_argument("--only", default="*")
    args = parser.parse_args()
    compilers = args.compiler or ["g++", "clang++"]
    settings = args.flags if args.flags is not None else ["", "-march=native"]
    columns = [(compiler, flags) for compiler in compilers for flags in settings]

    def version(compiler):
        text = subprocess.run([compiler, "--version"], stdout=subprocess.PIPE, text=True).stdout
        return re.search(r"\d+\.\d+", text).group()

    print("| s / MB / thousand lines |" + "".join(f" {c} {version(c)} {f}".rstrip() + " |" for c, f in columns))
    print("|---|" + "---|" * len(columns))
    with tempfile.TemporaryDirectory() as folder:
        for name, source, more in subjects():
            if not fnmatch.fnmatch(name, f"*{args.only.strip('*')}*" if args.only != "*" else "*"):
                continue
            path = source
            if isinstance(source, str):
                path = pathlib.Path(folder) / "one.cpp"
                path.write_text(source, encoding="utf-8")
            cells = []
            for compiler, flags in columns:
                got = measure(compiler, [*flags.split(), *more], path, args.repeat)
                cells.append("-" if got is None else f"{got[0]:.2f} / {got[1]:.0f} / {got[2] / 1000:.1f}")
            print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
