"""Where an image's score comes from: a file, the store, a classifier, or nowhere."""

from __future__ import annotations

from abc import ABC, abstractmethod
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift.observations import SMOKE_CLASSES
from smokewatch.store.classifiers import Classifier
from smokewatch.store.frame_scores import RecordedScores
from smokewatch.store.image_folders.image import ReadImage, Told, UnreadImage
from smokewatch.store.image_folders.report import JoinCounts, PredictionCounts, RecordedCounts
from smokewatch.store.predictions import Predictions

NO_PREDICTION = -1
_BATCH = 16
_ASKED_AT_ONCE = 500
"""Of the store: few queries, and short ones."""
_NOTHING = Told()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Predicted:
    """N predictions, once all images are known."""

    scores: NDArray[np.float64]
    verdicts: NDArray[np.intp]
    """(N,) positions in ``classes``."""
    classes: tuple[str, ...]
    counts: NDArray[np.bool_]
    """(N,) whether it counts: there is one, and it is one image's alone."""

    @property
    def is_empty(self) -> bool:
        """Whether there is none at all."""
        return not len(self.scores)


class Scored(ABC):
    """Gives each image its prediction's number."""

    size: tuple[int, int] | None = None
    """Width and height of the pixels it wants; None: none."""

    def told(self, path: str) -> Told:
        """What is known of an image beforehand; from many threads."""
        return _NOTHING

    @abstractmethod
    def add(self, image: ReadImage | UnreadImage) -> int:
        """An image's prediction, or `NO_PREDICTION`."""

    @abstractmethod
    def finished(self) -> Predicted:
        """All predictions, once every image was added."""

    def join_counts(self) -> PredictionCounts | None:
        """How images and predictions met; None where they cannot miss each other."""
        return None


class Unscored(Scored):
    """No scores."""

    def add(self, image: ReadImage | UnreadImage) -> int:
        return NO_PREDICTION

    def finished(self) -> Predicted:
        return _predicted(np.zeros(0), threshold=0.0)


class ScoredByFile(Scored):
    """Scores of a predictions file."""

    def __init__(self, predictions: Predictions, threshold: float) -> None:
        self._predictions, self._threshold = predictions, threshold
        self._uses = np.zeros(len(predictions.scores), np.int64)
        self._images_without = 0

    def told(self, path: str) -> Told:
        row, predictions = self._row(path), self._predictions
        if row is None:
            return _NOTHING
        time = np.nan if predictions.times is None else float(predictions.times[row])
        camera = None if predictions.cameras is None else predictions.cameras[row]
        return Told(camera, None if np.isnan(time) else time)

    def add(self, image: ReadImage | UnreadImage) -> int:
        if isinstance(image, UnreadImage):
            return NO_PREDICTION
        row = self._row(image.place.path)
        if row is None:
            self._images_without += 1
            return NO_PREDICTION
        self._uses[row] += 1
        return row

    def finished(self) -> Predicted:
        p = self._predictions
        by_score = p.classes.index(SMOKE_CLASSES[1]), p.classes.index(SMOKE_CLASSES[0])
        guessed = np.where(p.scores > self._threshold, *by_score).astype(np.intp)
        return Predicted(
            scores=p.scores,
            verdicts=np.where(p.verdicts < 0, guessed, p.verdicts),
            classes=p.classes,
            counts=self._uses == 1,
        )

    def join_counts(self) -> JoinCounts:
        uses, doubled = self._uses, self._predictions.doubled
        return JoinCounts(
            joined=int((uses == 1).sum()),
            images_without=self._images_without,
            without_image=int((uses == 0).sum()) - doubled,
            doubled=doubled,
            ambiguous=int(uses[uses > 1].sum()),
        )

    def _row(self, path: str) -> int | None:
        return self._predictions.rows.get(path.rsplit("/", 1)[-1] if self._predictions.by_name else path)


class ScoredByStore(Scored):
    """What production scored the sequences that show the same bytes, asked for many images at a time."""

    def __init__(self, recorded: RecordedScores, threshold: float) -> None:
        self._recorded, self._threshold = recorded, threshold
        self._waiting: list[str] = []
        self._scores, self._counts = array("d"), array("b")
        self._unknown = self._unscored = self._shared = 0

    def add(self, image: ReadImage | UnreadImage) -> int:
        if isinstance(image, UnreadImage):
            return NO_PREDICTION
        number = len(self._scores) + len(self._waiting)
        self._waiting.append(image.sha256.hex())
        if len(self._waiting) == _ASKED_AT_ONCE:
            self._ask()
        return number

    def finished(self) -> Predicted:
        self._ask()
        scores = np.array(self._scores, np.float64)
        # As of the store's own days: what is no probability is told as a score that is no number.
        scores[~((scores >= 0) & (scores <= 1))] = np.nan
        return _predicted(scores, self._threshold, counts=np.array(self._counts, np.bool_))

    def join_counts(self) -> RecordedCounts:
        return RecordedCounts(sum(self._counts), self._unknown, self._unscored, self._shared)

    def _ask(self) -> None:
        found = self._recorded.of(self._waiting)
        for sha256 in self._waiting:
            recorded = found.get(sha256)
            score = None if recorded is None else recorded.highest
            self._scores.append(np.nan if score is None else score)
            self._counts.append(score is not None)
            self._unknown += recorded is None
            self._unscored += recorded is not None and score is None
            self._shared += recorded is not None and recorded.differs
        self._waiting.clear()


class ScoredByClassifier(Scored):
    """Scores of a classifier, asked for a batch at a time."""

    def __init__(self, classifier: Classifier, threshold: float) -> None:
        self.size = classifier.size
        self._classifier, self._threshold = classifier, threshold
        self._waiting: list[NDArray[np.uint8]] = []
        self._scores = array("d")

    def add(self, image: ReadImage | UnreadImage) -> int:
        if isinstance(image, UnreadImage) or image.pixels is None:
            return NO_PREDICTION
        number = len(self._scores) + len(self._waiting)
        self._waiting.append(image.pixels)
        if len(self._waiting) == _BATCH:
            self._ask()
        return number

    def finished(self) -> Predicted:
        if self._waiting:
            self._ask()
        return _predicted(np.array(self._scores, np.float64), self._threshold)

    def _ask(self) -> None:
        self._scores.extend(self._classifier.scores(np.stack(self._waiting)).tolist())
        self._waiting.clear()


def scored_by(predictions: Predictions | RecordedScores | Classifier | None, threshold: float) -> Scored:
    """The way to score that fits."""
    if predictions is None:
        return Unscored()
    if isinstance(predictions, RecordedScores):
        return ScoredByStore(predictions, threshold)
    if isinstance(predictions, Predictions):
        return ScoredByFile(predictions, threshold)
    return ScoredByClassifier(predictions, threshold)


def _predicted(scores: NDArray[np.float64], threshold: float, *, counts: NDArray[np.bool_] | None = None) -> Predicted:
    verdicts = (scores > threshold).astype(np.intp)
    every = np.ones(len(scores), np.bool_) if counts is None else counts
    return Predicted(scores=scores, verdicts=verdicts, classes=SMOKE_CLASSES, counts=every)
