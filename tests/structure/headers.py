#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Compiles every header alone (and twice in a row) with every given compiler: each must include what it uses.

The core also has to stand without exceptions and RTTI, so its headers are compiled that way.

    headers.py [--compiler CXX]... [--flag FLAG]... [--jobs N] [PATTERN-UNDER-include/qtensor ...]
"""
import argparse
import concurrent.futures
import pathlib
import subprocess
import sys

from structure import CORE, ROOT, rank_of

NEEDS = {"parallel/openmp.hpp": ["-fopenmp"]}  # what a header says that it cannot do without
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]


def compile_header(compiler, flags, header):
    include = ROOT / "include"
    rank = rank_of(header)
    core = ["-fno-exceptions", "-fno-rtti"] if rank is not None and rank <= CORE else []
    text = f"#include <qtensor/{header}>\n" * 2
    command = [compiler, "-std=c++20", "-fsyntax-only", *WARNINGS, *core, *NEEDS.get(header, []), *flags, "-I", str(include), "-x", "c++", "-"]
    return subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=300)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("headers", nargs="*")
    parser.add_argument("--compiler", action="append")
    parser.add_argument("--flag", action="append", default=[], help="one more flag, as in --flag=-mavx2")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    compilers = args.compiler or ["g++", "clang++"]
    base = ROOT / "include" / "qtensor"
    headers = sorted({p.relative_to(base).as_posix() for pattern in args.headers or ["**/*.hpp"] for p in base.glob(pattern)})
    if not headers:
        print(f"no header matches {args.headers}\n0 passed, 1 failed")
        return 1
    work = [(compiler, header) for header in headers for compiler in compilers]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for (compiler, header), run in zip(work, pool.map(lambda w: compile_header(w[0], args.flag, w[1]), work)):
            if run.returncode != 0:
                failed += 1
                print(f"FAIL  include/qtensor/{header} does not compile alone with {pathlib.Path(compiler).name}")
                for line in run.stdout.splitlines()[:12]:
                    print(f"      | {line}")
    print(f"{len(work) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
