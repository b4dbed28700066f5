"""Frames that show what a check found: the worst of the day, and typical ones of the baseline's last days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import Baseline, DriftCheck, Finding, Severity
from smokewatch.domain.drift.daily import STRATA
from smokewatch.domain.drift.metrics import IMAGE_STATISTICS, METRICS, Detector
from smokewatch.domain.profiles import Channel
from smokewatch.reports.drift_model import ReportFrame
from smokewatch.store.drift.columns import load_columns
from smokewatch.store.drift.selection import Selection

SHOWN = 12
"""Of each kind."""
TYPICAL_DAYS = 3
"""How far into the baseline's end typical frames are looked for: chosen; the season is the checked day's."""
_ENOUGH = 10 * SHOWN
_DISTANCES = frozenset(metric.name for metric in METRICS if metric.one_sided)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """N frames, or sequences by their first frame, that have something to be compared with."""

    sha256s: list[str]
    cameras: list[str]
    seen_at: NDArray[np.float64]
    values: NDArray[np.float64]
    residuals: NDArray[np.float64]


def report_frames(
    connection: Connection, check: DriftCheck, *, baseline: Baseline, selection: Selection
) -> list[ReportFrame]:
    """Frames of the worst finding: those farthest from what the baseline expects, then those nearest to it.

    Pixels are compared frame by frame, scores and classes by a sequence's score, shown by its first frame. None where
    the check found nothing.

    Args:
        connection: a transaction of the catalog.
        check: of a day of the store.
        baseline: the version it was checked against, of days of the store.
        selection: whose frames.

    Raises:
        StorageError: when a stored profile is damaged.
    """
    worst = check.findings[0]
    if worst.severity.rank < Severity.LOW.rank or worst.effect is None:
        return []
    decoder = check.decoder or baseline.decoder or ""
    today = _candidates(connection, check.day, worst, baseline, selection, decoder)
    sizes = np.abs(today.residuals) if worst.metric in _DISTANCES else today.residuals * np.sign(worst.effect)
    found = _first(today, -sizes, "worst", worst)
    typical: list[tuple[float, ReportFrame]] = []
    seen = 0
    for day in reversed(baseline.days[-TYPICAL_DAYS:]):
        those = _candidates(connection, day.day, worst, baseline, selection, decoder)
        typical += _first(those, np.abs(those.residuals), "typical", worst)
        seen += len(those.sha256s)
        if seen >= _ENOUGH:
            break
    typical.sort(key=lambda each: each[0])
    return [frame for _, frame in [*found, *typical[:SHOWN]]]


def _candidates(
    connection: Connection, day: date, worst: Finding, baseline: Baseline, selection: Selection, decoder: str
) -> _Candidates:
    columns = load_columns(connection, day, selection=selection, decoder=decoder, camera=worst.camera)
    reference = baseline.reference
    if worst.detector is Detector.PIXELS:
        part, sha256s, used = columns.frames, [*columns.frame_sha256s], reference.uses_frames
        if part is None:
            return _none()
        at = list(Channel).index(worst.channel or Channel.LUMA), IMAGE_STATISTICS.index(worst.metric[len("pixel_") :])
        expected = reference.image_means[..., at[0] * len(IMAGE_STATISTICS) + at[1]]
        cameras, seconds, night, values = part.cameras, part.seen_at, part.night, part.statistics[:, at[0], at[1]]
    else:
        scored, used = columns.sequences, reference.uses_sequences
        if scored is None:
            return _none()
        sha256s = [sha256 or "" for sha256 in columns.first_sha256s]
        expected = reference.score_means[..., 0]
        cameras, seconds, night, values = scored.cameras, scored.started_at, scored.night, scored.scores
    place = {camera: number for number, camera in enumerate(reference.cameras)}
    camera = np.array([place.get(name, -1) for name in cameras.tolist()], np.intp)
    stratum = np.where(night, STRATA.index("night"), seconds % 86_400 // 21_600).astype(np.intp)
    kept = (camera >= 0) & used[camera, stratum] & np.isfinite(values) & np.array([bool(each) for each in sha256s])
    return _Candidates(
        sha256s=[sha256 for sha256, keep in zip(sha256s, kept.tolist(), strict=True) if keep],
        cameras=cameras[kept].tolist(),
        seen_at=seconds[kept],
        values=values[kept],
        residuals=(values - expected[camera, stratum])[kept],
    )


def _none() -> _Candidates:
    return _Candidates([], [], np.zeros(0), np.zeros(0), np.zeros(0))


def _first(
    those: _Candidates, rank: NDArray[np.float64], kind: Literal["worst", "typical"], finding: Finding
) -> list[tuple[float, ReportFrame]]:
    """Those with the least rank, each content once, beside it."""
    first: dict[str, int] = {}
    for at in np.argsort(rank, kind="stable").tolist():
        first.setdefault(those.sha256s[at], at)
        if len(first) == SHOWN:
            break
    return [
        (
            float(rank[at]),
            ReportFrame(
                id=sha256,
                camera=those.cameras[at],
                seen_at=datetime.fromtimestamp(float(those.seen_at[at]), UTC),
                kind=kind,
                metric=finding.metric if finding.detector is Detector.PIXELS else "confidence",
                value=float(those.values[at]),
            ),
        )
        for sha256, at in first.items()
    ]
