#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Reads README.md, CHANGELOG.md and docs/ and reports, as file:line, what the tree does not bear out.

A block ```cpp is quoted: its lines stand in this order, contiguous, in one file under examples/, tests/ or include/
(white space and empty lines do not count; a line '// ...' leaves lines of that file out). Code that is quoted from
nowhere is marked ```cpp sketch. Links, paths in `backticks` and paths in ```sh blocks exist. A sentence in the first
column of docs/errors.md is one that a header can say.

    docs.py [ROOT]       checks the tree (the one this file lies in)
    docs.py --self-test  plants one violation of each kind in a temporary tree and checks that it is reported
"""
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
QUOTED = ("examples", "tests", "include")
PATH = re.compile(r"(?:include|examples|tests|benchmarks|docs|\.ci)/[\w.+*/-]*[\w*/]")
HEADER = re.compile(r"[a-z]+(?:/[a-z0-9_]+)?\.hpp")                # relative to include/qtensor, as the docs write it
ELISION = "// ..."


def normalised(text):
    """The lines of a text without what does not count; with them, their numbers."""
    lines = [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), 1)]
    return [(number, line) for number, line in lines if line]


def slug(heading):
    """The anchor that a Markdown heading gets."""
    text = re.sub(r"[`*]", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def blocks_and_prose(text):
    """([(line, info, code)], [(line, prose)]); an unclosed block is a block to the end."""
    blocks, prose, fence, info, start, code = [], [], None, "", 0, []
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"\s*(`{3,})\s*(.*?)\s*$", line)
        if fence is None and match:
            fence, info, start, code = match.group(1), match.group(2), number, []
        elif fence is not None and match and match.group(1) == fence and not match.group(2):
            blocks.append((start, info, "\n".join(code)))
            fence = None
        elif fence is not None:
            code.append(line)
        else:
            prose.append((number, line))
    if fence is not None:
        blocks.append((start, info, "\n".join(code)))
    return blocks, prose


class Checker:
    def __init__(self, root):
        self.root = root
        self.passed = 0
        self.found = []                                            # (path, line, message)
        self.sources = []                                          # (path, [normalised lines])
        for folder in QUOTED:
            for path in sorted((root / folder).rglob("*")):
                if path.suffix in (".cpp", ".hpp"):
                    lines = [line for _, line in normalised(path.read_text(encoding="utf-8"))]
                    self.sources.append((path, lines))
        self.literals = "\n".join(self.sentences_of(p) for p, _ in self.sources if p.suffix == ".hpp")

    @staticmethod
    def sentences_of(path):
        """Every string literal of a header, with adjacent ones joined as the compiler joins them."""
        text = re.sub(r'"\s*\n\s*"', "", path.read_text(encoding="utf-8"))
        return "\n".join(re.findall(r'"((?:\\.|[^"\\\n])*)"', text))

    def case(self, path, line, fine, message):
        if fine:
            self.passed += 1
        else:
            self.found.append((path.relative_to(self.root).as_posix(), line, message))

    def check(self):
        pages = [self.root / "README.md", self.root / "CHANGELOG.md", *sorted((self.root / "docs").rglob("*.md"))]
        for path in pages:
            self.case(path, 1, path.is_file(), "does not exist")
            if path.is_file():
                self.check_page(path)
        return self.found

    def check_page(self, path):
        blocks, prose = blocks_and_prose(path.read_text(encoding="utf-8"))
        for line, info, code in blocks:
            if info == "cpp":
                self.case(path, line, self.is_quoted(code), "this block is in no file under " + ", ".join(QUOTED))
            elif info == "sh":
                for number, text in enumerate(code.splitlines(), line + 1):
                    for word in text.split():
                        if PATH.fullmatch(word):
                            self.case(path, number, self.exists(word), f"there is no {word}")
            elif info.startswith(("cpp", "c++")) and info != "cpp sketch":
                self.case(path, line, False, f"'{info}': a block is 'cpp' (quoted) or 'cpp sketch'")
        for line, text in prose:
            self.check_prose(path, line, text)

    def check_prose(self, path, line, text):
        spans = re.findall(r"`([^`]+)`", text)
        for span in spans:
            if PATH.fullmatch(span):
                self.case(path, line, self.exists(span), f"there is no {span}")
            elif HEADER.fullmatch(span):
                self.case(path, line, (self.root / "include" / "qtensor" / span).is_file() or
                          ("/" not in span and self.is_header_name(span)), f"there is no include/qtensor/{span}")
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", text)):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            page = path if not file else (path.parent / file)
            self.case(path, line, page.exists(), f"the link goes to {target}, which does not exist")
            if anchor and page.suffix == ".md" and page.is_file():
                self.case(path, line, anchor in self.anchors(page), f"{page.name} has no heading #{anchor}")
        if path.as_posix().endswith("docs/errors.md"):
            cell = re.match(r"\|\s*`((?!\w+/)[^`]+)`", text)       # a file is no sentence
            if cell:
                self.case(path, line, cell.group(1).replace("\\|", "|") in self.literals, "no header says this sentence")

    def is_header_name(self, name):
        return any((self.root / "include" / "qtensor").rglob(name))

    def exists(self, name):
        return any(self.root.glob(name)) if "*" in name else (self.root / name).exists()

    @staticmethod
    def anchors(page):
        return {slug(match.group(1)) for _, text in blocks_and_prose(page.read_text(encoding="utf-8"))[1]
                if (match := re.match(r"#+\s+(.*)", text))}

    def is_quoted(self, code):
        pieces = [[]]
        for _, line in normalised(code):
            if line == ELISION:
                pieces.append([])
            else:
                pieces[-1].append(line)
        pieces = [piece for piece in pieces if piece]
        return bool(pieces) and any(self.holds(lines, pieces) for _, lines in self.sources)

    @staticmethod
    def holds(lines, pieces):
        at = 0
        for piece in pieces:
            while at + len(piece) <= len(lines) and lines[at:at + len(piece)] != piece:
                at += 1
            if at + len(piece) > len(lines):
                return False
            at += len(piece)
        return True


