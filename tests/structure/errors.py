#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Keeps docs/errors.md, the headers' sentences and the cases under tests/compile_fail/ in step.

    - Every sentence that a header can say (in static_assert, unsatisfied<...> or QTENSOR_REQUIRE) is in the first column
      of a table of docs/errors.md.
    - Every sentence in a table under a heading "Compile time: ..." is expected by a case, and every case expects a
      sentence of some table.
    - A block ```text behind a line "`tests/compile_fail/NAME.cpp`, COMPILER:" is what that compiler prints for that case,
      as far as the block goes; the numbers of lines and columns in the headers are not compared.

    errors.py               checks the tree (blocks of compilers that are not installed in that version are skipped)
    errors.py --write       writes the blocks anew
    errors.py --self-test   plants one violation of each kind and checks that it is reported
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
COMPILERS = {"g++ 12": "g++", "clang 14": "clang++"}
BLOCK = re.compile(r"^(`tests/compile_fail/(\w+)\.cpp`, ([\w+]+ \d+):\n\n)```text\n(.*?)```\n", re.MULTILINE | re.DOTALL)
LONGEST_BLOCK = 14


def sentences_of_headers(root):
    """{sentence: where}: the literal of every static_assert, unsatisfied and QTENSOR_REQUIRE."""
    found = {}
    for path in sorted((root / "include").rglob("*.hpp")):
        text = re.sub(r'"\s*\n\s*"', "", re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8")))
        for match in re.finditer(r"\b(?:static_assert\(|QTENSOR_REQUIRE\(|unsatisfied<)", text):
            depth, literal, at = 1, None, match.end()
            token = re.compile(r'"((?:\\.|[^"\\\n])*)"|[()]|>\(\)')
            while depth:
                piece = token.search(text, at)
                if not piece:
                    break
                at = piece.end()
                if piece.group(1) is not None:
                    literal = literal or piece.group(1)
                elif piece.group() == ">()":
                    depth -= match.group().startswith("unsatisfied")
                else:
                    depth += 1 if piece.group() == "(" else -1
            if literal and " " in literal:
                found.setdefault(literal, f"{path.relative_to(root).as_posix()}")
    return found


def tables(root):
    """({sentence: line} of tables under 'Compile time', the same of all other tables)."""
    compile_time, others, heading = {}, {}, ""
    text = re.sub(r"^```.*?^```$", lambda m: re.sub(r"[^\n]", "", m.group()), (root / "docs/errors.md").read_text(encoding="utf-8"),
                  flags=re.MULTILINE | re.DOTALL)
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#"):
            heading = line.lstrip("# ")
        cell = re.match(r"\|\s*`([^`]+)`\s*\|", line)
        if cell:
            (compile_time if heading.startswith("Compile time") else others)[cell.group(1).replace("\\|", "|")] = number
    return compile_time, others


def cases(root):
    """{case: [regular expressions]}"""
    return {path.stem: re.findall(r"^\s*//\s*expect:\s*(.*?)\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
            for path in sorted((root / "tests/compile_fail").glob("*.cpp"))}


def installed(name):
    """The command of a compiler, where it is installed in the version that the page speaks of."""
    command = COMPILERS.get(name)
    try:
        version = subprocess.run([command, "-dumpversion"], capture_output=True, text=True).stdout.split(".")[0].strip()
    except (OSError, TypeError):
        return None
    return command if version == name.split()[1] else None


def output(root, command, case):
    """What the compiler prints for the first error of a bad twin, at most LONGEST_BLOCK lines of it."""
    run = subprocess.run([command, "-std=c++20", "-fsyntax-only", "-Iinclude", "-DBAD", f"tests/compile_fail/{case}.cpp"], cwd=root,
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    lines = run.stdout.splitlines()
    errors = [i for i, line in enumerate(lines) if "error:" in line]
    # What introduces the second error stands in front of it: files that include each other, templates that require.
    end = errors[1] if len(errors) > 1 else len(lines)
    while end < len(lines) and re.match(r"In file included from|\s+from |.*: (In |  ?required |  in )", lines[end - 1]):
        end -= 1
    return lines[:min(end, LONGEST_BLOCK)]


def comparable(line):
    """A line without the numbers of lines and columns in headers, and without the gutter that repeats them."""
    line = re.sub(r"(include/[\w./]+):\d+(?::\d+)?", r"\1", line)
    return re.sub(r"^\s*\d+ \|", "|", re.sub(r"(\.hpp\"\[0\], )\d+", r"\1", line)).rstrip()


def check(root):
    """[(path, message)], number of checks, number skipped."""
    found, checks, skipped = [], 0, 0
    compile_time, others = tables(root)
    for sentence, where in sentences_of_headers(root).items():
        checks += 1
        if sentence not in compile_time and sentence not in others:
            found.append((where, f"says '{sentence}', which is in no table of docs/errors.md"))
    expected = cases(root)
    for sentence, line in compile_time.items():
        checks += 1
        if not any(re.search(regex, sentence) for regexes in expected.values() for regex in regexes):
            found.append((f"docs/errors.md:{line}", f"no case under tests/compile_fail/ expects '{sentence}'"))
    for case, regexes in expected.items():
        checks += 1
        if not any(re.search(regex, sentence) for regex in regexes for sentence in [*compile_time, *others]):
            found.append((f"tests/compile_fail/{case}.cpp", "expects no sentence of docs/errors.md"))
    for _, case, name, text in BLOCK.findall((root / "docs/errors.md").read_text(encoding="utf-8")):
        command = installed(name)
        if command is None or case not in expected:
            skipped += case in expected
            found += [] if case in expected else [("docs/errors.md", f"shows tests/compile_fail/{case}.cpp, which does not exist")]
            continue
        checks += 1
        if [comparable(l) for l in text.splitlines()] != [comparable(l) for l in output(root, command, case)]:
            found.append(("docs/errors.md", f"{name} prints something else for {case}: run tests/structure/errors.py --write"))
    return found, checks, skipped


def write(root):
    page = root / "docs/errors.md"

    def anew(match):
        command = installed(match.group(3))
        return match.group() if command is None else \
            f"{match.group(1)}```text\n" + "".join(f"{line}\n" for line in output(root, command, match.group(2))) + "```\n"

    page.write_text(BLOCK.sub(anew, page.read_text(encoding="utf-8")), encoding="utf-8")


GOOD = {
    "include/q/a.hpp": 'static_assert(f(x), "the first "\n    "sentence (one)");\nconcept C = a<T> || unsatisfied<"the second sentence">();\n'
                       'QTENSOR_REQUIRE(f(")"), "no", 1, 2);\nQTENSOR_REQUIRE(x, "the third sentence", 1, 2);\n',
    "docs/errors.md": "## Compile time: a\n| `the first sentence (one)` | a |\n| `the second sentence` | b |\n## Run time\n"
                      "| `the third sentence` | c |\n",
    "tests/compile_fail/one.cpp": "// expect: the first sentence .one.\n// expect: and numbers\n",
    "tests/compile_fail/two.cpp": "// expect: the (second|third) sentence\n",
}
BAD = {
    "a sentence without a row": ("include/q/a.hpp", 'QTENSOR_REQUIRE(x, "the fourth sentence", 1, 2);\n', "in no table"),
    "a row without a case": ("docs/errors.md", "## Compile time: b\n| `a row that nobody expects` | d |\n", "no case"),
    "a case without a row": ("tests/compile_fail/two.cpp", None, "no case"),
    "a case of no sentence": ("tests/compile_fail/one.cpp", None, "expects no sentence"),
    "a block of no case": ("docs/errors.md", "`tests/compile_fail/none.cpp`, g++ 12:\n\n```text\nx\n```\n", "does not exist"),
    "a block of other output": ("docs/errors.md", "`tests/compile_fail/one.cpp`, g++ 12:\n\n```text\nx\n```\n", "prints something else"),
}


def self_test():
    failed = 0
    for name, extra in {"a good tree": None, **BAD}.items():
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for file, text in GOOD.items():
                path = root / file
                path.parent.mkdir(parents=True, exist_ok=True)
                if extra and extra[0] == file:
                    text = text + extra[1] if extra[1] else "// expect: something else\n"
                path.write_text(text, encoding="utf-8")
            found, _, skipped = check(root)
        right = not found if extra is None else any(extra[2] in message for _, message in found) or skipped
        failed += not right
        print(f"{'ok   ' if right else 'FAIL '} self-test: {name}" + ("" if right else f": got {found}"))
    print(f"{len(BAD) + 1 - failed} passed, {failed} failed")
    return 1 if failed else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if arguments == ["--write"]:
        write(ROOT)
    elif arguments:
        print(__doc__)
        return 2
    found, checks, skipped = check(ROOT)
    for path, message in found:
        print(f"FAIL  {path}: {message}")
    print(f"{checks - len(found)} passed, {len(found)} failed, {skipped} skipped")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
