#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Makes one table and one chart of what the programs of a benchmark wrote.

    report.py ROWS.json... [--json FILE] [--svg FILE] [--page docs/performance.md]

--json joins the rows, --page replaces what stands between `<!-- NAME -->` and `<!-- end NAME -->` on the page by the
tables of that name, and writes the chart beside the page's other pictures. A page can so be made again from joined rows.
"""
import argparse
import json
import pathlib
import re

from reports import conv, elementwise, gemm

STAGES = {"gemm": gemm, "conv": conv, "elementwise": elementwise}


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
    name = next(name for name in STAGES if any(row["bench"] == name for row in rows))
    stage = STAGES[name]
    if name == "gemm":
        rows = [row for row in rows if row["bench"] != "mean"] + list(gemm.means(rows))
    if arguments.json:
        lines = ",\n ".join(json.dumps(row) for row in rows)
        arguments.json.write_text(f"[\n {lines}\n]\n", encoding="utf-8")
    print(stage.text(rows))
    drawn = stage.picture(rows)
    if arguments.svg:
        arguments.svg.write_text(drawn, encoding="utf-8")
        print(f"chart: {arguments.svg}")
    if arguments.page:
        put_on_page(arguments.page, stage.tables(rows), f"{name}.svg", drawn)


if __name__ == "__main__":
    main()
