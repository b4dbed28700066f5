"""How a figure grows with the size: its exponent, what one more costs, and where it comes to a limit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

_STEEP = 1.05
"""An exponent above is no line's."""
Sizes = Sequence[Mapping[str, Any]]


def grown(sizes: Sizes) -> dict[str, Any]:
    """A part's figures by size, and its exponents of time: over all sizes, and of the last step alone.

    Args:
        sizes: ``n`` and ``seconds`` each, ``cpu_seconds`` where known; ascending.
    """
    clock = "cpu_seconds" if "cpu_seconds" in sizes[0] else "seconds"
    points = [(each["n"], each[clock]) for each in sizes]
    told = {"exponent": exponent(points), "exponent_of_last_step": exponent(points[-2:]), "of": clock}
    return {**told, "sizes": sizes}


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of a straight line through (size, seconds) on logarithmic axes, by least squares."""
    x, y = ([math.log(each) for each in axis] for axis in zip(*points, strict=True))
    mean = sum(x) / len(x)
    return round(
        sum((a - mean) * b for a, b in zip(x, y, strict=True)) / sum((a - mean) ** 2 for a in x),
        2,
    )


def reach(sizes: Sizes, figure: str, limit: float) -> float | None:
    """At which size a figure comes to a limit.

    A line through the two largest sizes, as work has a fixed part; where it grows faster than that, a power of the
    size. Between measured sizes only those beside the limit count.

    Args:
        sizes: ``n`` and the figure each, ascending.
        figure: its name.
        limit: in its unit.

    Returns:
        The smallest size where none holds the limit; None where the figure does not grow. A size is not to blame for
        what a larger one holds, as the first load of a cold browser.
    """
    held = [at for at, each in enumerate(sizes) if each[figure] <= limit]
    if not held:
        return float(sizes[0]["n"])
    at = min(held[-1] + 1, len(sizes) - 1)
    (n1, y1), (n2, y2) = ((float(each["n"]), float(each[figure])) for each in sizes[at - 1 : at + 1])
    if y2 <= y1:
        return None
    power = math.log(y2 / y1) / math.log(n2 / n1)
    if power > _STEEP and limit > y2:
        return n2 * float((limit / y2) ** (1 / power))
    return max(0.0, n1 + (limit - y1) * (n2 - n1) / (y2 - y1))


def a_sequence(sizes: Sizes, figure: str = "cpu_seconds") -> float:
    """What one more sequence adds to a figure, between the two largest sizes; not below zero."""
    first, last = sizes[-2:]
    return max(0.0, float(last[figure] - first[figure]) / float(last["n"] - first["n"]))
