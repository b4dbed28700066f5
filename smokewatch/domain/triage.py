"""Triage: a backlog's scores, which side of a threshold each is on, and what another threshold would change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.answers import PredictAnswer
from smokewatch.domain.backlog import TRIAGE_THRESHOLD, BacklogSequence
from smokewatch.errors import InvalidAnswerError, UsageError

SWEEP = (0.1, 0.2, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9)
"""Thresholds that are shown side by side (contracts/temporal-model, section 6)."""
HUNDREDTHS = tuple(n / 100 for n in range(101))
"""Every position of the threshold slider, by division: adding 0.01 up misses 0.35."""


class Bucket(StrEnum):
    """What becomes of a backlog sequence."""

    REVIEW = "review"
    """People look at it."""
    UNLABELED = "unlabeled"
    """It can be taken off the queue unseen."""


def bucket(score: float, threshold: float = TRIAGE_THRESHOLD) -> Bucket:
    """``review`` at or above the threshold; compared as float64, nothing is rounded."""
    return Bucket.REVIEW if score >= threshold else Bucket.UNLABELED


def score_of(answer: PredictAnswer) -> float:
    """A model's score of a sequence: its largest kept tube's probability, 0.0 without tubes.

    Raises:
        InvalidAnswerError: when the answer has no probability, as those of packages without a calibrator.
    """
    if answer.details is None:
        probability = answer.probability
    else:
        tubes = [tube.probability for tube in answer.details.tubes]
        probability = max((each for each in tubes if each is not None), default=None) if tubes else 0.0
    if probability is None:
        raise InvalidAnswerError("no probability: the model package has no calibrator, triage needs one that has")
    return probability


@dataclass(frozen=True, slots=True)
class SequenceScore:
    """What one or several models say of a sequence.

    Raises:
        ValueError: when there is no score, or one is no probability.
    """

    model_scores: tuple[float, ...]
    """Each model's :func:`score_of`, the models in the order of the run."""

    def __post_init__(self) -> None:
        if not self.model_scores or not all(0 <= score <= 1 for score in self.model_scores):
            raise ValueError(f"scores {self.model_scores}: expected probabilities, at least one")

    @property
    def score(self) -> float:
        """The largest: what the bucket goes by."""
        return max(self.model_scores)

    @property
    def model(self) -> int:
        """Position of the model that gave it, the first of equals; its answer is the one that is shown."""
        return self.model_scores.index(self.score)

    def models_in_review(self, threshold: float) -> int:
        """``n_models_review``: how many models' scores are at or above the threshold."""
        return sum(bucket(score, threshold) is Bucket.REVIEW for score in self.model_scores)


