#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes tests/firmware/parameters.hpp: the stored network of network.cpp, its inputs and the codes it has to answer.

The codes come from Python integers alone, by the published formulas of TFLite's int8 FULLY_CONNECTED with double
rounding; nothing here reads or runs the library. Scales are floats that Python's double holds exactly.

    expected.py                  writes parameters.hpp to standard output
    expected.py --check FILE     compares FILE with what would be written
"""
import math
import struct
import sys

# ---- the formulas -----------------------------------------------------------------------------------------------


def float32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def quantize_multiplier(real):
    """tflite-micro quantization_util.cc: real = mantissa / 2^31 * 2^shift."""
    f, shift = math.frexp(real)
    whole = int(f * 2 ** 53)                            # exact
    mantissa = (whole + 2 ** 21) >> 22                  # f * 2^31, half away from zero (f > 0)
    if mantissa == 2 ** 31:
        mantissa, shift = 2 ** 30, shift + 1
    return (0, 0) if shift < -31 else (mantissa, shift)


def saturating_rounding_doubling_high_mul(a, b):
    """gemmlowp fixedpoint.h, written as there: a sign-dependent nudge and a division that truncates."""
    if a == b == -2 ** 31:
        return 2 ** 31 - 1
    product = a * b
    nudged = product + (2 ** 30 if product >= 0 else 1 - 2 ** 30)
    return nudged // 2 ** 31 if nudged >= 0 else -(-nudged // 2 ** 31)


def rounding_divide_by_pot(x, exponent):
    """gemmlowp fixedpoint.h, written as there: x / 2^exponent, ties away from zero."""
    mask = 2 ** exponent - 1
    threshold = (mask >> 1) + (1 if x < 0 else 0)
    return (x >> exponent) + (1 if (x & mask) > threshold else 0)


def multiply_double_rounding(x, mantissa, shift):
    """tflite-micro common.cc, MultiplyByQuantizedMultiplier."""
    scaled = x * 2 ** max(shift, 0)
    assert -2 ** 31 <= scaled < 2 ** 31
    return rounding_divide_by_pot(saturating_rounding_doubling_high_mul(scaled, mantissa), max(-shift, 0))


def multiply_single_rounding(x, mantissa, shift):
    return (x * mantissa + 2 ** (30 - shift)) >> (31 - shift)


def fully_connected(x, layer, seen):
    out = []
    for row, bias, scale in zip(layer["weights"], layer["bias"], layer["scales"]):
        acc = bias + sum((code - layer["input"][1]) * w for code, w in zip(x, row))
        mantissa, shift = quantize_multiplier(layer["input"][0] * scale / layer["output"][0])
        code = multiply_double_rounding(acc, mantissa, shift)
        zero = layer["output"][1]
        lowest = zero if layer["relu"] else -128
        if code + zero < lowest:
            seen.add("a code cut by Relu" if layer["relu"] else "a code below the range")
        elif code + zero > 127:
            seen.add("a code above the range")
        else:
            high = saturating_rounding_doubling_high_mul(acc * 2 ** max(shift, 0), mantissa)
            if shift < 0 and high % 2 ** -shift == 2 ** (-shift - 1):
                seen.add("a negative tie" if high < 0 else "a positive tie")
            if code != multiply_single_rounding(acc, mantissa, shift):
                seen.add("a code that single rounding would change")
            if shift > 0:
                seen.add("a multiplier of 1 or more")
        out.append(min(max(code + zero, lowest), 127))
    return out


# ---- the network ------------------------------------------------------------------------------------------------


class Random:
    """xorshift32."""

    def __init__(self, seed):
        self.state = seed

    def between(self, lowest, highest):
        for shift in (13, -17, 5):
            self.state ^= self.state << shift if shift > 0 else self.state >> -shift
            self.state &= 2 ** 32 - 1
        return lowest + self.state % (highest - lowest + 1)


INPUT, HIDDEN, OUTPUT = (2.0 ** -4, -3), (1.5 * 2.0 ** -4, -11), (1.5 * 2.0 ** -2, 6)
WANTED = {"a negative tie", "a positive tie", "a code that single rounding would change", "a multiplier of 1 or more",
          "a code cut by Relu", "a code below the range", "a code above the range"}


def network():
    random = Random(161)

    def layer(ins, outs, scales, reach, bias, **rest):
        return {"weights": [[random.between(-r, r) for _ in range(ins)] for r in reach],
                "bias": [random.between(-b, b) for b in bias], "scales": [float32(s) for s in scales], **rest}

    first = layer(10, 7, [1.5 * 2.0 ** -5, 0.0123, 3.0, 1.5 * 2.0 ** -7, 0.0007, 0.041, 0.11],
                  [40, 127, 1, 127, 127, 60, 25], [500, 3000, 9, 4000, 90000, 1000, 700],
                  input=INPUT, output=HIDDEN, relu=True)
    second = layer(7, 3, [0.061, 2.0 ** -6, 0.0009], [50, 127, 127], [900, 2000, 5000],
                   input=HIDDEN, output=OUTPUT, relu=False)
    inputs = [[random.between(-128, 127) for _ in range(10)] for _ in range(6)]
    inputs += [[-128] * 10, [127] * 10, [INPUT[1]] * 10]
    return first, second, inputs


def header():
    first, second, inputs = network()
    seen = set()
    expected = [fully_connected(fully_connected(x, first, seen), second, seen) for x in inputs]
    assert seen == WANTED, f"the network no longer shows {sorted(WANTED - seen)}"

    def row(values):
        return "{" + ", ".join(str(v) for v in values) + "}"

    def rows(values):
        return "{\n" + ",\n".join("    " + row(v) for v in values) + "}"

    def literal(value):
        digits, exponent = value.hex().split("p")
        return f"{digits.rstrip('0').rstrip('.')}p{exponent}f"

    lines = ["// SPDX-License-Identifier: BSL-1.0", "#pragma once", r"/// \file",
             "/// Made by expected.py: a stored network, inputs, and the codes that TFLite's formulas give for them.",
             "", "#include <cstdint>", "", "// clang-format off", "namespace parameters {", "", "struct Edge {",
             "    float scale;", "    std::int32_t zero;", "};"]
    for name, edge in (("input", INPUT), ("hidden", HIDDEN), ("output", OUTPUT)):
        lines.append(f"constexpr Edge {name}{{{literal(edge[0])}, {edge[1]}}};")
    for name, layer in (("first", first), ("second", second)):
        outs, ins = len(layer["weights"]), len(layer["weights"][0])
        lines += ["", f"constexpr float {name}_scales[{outs}] = {{",
                  "    " + ", ".join(literal(s) for s in layer["scales"]) + "};",
                  f"constexpr std::int32_t {name}_bias[{outs}] = {row(layer['bias'])};",
                  f"constexpr std::int8_t {name}_weights[{outs}][{ins}] = {rows(layer['weights'])};"]
    lines += ["", f"constexpr std::int8_t inputs[{len(inputs)}][{len(inputs[0])}] = {rows(inputs)};", "",
              f"constexpr std::int8_t expected[{len(inputs)}][{len(expected[0])}] = {rows(expected)};", "",
              "}  // namespace parameters", ""]
    return "\n".join(lines)


def main(arguments):
    if not arguments:
        sys.stdout.write(header())
        return 0
    if len(arguments) == 2 and arguments[0] == "--check":
        with open(arguments[1], encoding="utf-8") as file:
            if file.read() == header():
                return 0
        print(f"{arguments[1]} is not what expected.py makes; write it anew: expected.py > {arguments[1]}")
        return 1
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
