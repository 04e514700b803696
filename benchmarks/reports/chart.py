# SPDX-License-Identifier: BSL-1.0
"""Bars beside each other, as SVG."""
import html

from reports.rows import TITLES

COLOURS = ["#1f6feb", "#f0883e", "#8b949e", "#3fb950", "#a371f7"]


def chart(title, groups, names, line, left=150, notes={}):
    """Horizontal bars, a group per line of labels: [(label, {name: share}, limit or None)]; `notes` follow names."""
    bar, gap, width, top = 9, 8, 520, 62
    height = top + sum(bar * len(names) + gap for _ in groups) + 26
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 60}" height="{height}" '
           f'viewBox="0 0 {left + width + 60} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="100%" height="100%" fill="#ffffff"/>',
           f'<text x="12" y="22" font-size="15" font-weight="bold" fill="#1f2328">{html.escape(title)}</text>']
    x = 12
    for index, name in enumerate(names):
        out.append(f'<rect x="{x}" y="34" width="11" height="11" fill="{COLOURS[index % len(COLOURS)]}"/>')
        label = TITLES.get(name, name) + notes.get(name, "")
        out.append(f'<text x="{x + 16}" y="44" fill="#1f2328">{html.escape(label)}</text>')
        x += 34 + 7 * len(label)
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
