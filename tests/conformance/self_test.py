#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Checks the conformance runner itself: a folder of made-up cases, one of each kind, and the lines that it must print.

    self_test.py RUNNER
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

EXACT = {"kind": "exact"}
CLOSE = {"kind": "allclose", "rtol": 0.001, "atol": 1e-7}


def npy(path, dtype, values):
    code = {"int32": "<i4", "int8": "|i1", "uint8": "|u1", "float32": "<f4"}[dtype]
    header = f"{{'descr': '{code}', 'fortran_order': False, 'shape': ({len(values)},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    body = struct.pack("<" + {"int32": "i", "int8": "b", "uint8": "B", "float32": "f"}[dtype] * len(values), *values)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body)


def tensor(folder, case, name, dtype, values, **more):
    npy(folder / case / f"{name}.npy", dtype, values)
    return {"name": name, "file": f"{case}/{name}.npy", "dtype": dtype, "shape": [len(values)], **more}


def high_product(a, b):
    return max(min((a * b + (1 << 30)) >> 31, 2**31 - 1), -2**31)


class Suites:
    """A folder of suites under construction."""

    def __init__(self, root):
        self.root = root
        self.cases = {}

    def srdhm(self, name, wrong=0, tolerance=EXACT, suite="fixedpoint"):
        folder = self.root / suite
        a = [7 * i * i * 99991 - 5 for i in range(40)]
        b = [i * 50000021 - 900000000 for i in range(40)]
        y = [high_product(p, q) for p, q in zip(a, b)]
        y[17] += wrong
        entry = {"name": name, "op": "srdhm", "attributes": {}, "tolerance": tolerance,
                 "inputs": [tensor(folder, name, "a", "int32", a), tensor(folder, name, "b", "int32", b)],
                 "outputs": [tensor(folder, name, "y", "int32", y)]}
        self.cases.setdefault(suite, []).append(entry)
        return entry

    def matmul(self, name, off):
        folder = self.root / "onnx_node"
        entry = {"name": name, "op": "MatMul", "attributes": {}, "tolerance": CLOSE, "node_inputs": ["a", "b"],
                 "node_outputs": ["y"],
                 "inputs": [tensor(folder, name, "a", "float32", [1, 2]), tensor(folder, name, "b", "float32", [3, 4])],
                 "outputs": [tensor(folder, name, "out", "float32", [11 * (1 + off)], onnx_name="y")]}
        entry["inputs"][0]["shape"], entry["inputs"][1]["shape"] = [1, 2], [2, 1]
        entry["outputs"][0]["shape"] = [1, 1]
        self.cases.setdefault("onnx_node", []).append(entry)

    def quantize(self, name, kind):
        folder = self.root / "onnx_node"
        entry = {"name": name, "op": "QuantizeLinear", "attributes": {}, "tolerance": EXACT,
                 "node_inputs": ["x", "s"], "node_outputs": ["y"],
                 "inputs": [tensor(folder, name, "x", "float32", [1]), tensor(folder, name, "s", "float32", [1])],
                 "outputs": [tensor(folder, name, "out", "uint8", [1], onnx_name="y", onnx_dtype=kind)]}
        self.cases.setdefault("onnx_node", []).append(entry)

    def write(self):
        for suite, cases in self.cases.items():
            (self.root / suite).mkdir(parents=True, exist_ok=True)
            (self.root / suite / "manifest.json").write_text(json.dumps({"suite": suite, "cases": cases}))


def run(runner, root, *more):
    here = pathlib.Path(__file__).resolve().parent
    done = subprocess.run([runner, str(here / "inapplicable.txt"), str(root), *more], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=300)
    return done.returncode, done.stdout


