# SPDX-License-Identifier: BSL-1.0
"""Products."""
import math

from reports.chart import chart
from reports.rows import ARCHES, MARKS, TITLES, Table, in_order, machine_line, marks, number, of, percent, unique

# Jobs whose neighbour costs less: uint8 activations are what x86 multiplies.
EASIER = {"s8s8_s32": "u8s8_s32"}


def shape(row):
    return f"{row['m']} x {row['n']} x {row['k']}"


def ours(rows, threads=1):
    return [row for row in of(rows, "gemm") if row["threads"] == threads]


def arches_of(rows):
    return in_order((row["isa"] for row in of(rows, "gemm")), ARCHES)


def alone(rows):
    return any(row.get("processors") == 1 for row in of(rows, "machine"))


def machine_tables(rows):
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


def cell(row):
    return f"{number(row['gops'])} ({row['ratio']:.2f}){marks(row)}" if row else ""


def contest_table(rows, isa, job):
    """One job on one instruction set, beside its peers."""
    mine = [row for row in ours(rows) if (row["isa"], row["job"]) == (isa, job)]
    peers = [row for row in of(rows, "peer") if (row["isa"], row["job"]) == (isa, job)]
    names = in_order((row["peer"] for row in peers), list(TITLES))
    table = Table(["m x n x k", "GOPS", "of peak", "of roofline"] + [TITLES[name] for name in names])
    for row in mine:
        theirs = {peer["peer"]: peer for peer in peers if shape(peer) == shape(row)}
        table.add(shape(row), number(row["gops"]), percent(row["share_of_peak"]), percent(row["share_of_roofline"]),
                  *(cell(theirs.get(name)) for name in names))
    return table


def overview_table(rows, columns, select):
    """Shapes down, `columns` across, `select(row)` saying which column a row belongs to."""
    table = Table(["m x n x k"] + [TITLES.get(column, column) for column in columns])
    for name in unique(shape(row) for row in ours(rows)):
        cells = {select(row): row for row in ours(rows) if shape(row) == name and select(row) in columns}
        table.add(name, *(f"{number(cells[column]['gops'])} ({percent(cells[column]['share_of_peak'])})"
                          if column in cells else "" for column in columns))
    return table


def means(rows):
    """Rows of geometric means: ours / the best exact peer of each shape whose roofline is the peak."""
    peers = [row for row in of(rows, "peer") if row["exact"]]
    for isa in reversed(arches_of(rows)):
        for job in unique(row["job"] for row in ours(rows)):
            for against in ("same job", "easier job"):
                easier = against == "easier job"
                theirs = [row for row in peers if row["isa"] == isa and (
                    (row["job"] == job and row.get("easier", False) == easier) or (easier and row["job"] == EASIER.get(job)))]
                best = {}
                for row in theirs:
                    best[shape(row)] = max(row["gops"], best.get(shape(row), 0))
                ratios = {shape(row): row["gops"] / best[shape(row)] for row in ours(rows)
                          if (row["isa"], row["job"]) == (isa, job) and shape(row) in best
                          and row["share_of_roofline"] == row["share_of_peak"]}
                if ratios:
                    least = min(ratios, key=ratios.get)
                    mean = math.exp(sum(map(math.log, ratios.values())) / len(ratios))
                    yield {"bench": "mean", "isa": isa, "job": job, "against": against, "shapes": len(ratios),
                           "ratio": round(mean, 4), "least": round(ratios[least], 4), "least_at": least}


def means_table(rows):
    table = Table(["job", "instruction set", "peers", "shapes", "geometric mean", "least"])
    for row in means(rows):
        table.add(f"`{row['job']}`", TITLES[row["isa"]], f"best of the {row['against']}", str(row["shapes"]),
                  f"{row['ratio']:.2f}", f"{row['least']:.2f} ({row['least_at']})")
    return table


