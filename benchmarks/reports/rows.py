# SPDX-License-Identifier: BSL-1.0
"""What every report is made of: rows that the programs wrote, their names, and tables of text."""

ARCHES = ["scalar", "sse41", "avx2", "avx_vnni", "avx512bw", "avx512_vnni"]
TITLES = {"scalar": "scalar", "sse41": "SSE4.1", "avx2": "AVX2", "avx_vnni": "AVX-VNNI", "avx512bw": "AVX-512BW",
          "avx512_vnni": "AVX-512 VNNI", "qtensor": "qtensor", "onednn": "oneDNN", "xnnpack": "XNNPACK",
          "fbgemm": "FBGEMM", "ort": "ONNX Runtime", "onednn_s8": "oneDNN s8", "onednn_u8": "oneDNN u8",
          "gemmlowp": "gemmlowp", "openblas": "OpenBLAS", "eigen": "Eigen"}


def number(value):
    return f"{value:.0f}" if value >= 99.5 else f"{value:.3g}"


def percent(share):
    return f"{100 * share:.0f} %"


def of(rows, bench):
    return [row for row in rows if row["bench"] == bench]


def in_order(values, order):
    return sorted(set(values), key=lambda value: order.index(value) if value in order else len(order))


def unique(values):
    return list(dict.fromkeys(values))


class Table:
    def __init__(self, head):
        self.rows = [head]

    def add(self, *cells):
        self.rows.append(list(cells))

    def markdown(self):
        lines = ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join([lines[0], "|" + "---|" * len(self.rows[0])] + lines[1:])

    def text(self):
        widths = [max(len(row[column]) for row in self.rows) for column in range(len(self.rows[0]))]
        return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in self.rows)


def machine_line(rows, peers=True):
    """Who took part: compiler, clock, passes, peers with their versions."""
    machine = of(rows, "machine")[-1]
    names = "; ".join(f"{TITLES[name]} {machine[name]}" for name in TITLES if peers and name in machine)
    text = f"{machine['compiler']}, {machine['clock_ghz']:.2f} GHz, best of {machine['passes']} passes"
    if machine["quick"]:
        text += ", a quick run, not for quoting"
    return text + (f". Peers: {names}." if names else ".")


MARKS = "in brackets: ours / theirs; * its result is not exact, + an easier job"


def marks(row):
    """What has to be known about a peer's figure."""
    return ("" if row["exact"] else " *") + (" +" if row.get("easier") else "")
