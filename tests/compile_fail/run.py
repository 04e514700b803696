#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks that what must not compile does not, and that the compiler says why in the library's own words.

A case is one file NAME.cpp: the bad line under #ifdef BAD, its good twin otherwise, and one or more lines

    // expect: REGEX

The good twin must compile; the bad one must fail, and every REGEX (15 characters or more) must match within ten lines
of output beginning at the first one that holds "error:".

Where enough cases have the same includes, they share a precompiled header of them, and their good twins are compiled
together, each in a namespace of its own; alone only where that fails.

    run.py [--compiler CXX] [--flag FLAG]... [--include DIR] [--jobs N] [--verbose] [FILE.cpp ...]
    run.py --self-test [--compiler CXX]
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
INCLUDE = HERE.parent.parent / "include"
SHORTEST_REGEX = 15
WINDOW = 10
WORTH = 5  # cases with the same includes
TOGETHER = 20  # good twins in one translation unit


def compile_one(compiler, flags, path, bad):
    command = [compiler, "-std=c++20", "-fsyntax-only", *flags, "-I", str(INCLUDE), *(["-DBAD"] if bad else []), str(path)]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                         env={**os.environ, "LC_ALL": "C"}, timeout=300)
    return run.returncode == 0, run.stdout.splitlines()


def groups_of(files):
    """{includes: files}, for the files that begin with includes shared by others."""
    groups = {}
    for path in files:
        begin = re.match(r"(?:\s*//[^\n]*\n|\s*\n)*((?:#include <qtensor/[^>]*>\n)+)", path.read_text(encoding="utf-8"))
        if begin:
            groups.setdefault(begin.group(1), []).append(path)
    return {includes: paths for includes, paths in groups.items() if len(paths) >= WORTH}


def precompile(compiler, flags, groups, folder):
    """{file: flags that bring in its includes precompiled}."""
    found = {}
    for number, (includes, paths) in enumerate(groups.items()):
        header = folder / f"{number}.hpp"
        header.write_text(includes, encoding="utf-8")
        command = [compiler, "-std=c++20", *flags, "-I", str(INCLUDE), "-x", "c++-header", str(header), "-o", f"{header}.gch"]
        if subprocess.run(command, capture_output=True, timeout=300).returncode == 0:
            found.update({path: ["-include", str(header)] for path in paths})
    return found


def compile_together(compiler, flags, paths, folder):
    """The files whose good twins compile, as one translation unit: all of them or none."""
    includes, bodies = [], []
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        includes += [line for line in lines if line.startswith("#include")]
        bodies += [f"namespace {path.stem} {{", *(line for line in lines if not line.startswith("#include")), "}"]
    unit = folder / f"{paths[0].stem}_and_others.cpp"
    unit.write_text("\n".join([*includes, *bodies, ""]), encoding="utf-8")
    return paths if compile_one(compiler, flags, unit, bad=False)[0] else []


def window(lines):
    """The ten lines a reader sees first: from the first error on."""
    for i, line in enumerate(lines):
        if "error:" in line:
            return lines[i:i + WINDOW]
    return []


def check(compiler, flags, path, known_good=False):
    """None when the case holds, else (reason, lines of compiler output)."""
    source = path.read_text(encoding="utf-8")
    expected = re.findall(r"^\s*//\s*expect:\s*(.*?)\s*$", source, re.MULTILINE)
    if not expected:
        return "has no line '// expect: REGEX'", []
    if not re.search(r"^\s*#\s*(ifn?def\s+BAD|if\s+defined\s*\(?\s*BAD)\b", source, re.MULTILINE):
        return "has no '#ifdef BAD'", []
    for regex in expected:
        if len(regex) < SHORTEST_REGEX:
            return f"regex '{regex}' is shorter than {SHORTEST_REGEX} characters", []
        try:
            re.compile(regex)
        except re.error as error:
            return f"regex '{regex}' is not valid: {error}", []
    if not known_good:
        good, output = compile_one(compiler, flags, path, bad=False)
        if not good:
            return "the good twin does not compile", window(output) or output[:WINDOW]
    bad, output = compile_one(compiler, flags, path, bad=True)
    if bad:
        return "the bad line compiles", []
    seen = window(output)
    if not seen:
        return "the compiler failed without an error line", output[-WINDOW:]
    for regex in expected:
        if not re.search(regex, "\n".join(seen)):
            return f"'{regex}' is not in the first {WINDOW} lines of the error", seen
    return None


