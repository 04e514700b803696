#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""What doxygen reads in place of a page: headings that links can name as they do on GitHub, and no licence line before the title."""
import pathlib
import re
import sys


def slug(heading):
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def filtered(text, page):
    lines, code = [], False
    for line in text.splitlines():
        code ^= line.startswith("```")
        heading = re.match(r"(##+) (.*)", line)
        if heading and not code:
            line = f"{line} {{#{page}-{slug(heading.group(2))}}}"
        elif not code:
            line = re.sub(r"\]\((?:[\w/.-]*?([\w-]+)\.md)?#([\w-]+)\)", lambda link: f"](#{link.group(1) or page}-{link.group(2)})", line)
        if not line.startswith("<!-- SPDX"):
            lines.append(line)
    return "\n".join(lines) + "\n"


path = pathlib.Path(sys.argv[1])
sys.stdout.write(filtered(path.read_text(encoding="utf-8"), path.stem))
