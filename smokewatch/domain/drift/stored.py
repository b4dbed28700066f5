"""Summaries, baselines and checks as JSON, with a schema version: what is kept of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from smokewatch.domain.drift.baseline import Baseline
from smokewatch.domain.drift.checking import DriftCheck
from smokewatch.domain.drift.daily import STRATA, DaySummary
from smokewatch.domain.drift.distances import BINS
from smokewatch.domain.drift.metrics import IMAGE_COLUMNS
from smokewatch.errors import StorageError

SCHEMA = 1
"""Of every JSON object made here: what reads it must know it."""

Json = dict[str, Any]

_DAY = TypeAdapter(date)
_CHECK = TypeAdapter(DriftCheck)
_PLAIN = ("decoder", "repeats", "undecodable", "nan_scores")


def summary_json(summary: DaySummary) -> Json:
    """A day's summary: about 20 KB as text for 100 sequences of 8 cameras. Empty cells are left out."""
    cells = np.argwhere((summary.frames > 0) | (summary.sequences > 0))
    return {
        "schema": SCHEMA,
        "day": summary.day.isoformat(),
        "cameras": list(summary.cameras),
        "classes": list(summary.classes),
        **{name: getattr(summary, name) for name in _PLAIN},
        "sizes": {camera: [list(size) for size in sizes] for camera, sizes in summary.sizes.items()},
        "bins": BINS,
        "strata": list(STRATA),
        "columns": [f"{column.channel}_{column.metric.name}" for column in IMAGE_COLUMNS],
        "cells": [_cell(summary, camera, stratum) for camera, stratum in cells.tolist()],
        "image_variances": summary.image_variances.tolist(),
        "score_variances": summary.score_variances.tolist(),
        "score_bins": summary.score_bins.tolist(),
        "pixel_shares": None if summary.pixel_shares is None else summary.pixel_shares.tolist(),
    }


def summary_from_json(stored: Json) -> DaySummary:
    """The summary, equal to the last digit.

    Raises:
        StorageError: when it is damaged, or made by another version of the rules.
    """
    where = f"drift summary of {stored.get('day')}"
    _check_schema(stored, where, bins=BINS, strata=list(STRATA))
    try:
        return _summary(stored)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise StorageError(f"{where} is damaged ({error!r}): delete it, summarize the day again") from error


def baseline_json(baseline: Baseline) -> Json:
    """A version of a baseline: its days' summaries."""
    days = [summary_json(day) for day in baseline.days]
    return {"schema": SCHEMA, "name": baseline.name, "version": baseline.version, "days": days}


def baseline_from_json(stored: Json) -> Baseline:
    """The baseline, equal to the last digit.

    Raises:
        StorageError: when it is damaged, or made by another version of the rules.
        UsageError: when its days cannot be in one baseline.
    """
    where = f"drift baseline {stored.get('name')} version {stored.get('version')}"
    _check_schema(stored, where)
    try:
        name, version, days = str(stored["name"]), int(stored["version"]), list(stored["days"])
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(f"{where} is damaged ({error!r}): delete it, build it again") from error
    return Baseline(name=name, version=version, days=tuple(summary_from_json(day) for day in days))


def check_json(check: DriftCheck) -> Json:
    """A check, with what follows from it: severity, alerts, provisional, cameras."""
    told = {"severity": check.severity, "alerts": check.alerts, "provisional": check.provisional}
    stored: Json = _CHECK.dump_python(check, mode="json")
    return {"schema": SCHEMA, **stored, **told, "cameras": list(check.cameras)}


def check_from_json(stored: Json) -> DriftCheck:
    """The check, equal to the last digit.

    Raises:
        StorageError: when it is damaged, or made by another version of the rules.
    """
    where = f"drift check of {stored.get('day')}"
    _check_schema(stored, where)
    try:
        return _CHECK.validate_python(stored)
    except ValidationError as error:
        raise StorageError(
            f"{where} is damaged ({error.errors()[0]['msg']}): delete it, check the day again"
        ) from error


def _cell(summary: DaySummary, camera: int, stratum: int) -> Json:
    at = camera, stratum
    return {
        "at": [camera, stratum],
        "frames": int(summary.frames[at]),
        "means": summary.image_means[at].tolist(),
        "sequences": int(summary.sequences[at]),
        "score": float(summary.score_means[at]),
        "classes": summary.class_counts[at].tolist(),
    }


def _summary(stored: Json) -> DaySummary:
    cameras, classes, columns = len(stored["cameras"]), len(stored["classes"]), len(IMAGE_COLUMNS)
    shape = (cameras, len(STRATA))
    frames, sequences = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    means, scores = np.zeros((*shape, columns)), np.zeros(shape)
    counts = np.zeros((*shape, classes), np.int64)
    for cell in stored["cells"]:
        at = tuple(cell["at"])
        frames[at], means[at] = cell["frames"], cell["means"]
        sequences[at], scores[at], counts[at] = cell["sequences"], cell["score"], cell["classes"]
    shares = stored["pixel_shares"]
    return DaySummary(
        day=_DAY.validate_python(stored["day"]),
        cameras=tuple(stored["cameras"]),
        classes=tuple(stored["classes"]),
        **{name: stored[name] for name in _PLAIN},
        sizes={camera: tuple((width, height) for width, height in sizes) for camera, sizes in stored["sizes"].items()},
        frames=frames,
        image_means=means,
        image_variances=_array(stored["image_variances"], (cameras, columns)),
        sequences=sequences,
        score_means=scores,
        score_variances=_array(stored["score_variances"], (cameras,)),
        score_bins=np.array(stored["score_bins"], np.int64).reshape(-1, 3),
        class_counts=counts,
        pixel_shares=None if shares is None else np.array(shares, np.float64),
    )


def _array(values: list[Any], shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.array(values, np.float64).reshape(shape)


def _check_schema(stored: Json, where: str, **constants: object) -> None:
    for name, expected in {"schema": SCHEMA, **constants}.items():
        if stored.get(name) != expected:
            raise StorageError(f"{where} has {name} {stored.get(name)!r}, not {expected!r}: delete it, make it again")
