"""A day's summary: what every later comparison needs of it, small enough to keep as JSON for ever.

Of frames: mean statistics for each camera and stratum. Of sequences: counts by verdict, and the scores in bins. A
baseline is its days' summaries; their residuals follow from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift.distances import BINS
from smokewatch.domain.drift.metrics import IMAGE_COLUMNS
from smokewatch.domain.drift.observations import SMOKE_CLASSES, Frames, Sequences

STRATA = ("00-06", "06-12", "12-18", "18-24", "night")
"""Four bands of hours of the UTC day for frames in colour; infra-red ones are their own stratum at any hour."""
_NIGHT = STRATA.index("night")
_BAND = 24 * 3600 / 4
_DIGITS = 7
"""Decimals that a mean keeps: 1e-7 is a four-thousandth of an 8-bit step."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class DaySummary:
    """One UTC day: C cameras, 5 strata, 16 image columns, K classes; JSON by :func:`as_json`, :func:`from_json`."""

    day: date
    cameras: tuple[str, ...]
    """Ascending; those that sent a frame, undecodable ones included, or have a sequence."""
    decoder: str | None
    """None without a frame."""
    sizes: dict[str, tuple[tuple[int, int], ...]]
    """By camera, ascending: each width and height that its frames have."""
    frames: NDArray[np.int64]
    """(C, 5) how many, by `STRATA`."""
    image_means: NDArray[np.float64]
    """(C, 5, 16) mean over frames by `IMAGE_COLUMNS`, on [0, 1]; 0 without frames."""
    image_variances: NDArray[np.float64]
    """(C, 16) variance of frames about the means above."""
    sequences: NDArray[np.int64]
    """(C, 5) how many with a score."""
    score_means: NDArray[np.float64]
    """(C, 5) mean score; 0 without sequences."""
    score_variances: NDArray[np.float64]
    """(C,) variance of scores about the means above."""
    score_bins: NDArray[np.int64]
    """(T, 3) camera x 5 + stratum, bin of `BINS` over [0, 1], and how many scores are there (ascending, above 0)."""
    classes: tuple[str, ...]
    class_counts: NDArray[np.int64]
    """(C, 5, K) sequences by verdict."""
    pixel_shares: NDArray[np.float64] | None
    """(4, 256) the fleet's pixels by channel and value, every frame weighing the same; None: not kept."""
    repeats: dict[str, int]
    """By camera: frames with the bytes of the frame before."""
    undecodable: dict[str, int]
    """By camera: frames without a profile."""
    nan_scores: dict[str, int]
    """By camera: sequences whose score is not a number."""


def summarize(
    day: date, frames: Frames | None, sequences: Sequences | None, *, undecodable: Sequence[str] = ()
) -> DaySummary:
    """A UTC day in short.

    Args:
        day: the UTC day.
        frames: the frames with a profile; None: no frame was kept.
        sequences: the sequences with a recorded score; None: there is none.
        undecodable: the camera of each frame that has no profile.
    """
    scored = None if sequences is None else np.isfinite(sequences.scores)
    names = [part.cameras for part in (frames, sequences) if part is not None]
    cameras = np.unique(np.concatenate([*names, np.array(undecodable, np.str_)]))
    summary: dict[str, Any] = {
        "day": day,
        "cameras": tuple(cameras.tolist()),
        "undecodable": _counted(np.array(undecodable, np.str_)),
        "nan_scores": {} if sequences is None or scored is None else _counted(sequences.cameras[~scored]),
    }
    summary |= _of_frames(frames, cameras)
    summary |= _of_sequences(sequences, scored, cameras)
    return DaySummary(**summary)


