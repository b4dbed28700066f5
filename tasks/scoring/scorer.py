"""What scores sequences: a model, wherever it computes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from smokewatch.domain.answers import PredictAnswer
from smokewatch.errors import printable
from smokewatch.store.triage import TriageModel

PREDICT_FAILED = "predict_failed"
NO_IMAGES = "no_images"
"""Reasons of drops, the peer's (contracts/temporal-model, section 5)."""


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # of an object in memory: another one each time


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a sequence has no score: one line for people."""

    detail: str

    @classmethod
    def of(cls, error: BaseException) -> Failure:
        """The failure that an exception is."""
        text = printable(" ".join(_ADDRESS.sub("", str(error)).split()), 300)
        return cls(f"{type(error).__name__}: {text}" if text else type(error).__name__)


@dataclass(frozen=True, slots=True)
class Scoring:
    """What a model made of one sequence, and its share of the model's time."""

    answer: PredictAnswer | Failure
    milliseconds: float


class Scorer(Protocol):
    """A model at work. It is used from one thread at a time."""

    @property
    def model(self) -> TriageModel:
        """Which model it is."""

    @property
    def device(self) -> str:
        """What it computes on, e.g. ``cpu`` or ``cuda:0``."""

    @property
    def at_once(self) -> int:
        """How many sequences it likes to be given at once."""

    def score(self, sequences: Sequence[Sequence[Path]]) -> list[Scoring]:
        """Score sequences, each given as the files of its frames in order; files are named by their content.

        Returns:
            One result a sequence, in order. What fails is a :class:`Failure` of its sequence and of no other.
        """
