"""The report's words: names of metrics, severities with their symbols, numbers, and names cut to a readable length."""

from __future__ import annotations

import unicodedata

from smokewatch.domain.drift import QualityKind, Severity

METRICS = {
    "pixel_mean": "Brightness",
    "pixel_std": "Contrast",
    "pixel_p5": "Dark end",
    "pixel_p95": "Bright end",
    "confidence": "Confidence",
    "confidence_w1": "Confidence W1",
    "smoke_share": "Smoke share",
    "class_distance": "Class distance",
}
MEANINGS = {
    "pixel_mean": "mean of a frame's pixels",
    "pixel_std": "standard deviation of a frame's pixels",
    "pixel_p5": "5th percentile of a frame's pixels",
    "pixel_p95": "95th percentile of a frame's pixels",
    "confidence": "mean of the recorded scores",
    "confidence_w1": "Wasserstein distance of the scores",
    "smoke_share": "share of sequences with the verdict smoke",
    "class_distance": "total variation of the classes",
}
SEVERITIES = {
    Severity.HIGH: "high",
    Severity.MEDIUM: "medium",
    Severity.LOW: "low",
    Severity.NONE: "none",
    Severity.INSUFFICIENT_DATA: "insufficient data",
}
SYMBOLS = {
    Severity.HIGH: "▲",
    Severity.MEDIUM: "◆",
    Severity.LOW: "●",
    Severity.NONE: "–",
    Severity.INSUFFICIENT_DATA: "?",
}
QUALITY = {
    QualityKind.MISSING_CAMERA: "missing camera",
    QualityKind.STUCK_FRAME: "stuck frame",
    QualityKind.CHANGED_SIZE: "changed size",
    QualityKind.UNDECODABLE: "undecodable frame",
    QualityKind.NAN_SCORE: "score is no number",
}
FLEET = "fleet"
UNKNOWN = "–"
NAME_LENGTH = 60
"""Characters of a name that are shown; JSON has all of them."""
_MINUS = "−"
_SMALLEST_P = 0.0001


def cut(name: str, length: int = NAME_LENGTH) -> str:
    """A name on one line, at most so long; what turns or hides the text around it becomes a space."""
    shown = "".join(" " if unicodedata.category(each)[0] == "C" else each for each in name[: length + 1])
    return shown if len(name) <= length else f"{shown[: length - 1]}…"


def metric(name: str) -> str:
    """A metric's name for people."""
    return METRICS.get(name, cut(name))


def camera(name: str | None) -> str:
    """A camera's name, or the fleet's."""
    return FLEET if name is None else cut(name)


def number(value: float | None, digits: int = 3) -> str:
    """0.123; an unknown one is a dash."""
    return UNKNOWN if value is None else f"{value:.{digits}f}".replace("-", _MINUS)


def signed(value: float | None, digits: int = 3) -> str:
    """+0.123 or −0.123; what rounds to 0 has no sign."""
    if value is None:
        return UNKNOWN
    return f"{value:+.{digits}f}".replace("-", _MINUS) if round(value, digits) else f"{0:.{digits}f}"


def brief(value: float | None) -> str:
    """+.12 or −.12: of a heat map's cell."""
    return signed(value, 2).replace("0.", ".", 1)


def interval(low: float | None, high: float | None) -> str:
    """−0.1 to +0.2."""
    return UNKNOWN if low is None or high is None else f"{signed(low)} to {signed(high)}"


def probability(value: float | None) -> str:
    """p or q with two digits that count."""
    if value is None:
        return UNKNOWN
    return f"<{_SMALLEST_P}" if value < _SMALLEST_P else f"{value:.2g}" if value < 0.1 else f"{value:.2f}"


def percent(share: float | None) -> str:
    """12.3 %."""
    return UNKNOWN if share is None else f"{100 * share:.1f} %"


def count(value: int) -> str:
    """1,234."""
    return f"{value:,}"


def named(names: list[str], most: int = 3) -> str:
    """a, b and 2 more."""
    shown = [cut(name) for name in names[:most]]
    rest = len(names) - len(shown)
    if rest:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