def threads_table(rows, isa):
    """Two threads beside one, in us."""
    jobs = unique(row["job"] for row in ours(rows, 2))
    head = [f"{column}, `{job}`" for job in jobs for column in ("one, us", "two, us", "one / two")]
    table = Table(["m x n x k"] + head)
    for name in unique(shape(row) for row in ours(rows, 2)):
        cells = []
        for job in jobs:
            two = next((row for row in ours(rows, 2) if (row["isa"], row["job"], shape(row)) == (isa, job, name)), None)
            if two:
                us = 2e-3 * two["m"] * two["n"] * two["k"] / two["gops"]
                cells += [number(us * two["speedup"]), number(us), f"{two['speedup']:.2f}"]
            else:
                cells += ["", "", ""]
        table.add(name, *cells)
    return table


def threads_block(rows):
    if not ours(rows, 2):
        return "Not measured" + (": this machine has one processor." if alone(rows) else ".")
    isa = arches_of(rows)[-1]
    return f"{TITLES[isa]}, {machine_line(rows, peers=False)}\n\n" + threads_table(rows, isa).markdown()


def tables(rows):
    """The blocks of the page, by name."""
    arches = arches_of(rows)
    best = arches[-1]
    jobs = unique(row["job"] for row in of(rows, "gemm"))
    peak, levels = machine_tables(rows)
    with_peers = [(isa, job) for isa in reversed(arches) for job in jobs
                  if any((row["isa"], row["job"]) == (isa, job) for row in of(rows, "peer"))]
    return {
        "gemm machine": machine_line(rows) + "\n\n" + peak.markdown() + "\n\n" + levels.markdown(),
        "gemm means": means_table(rows).markdown(),
        "gemm peers": "\n\n".join(f"`{job}`, {TITLES[isa]}:\n\n" + contest_table(rows, isa, job).markdown()
                                   for isa, job in with_peers),
        "gemm jobs": overview_table(rows, jobs, lambda row: row["job"] if row["isa"] == best else None).markdown(),
        "gemm arches": overview_table(
            rows, arches, lambda row: row["isa"] if row["job"] == "s8s8_s8" else None).markdown(),
        "gemm threads": threads_block(rows),
    }


def text(rows):
    """The terminal: every measured product, and what they come to."""
    names = in_order((row["peer"] for row in of(rows, "peer")), list(TITLES))
    table = Table(["isa", "job", "m x n x k", "threads", "GOPS", "of peak", "of roofline"] + names)
    peers = {(row["isa"], row["job"], shape(row), row["peer"]): row for row in of(rows, "peer")}
    for row in of(rows, "gemm"):
        key = (row["isa"], row["job"], shape(row))
        theirs = [peers.get(key + (name,)) if row["threads"] == 1 else None for name in names]
        table.add(*key, str(row["threads"]), number(row["gops"]), percent(row["share_of_peak"]),
                  percent(row["share_of_roofline"]), *(cell(row) for row in theirs))
    parts = [table.text() + (f"\n({MARKS})" if names else "")]
    if names:
        parts.append("ours / best exact peer, over the shapes whose roofline is the peak:\n" + means_table(rows).text())
    if alone(rows):
        parts.append("no rows of two threads: this machine has one processor")
    return "\n\n".join(parts)


def picture(rows):
    isa = arches_of(rows)[-1]
    mine = [row for row in ours(rows) if (row["isa"], row["job"]) == (isa, "s8s8_s8")]
    peers = [row for row in of(rows, "peer") if (row["isa"], row["job"]) == (isa, "s8s8_s8")]
    names = ["qtensor"] + in_order((row["peer"] for row in peers), list(TITLES))
    groups = []
    for row in mine:
        peak = row["gops"] / row["share_of_peak"]
        bars = {"qtensor": row["share_of_peak"]}
        bars.update({peer["peer"]: peer["gops"] / peak for peer in peers if shape(peer) == shape(row)})
        groups.append((shape(row), bars, row["share_of_peak"] / row["share_of_roofline"]))
    easier = {row["peer"]: " (uint8)" for row in peers if row.get("easier")}
    return chart(f"int8 x int8 to int8, {TITLES[isa]}: share of the dot-product peak", groups, names,
                 "the line: the roofline", notes=easier)
