"""Rewrite docs/benchmarks.md's tables and docs/benchmarks.svg from results.json: ``python -m benchmarks.tables``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import results
from benchmarks.marked import filled
from benchmarks.ratios_picture import picture, ratio_text
from benchmarks.sides import SIDES, compared
from smokewatch.reports.markdown import table

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
PICTURE = PAGE.with_suffix(".svg")
Results = Mapping[str, Any]
_NOT_YET = "Not all of it is measured here yet"


def main() -> None:
    """Rewrite both."""
    every = results.load()
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), every), encoding="utf-8")
    PICTURE.write_text(picture(list(compared(every))), encoding="utf-8")


def rewritten(page: str, every: Results) -> str:
    """The page with its tables as these results have them.

    Raises:
        ValueError: when a table's place is not marked in it.
    """
    return filled(page, tables(every), path=PAGE)


def tables(every: Results) -> dict[str, str]:
    """Every table by the name that marks its place."""
    themes = dict.fromkeys(side.theme for side in SIDES)
    return {
        "machine": machine(every[results.MACHINE]),
        **{theme: side_by_side(every, theme) for theme in themes},
        "digits": _or_missing(every, "image_statistics", digits),
        "days": _or_missing(every, "raw_samples", days),
        "bounds": bounds(every),
        "taken": taken(every),
    }


def machine(here: Results) -> str:
    """One line."""
    speed = (
        f"; a 1280 x 720 JPEG decoded and counted takes {here['ms_a_jpeg']} ms of CPU" if "ms_a_jpeg" in here else ""
    )
    facts = f"{here['cores']} cores of {here['processor']}, {here['memory_gib']:g} GiB"
    return f"{facts}, {here['system']} {here['kernel']}, Python {here['python']}{speed}."


def side_by_side(every: Results, theme: str) -> str:
    """Both figures and their ratio, and what is not measured yet."""
    found = list(compared(every, theme))
    rows = [
        (
            each.side.what,
            each.side.beside,
            number(each.theirs, each.side.unit),
            number(each.ours, each.side.unit),
            f"**{ratio_text(each.ratio)}**" if each.ratio >= 1 else f"{ratio_text(each.ratio)}: theirs is better",
            each.how,
        )
        for each in found
    ]
    told = table(("what", "the usual way", "theirs", "smokewatch", "ratio", "of"), rows)
    there = [each.side for each in found]
    missing = dict.fromkeys(side.benchmark for side in SIDES if side.theme == theme and side not in there)
    return told + (f"\n\n{_NOT_YET}: `python -m benchmarks {' '.join(missing)}`." if missing else "")


def digits(found: Results) -> str:
    """How many digits of a frame's statistics are right."""
    names = {"float32": "NumPy float32", "float64": "NumPy float64", "profile": "smokewatch"}
    rows = [
        (shown, found[way]["digits_of_mean"], found[way]["digits_of_std"], f"{found[way]['largest_error_of_mean']:.1e}")
        for way, shown in names.items()
    ]
    head = ("", "digits of the worst mean", "of the worst standard deviation", "relative error of that mean")
    return table(head, [tuple(map(str, row)) for row in rows])


def days(found: Results) -> str:
    """What each says of the same days."""
    rows = []
    for name, ours in found["profiles"]["days"].items():
        theirs = found["scipy"]["days"][name]
        camera = "; the camera named right" if ours["names_the_camera"] else ""
        rows.append((name, f"{theirs['says']} (p = {theirs['p']:.1g})", f"{ours['says']}{camera}", f"{ours['w1']:.4f}"))
    return table(("day", "SciPy, KS at p < .05", "smokewatch", "W1 of luma, both"), rows)


def bounds(every: Results) -> str:
    """By benchmark, how many of the figures with a bound keep within it, and each that does not."""
    rows = []
    for name, result in every.items():
        found = list(_bounded(result, ()))
        if found and name not in (results.MACHINE, results.TAKEN):
            missed = [f"{label}: {shown}" for label, shown, held in found if not held]
            rows.append((f"`{name}`", f"{len(found) - len(missed)} of {len(found)}", "; ".join(missed) or "–"))
    return table(("benchmark", "bounds kept", "missed: measured, bound"), rows)


def _bounded(found: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str, bool]]:
    """What it is, its figure and bound in words, and whether it is kept."""
    if isinstance(found, list):
        for each in found:
            yield from _bounded(each, path)
    if not isinstance(found, Mapping):
        return
    label = " ".join(path).replace("_", " ")
    if "held" in found:
        value, least = found.get("p95", found.get("value")), found.get("at_least")
        yield (
            label,
            f"{value:g}, {'>= ' + f'{least:g}' if least else '< ' + format(found['limit'], 'g')}",
            found["held"],
        )
    elif found.get("passed") is not None and "demand" in found:
        weather = f"{found['weather']}: " if "weather" in found else ""
        yield f"{weather}{found['check']} ({found['n']})", f"{found['measured']:g}, {found['demand']}", found["passed"]
    for name, each in found.items():
        yield from _bounded(each, (*path, str(name)))


def taken(every: Results) -> str:
    """When each benchmark was run here, how long it took, and how fast the machine was just then."""
    found = every.get(results.TAKEN, {})
    rows = []
    for name in every:
        if name in (results.MACHINE, results.TAKEN):
            continue
        each = found.get(name)
        told = (each["on"], f"{each['seconds']:,} s", f"{each['ms_a_jpeg']} ms") if each else ("–", "–", "–")
        rows.append((f"`python -m benchmarks {name}`", *told))
    return table(("command", "run on", "took", "a JPEG took"), rows)


def number(value: float, unit: str) -> str:
    """With three digits that count, bytes in a unit that people read."""
    if unit == "B":
        value, unit = (value / 1e6, "MB") if value >= 1e6 else (value / 1e3, "KB")
    shown = f"{value:,.0f}" if value >= 99.95 else f"{value:.3g}"
    return f"{shown} {unit}".strip()


def _or_missing(every: Results, name: str, make: Any) -> str:
    text: str = make(every[name]) if name in every else f"{_NOT_YET}: `python -m benchmarks {name}`."
    return text


if __name__ == "__main__":
    main()
