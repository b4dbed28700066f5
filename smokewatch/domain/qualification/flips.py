"""Sequences that one release keeps and the other does not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from smokewatch.domain.labels import Label
from smokewatch.domain.qualification.decisions import Decisions


class Flip(StrEnum):
    """Which way a decision changes."""

    LOST = "keep_to_discard"
    GAINED = "discard_to_keep"


@dataclass(frozen=True, slots=True)
class FlippedSequence:
    """A sequence whose decision changes."""

    key: str
    flip: Flip
    label: Label
    disputed: bool
    baseline: float
    candidate: float


def flips(decisions: Decisions) -> list[FlippedSequence]:
    """Lost ones first; of each, labelled smoke first, then what the scores move farthest."""
    before, now = decisions.kept_before, decisions.kept_now
    found = [
        FlippedSequence(
            decisions.keys[at],
            Flip.LOST if before[at] else Flip.GAINED,
            decisions.labels[at],
            bool(decisions.disputed[at]),
            float(decisions.baseline[at]),
            float(decisions.candidate[at]),
        )
        for at in np.flatnonzero(before != now).tolist()
    ]
    return sorted(found, key=_order)


def _order(flipped: FlippedSequence) -> tuple[bool, int, float, str]:
    labels = (Label.SMOKE, Label.FALSE_POSITIVE, Label.UNKNOWN)
    moved = abs(flipped.candidate - flipped.baseline)
    return flipped.flip is Flip.GAINED, labels.index(flipped.label), -moved, flipped.key