def _of_frames(frames: Frames | None, cameras: NDArray[np.str_]) -> dict[str, Any]:
    metrics, n = len(IMAGE_COLUMNS), 0 if frames is None else len(frames.cameras)
    rows = np.zeros((0, metrics)) if frames is None else frames.statistics.reshape(n, metrics)
    cells = np.zeros(0, np.intp) if frames is None else _cells(frames.cameras, frames.seen_at, frames.night, cameras)
    counts, means, variances = _moments(cells, rows, len(cameras))
    kept = None if frames is None or frames.shares is None else np.round(frames.shares, _DIGITS)
    return {
        "decoder": None if frames is None else frames.decoder,
        "sizes": {} if frames is None else _sizes(frames),
        "frames": counts,
        "image_means": means,
        "image_variances": variances,
        "pixel_shares": kept,
        "repeats": {} if frames is None else _counted(frames.cameras[frames.repeats]),
    }


def _of_sequences(
    sequences: Sequences | None, scored: NDArray[np.bool_] | None, cameras: NDArray[np.str_]
) -> dict[str, Any]:
    classes = SMOKE_CLASSES if sequences is None else sequences.classes
    cells, scores, verdicts = np.zeros(0, np.intp), np.zeros(0), np.zeros(0, np.intp)
    if sequences is not None:
        cells = _cells(sequences.cameras, sequences.started_at, sequences.night, cameras)[scored]
        scores, verdicts = sequences.scores[scored], sequences.verdicts[scored]
    counts, means, variances = _moments(cells, scores[:, None], len(cameras))
    bins = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    places, number = np.unique(cells * BINS + bins, return_counts=True)
    shape = (len(cameras), len(STRATA), len(classes))
    by_class = np.bincount(cells * len(classes) + verdicts, minlength=int(np.prod(shape))).reshape(shape)
    return {
        "sequences": counts,
        "score_means": means[..., 0],
        "score_variances": variances[..., 0],
        "score_bins": np.stack((places // BINS, places % BINS, number), axis=1),
        "classes": classes,
        "class_counts": by_class,
    }


def _cells(
    names: NDArray[np.str_], seconds: NDArray[np.float64], night: NDArray[np.bool_], cameras: NDArray[np.str_]
) -> NDArray[np.intp]:
    """(N,) camera x 5 + stratum."""
    bands = (seconds % (24 * 3600) // _BAND).astype(np.intp)
    cells: NDArray[np.intp] = np.searchsorted(cameras, names) * len(STRATA) + np.where(night, _NIGHT, bands)
    return cells


def _moments(
    cells: NDArray[np.intp], rows: NDArray[np.float64], cameras: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Counts (C, 5) and means (C, 5, M) by cell, and variances (C, M) about them by camera."""
    size, columns = cameras * len(STRATA), rows.shape[1]
    counts = np.bincount(cells, minlength=size)
    means = _sums(cells, rows, size) / np.maximum(counts, 1)[:, None]
    squares = _sums(cells // len(STRATA), (rows - means[cells]) ** 2, cameras)
    by_camera = counts.reshape(cameras, len(STRATA))
    variances = squares / np.maximum(by_camera.sum(axis=1), 1)[:, None]
    shaped = means.reshape(cameras, len(STRATA), columns)
    return by_camera, np.round(shaped, _DIGITS), np.round(variances, _DIGITS)


def _sums(places: NDArray[np.intp], rows: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    columns = rows.shape[1]
    flat = places[:, None] * columns + np.arange(columns)
    found: NDArray[np.float64] = np.asarray(np.bincount(flat.ravel(), rows.ravel(), size * columns), np.float64)
    return found.reshape(size, columns)


def _sizes(frames: Frames) -> dict[str, tuple[tuple[int, int], ...]]:
    cameras, at = np.unique(frames.cameras, return_inverse=True)
    found: dict[str, list[tuple[int, int]]] = {}
    # One number a size, in the order of camera, width and height.
    for each in np.unique((at << 40) + (frames.sizes[:, 0] << 20) + frames.sizes[:, 1]).tolist():
        found.setdefault(str(cameras[each >> 40]), []).append((each >> 20 & 0xFFFFF, each & 0xFFFFF))
    return {camera: tuple(sizes) for camera, sizes in found.items()}


def _counted(names: NDArray[np.str_]) -> dict[str, int]:
    if not len(names):
        return {}
    found, counts = np.unique(names, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))
