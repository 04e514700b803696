#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes the library as single headers: qtensor.hpp, the core, and qtensor_host.hpp, which includes it and has the rest.

    make.py FOLDER

Each file of the library stands once, before the first that includes it. The result is not committed.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BASE = ROOT / "include" / "qtensor"
OWN = re.compile(r'\s*#\s*include\s*(?:<qtensor/([^>]+)>|"([^"]+)")')


def expand(path, done, out):
    """Appends the text of a header, behind everything that it includes."""
    if path in done:
        return
    done.add(path)
    body = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match = OWN.match(line)
        if match:                                                  # under a condition, too: every header guards itself
            expand(BASE / match.group(1) if match.group(1) else (path.parent / match.group(2)).resolve(), done, out)
        elif not re.match(r"\s*#\s*pragma once|// SPDX|// clang-format", line):
            body.append(line)
    text = "\n".join(body).strip("\n")
    if re.sub(r"//[^\n]*|\s", "", text):                            # an umbrella has nothing of its own
        out.append(f"// ---- qtensor/{path.relative_to(BASE).as_posix()} ----\n\n{text}\n")


def single(done, *headers, first=""):
    out = []
    for header in headers:
        expand((BASE / header).resolve(), done, out)
    licence = "".join(f"// {line}".rstrip() + "\n" for line in (ROOT / "LICENSE").read_text(encoding="utf-8").splitlines())
    return "// SPDX-License-Identifier: BSL-1.0\n#pragma once\n\n" + licence + "\n" + first + "\n".join(out)


def main(arguments):
    if len(arguments) != 1:
        print(__doc__)
        return 2
    folder = pathlib.Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    others = [p.relative_to(BASE).as_posix() for p in sorted(BASE.glob("*.hpp")) if p.name not in ("qtensor.hpp", "host.hpp")]
    done = set()
    (folder / "qtensor.hpp").write_text(single(done, "qtensor.hpp"), encoding="utf-8")
    # With what the two umbrellas leave out, unless that needs a library.
    (folder / "qtensor_host.hpp").write_text(single(done, "host.hpp", *others, first='#include "qtensor.hpp"\n\n'), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
