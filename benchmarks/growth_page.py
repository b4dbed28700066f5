"""Rewrite what docs/scale.md says in numbers, and docs/growth.svg: ``python -m benchmarks.growth_page``."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.growth_limits import DAY_SECONDS, SEQUENCES_A_DAY, Limit, limits
from benchmarks.marked import filled
from smokewatch.reports.markdown import table

PAGE = Path(__file__).parents[1] / "docs" / "scale.md"
PICTURE = PAGE.with_name("growth.svg")
STEEP = 1.1
"""An exponent above is a defect, and set in bold."""
NAMES = {
    "import": "import",
    "import_again": "import again, nothing new",
    "replay": "replay, a release that costs nothing",
    "replay_again": "replay again, all from the ledger",
    "triage_report": "triage report, all scored before",
    "drift_check": "drift check of a day",
    "alert_page": "alert listing, a page",
    "gate_counts": "alert listing, its counts",
    "history_page": "history, a page",
    "viewer_rows": "viewer, its rows made ready",
    "viewer_first_paint": "viewer, first paint",
}
Growth = Mapping[str, Any]


def main() -> None:
    """Rewrite both from results.json."""
    every = results.load()
    if "growth" not in every:
        sys.exit("benchmarks/results.json has no growth: python -m benchmarks growth")
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), every), encoding="utf-8")
    PICTURE.write_text(picture(every["growth"]), encoding="utf-8")


def rewritten(page: str, every: Mapping[str, Any]) -> str:
    """The page with its tables as these results have them.

    Raises:
        ValueError: when a table's place is not marked in it.
    """
    growth = every["growth"]
    told = {"growth": growth_table(growth), "limits": limit_table(limits(every)), "day": day(every)}
    return filled(page, told, path=PAGE)


def growth_table(growth: Growth) -> str:
    """Time and memory of every part by size, and its exponents."""
    rows = []
    for name, part in growth["parts"].items():
        sizes, steep = part["sizes"], part["exponent_of_last_step"]
        rows.append(
            (
                NAMES[name],
                " · ".join(f"{each['n']:,}" for each in sizes),
                " · ".join(_seconds(each["cpu_seconds"]) if "cpu_seconds" in each else "–" for each in sizes),
                " · ".join(_seconds(each["seconds"]) for each in sizes),
                " · ".join(f"{each['peak_mib']:.0f}" for each in sizes),
                f"**{steep:.2f}**" if steep > STEEP else f"{steep:.2f}",
                f"{part['exponent']:.2f}",
            )
        )
    return table(("part", "sequences", "CPU", "wall", "peak MiB", "exponent, last step", "over all"), rows)


def limit_table(found: Iterable[Limit]) -> str:
    """What breaks in its order, then what holds."""
    rows = [(each.what, each.cost, _breaks(each), each.turn) for each in found]
    return table(("holds until", "measured", "breaks at", "what to turn"), rows)


def day(every: Mapping[str, Any]) -> str:
    """What else such a day costs, and what of it is not known."""
    stored, frames = every["growth"]["stored"], every["growth"]["frames"]
    calls = stored["api_calls"] / stored["n"]
    lines = [
        f"- alert-api is asked {calls:.2f} times a sequence for an import and another one: "
        f"{calls * SEQUENCES_A_DAY / DAY_SECONDS:.1f} times a second. What production allows is unknown.",
        f"- The catalog gets {_rows(stored)} a sequence of {frames} frames.",
    ]
    cost = every.get("prefect_cost")
    told = "unknown here (`python -m benchmarks prefect_cost`)"
    if cost is not None:
        told = f"{cost['flow_runs']} flow runs and {cost['task_runs']} task runs (of {cost['sequences']} sequences)"
    lines.append(f"- Prefect keeps books of a day's runs, not of its sequences: {told}.")
    return "\n".join(lines)


def picture(growth: Growth) -> str:
    """Seconds over sequences, both logarithmic, a line a part; CPU seconds where they are known."""
    lines = [
        (name, [(each["n"], each[part["of"]]) for each in part["sizes"]]) for name, part in growth["parts"].items()
    ]
    every = [point for _, points in lines for point in points]
    x = _Axis([n for n, _ in every], 70, 520)
    y = _Axis([seconds for _, seconds in every], 410, 20)
    parts = [_grid(x, y)]
    ends = _apart([(y(points[-1][1]), name) for name, points in lines])
    for number, (name, points) in enumerate(lines):
        colour, dash = _COLOURS[number % len(_COLOURS)], ' stroke-dasharray="6 3"' if number >= len(_COLOURS) else ""
        path = "L".join(f"{x(n):.1f} {y(seconds):.1f}" for n, seconds in points)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        parts += (f'<circle cx="{x(n):.1f}" cy="{y(s):.1f}" r="3" fill="{colour}"/>' for n, s in points)
        at, steep = ends[name], growth["parts"][name]["exponent_of_last_step"]
        parts.append(
            f'<path d="M{x(points[-1][0]):.1f} {y(points[-1][1]):.1f}L540 {at:.1f}" stroke="{colour}" opacity=".4"/>'
            f'<text x="546" y="{at + 4:.1f}" fill="{colour}">{NAMES[name]} ({steep:.2f})</text>'
        )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 450" font-family="sans-serif" font-size="12">'
        "<title>Seconds by sequences, both logarithmic; in brackets the exponent of the last step</title>"
        '<rect width="860" height="450" fill="#fff"/>' + "\n".join(parts) + "</svg>\n"
    )


_COLOURS = ("#1b6ca8", "#b3261e", "#2e7d32", "#7b3fa0", "#a85b00", "#00747a")


class _Axis:
    """From a value to its place on a logarithmic axis of whole decades."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.low, self.high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
        self._start, self._a_decade = start, (end - start) / max(1, self.high - self.low)

    def __call__(self, value: float) -> float:
        return self._start + (math.log10(value) - self.low) * self._a_decade

    @property
    def decades(self) -> list[float]:
        """Its marks."""
        return [10.0**each for each in range(self.low, self.high + 1)]