GOOD = {
    "README.md": "# Title\n[docs](docs/page.md#two-words) [out](https://example.org/x)\n```cpp\nint a;\n\n  int  b;\n// ...\nint d;\n```\n"
                 "`tests/a.cpp` `include/*` `base/a.hpp` `std::x/y`\n```sh\nc++ examples/a.cpp -o a\n```\n```\nanything\n```\n"
                 "```cpp sketch\nfree();\n```\n",
    "CHANGELOG.md": "# Changelog\n",
    "docs/page.md": "# Two words\n```text\ntests/none\n```\n",
    "docs/errors.md": "| sentence |\n|---|\n| `a sentence in two lines` |\n",
    "examples/a.cpp": "int a;\nint b;\nint c;\nint d;\n",
    "tests/a.cpp": "int e;\n",
    "include/qtensor/base/a.hpp": 'const char* s = "a sentence "\n    "in two lines";\n',
}
BAD = {                                                            # what is planted: page, text, part of the message
    "altered code": ("docs/page.md", "```cpp\nint a;\nint x;\n```\n", "is in no file"),
    "not contiguous": ("docs/page.md", "```cpp\nint a;\nint c;\n```\n", "is in no file"),
    "wrong order": ("docs/page.md", "```cpp\nint d;\n// ...\nint a;\n```\n", "is in no file"),
    "two files": ("docs/page.md", "```cpp\nint a;\n// ...\nint e;\n```\n", "is in no file"),
    "empty block": ("docs/page.md", "```cpp\n```\n", "is in no file"),
    "unclosed block": ("docs/page.md", "```cpp\nint x;\n", "is in no file"),
    "unknown mark": ("docs/page.md", "```cpp scetch\nint x;\n```\n", "a block is"),
    "lost path": ("README.md", "see `tests/none.cpp`\n", "there is no tests/none.cpp"),
    "lost pattern": ("README.md", "see `tests/n*.cpp`\n", "there is no tests/n*.cpp"),
    "lost header": ("README.md", "see `base/none.hpp`\n", "there is no include/qtensor/base/none.hpp"),
    "lost command": ("README.md", "```sh\nbash tests/none.sh\n```\n", "there is no tests/none.sh"),
    "lost link": ("docs/page.md", "[a](none.md)\n", "which does not exist"),
    "lost heading": ("README.md", "[a](docs/page.md#none)\n", "has no heading"),
    "lost sentence": ("docs/errors.md", "| `a sentence nobody says` |\n", "no header says"),
}


def self_test():
    def plant(extra=None):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in GOOD.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text + (extra[1] if extra and extra[0] == name else ""), encoding="utf-8")
            return Checker(root).check()

    failed = 0
    for name, extra in {"a good tree": None, **BAD}.items():
        found = plant(extra)
        right = not found if extra is None else len(found) == 1 and found[0][0] == extra[0] and extra[2] in found[0][2]
        failed += not right
        print(f"{'ok   ' if right else 'FAIL '} self-test: {name}" + ("" if right else f": got {found}"))
    return len(BAD) + 1 - failed, failed


def main(arguments):
    if arguments == ["--self-test"]:
        passed, failed = self_test()
    else:
        checker = Checker(pathlib.Path(arguments[0]).resolve() if arguments else ROOT)
        for path, line, message in checker.check():
            print(f"FAIL  {path}:{line}: {message}")
        passed, failed = checker.passed, len(checker.found)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
