# SPDX-License-Identifier: BSL-1.0
"""Conversions."""
from reports.chart import chart
from reports.rows import MARKS, TITLES, Table, machine_line, marks, number, of, percent, unique


def text(rows):
    names = unique(row["peer"] for row in of(rows, "elementwise_peer"))
    table = Table(["isa", "lanes", "op", "level", "elements", "GB/s", "of memcpy"] + names)
    peers = {(row["isa"], row["lanes"], row["op"], row["level"], row["peer"]): row for row in of(rows, "elementwise_peer")}
    for row in of(rows, "elementwise"):
        cells = []
        for name in names:
            peer = peers.get((row["isa"], row["lanes"], row["op"], row["level"], name))
            cells.append(f"{number(peer['gbps'])} ({peer['ratio']:.2f}){marks(peer)}" if peer else "")
        table.add(row["isa"], row["lanes"], row["op"], row["level"], str(row["elements"]), number(row["gbps"]),
                  percent(row["share_of_memcpy"]), *cells)
    return table.text() + f"\n({MARKS})"


def tables(rows):
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
                    cells.append(f"{number(row['gbps'])} ({row['ratio']:.2f}){marks(row)}" if row else "")
            table.add(f"`{op}`", *cells)
        blocks.append(f"{TITLES[isa]}, {lanes} lanes:\n\n" + table.markdown())
    return {"elementwise": machine_line(rows) + "\n\n" + "\n\n".join(blocks)}


def picture(rows):
    isa, lanes = unique((row["isa"], row["lanes"]) for row in of(rows, "elementwise") if row["lanes"] != "builtin")[-1]
    mine = [row for row in of(rows, "elementwise") if (row["isa"], row["lanes"]) == (isa, lanes)]
    groups = []
    for op in unique(row["op"] for row in mine):
        groups.append((op, {row["level"]: row["share_of_memcpy"] for row in mine if row["op"] == op}, None))
    return chart(f"conversions, {TITLES[isa]}: share of memcpy's bytes per second", groups,
                 unique(row["level"] for row in mine), "read plus written")