@dataclass(frozen=True, slots=True, eq=False)
class ScoredBacklog:
    """Scored sequences as arrays: N rows, each scored by the same M models.

    Raises:
        ValueError: when the shapes differ, an id comes twice, or a score is no probability.
    """

    ids: NDArray[np.int64]
    """(N,) the annotator's sequence ids."""
    model_scores: NDArray[np.float64]
    """(N, M) probabilities, the models in the order of the run."""
    organizations: NDArray[np.intp]
    """(N,) positions in ``organization_names``."""
    organization_names: tuple[str, ...]
    scores: NDArray[np.float64] = field(init=False)
    """(N,) each row's largest model score: what the buckets go by."""

    def __post_init__(self) -> None:
        rows = len(self.ids)
        if self.model_scores.ndim != 2 or self.model_scores.shape[0] != rows or len(self.organizations) != rows:
            raise ValueError(f"{rows} ids, {len(self.organizations)} organizations, scores {self.model_scores.shape}")
        if self.model_scores.shape[1] == 0:
            raise ValueError("no model's scores")
        if not ((self.model_scores >= 0) & (self.model_scores <= 1)).all():
            raise ValueError("a score is no probability between 0 and 1")
        if len(np.unique(self.ids)) != rows:
            raise ValueError("an id comes twice")
        object.__setattr__(self, "scores", self.model_scores.max(axis=1))

    @classmethod
    def of(cls, rows: Iterable[tuple[BacklogSequence, SequenceScore]], *, models: int = 1) -> Self:
        """Sequences and their scores by `models` models; organizations are told apart by name, as people do."""
        listed = list(rows)
        names = sorted({sequence.organization_name for sequence, _ in listed})
        place = {name: number for number, name in enumerate(names)}
        return cls(
            ids=np.array([sequence.id for sequence, _ in listed], dtype=np.int64),
            model_scores=np.array([score.model_scores for _, score in listed], np.float64).reshape(len(listed), models),
            organizations=np.array([place[sequence.organization_name] for sequence, _ in listed], dtype=np.intp),
            organization_names=tuple(names),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def models(self) -> int:
        """How many models scored each row."""
        return int(self.model_scores.shape[1])

    def in_review(self, threshold: float) -> NDArray[np.bool_]:
        """(N,) which rows go to people.

        Raises:
            UsageError: when the threshold is no number from 0 to 1.
        """
        return self.scores >= _checked(threshold)

    def models_in_review(self, threshold: float) -> NDArray[np.intp]:
        """(N,) how many models score each row at or above the threshold: ``n_models_review``."""
        counts: NDArray[np.intp] = np.count_nonzero(self.model_scores >= _checked(threshold), axis=1)
        return counts

    def near(self, threshold: float, width: float) -> NDArray[np.bool_]:
        """(N,) which scores are at most `width` from the threshold, both ends included.

        The ends are computed in decimals as people write them: 0.35 + 0.1 is 0.45, not just below.
        """
        if not (math.isfinite(width) and width >= 0):
            raise UsageError(f"width {width!r}: expected a number from 0 on")
        middle, reach = Decimal(repr(float(_checked(threshold)))), Decimal(repr(float(width)))
        return (self.scores >= float(middle - reach)) & (self.scores <= float(middle + reach))

    def compare(self, before: float, after: float) -> Comparison:
        """Which rows another threshold moves to the other side; both lists in ascending order of score, then id."""
        was, will = self.in_review(before), self.in_review(after)
        order = np.lexsort((self.ids, self.scores))
        return Comparison(
            to_review=self.ids[order[(will & ~was)[order]]], to_unlabeled=self.ids[order[(was & ~will)[order]]]
        )

    def sweep(self, thresholds: Sequence[float] = SWEEP) -> Sweep:
        """How many rows each threshold would send to people, in all and for each organization."""
        steps = np.array([_checked(each) for each in thresholds], dtype=np.float64)
        review = np.zeros((len(steps), len(self.organization_names)), dtype=np.int64)
        sizes = np.zeros(len(self.organization_names), dtype=np.int64)
        for place in range(len(self.organization_names)):
            scores = np.sort(self.scores[self.organizations == place])
            sizes[place] = len(scores)
            # "left": scores equal to the threshold stay on its review side.
            review[:, place] = len(scores) - np.searchsorted(scores, steps, side="left")
        return Sweep(tuple(thresholds), self.organization_names, review, sizes - review)


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """The rows that change side between two thresholds; one of the two lists is always empty."""

    to_review: NDArray[np.int64]
    """Sequence ids that only the new threshold sends to people."""
    to_unlabeled: NDArray[np.int64]
    """Sequence ids that only the former one did."""


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """Counts at T thresholds for O organizations."""

    thresholds: tuple[float, ...]
    organization_names: tuple[str, ...]
    review_by_organization: NDArray[np.int64]
    """(T, O)"""
    unlabeled_by_organization: NDArray[np.int64]
    """(T, O)"""

    @property
    def review(self) -> NDArray[np.int64]:
        """(T,) over all organizations."""
        return _over_organizations(self.review_by_organization)

    @property
    def unlabeled(self) -> NDArray[np.int64]:
        """(T,) over all organizations."""
        return _over_organizations(self.unlabeled_by_organization)


def _over_organizations(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    total: NDArray[np.int64] = counts.sum(axis=1)
    return total


def _checked(threshold: float) -> float:
    if not 0 <= threshold <= 1:
        raise UsageError(f"threshold {threshold!r}: expected a number from 0 to 1")
    return threshold
