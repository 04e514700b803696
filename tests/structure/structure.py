#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Reads include/qtensor and reports, as file:line, whatever breaks the rules of the house.

    structure.py [ROOT]      checks the tree (the one this file lies in)
    structure.py --self-test plants one violation of each kind in a temporary tree and checks that it is reported
"""
import pathlib
import re
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SPDX = "// SPDX-License-Identifier: BSL-1.0"
RANK = {"base": 0, "arch": 1, "numeric": 2, "scale": 3, "tensor": 4, "gemm": 5, "layer": 6, "net": 7, "heap": 8,
        "calibrate": 9, "parallel": 9, "train": 10, "io": 11, "laws": 11}
CORE = 7.5                                       # qtensor.hpp: above net/, below heap/
UMBRELLA = {"qtensor.hpp": CORE, "host.hpp": 12}
LONGEST_FILE = 300
LONGEST_LINE = 140
MACRO_HOME = "base/config.hpp"
FOR_CMAKE = "parallel/qtensor_dispatch.cmake"     # what parallel/dispatch.hpp asks of the build; the one file that is no header

# Each rule is one case of the final count. The key is what a violation carries, the text says what the rule asks.
RULES = {
    "layout": "every file is a folder's header, a folder's umbrella, qtensor.hpp or host.hpp",
    "rank": "a header includes only lower ranks and its own folder",
    "cycle": "includes form no cycle",
    "missing": "an included header of the library exists",
    "intrinsic": "intrinsics, assembly and xsimd stay in arch/",
    "banned": "the core neither allocates nor throws, without RTTI, streams or <cmath>",
    "macro": f"macros are named QTENSOR_* and defined in {MACRO_HOME}",
    "pragma": "#pragma once is the first directive",
    "length": f"no file is longer than {LONGEST_FILE} lines unless docs/decisions names it",
    "spdx": "the first line is the SPDX line",
    "mirror": "every header has its test and every test its header",
    "format": f"a newline at the end, no tab, no trailing space, no line beyond {LONGEST_LINE}",
}

INTRINSIC = [(re.compile(pattern), what) for pattern, what in [
    (r"\b(?:[a-z]*mmintrin|x86intrin|arm_(?:neon|sve|mve|acle|fp16)|riscv_vector|wasm_simd128)\b", "an intrinsics header"),
    (r"\b_mm\w*", "an x86 intrinsic"),
    (r"\b__m(?:128|256|512)\w*|\b__mmask\d+", "an x86 register type"),
    (r"\b__builtin_(?:ia32|arm|neon|aarch64|riscv|wasm)_\w+", "a target builtin"),
    (r"\b(?:u?int|float|bfloat|poly)\d+x\d+(?:x\d+)?_t\b", "a NEON register type"),
    (r"\bv(?:ld|st|add|sub|mul|mull|mla|mls|dot|usdot|sudot|mmla|usmmla|get|set|dup|mov|cvt|max|min|shl|shr|combine|pad|abs"
     r"|neg|reinterpret|q(?:add|sub|mov|shl|dmul|rdmul)|r(?:shl|shr|nd))\w*_[sufp](?:8|16|32|64)\b", "a NEON intrinsic"),
    (r"\b__(?:smla\w+|sxtb16|ssat|usat|smuad)\b", "a DSP intrinsic"),
    (r"\basm\b|\b__asm(?:__)?\b", "assembly"),
    (r"\bxsimd\s*::|#\s*include\s*[<\"]xsimd", "xsimd"),
]]

BANNED = [(re.compile(pattern), what) for pattern, what in [
    (r"\bnew\b", "new"),
    (r"(?<!=)(?<!= )\bdelete\b", "delete"),
    (r"\b(?:malloc|calloc|realloc|aligned_alloc|free)\s*\(", "the C heap"),
    (r"\bthrow\b", "throw"),
    (r"\btry\b|\bcatch\b", "try/catch"),
    (r"\btypeid\b", "typeid"),
    (r"\bdynamic_cast\b", "dynamic_cast"),
    (r"#\s*include\s*<(?:iostream|istream|ostream|fstream|sstream|iomanip|vector|string|cmath|math\.h|memory|memory_resource|map|set"
     r"|unordered_map|unordered_set|list|forward_list|deque|stdexcept|exception|typeinfo|functional|any|format|locale|regex"
     r"|random|filesystem|thread|mutex|shared_mutex|condition_variable|future)>", "a header the core does without"),
    (r"\bstd\s*::\s*(?:vector|w?string|basic_string|to_string|unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared|allocator"
     r"|pmr|map|multimap|set|multiset|unordered_\w+|list|forward_list|deque|function|any|exception|runtime_error|logic_error"
     r"|invalid_argument|out_of_range|bad_alloc|cout|cerr|clog|cin|[iof]+stream|[io]?stringstream|thread|mutex|async"
     r"|construct_at|destroy_at|uninitialized_\w+)\b", "a std:: name the core does without"),
    (r"\bstd\s*::\s*(?:exp|exp2|expm1|log|log2|log10|log1p|pow|sqrt|cbrt|hypot|sinh?|cosh?|tanh?|asin|acos|atan2?|erfc?|tgamma"
     r"|lgamma|floor|ceil|trunc|l?l?round|nearbyint|l?l?rint|fma|fmod|remainder|frexp|ldexp|scalbn|ilogb|logb|modf|fabs|fmin|fmax"
     r"|copysign|nextafter|isnan|isinf|isfinite|signbit|lerp)\b", "a <cmath> function"),
]]


def strip(text):
    """The text with comments blanked, and that text with string and character literals blanked too; same lines."""
    keep, code, i, n = [], [], 0, len(text)

    def put(piece, in_keep, in_code):
        blank = re.sub(r"[^\n]", " ", piece)
        keep.append(piece if in_keep else blank)
        code.append(piece if in_code else blank)

    token = re.compile(
        r'//(?:\\\n|[^\n])*|/\*.*?(?:\*/|\Z)'
        r'|(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?\)(?P=tag)"'
        r'|#[ \t]*include[ \t]*"[^"\n]*"'
        r'|"(?:\\.|[^"\\\n])*"'
        r"|(?:\b\d|\.\d)(?:'?[\w.])*"            # numbers first, so that 1'000 opens no character literal
        r"|[A-Za-z_]\w*"
        r"|'(?:\\.|[^'\\\n])*'", re.DOTALL)
    while i < n:
        match = token.search(text, i)
        if not match:
            put(text[i:], True, True)
            break
        put(text[i:match.start()], True, True)
        piece = match.group()
        if piece.startswith(("//", "/*")):
            put(piece, False, False)
        elif match.group("tag") is not None or piece[0] in "\"'":
            put(piece, True, False)
        else:
            put(piece, True, True)
        i = match.end()
    return "".join(keep), "".join(code)


def rank_of(header):
    """The rank of a path under include/qtensor, or None where the house has no such room."""
    if header in UMBRELLA:
        return UMBRELLA[header]
    parts = header.split("/")
    if len(parts) == 1:
        return RANK.get(header[:-len(".hpp")]) if header.endswith(".hpp") else None
    return RANK.get(parts[0])


def folder_of(header):
    """Umbrella and files of one folder belong together; qtensor.hpp and host.hpp stand alone."""
    return header.split("/")[0] if "/" in header else header[:-len(".hpp")]


class Checker:
    def __init__(self, root):
        self.root = root
        self.base = root / "include" / "qtensor"
        self.found = []                                            # (rule, path, line, message)
        self.edges = {}                                            # header -> [(line, included header)]

    def report(self, rule, path, line, message):
        self.found.append((rule, path, line, message))

    def check(self):
        decisions = self.root / "docs" / "decisions"
        self.decided = "".join(p.read_text(encoding="utf-8") for p in sorted(decisions.rglob("*.md")))
        files = sorted(p for p in self.base.rglob("*") if p.is_file() and p != self.base / FOR_CMAKE)
        self.headers = {p.relative_to(self.base).as_posix() for p in files}
        for path in files:
            self.check_file(path, path.relative_to(self.base).as_posix())
        self.check_cycles()
        self.check_mirror()
        return self.found

    def check_file(self, path, header):
        name = f"include/qtensor/{header}"
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        keep, code = strip(text)
        rank = rank_of(header)
        if rank is None or not header.endswith(".hpp"):
            self.report("layout", name, 1, "belongs to no folder of the house, or is no .hpp")
        if not lines or lines[0] != SPDX:
            self.report("spdx", name, 1, f"the first line is not '{SPDX}'")
        self.check_format(name, text, lines)
        if len(lines) > LONGEST_FILE and header not in self.decided:
            self.report("length", name, LONGEST_FILE + 1, f"{len(lines)} lines; split it, or defend it in docs/decisions")
        directive = re.search(r"^[ \t]*#.*$", code, re.MULTILINE)
        if not directive or not re.fullmatch(r"\s*#\s*pragma\s+once\s*", directive.group()):
            line = code.count("\n", 0, directive.start()) + 1 if directive else 1
            self.report("pragma", name, line, "#pragma once is not the first directive")

        self.edges[header] = []
        for number, (kept, coded) in enumerate(zip(keep.splitlines(), code.splitlines()), 1):
            self.check_include(name, header, rank, number, kept)
            self.check_macro(name, header, number, coded)
            if folder_of(header) != "arch":
                for pattern, what in INTRINSIC:
                    match = pattern.search(coded)
                    if match:
                        self.report("intrinsic", name, number, f"'{match.group().strip()}' ({what}) belongs under arch/")
            if rank is not None and rank <= CORE:
                for pattern, what in BANNED:
                    match = pattern.search(coded)
                    if match:
                        self.report("banned", name, number, f"'{match.group().strip()}': the core does without {what}")

    def check_format(self, name, text, lines):
        if text and not text.endswith("\n"):
            self.report("format", name, len(lines), "no newline at the end")
        for number, line in enumerate(lines, 1):
            if "\t" in line:
                self.report("format", name, number, "tab")
            if line != line.rstrip():
                self.report("format", name, number, "space at the end of the line")
            if len(line) > LONGEST_LINE:
                self.report("format", name, number, f"{len(line)} columns, at most {LONGEST_LINE}")

    def check_include(self, name, header, rank, number, line):
        match = re.match(r'\s*#\s*include\s*(?:<qtensor/([^>]+)>|"([^"]+)")', line)
        if not match:
            return
        if match.group(1) or match.group(2).startswith("qtensor/"):
            target = match.group(1) or match.group(2)[len("qtensor/"):]
        else:
            try:
                target = (self.base / header).parent.joinpath(match.group(2)).resolve().relative_to(self.base.resolve()).as_posix()
            except ValueError:
                target = "../" + match.group(2)
        self.edges[header].append((number, target))
        if target not in self.headers:
            self.report("missing", name, number, f"includes {target}, which does not exist")
        other = rank_of(target)
        if rank is None or other is None:
            return
        if other > rank or (other == rank and folder_of(target) != folder_of(header)):
            self.report("rank", name, number, f"rank {rank:g} includes {target} of rank {other:g}")

    def check_macro(self, name, header, number, line):
        match = re.match(r"\s*#\s*define\s+(\w+)", line)
        if not match:
            return
        if not match.group(1).startswith("QTENSOR_"):
            self.report("macro", name, number, f"'{match.group(1)}' is not named QTENSOR_*")
        if header != MACRO_HOME:
            self.report("macro", name, number, f"'{match.group(1)}' is defined outside {MACRO_HOME}")

    def check_cycles(self):
        state = {}                                                 # 1 while on the path, 2 when done

        def visit(header, path):
            state[header] = 1
            for number, target in self.edges.get(header, []):
                if state.get(target) == 1:
                    ring = path[path.index(target):] + [target]
                    self.report("cycle", f"include/qtensor/{header}", number, "closes the cycle " + " > ".join(ring))
                elif target not in state:
                    visit(target, path + [target])
            state[header] = 2

        for header in sorted(self.edges):
            if header not in state:
                visit(header, [header])

    def check_mirror(self):
        for header in sorted(self.headers):
            if "/" in header and header.endswith(".hpp") and header.split("/")[0] in RANK:
                test = "tests/" + header[:-len(".hpp")] + "_test.cpp"
                if not (self.root / test).is_file():
                    self.report("mirror", f"include/qtensor/{header}", 1, f"has no {test}")
        for folder in RANK:
            for path in sorted((self.root / "tests" / folder).rglob("*_test.cpp")):
                test = path.relative_to(self.root).as_posix()
                header = test[len("tests/"):-len("_test.cpp")] + ".hpp"
                if header not in self.headers:
                    self.report("mirror", test, 1, f"tests include/qtensor/{header}, which does not exist")


def header_text(*lines):
    return "\n".join([SPDX, "#pragma once", *lines]) + "\n"


def self_test():
    """Starts from a clean tree, plants one violation at a time and expects exactly its rule, file and line."""
    clean = {
        "base.hpp": header_text("#include <qtensor/base/config.hpp>"),
        "base/config.hpp": header_text("#define QTENSOR_INLINE inline"),
        "base/a.hpp": header_text(
            "#include <qtensor/base/config.hpp>", "// new delete throw \"", "/* std::vector _mm_add", "xsimd::batch */",
            'constexpr const char* s = "throw std::string \\" // \'new";', "constexpr int n = 1'000'000; constexpr char c = '\"';",
            'constexpr auto r = R"x(malloc( try " )x";', "struct S { S() = delete; S(S const&) =delete; };",
            "constexpr int newest = 0, values_s8 = 1, retry = 2; void rethrow(); namespace std_string {}"),
        "arch/b.hpp": header_text('#include "../base/a.hpp"', "#include <immintrin.h>", "inline __m256i f(); using B = xsimd::batch<int>;"),
        "numeric/c.hpp": header_text("#include <qtensor/arch/b.hpp>"),
        "heap/d.hpp": header_text("#include <vector>", "#include <qtensor/qtensor.hpp>", "inline int* f() { return new int; }"),
        "qtensor.hpp": header_text("#include <qtensor/base.hpp>", "#include <qtensor/numeric/c.hpp>"),
        "host.hpp": header_text("#include <qtensor/qtensor.hpp>", "#include <qtensor/heap/d.hpp>"),
        "parallel/e.hpp": header_text(), "calibrate/f.hpp": header_text("#include <qtensor/heap/d.hpp>"),
    }
    core = "numeric/c.hpp"
    plants = [(rule, core, 3, header_text(line), line) for rule, line in [
        ("rank", "#include <qtensor/heap/d.hpp>"), ("rank", '#include "../heap/d.hpp"'), ("rank", "#include <qtensor/qtensor.hpp>"),
        ("missing", "#include <qtensor/numeric/none.hpp>"),
        ("intrinsic", "#include <immintrin.h>"), ("intrinsic", "#include <arm_neon.h>"), ("intrinsic", "auto x = _mm_setzero_si128();"),
        ("intrinsic", "__m128i x;"), ("intrinsic", "__m256i x;"), ("intrinsic", "__m512 x;"), ("intrinsic", "int8x16_t x;"),
        ("intrinsic", "auto x = vdotq_s32(a, b, c);"), ("intrinsic", "xsimd::batch<int> x;"), ("intrinsic", 'asm volatile("nop");'),
        ("banned", "int* p = new int;"), ("banned", "void f(int* p) { delete p; }"), ("banned", "void* p = malloc(1);"),
        ("banned", "void f() { throw 1; }"), ("banned", "void f() try {} catch (...) {}"), ("banned", "auto& t = typeid(int);"),
        ("banned", "auto d = dynamic_cast<D*>(b);"), ("banned", "#include <iostream>"), ("banned", "#include <vector>"),
        ("banned", "#include <string>"), ("banned", "#include <cmath>"), ("banned", "#include <memory>"),
        ("banned", "std::vector<int> v;"), ("banned", "std::string s;"), ("banned", "float f = std::sqrt(2.f);"),
        ("macro", "#define QTENSOR_ELSEWHERE 1"),
        ("format", "int\ti;"), ("format", "int i; "), ("format", "// " + "x" * LONGEST_LINE),
    ]] + [
        ("rank", "calibrate/f.hpp", 3, header_text("#include <qtensor/parallel/e.hpp>"), "a neighbour of the same rank"),
        ("rank", "qtensor.hpp", 3, header_text("#include <qtensor/heap/d.hpp>"), "the core umbrella reaches up"),
        ("cycle", "base/config.hpp", 3, header_text("#include <qtensor/base/a.hpp>"), "a includes config includes a"),
        ("cycle", core, 3, header_text('#include "c.hpp"'), "includes itself"),
        ("macro", "base/config.hpp", 3, header_text("#define OTHER 1"), "a macro of another name"),
        ("pragma", core, 2, SPDX + "\n#include <array>\n#pragma once\n", "#pragma once comes second"),
        ("pragma", core, 2, SPDX + "\n#ifndef C\n#define C\n#endif\n", "an include guard"),
        ("pragma", core, 1, SPDX + "\n", "no directive at all"),
        ("spdx", core, 1, "#pragma once\n", "no SPDX line"),
        ("format", core, 2, SPDX + "\n#pragma once", "no newline at the end"),
        ("length", core, LONGEST_FILE + 1, header_text(*["//"] * (LONGEST_FILE - 1)), "301 lines"),
        ("layout", "utils/g.hpp", 1, header_text(), "a folder of no rank"),
        ("layout", "other.hpp", 1, header_text(), "an umbrella of no folder"),
        ("layout", "base/g.inl", 1, header_text(), "a file that is no header"),
        ("mirror", "numeric/untested.hpp", 1, header_text(), "a header without a test"),
        ("mirror", "tests/numeric/orphan_test.cpp", 1, SPDX + "\n", "a test without a header"),
    ]

    def tree_found(plant):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            tree = {f"include/qtensor/{k}": v for k, v in clean.items()}
            tree.update({f"tests/{k[:-4]}_test.cpp": SPDX + "\n" for k in clean if "/" in k})
            tree["docs/decisions/0001.md"] = "# scale/long.hpp may be long\n"
            tree["include/qtensor/scale/long.hpp"] = header_text(*["//"] * 400)
            tree["tests/scale/long_test.cpp"] = SPDX + "\n"
            tree.update(plant)
            for name, text in tree.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return Checker(root).check()

    failed = 0
    found = tree_found({})
    if found:
        failed += 1
        print(f"FAIL  the clean tree is reported: {found}")
    for rule, where, line, text, what in plants:
        name = where if where.startswith("tests/") else f"include/qtensor/{where}"
        found = tree_found({name: text})
        if not any(f[:3] == (rule, name, line) for f in found):
            failed += 1
            print(f"FAIL  planted '{what.strip()[:60]}' in {name}: expected {rule} at line {line}, got {found}")
    untried = set(RULES) - {plant[0] for plant in plants}
    if untried:
        failed += 1
        print(f"FAIL  no violation planted for {sorted(untried)}")
    print(f"{len(plants) + 2 - failed} passed, {failed} failed")
    return 1 if failed else 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) > 1 or any(a.startswith("-") for a in arguments):
        print(__doc__)
        return 2
    found = Checker(pathlib.Path(arguments[0]).resolve() if arguments else ROOT).check()
    failed = 0
    for rule, asks in RULES.items():
        broken = [f for f in found if f[0] == rule]
        failed += bool(broken)
        print(f"{'FAIL ' if broken else 'ok   '} {rule}: {asks}")
        for _, path, line, message in broken:
            print(f"      {path}:{line}: {message}")
    print(f"{len(RULES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
