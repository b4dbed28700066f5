"""Inline SVG plots of the report: plain shapes with classes, coloured by the page's style sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date

from markupsafe import Markup

from smokewatch.domain.drift import Severity
from smokewatch.reports.drift_model import Histogram, Line, Timeline
from smokewatch.reports.wording import SEVERITIES, number

WIDTH = 360
"""Of a plot in user units: about its width in pixels, so that text keeps its size."""
HEIGHT, BOTTOM, TOP = 132, 110, 6
_LEFT, _RIGHT = 40, 8
_MARGIN = 0.08
"""Of a plot's height, above and below what it shows."""

LARGEST_GAP = 3
"""Days over which a line is drawn."""

Scale = Callable[[float], float]


def histogram(plot: Histogram, label: str) -> Markup:
    """Two overlaid distributions: the baseline as an area, the day as a line."""
    top = max(*plot.baseline, *plot.current) or 1.0
    baseline, current = (_steps(each, _scale(0, top, margin=0)) for each in (plot.baseline, plot.current))
    edges = f"L{WIDTH - _RIGHT} {BOTTOM}L{_RIGHT} {BOTTOM}Z"
    ticks = (
        _text(_RIGHT + value * (WIDTH - 2 * _RIGHT), HEIGHT - 8, text, anchor)
        for value, text, anchor in ((0, "0", "start"), (0.5, "0.5", "middle"), (1, "1", "end"))
    )
    areas = (_path("base", baseline + edges), _path("now-area", current + edges), _path("now", current))
    return _plot(HEIGHT, label, [*areas, _path("axis", f"M{_RIGHT} {BOTTOM}H{WIDTH - _RIGHT}"), *ticks])


def timeline(plot: Timeline, line: Line, label: str) -> Markup:
    """A metric by day: the band of drift-free days, the baseline's days, checked days, and alarms with their shape."""
    known = [value for value in (*line.values, line.low, line.high) if value is not None]
    if not known:
        return _plot(HEIGHT, label, [_text(WIDTH / 2, HEIGHT / 2, "no value", "middle")])
    x, y = _days(plot), _scale(min(known), max(known))
    parts = []
    if line.low is not None and line.high is not None:
        band = f"M{_LEFT} {_short(y(line.high))}H{WIDTH - _RIGHT}V{_short(y(line.low))}H{_LEFT}Z"
        parts += [_path("band", band), *(_text(_LEFT - 4, y(v) + 3, number(v), "end") for v in (line.low, line.high))]
    if line.expected is not None:
        parts.append(_path("expected", f"M{_LEFT} {_short(y(line.expected))}H{WIDTH - _RIGHT}"))
    places = [at for at, value in enumerate(line.values) if value is not None]
    points = [(x(at), y(line.values[at] or 0.0), line.severities[at]) for at in places]
    parts.append(_path("trace", _trace([(plot.days[at], a, b) for at, (a, b, _) in zip(places, points, strict=True)])))
    parts += _dots("seen", ((a, b) for a, b, severity in points if severity is None))
    parts += _dots("checked", ((a, b) for a, b, severity in points if severity is Severity.NONE))
    parts += _dots("unsure", ((a, b) for a, b, severity in points if severity is Severity.INSUFFICIENT_DATA))
    parts += (_alarm(a, b, severity) for a, b, severity in points if severity in _SHAPES)
    if line.values[-1] is not None:
        parts.append(_path("today", f"M{_short(x(len(plot.days) - 1))} {BOTTOM}v-{BOTTOM - TOP}"))
    return _plot(HEIGHT, label, [*parts, *_dates(plot)])


def days(plot: Timeline, label: str) -> Markup:
    """Each checked day at its severity's height, with its shape; the baseline's days along the bottom."""
    order = sorted(Severity, key=lambda each: each.rank)
    x, y = _days(plot), _scale(-1, len(order) - 1)
    parts = [_path("rule", f"M{_LEFT} {_short(y(each.rank))}H{WIDTH - _RIGHT}") for each in order]
    parts += (_text(_LEFT - 4, y(each.rank) + 3, _BRIEF.get(each, SEVERITIES[each]), "end") for each in order)
    parts += _dots("seen", ((x(at), y(-1)) for at, there in enumerate(plot.in_baseline) if there))
    for kind, severity in (("fine", Severity.NONE), ("unsure", Severity.INSUFFICIENT_DATA)):
        parts += _dots(kind, ((x(at), y(each.rank)) for at, each in enumerate(plot.severities) if each is severity))
    parts += (_alarm(x(at), y(each.rank), each) for at, each in enumerate(plot.severities) if each in _SHAPES)
    return _plot(HEIGHT, label, [*parts, *_dates(plot)])


