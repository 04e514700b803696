# SPDX-License-Identifier: BSL-1.0
"""Convolutions."""
from reports.chart import chart
from reports.rows import ARCHES, TITLES, Table, in_order, machine_line, marks, number, of, percent, unique


def cell(row, mine, of_peak=False):
    """Microseconds; in brackets the share of the peak, and theirs / ours in time."""
    if not row:
        return ""
    notes = ([percent(row["share_of_peak"])] if of_peak else []) + ([f"{row['ratio']:.2f}"] if row is not mine else [])
    return number(row["us"]) + (f" ({', '.join(notes)})" if notes else "") + marks(row)


def layers_of(rows, isa):
    """[(layer, {who: row})] of one instruction set, and who takes part."""
    mine = [row for row in of(rows, "conv") if row["isa"] == isa]
    names = unique(row["who"] for row in mine)
    return [(layer, {row["who"]: row for row in mine if row["layer"] == layer}) for layer in
            unique(row["layer"] for row in mine)], names


def table(rows, isa):
    layers, names = layers_of(rows, isa)
    peers = [name for name in names if name not in ("qtensor", "network", "float")]
    table = Table(["layer", "us", "GOPS", "of peak", "at run time", "float"] + [TITLES[name] for name in peers])
    for layer, by in layers:
        if "qtensor" not in by:
            continue
        mine = by["qtensor"]
        table.add(layer, number(mine["us"]), number(mine["gops"]), percent(mine["share_of_peak"]),
                  cell(by.get("network"), mine), cell(by.get("float"), mine, True),
                  *(cell(by.get(name), mine) for name in peers))
    return table


def arches(rows):
    return in_order((row["isa"] for row in of(rows, "conv")), ARCHES)


def title(rows, isa):
    machine = next(row for row in of(rows, "machine") if row["isa"] == isa)
    return f"{TITLES[isa]}, peaks of {number(machine['int8_peak_gops'])} GOPS (int8) and {number(machine['float_peak_gops'])} (float):"


def text(rows):
    parts = [title(rows, isa) + "\n" + table(rows, isa).text() for isa in reversed(arches(rows))]
    return "\n\n".join(parts) + "\n(in brackets: of float its share of the peak, and theirs / ours in time; * its result is not exact, + an easier job)"


def tables(rows):
    return {"conv": machine_line(rows) + "\n\n" + "\n\n".join(
        title(rows, isa) + "\n\n" + table(rows, isa).markdown() for isa in reversed(arches(rows)))}


def picture(rows):
    isa = arches(rows)[-1]
    layers, names = layers_of(rows, isa)
    names = [name for name in names if name not in ("network", "float")]
    groups = []
    for layer, by in layers:
        if "qtensor" in by:
            peak = by["qtensor"]["gops"] / by["qtensor"]["share_of_peak"]
            groups.append((layer, {name: by[name]["gops"] / peak for name in names if name in by}, None))
    return chart(f"convolutions, int8, {TITLES[isa]}: share of the dot-product peak", groups, names, "one image", 250)
