"""What every classifier does, images in and probabilities of smoke out; and what those in files have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from smokewatch.errors import RunError, UsageError
from smokewatch.store.classifiers.tensors import ImageInput

_PROBES = 4
_ROUNDED = 0.01
"""How far a probability may be beyond 0 and 1, and two of them from the sum 1: a quantized model's are rounded."""


class Classifier(Protocol):
    """A model that is ready to be asked."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its images, in pixels."""

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(N,) probabilities of smoke of (N, height, width, 3) RGB images; NaN where the model gives that.

        Raises:
            RunError: when the model fails, or what it gives is no probability.
        """


class ModelFile(ABC):
    """A classifier in a file: float32 models get pixels on [0, 1], 8-bit ones by their own scale, or as they are."""

    def __init__(self, where: str, image: ImageInput) -> None:
        self._where, self._image = where, image
        self._takes_softmax = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of its images, in pixels."""
        return self._image.width, self._image.height

    def probe(self) -> None:
        """Ask once for noise, so that a model that cannot work is told before any image is read.

        Of two classes that give no probabilities a softmax makes them. That is decided here, once and for all.

        Raises:
            UsageError: when the model fails, or gives one number that is no probability.
        """
        shape = (_PROBES, self._image.height, self._image.width, 3)
        noise = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
        try:
            rows = self._outputs(noise)
            self._takes_softmax = rows.shape[1] == 2 and not _are_probabilities(rows)
            self._smoke(rows)
        except RunError as error:
            raise UsageError(str(error)) from error

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """As :meth:`Classifier.scores`."""
        return self._smoke(self._outputs(images))

    @abstractmethod
    def _run(self, batch: NDArray[np.uint8]) -> NDArray[np.float64]:
        """What the model gives for as many images as it takes, in its order; may raise anything."""

    def _outputs(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(N, 1) or (N, 2)"""
        parts = []
        for batch, number in self._image.batches(images):
            try:
                parts.append(self._run(batch).reshape(len(batch), -1)[:number])
            except Exception as error:
                raise RunError(f"{self._where} fails on {len(batch)} images: {one_line(error)}") from error
        return np.concatenate(parts)

    def _smoke(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        smoke: NDArray[np.float64] = (softmax(rows, axis=1) if self._takes_softmax else rows)[:, -1]
        wrong = smoke[(smoke < -_ROUNDED) | (smoke > 1 + _ROUNDED)]
        if len(wrong):
            last = "sigmoid" if rows.shape[1] == 1 else "softmax"
            raise RunError(f"{self._where} gives {wrong[0]:g}, no probability: export it with its last {last}")
        return np.clip(smoke, 0, 1)


def one_line(error: BaseException) -> str:
    """A runtime's error for people."""
    return " ".join(str(error).split())[:300]


def _are_probabilities(rows: NDArray[np.float64]) -> bool:
    return bool((rows >= 0).all() and (np.abs(rows.sum(axis=1) - 1) <= _ROUNDED).all())