def run(compiler, flags, files, jobs, verbose=False):
    """Returns (passed, failed); prints one line per case, and what the compiler said for a failed one."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool, tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        groups = groups_of(files)
        ready = precompile(compiler, flags, groups, folder)
        all_flags = lambda path: [*flags, *ready.get(path, [])]
        parts = [paths[i:i + TOGETHER] for paths in groups.values() for i in range(0, len(paths), TOGETHER)]
        good = {path for found in pool.map(lambda part: compile_together(compiler, all_flags(part[0]), part, folder), parts)
                for path in found}
        for path, problem in zip(files, pool.map(lambda p: check(compiler, all_flags(p), p, p in good), files)):
            if problem is None:
                print(f"ok    {path.stem}", flush=True)
            else:
                failed += 1
                print(f"FAIL  {path.stem}: {problem[0]}", flush=True)
                for line in problem[1]:
                    print(f"      | {line}")
            if verbose and problem is None:
                for line in window(compile_one(compiler, flags, path, bad=True)[1]):
                    print(f"      | {line}")
    return len(files) - failed, failed


def self_test(compiler, flags):
    sentence = "this sentence is long enough"
    twin = f'template <class T> struct S {{ static_assert(sizeof(T) > 9, "{sentence}"); }};\n'
    pair = "#ifdef BAD\n{bad}\n#else\n{good}\n#endif\n"
    noise = "\n".join(f"int noise{i} = undeclared{i};" for i in range(WINDOW + 1))
    expect = f"// expect: {sentence}\n"
    cases = {
        "right": (expect + twin + pair.format(bad="S<char> s;", good="struct B { char c[10]; }; S<B> s;"), None),
        "bad_compiles": (expect + twin + pair.format(bad="int i;", good="int i;"), "the bad line compiles"),
        "good_fails": (expect + twin + pair.format(bad="S<char> s;", good="S<int> s;"), "the good twin does not"),
        "other_error": (expect + twin + pair.format(bad="int i = nothing;", good="int i;"), "is not in the first"),
        "too_late": (expect + twin + pair.format(bad=noise + "\nS<char> s;", good="int i;"), "is not in the first"),
        "no_expect": (twin + pair.format(bad="S<char> s;", good="int i;"), "has no line"),
        "no_bad": (expect + twin + "int i;\n", "has no '#ifdef BAD'"),
        "short_regex": ("// expect: sentence\n" + twin + pair.format(bad="S<char> s;", good="int i;"), "is shorter than"),
        "broken_regex": ("// expect: (this sentence is\n" + twin + pair.format(bad="S<char> s;", good="int i;"), "is not valid"),
    }
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, (text, want) in cases.items():
            path = pathlib.Path(folder) / f"{name}.cpp"
            path.write_text(text, encoding="utf-8")
            problem = check(compiler, flags, path)
            right = problem is None if want is None else problem is not None and want in problem[0]
            failed += not right
            print(f"{'ok   ' if right else 'FAIL '} self-test {name}" + ("" if right else f": got {problem}"))
    return len(cases) - failed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    parser.add_argument("--compiler", default=os.environ.get("CXX", "g++"))
    parser.add_argument("--flag", action="append", default=[], help="one more flag, as in --flag=-mavx2")
    parser.add_argument("--include", help="headers to compile with in place of the tree's own")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true", help="show the error of every case that holds, too")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.include:
        args.flag = ["-I", args.include, *args.flag]
    if args.self_test:
        passed, failed = self_test(args.compiler, args.flag)
    else:
        files = args.files or sorted(HERE.glob("*.cpp"))
        passed, failed = run(args.compiler, args.flag, files, args.jobs, args.verbose)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
