"""A qualification's report and what it shows in Prefect."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from smokewatch.domain.answers import PredictAnswer, parse_answer
from smokewatch.domain.qualification import (
    FlippedSequence,
    RuleName,
    advise_threshold,
    flips,
    measure,
    rule_on,
    score_shifts,
)
from smokewatch.reports.qualification_html import pictured_frames, qualification_html
from smokewatch.reports.qualification_json import Json, qualification_report
from smokewatch.reports.qualification_markdown import qualification_markdown
from smokewatch.store.catalog import Catalog
from smokewatch.store.enrichments import answers_of
from smokewatch.store.frames import FrameReader
from smokewatch.store.thumbnails import thumbnails_of
from tasks.cases import Release
from tasks.files import write_text
from tasks.qualifying.judging import Compared
from tasks.qualifying.scoring import Scores

_MIB = 1024**2
_SHOWN = 500  # flips in the table artifact


def report_on(
    catalog: Catalog,
    compared: Compared,
    candidate: tuple[Release, Scores],
    baseline: tuple[Release, Scores] | None,
    *,
    facts: Mapping[str, Any],
    limits: Mapping[RuleName, float],
    confidence: float,
) -> Json:
    """The whole report; `baseline` None: what production recorded.

    Raises:
        StorageError: when the catalog cannot be read.
    """
    decisions = compared.decisions
    metrics = measure(decisions, confidence=confidence)
    flipped = flips(decisions)
    return qualification_report(
        decisions,
        metrics=metrics,
        rulings=rule_on(metrics, limits, confidence=confidence),
        flipped=flipped,
        shifts=score_shifts(decisions),
        advice=advise_threshold(decisions),
        confidence=confidence,
        facts={
            "candidate": _told(*candidate),
            "baseline": {"reference": "recorded", "identity": None} if baseline is None else _told(*baseline),
            **facts,
        },
        evidence=_evidence(catalog, compared, flipped, candidate[1], None if baseline is None else baseline[1]),
    )


def write_report(report: Json, frames: FrameReader, *, html: str | None, report_file: str | None) -> None:
    """Write the page and the JSON where they are wanted.

    Raises:
        RunError: when a file cannot be written.
    """
    if html is not None:
        thumbnails = thumbnails_of(frames, pictured_frames(report).values())
        write_text(Path(html), qualification_html(report, thumbnails))
    if report_file is not None:
        write_text(Path(report_file), json.dumps(report, indent=1) + "\n")


def qualification_artifacts(report: Json) -> None:
    """A markdown artifact with the verdict and the rules, and a table of every flip, lost smoke first."""
    create_markdown_artifact(qualification_markdown(report), key="qualification")
    rows = [
        {name: each[name] for name in ("key", "flip", "label", "baseline", "candidate", "camera", "started_at")}
        for each in report["flips"][:_SHOWN]
    ]
    told = f"Decisions that change: {len(rows)} of {len(report['flips'])} shown"
    create_table_artifact(table=rows, key="qualification-flips", description=told)


def _told(release: Release, scores: Scores) -> Json:
    milliseconds = [entry.milliseconds for entry in scores.entries.values()]
    return {
        "reference": release.reference,
        "version": release.version,
        "identity": release.identity.value,
        "identity_kind": str(release.identity.kind),
        "model_version": scores.health.model_version if scores.health else None,
        "isolation": str(release.isolation),
        "milliseconds": _spread(milliseconds),
        "memory_mib": _spread([held / _MIB for held in scores.memory]),
        "failed": scores.failed,
    }


def _spread(values: Sequence[float]) -> Json | None:
    """The middle and the end of what was measured; None where nothing was: the release did not have to run."""
    if not values:
        return None
    p50, p95 = np.percentile(values, [50, 95])
    return {"p50": round(float(p50), 1), "p95": round(float(p95), 1), "number": len(values)}


def _evidence(
    catalog: Catalog, compared: Compared, flipped: Sequence[FlippedSequence], candidate: Scores, baseline: Scores | None
) -> dict[str, Json]:
    """What people look at of a flipped sequence: whose it is, its frames, and the tubes each side kept."""
    subjects = {each.sequence.key: each for each in compared.subjects}
    replayed = {key: each.ledger_key for key, each in subjects.items() if each.ledger_key is not None}
    # What production recorded is what a replay's answer explains.
    keys = {"candidate": candidate.keys, "baseline": replayed if baseline is None else baseline.keys}
    wanted = {by_key[each.key] for by_key in keys.values() for each in flipped if each.key in by_key}
    with catalog.read() as connection:
        answers = {each.key: parse_answer(each.answer) for each in answers_of(connection, sorted(wanted))}
    return {
        each.key: {
            "organization": (subject := subjects[each.key]).sequence.organization_name,
            "camera": subject.sequence.camera_name,
            "started_at": subject.sequence.started_at.isoformat(),
            "window": str(subject.window),
            "frames": [
                {"bucket_key": key, "sha256": sha256}
                for key, sha256 in zip(subject.keys, subject.frame_sha256s, strict=True)
            ],
            "tubes": {side: _tubes(answers.get(by_key.get(each.key, ""))) for side, by_key in keys.items()},
            "ledger_keys": {side: by_key.get(each.key) for side, by_key in keys.items()},
        }
        for each in flipped
    }


def _tubes(answer: PredictAnswer | None) -> list[Json] | None:
    if answer is None or answer.details is None:
        return None
    return [tube.model_dump(mode="json") for tube in answer.details.tubes]
