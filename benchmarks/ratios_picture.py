"""Every ratio as a dot on a logarithmic axis: docs/benchmarks.svg."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import escape

from benchmarks.sides import Compared

_LEFT, _RIGHT, _LINE, _TOP = 420, 900, 19, 46
_WIDTH = 960
_COLOURS = ("#1b6ca8", "#b3261e", "#2e7d32", "#7b3fa0", "#a85b00", "#00747a")


def picture(found: Sequence[Compared]) -> str:
    """A line a side, the usual way's name in it; right of 1 smokewatch is better, left of it the usual way."""
    ratios = [each.ratio for each in found]
    low, high = math.floor(math.log10(min([*ratios, 0.5]))), math.ceil(math.log10(max([*ratios, 10])))
    bottom = _TOP + _LINE * len(found)

    def x(ratio: float) -> float:
        return _LEFT + (math.log10(ratio) - low) * (_RIGHT - _LEFT) / (high - low)

    themes = list(dict.fromkeys(each.side.theme for each in found))
    parts = [_mark(x(10.0**decade), 10.0**decade, bottom) for decade in range(low, high + 1)]
    parts.append(f'<path d="M{x(1):.1f} {_TOP - 8}V{bottom}" stroke="#444" stroke-width="1.5"/>')
    for side, text, anchor in ((-8, "the usual way is better", "end"), (8, "smokewatch is better", "start")):
        parts.append(f'<text x="{x(1) + side:.1f}" y="14" text-anchor="{anchor}" fill="#444">{text}</text>')
    for number, each in enumerate(found):
        y = _TOP + _LINE * number + _LINE / 2
        colour = _COLOURS[themes.index(each.side.theme) % len(_COLOURS)]
        label = escape(f"{each.side.what}, beside {_brief(each.side.beside)}")
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 4:.1f}" text-anchor="end" fill="{colour}">{label}</text>')
        parts.append(f'<path d="M{x(1):.1f} {y:.1f}H{x(each.ratio):.1f}" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<circle cx="{x(each.ratio):.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')
        end, anchor = (9, "start") if each.ratio >= 1 else (-9, "end")
        shown = ratio_text(each.ratio)
        parts.append(f'<text x="{x(each.ratio) + end:.1f}" y="{y + 4:.1f}" text-anchor="{anchor}">{shown}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + 8}" font-family="sans-serif"'
        ' font-size="12"><title>How many times better than the usual way, logarithmic</title>'
        f'<rect width="{_WIDTH}" height="{bottom + 8}" fill="#fff"/>' + "\n".join(parts) + "</svg>\n"
    )


def ratio_text(ratio: float) -> str:
    """With two digits that count; whole from 10 on."""
    return f"{ratio:,.0f}" if ratio >= 9.95 else f"{ratio:.2g}"


def _mark(x: float, ratio: float, bottom: float) -> str:
    line = f'<path d="M{x:.1f} {_TOP - 8}V{bottom}" stroke="#ddd"/>'
    return line + f'<text x="{x:.1f}" y="{_TOP - 14}" text-anchor="middle" fill="#444">{ratio:g}</text>'


def _brief(text: str) -> str:
    return text.partition(", ")[0] if text.startswith("one after the other") else text
