#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes one table and one chart of what the programs of a benchmark wrote.

    report.py ROWS.json... [--json FILE] [--svg FILE] [--page docs/performance.md]

--json joins the rows, --page replaces what stands between `<!-- NAME -->` and `<!-- end NAME -->` on the page by the
tables of that name, and writes the chart beside the page's other pictures. A page can so be made again from joined rows.
"""
import argparse
import html
import json
import pathlib
import re

ARCHES = ["scalar", "sse41", "avx2", "avx_vnni", "avx512bw", "avx512_vnni"]
TITLES = {"scalar": "scalar", "sse41": "SSE4.1", "avx2": "AVX2", "avx_vnni": "AVX-VNNI", "avx512bw": "AVX-512BW",
          "avx512_vnni": "AVX-512 VNNI", "qtensor": "qtensor", "onednn": "oneDNN", "xnnpack": "XNNPACK",
          "onednn_s8": "oneDNN s8", "onednn_u8": "oneDNN u8", "gemmlowp": "gemmlowp", "openblas": "OpenBLAS", "eigen": "Eigen", "fbgemm": "FBGEMM", "ort": "ONNX Runtime"}
COLOURS = ["#1f6feb", "#f0883e", "#8b949e", "#3fb950", "#a371f7"]


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


def shape(row):
    return f"{row['m']} x {row['n']} x {row['k']}"


def machine_table(rows):
    """What the machine can do: a line per instruction set, and the bandwidths."""
    table = Table(["instruction set", "instructions", "GOPS", "per cycle"])
    for bench in ("peak", "sequence"):
        for row in of(rows, bench):
            table.add(TITLES[row["isa"]], row.get("instructions", "int8 x int8, exact"), number(row["gops"]),
                      number(row["instructions_per_cycle"]))
    levels = Table(["read from", "bytes", "GB/s"])
    best = {}
    for row in of(rows, "bandwidth"):
        if row["gbps"] > best.get(row["level"], {"gbps": 0})["gbps"]:
            best[row["level"]] = row
    for row in best.values():
        levels.add(row["level"], str(row["bytes"]), number(row["gbps"]))
    return table, levels


def machine_line(rows):
    """Who took part: compiler, clock, passes, peers with their versions."""
    machine = of(rows, "machine")[-1]
    peers = "; ".join(f"{TITLES[name]} {machine[name]}" for name in TITLES if name in machine)
    text = f"{machine['compiler']}, {machine['clock_ghz']:.2f} GHz, best of {machine['passes']} passes"
    if machine["quick"]:
        text += ", a quick run, not for quoting"
    return text + (f". Peers: {peers}." if peers else ".")


def peer_cell(row):
    return f"{number(row['gops'])} ({row['ratio']:.2f}){'' if row['exact'] else ' *'}" if row else ""


def contest_table(rows, isa, job):
    """One job on one instruction set, beside its peers."""
    mine = [row for row in of(rows, "gemm") if (row["isa"], row["job"]) == (isa, job)]
    peers = [row for row in of(rows, "peer") if (row["isa"], row["job"]) == (isa, job)]
    names = unique(row["peer"] for row in peers)
    table = Table(["m x n x k", "GOPS", "of peak", "of roofline"] + [TITLES[name] for name in names])
    for row in mine:
        if row["threads"] != 1:
            continue
        theirs = {peer["peer"]: peer for peer in peers if shape(peer) == shape(row)}
        table.add(shape(row), number(row["gops"]), percent(row["share_of_peak"]), percent(row["share_of_roofline"]),
                  *(peer_cell(theirs.get(name)) for name in names))
    return table


def overview_table(rows, columns, select):
    """Shapes down, `columns` across, `select(row)` saying which column a row belongs to."""
    mine = [row for row in of(rows, "gemm") if row["threads"] == 1]
    table = Table(["m x n x k"] + [TITLES.get(column, column) for column in columns])
    for name in unique(shape(row) for row in mine):
        cells = {select(row): row for row in mine if shape(row) == name and select(row) in columns}
        table.add(name, *(f"{number(cells[column]['gops'])} ({percent(cells[column]['share_of_peak'])})"
                          if column in cells else "" for column in columns))
    return table


def gemm_tables(rows):
    """The blocks of the page, by name."""
    arches = in_order((row["isa"] for row in of(rows, "gemm")), ARCHES)
    best = arches[-1]
    jobs = unique(row["job"] for row in of(rows, "gemm"))
    peak, levels = machine_table(rows)
    blocks = {"gemm machine": machine_line(rows) + "\n\n" + peak.markdown() + "\n\n" + levels.markdown()}
    with_peers = [(isa, job) for isa in reversed(arches) for job in jobs
                  if any((row["isa"], row["job"]) == (isa, job) for row in of(rows, "peer"))]
    blocks["gemm peers"] = "\n\n".join(f"`{job}`, {TITLES[isa]}:\n\n" + contest_table(rows, isa, job).markdown()
                                       for isa, job in with_peers)
    blocks["gemm jobs"] = overview_table(rows, jobs, lambda row: row["job"] if row["isa"] == best else None).markdown()
    blocks["gemm arches"] = overview_table(rows, arches, lambda row: row["isa"] if row["job"] == "s8s8_s8" else None).markdown()
    return blocks


def gemm_text(rows):
    """The one table of the terminal: every measured product."""
    names = unique(row["peer"] for row in of(rows, "peer"))
    table = Table(["isa", "job", "m x n x k", "threads", "GOPS", "of peak", "of roofline"] + names)
    peers = {(row["isa"], row["job"], shape(row), row["peer"]): row for row in of(rows, "peer")}
    for row in of(rows, "gemm"):
        key = (row["isa"], row["job"], shape(row))
        table.add(*key, str(row["threads"]), number(row["gops"]), percent(row["share_of_peak"]),
                  percent(row["share_of_roofline"]), *(peer_cell(peers.get(key + (name,))) for name in names))
    return table.text() + "\n(in brackets: ours / theirs; * its result is not exact)"


def gemm_chart(rows):
    isa = in_order((row["isa"] for row in of(rows, "gemm")), ARCHES)[-1]
    mine = [row for row in of(rows, "gemm") if (row["isa"], row["job"], row["threads"]) == (isa, "s8s8_s8", 1)]
    peers = [row for row in of(rows, "peer") if (row["isa"], row["job"]) == (isa, "s8s8_s8")]
    names = ["qtensor"] + unique(row["peer"] for row in peers)
    groups = []
    for row in mine:
        peak = row["gops"] / row["share_of_peak"]
        bars = {"qtensor": row["share_of_peak"]}
        bars.update({peer["peer"]: peer["gops"] / peak for peer in peers if shape(peer) == shape(row)})
        groups.append((shape(row), bars, row["share_of_peak"] / row["share_of_roofline"]))
    return chart(f"int8 x int8 to int8, {TITLES[isa]}: share of the dot-product peak", groups, names,
                 "the line: what memory and multipliers allow")


def chart(title, groups, names, line, left=150):
    """Horizontal bars, a group per line of labels: [(label, {name: share}, limit or None)]."""
    bar, gap, width, top = 9, 8, 520, 62
    height = top + sum(bar * len(names) + gap for _ in groups) + 26
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" height="{height}" '
           f'viewBox="0 0 {left + width + 60} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="100%" height="100%" fill="#ffffff"/>',
           f'<text x="12" y="22" font-size="15" font-weight="bold" fill="#1f2328">{html.escape(title)}</text>']
    x = 12
    for index, name in enumerate(names):
        out.append(f'<rect x="{x}" y="34" width="11" height="11" fill="{COLOURS[index % len(COLOURS)]}"/>')
        out.append(f'<text x="{x + 16}" y="44" fill="#1f2328">{html.escape(TITLES.get(name, name))}</text>')
        x += 34 + 7 * len(TITLES.get(name, name))
    out.append(f'<text x="{left + width + 48}" y="44" text-anchor="end" fill="#57606a">{html.escape(line)}</text>')
    scale = width / max([1.0] + [share for _, bars, _ in groups for share in bars.values()])
    for tick in range(0, 101, 20):
        at = left + scale * tick / 100
        out.append(f'<line x1="{at:.1f}" y1="{top - 6}" x2="{at:.1f}" y2="{height - 22}" stroke="#d0d7de"/>')
        out.append(f'<text x="{at:.1f}" y="{height - 8}" text-anchor="middle" fill="#57606a">{tick} %</text>')
    y = top
    for label, bars, limit in groups:
        middle = y + bar * len(names) / 2 + 4
        out.append(f'<text x="{left - 8}" y="{middle:.1f}" text-anchor="end" fill="#1f2328">{html.escape(label)}</text>')
        for index, name in enumerate(names):
            if name in bars:
                length = scale * bars[name]
                out.append(f'<rect x="{left}" y="{y + bar * index}" width="{length:.1f}" height="{bar - 1}" '
                           f'fill="{COLOURS[index % len(COLOURS)]}"/>')
                out.append(f'<text x="{left + length + 4:.1f}" y="{y + bar * index + 8}" font-size="9" '
                           f'fill="#57606a">{100 * bars[name]:.0f}</text>')
        if limit is not None:
            at = left + scale * min(1.0, limit)
            out.append(f'<line x1="{at:.1f}" y1="{y - 2}" x2="{at:.1f}" y2="{y + bar * len(names) + 1}" '
                       f'stroke="#1f2328" stroke-width="2"/>')
        y += bar * len(names) + gap
    return "\n".join(out + ["</svg>"]) + "\n"


def element_label(row):
    return f"{row['op']}"


def elementwise_text(rows):
    names = unique(row["peer"] for row in of(rows, "elementwise_peer"))
    table = Table(["isa", "lanes", "op", "level", "elements", "GB/s", "of memcpy"] + names)
    peers = {(row["isa"], row["lanes"], row["op"], row["level"], row["peer"]): row for row in of(rows, "elementwise_peer")}
    for row in of(rows, "elementwise"):
        cells = []
        for name in names:
            peer = peers.get((row["isa"], row["lanes"], row["op"], row["level"], name))
            cells.append(f"{number(peer['gbps'])} ({peer['ratio']:.2f}){'' if peer['exact'] else ' *'}" if peer else "")
        table.add(row["isa"], row["lanes"], row["op"], row["level"], str(row["elements"]), number(row["gbps"]),
                  percent(row["share_of_memcpy"]), *cells)
    return table.text() + "\n(in brackets: ours / theirs; * its result is not exact)"


def elementwise_tables(rows):
    levels = unique(row["level"] for row in of(rows, "elementwise"))
    blocks = []
    for isa, lanes in reversed(unique((row["isa"], row["lanes"]) for row in of(rows, "elementwise"))):
        mine = [row for row in of(rows, "elementwise") if (row["isa"], row["lanes"]) == (isa, lanes)]
        theirs = [row for row in of(rows, "elementwise_peer") if (row["isa"], row["lanes"]) == (isa, lanes)]
        names = unique(row["peer"] for row in theirs)
        table = Table(["conversion"] + [f"{level}" for level in levels] +
                      [f"{TITLES[name]}, {level}" for name in names for level in levels])
        for op in unique(row["op"] for row in mine):
            cells = []
            for level in levels:
                row = next((row for row in mine if (row["op"], row["level"]) == (op, level)), None)
                cells.append(f"{number(row['gbps'])} ({percent(row['share_of_memcpy'])})" if row else "")
            for name in names:
                for level in levels:
                    row = next((row for row in theirs if (row["op"], row["level"], row["peer"]) == (op, level, name)), None)
                    cells.append(f"{number(row['gbps'])} ({row['ratio']:.2f}){'' if row['exact'] else ' *'}" if row else "")
            table.add(f"`{op}`", *cells)
        blocks.append(f"{TITLES[isa]}, {lanes} lanes:\n\n" + table.markdown())
    return {"elementwise": machine_line(rows) + "\n\n" + "\n\n".join(blocks)}


def elementwise_chart(rows):
    isa, lanes = unique((row["isa"], row["lanes"]) for row in of(rows, "elementwise") if row["lanes"] != "builtin")[-1]
    mine = [row for row in of(rows, "elementwise") if (row["isa"], row["lanes"]) == (isa, lanes)]
    groups = []
    for op in unique(row["op"] for row in mine):
        groups.append((op, {row["level"]: row["share_of_memcpy"] for row in mine if row["op"] == op}, None))
    return chart(f"conversions, {TITLES[isa]}: share of memcpy's bytes per second", groups,
                 unique(row["level"] for row in mine), "read plus written")


def conv_cell(row, mine, of_peak=False):
    """Microseconds; in brackets the share of the peak, and theirs / ours in time."""
    if not row:
        return ""
    notes = ([percent(row["share_of_peak"])] if of_peak else []) + ([f"{row['ratio']:.2f}"] if row is not mine else [])
    return number(row["us"]) + (f" ({', '.join(notes)})" if notes else "") + ("" if row["exact"] else " *")


def conv_rows(rows, isa):
    """[(layer, {who: row})] of one instruction set, and who takes part."""
    mine = [row for row in of(rows, "conv") if row["isa"] == isa]
    names = unique(row["who"] for row in mine)
    return [(layer, {row["who"]: row for row in mine if row["layer"] == layer}) for layer in
            unique(row["layer"] for row in mine)], names


def conv_table(rows, isa):
    layers, names = conv_rows(rows, isa)
    peers = [name for name in names if name not in ("qtensor", "network", "float")]
    table = Table(["layer", "us", "GOPS", "of peak", "at run time", "float"] + [TITLES[name] for name in peers])
    for layer, by in layers:
        if "qtensor" not in by:
            continue
        mine = by["qtensor"]
        table.add(layer, number(mine["us"]), number(mine["gops"]), percent(mine["share_of_peak"]),
                  conv_cell(by.get("network"), mine), conv_cell(by.get("float"), mine, True),
                  *(conv_cell(by.get(name), mine) for name in peers))
    return table


def conv_arches(rows):
    return in_order((row["isa"] for row in of(rows, "conv")), ARCHES)


def conv_title(rows, isa):
    machine = next(row for row in of(rows, "machine") if row["isa"] == isa)
    return f"{TITLES[isa]}, peaks of {number(machine['int8_peak_gops'])} GOPS (int8) and {number(machine['float_peak_gops'])} (float):"


def conv_text(rows):
    parts = [conv_title(rows, isa) + "\n" + conv_table(rows, isa).text() for isa in reversed(conv_arches(rows))]
    return "\n\n".join(parts) + "\n(in brackets: of float its share of the peak, and theirs / ours in time; * its result is not exact)"


def conv_tables(rows):
    return {"conv": machine_line(rows) + "\n\n" + "\n\n".join(
        conv_title(rows, isa) + "\n\n" + conv_table(rows, isa).markdown() for isa in reversed(conv_arches(rows)))}


def conv_chart(rows):
    isa = conv_arches(rows)[-1]
    layers, names = conv_rows(rows, isa)
    names = [name for name in names if name not in ("network", "float")]
    groups = []
    for layer, by in layers:
        if "qtensor" in by:
            peak = by["qtensor"]["gops"] / by["qtensor"]["share_of_peak"]
            groups.append((layer, {name: by[name]["gops"] / peak for name in names if name in by}, None))
    return chart(f"convolutions, int8, {TITLES[isa]}: share of the dot-product peak", groups, names, "one image", 250)


def put_on_page(page, blocks, chart_name, picture):
    text = page.read_text(encoding="utf-8")
    for name, body in blocks.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise SystemExit(f"report.py: {page} has no place for '{name}'")
        text = pattern.sub(lambda found: f"{found.group(1)}\n{body}\n\n{found.group(2)}", text)
    page.write_text(text, encoding="utf-8")
    pictures = page.parent / "pictures"
    pictures.mkdir(exist_ok=True)
    (pictures / chart_name).write_text(picture, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--page", type=pathlib.Path)
    arguments = parser.parse_args()
    rows = [row for file in arguments.files for row in json.loads(file.read_text(encoding="utf-8"))]
    if arguments.json:
        lines = ",\n ".join(json.dumps(row) for row in rows)
        arguments.json.write_text(f"[\n {lines}\n]\n", encoding="utf-8")
    stages = {"gemm": (gemm_text, gemm_tables, gemm_chart), "conv": (conv_text, conv_tables, conv_chart),
              "elementwise": (elementwise_text, elementwise_tables, elementwise_chart)}
    stage = next(name for name in stages if of(rows, name))
    text, tables, picture = stages[stage]
    print(text(rows))
    drawn = picture(rows)
    if arguments.svg:
        arguments.svg.write_text(drawn, encoding="utf-8")
        print(f"chart: {arguments.svg}")
    if arguments.page:
        put_on_page(arguments.page, tables(rows), f"{stage}.svg", drawn)


if __name__ == "__main__":
    main()