def main(runner):
    failed = []

    def expect(what, suites, status, *lines, arguments=()):
        with tempfile.TemporaryDirectory() as folder:
            made = Suites(pathlib.Path(folder))
            suites(made)
            made.write()
            got, output = run(runner, folder, *arguments)
        missing = [line for line in lines if line not in output]
        if got != status or missing:
            failed.append(what)
            print(f"FAIL  {what}: status {got}, not {status}; missing {missing}\n{output}")
        else:
            print(f"ok    {what}")

    expect("an exact case", lambda s: s.srdhm("one"), 0, "conformance fixedpoint srdhm exact 1/1 within 0 inapplicable 0",
           "1 passed, 0 failed, 0 skipped")
    expect("a case that is off by one", lambda s: (s.srdhm("one"), s.srdhm("two", wrong=1)), 1,
           "conformance fixedpoint srdhm exact 1/2 within 0 inapplicable 0", "FAIL  fixedpoint srdhm two: y (scalar): 1 of 40",
           "first [17]", "1 passed, 1 failed, 0 skipped")
    expect("off by one where one is allowed", lambda s: s.srdhm("one", wrong=-1, tolerance={"kind": "exact_or_1"}), 0,
           "exact 0/1 within 1 inapplicable 0")
    expect("off by two where one is allowed", lambda s: s.srdhm("one", wrong=2, tolerance={"kind": "exact_or_1"}), 1,
           "exact 0/1 within 0 inapplicable 0")
    expect("a tolerance that is none", lambda s: s.srdhm("one", tolerance={"kind": "nearly"}), 1, "no tolerance 'nearly'")
    expect("a real number within the tolerance, and one beyond it",
           lambda s: (s.matmul("same", 0), s.matmul("near", 0.0009), s.matmul("far", 0.0011)), 1,
           "conformance onnx_node MatMul exact 1/3 within 1 inapplicable 0", "FAIL  onnx_node MatMul far")
    expect("an element that the list excuses", lambda s: s.quantize("one", "float8e4m3fn"), 0,
           "conformance onnx_node QuantizeLinear exact 0/1 within 0 inapplicable 1",
           "inapplicable  onnx_node QuantizeLinear one: the library has no 8-bit floats", "0 passed, 0 failed, 1 skipped")
    expect("an element that nothing excuses", lambda s: s.quantize("one", "float5"), 1, "inapplicable 1",
           "FAIL  onnx_node QuantizeLinear one: inapplicable (float5), which inapplicable.txt does not allow")
    expect("an operator that nothing excuses", lambda s: s.srdhm("one").update(op="unheard_of"), 1,
           "conformance fixedpoint unheard_of exact 0/1 within 0 inapplicable 1", "FAIL  fixedpoint unheard_of one")
    expect("a suite that nobody knows", lambda s: s.srdhm("one", suite="other"), 1, "FAIL  other srdhm one: inapplicable (*)")
    expect("a file that is missing", lambda s: s.srdhm("one")["inputs"][0].update(file="one/none.npy"), 1,
           "FAIL  fixedpoint srdhm one: ", "none.npy: not a .npy file")
    expect("a file of another length", lambda s: s.srdhm("one")["inputs"][0].update(shape=[39]), 1,
           "another length than the manifest says")
    expect("an operand that is missing", lambda s: s.srdhm("one")["inputs"].pop(), 1, "there is no array 'b'")
    expect("an output that is never compared",
           lambda s: s.srdhm("one")["outputs"].append(tensor(s.root / "fixedpoint", "one", "z", "int32", [1])), 1,
           "the output 'z' was never compared")
    expect("an expected file of another type",
           lambda s: s.srdhm("one")["outputs"].__setitem__(0, tensor(s.root / "fixedpoint", "one", "y", "int8", [0] * 40)), 1,
           "another dtype")
    expect("one suite of two", lambda s: (s.srdhm("one"), s.matmul("far", 1)), 0, "1 passed, 0 failed, 0 skipped",
           arguments=["fixedpoint"])
    expect("a suite that is not there", lambda s: s.srdhm("one"), 2, "manifest.json cannot be read", arguments=["gemmlowp"])
    expect("no case at all", lambda s: s.cases.update(fixedpoint=[]), 1, "There is no case.")
    expect("a folder of tables beside the suites",
           lambda s: (s.srdhm("one"), (s.root / "tables").mkdir(), (s.root / "tables/manifest.json").write_text("{}")), 0,
           "1 passed, 0 failed, 0 skipped")
    print(f"{19 - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
