"""What two releases decide of the same sequences, as columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.labels import Label

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Decisions:
    """N sequences that both releases scored.

    Raises:
        ValueError: when the columns differ in length, or a score is no number.
    """

    keys: tuple[str, ...]
    organizations: NDArray[np.str_]
    """(N,) names."""
    cameras: NDArray[np.str_]
    """(N,) names that are their own in the whole fleet."""
    days: NDArray[np.str_]
    """(N,) UTC days, ``2026-08-14``."""
    labels: tuple[Label, ...]
    """(N,)"""
    disputed: Mask
    """(N,) whose labels contradict those of other sequences with the same frames: left out of metrics."""
    passes_gate: Mask
    """(N,) whether people would be told, were it kept: the fire-risk gate of its camera and day."""
    baseline: Array
    """(N,) scores."""
    candidate: Array
    """(N,) scores."""
    baseline_threshold: float
    """A score at or above is kept."""
    candidate_threshold: float

    def __post_init__(self) -> None:
        n = len(self.keys)
        columns = (self.organizations, self.cameras, self.days, self.labels, self.disputed, self.passes_gate)
        if any(len(column) != n for column in (*columns, self.baseline, self.candidate)):
            raise ValueError(f"{n} sequences: columns differ in length")
        if not (np.isfinite(self.baseline).all() and np.isfinite(self.candidate).all()):
            raise ValueError("a score is no number")

    @property
    def kept_before(self) -> Mask:
        """(N,) by the baseline."""
        return self.baseline >= self.baseline_threshold

    @property
    def kept_now(self) -> Mask:
        """(N,) by the candidate."""
        return self.candidate >= self.candidate_threshold

    def labelled(self, label: Label) -> Mask:
        """(N,) that people labelled so, and nobody contradicts."""
        said = np.array([each is label for each in self.labels], np.bool_)
        found: Mask = said & ~self.disputed
        return found