def _grid(x: _Axis, y: _Axis) -> str:
    marks = []
    for n in x.decades:
        marks.append(f'<path d="M{x(n):.1f} 20V410" stroke="#ddd"/>')
        marks.append(f'<text x="{x(n):.1f}" y="428" text-anchor="middle" fill="#444">{n:,.0f}</text>')
    for seconds in y.decades:
        marks.append(f'<path d="M70 {y(seconds):.1f}H520" stroke="#ddd"/>')
        marks.append(f'<text x="64" y="{y(seconds) + 4:.1f}" text-anchor="end" fill="#444">{seconds:g} s</text>')
    return "".join(marks) + '<text x="295" y="446" text-anchor="middle" fill="#444">sequences</text>'


def _apart(ends: Sequence[tuple[float, str]], gap: float = 16) -> dict[str, float]:
    """Places of names beside their lines' ends, so far apart that each is read."""
    places: dict[str, float] = {}
    last = -math.inf
    for at, name in sorted(ends):
        last = max(at, last + gap)
        places[name] = last
    over = max(0.0, last - 410)
    return {name: at - over for name, at in places.items()}


def _breaks(limit: Limit) -> str:
    if limit.sequences is None:
        return "unknown" if "unknown" in limit.cost else "does not grow over what was measured"
    count = f"{_round(limit.sequences)} {'stored' if limit.stored else 'a day'}"
    if limit.days is None:
        return f"{count}: holds"
    return f"**{count}**, " + ("the first day" if limit.days < 1 else f"after {_round(limit.days)} days")


def _rows(stored: Mapping[str, Any]) -> str:
    return ", ".join(f"{count / stored['n']:.1f} {name.replace('_', ' ')}" for name, count in stored["rows"].items())


def _seconds(value: float) -> str:
    return f"{value * 1000:.2g} ms" if value < 0.0995 else f"{value:.2g} s" if value < 9.95 else f"{value:,.0f} s"


def _round(value: float) -> str:
    """Two digits that count."""
    if value < 10:
        return f"{value:.2g}"
    unit = 10 ** (math.floor(math.log10(value)) - 1)
    return f"{math.floor(value / unit) * unit:,}"


if __name__ == "__main__":
    main()