def trend(plot: Timeline, line: Line, limit: float, label: str) -> Markup:
    """A moving average between its limits."""
    bottom = 48
    known = [(at, value) for at, value in enumerate(line.averages) if value is not None]
    reach = max(limit, *(abs(value) for _, value in known), 0.0)
    x, y = _days(plot), _scale(-reach, reach, bottom=bottom)
    parts = [_path("expected", f"M{_LEFT} {_short(y(0))}H{WIDTH - _RIGHT}")]
    for value in (limit, -limit):
        parts.append(_path("limit", f"M{_LEFT} {_short(y(value))}H{WIDTH - _RIGHT}"))
        parts.append(_text(_LEFT - 4, y(value) + 3, number(value, 2), "end"))
    parts.append(_path("now", _through((x(at), y(value)) for at, value in known)))
    return _plot(bottom + 4, label, [*parts, *_dots("checked", [(x(at), y(value)) for at, value in known[-1:]])])


_BRIEF = {Severity.INSUFFICIENT_DATA: "no data"}
_SHAPES = {
    Severity.HIGH: "m0-5l5 8.5h-10z",
    Severity.MEDIUM: "m0-5l5 5l-5 5l-5-5z",
    Severity.LOW: "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0z",
}


def _alarm(x: float, y: float, severity: Severity | None) -> Markup:
    return _path(severity.value, f"M{_short(x)} {_short(y)}{_SHAPES[severity]}") if severity in _SHAPES else Markup()


def _dots(kind: str, points: Iterable[tuple[float, float]]) -> list[Markup]:
    """One path whose round ends are the dots: a tenth of as many circles."""
    path = "".join(f"M{_short(a)} {_short(b)}h0" for a, b in points)
    return [_path(f"dots {kind}", path)] if path else []


def _through(points: Iterable[tuple[float, float]]) -> str:
    path = "L".join(f"{_short(a)} {_short(b)}" for a, b in points)
    return f"M{path}" if path else ""


def _trace(points: Sequence[tuple[date, float, float]]) -> str:
    """A line that ends where days are missing."""
    path, before = "", date.min
    for day, a, b in points:
        path += f"{'L' if (day - before).days <= LARGEST_GAP else 'M'}{_short(a)} {_short(b)}"
        before = day
    return path


def _steps(shares: Sequence[float], y: Scale) -> str:
    width = (WIDTH - 2 * _RIGHT) / len(shares)
    ends = (f"V{_short(y(share))}H{_short(_RIGHT + (at + 1) * width)}" for at, share in enumerate(shares))
    return f"M{_RIGHT} {BOTTOM}{''.join(ends)}"


def _days(plot: Timeline) -> Scale:
    """The place of the day at an index; days that are missing leave a gap."""
    first, width = plot.days[0], WIDTH - _LEFT - _RIGHT - 12
    span = max((plot.days[-1] - first).days, 1)
    return lambda at: _LEFT + 6 + width * (plot.days[int(at)] - first).days / span


def _dates(plot: Timeline) -> list[Markup]:
    first, last = plot.days[0], plot.days[-1]
    start = [] if first == last else [_text(_LEFT, HEIGHT - 8, str(first), "start")]
    return [*start, _text(WIDTH - _RIGHT, HEIGHT - 8, str(last), "end")]


def _scale(low: float, high: float, *, bottom: int = BOTTOM, margin: float = _MARGIN) -> Scale:
    reach = (high - low) or 1.0
    low, span = low - margin * reach, reach * (1 + 2 * margin)
    return lambda value: bottom - (bottom - TOP) * (value - low) / span


def _path(kind: str, drawn: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(kind, drawn)


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(_short(x), _short(y), anchor, text)


def _plot(height: int, label: str, parts: Iterable[Markup]) -> Markup:
    opened = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}">').format(WIDTH, height, label)
    return opened + Markup().join(parts) + Markup("</svg>")


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
