"""Two releases' scores beside labels and the fire-risk gate: what the rules of qualification are asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date

import numpy as np

from smokewatch.domain.labels import contradictory_labels, label_of
from smokewatch.domain.qualification import Decisions
from smokewatch.domain.risk import FwiClass, Gate, passes_notification
from smokewatch.domain.verdicts import DropReason
from smokewatch.store.catalog import Catalog
from smokewatch.store.risk import classes_of
from smokewatch.store.sequences import StoredSequence
from tasks.qualifying.scoring import Scores
from tasks.qualifying.subjects import Subject

ScoreOf = Callable[[Subject], float | DropReason]


def recorded(subject: Subject) -> float | DropReason:
    """What production recorded."""
    score = subject.sequence.outcome.temporal_model_score
    return DropReason.NO_RECORDED_SCORE if score is None else score


def of_release(scores: Scores) -> ScoreOf:
    """What a release says; an uncalibrated package's answer is none."""

    def score(subject: Subject) -> float | DropReason:
        entry = scores.entries.get(subject.sequence.key)
        return DropReason.PREDICT_FAILED if entry is None or entry.probability is None else entry.probability

    return score


@dataclass(frozen=True, slots=True)
class Compared:
    """Subjects that both sides scored, and how many could not be compared and why."""

    subjects: Sequence[Subject]
    decisions: Decisions
    dropped: Counter[DropReason]


def compare_sides(
    catalog: Catalog,
    subjects: Sequence[Subject],
    baseline: ScoreOf,
    candidate: ScoreOf,
    *,
    thresholds: tuple[float, float],
    gate: Gate,
) -> Compared:
    """Put both sides' scores beside what is known of the sequences.

    Args:
        catalog: for the fire risk of each camera and day.
        subjects: what was asked about.
        baseline: its score of a subject.
        candidate: the same.
        thresholds: of baseline and candidate; scores at or above are kept.
        gate: thresholds by fire-risk class.

    Raises:
        StorageError: when the catalog cannot be read.
    """
    found: list[tuple[Subject, float, float]] = []
    dropped = Counter[DropReason]()
    for subject in subjects:
        before, now = baseline(subject), candidate(subject)
        if isinstance(now, DropReason):
            dropped[now] += 1
        elif isinstance(before, DropReason):
            dropped[before] += 1
        else:
            found.append((subject, before, now))
    sequences = [subject.sequence for subject, _, _ in found]
    labels = tuple(label_of(each.outcome.is_wildfire) for each in sequences)
    contents = (frozenset(filter(None, each.frame_sha256s.values())) for each in sequences)
    disputed = contradictory_labels(zip((each.key for each in sequences), labels, contents, strict=True))
    classes = _classes(catalog, sequences)
    decisions = Decisions(
        keys=tuple(each.key for each in sequences),
        organizations=np.array([each.organization_name for each in sequences], np.str_),
        cameras=np.array([f"{each.organization_name}/{each.camera_name}" for each in sequences], np.str_),
        days=np.array([_day(each).isoformat() for each in sequences], np.str_),
        labels=labels,
        disputed=np.array([each.key in disputed for each in sequences], np.bool_),
        passes_gate=np.array([_passes(each, classes, gate) for each in sequences], np.bool_),
        baseline=np.array([before for _, before, _ in found], np.float64),
        candidate=np.array([now for _, _, now in found], np.float64),
        baseline_threshold=thresholds[0],
        candidate_threshold=thresholds[1],
    )
    return Compared([subject for subject, _, _ in found], decisions, dropped)


Classes = Mapping[tuple[str, date], Mapping[int, FwiClass]]


def _classes(catalog: Catalog, sequences: Sequence[StoredSequence]) -> Classes:
    with catalog.read() as connection:
        days = {(each.source, _day(each)) for each in sequences}
        return {(source, day): classes_of(connection, source, day) for source, day in sorted(days)}


def _passes(sequence: StoredSequence, classes: Classes, gate: Gate) -> bool:
    fwi_class = classes[sequence.source, _day(sequence)].get(sequence.camera_id)
    return passes_notification(sequence.outcome.max_conf, fwi_class, gate)


def _day(sequence: StoredSequence) -> date:
    return sequence.started_at.astimezone(UTC).date()
