"""A frame's profile: how often each value occurs, per channel. Small, exact, merged by addition.

Every statistic follows from the counts, so that a comparison never reads an image again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from operator import mul

import numpy as np
from numpy.typing import NDArray

VALUES = 256
"""An 8-bit channel's values; value v stands for v / 255 on [0, 1]."""

PERCENTILES = (5, 25, 50, 75, 95)

_SQUARES = [value * value for value in range(VALUES)]


class Channel(StrEnum):
    """A profile's channels, in the order of its counts. A frame without colour has four that are equal.

    Luma is ITU-R 601-2 in 16-bit fixed point, as Pillow's conversion to mode L rounds it:
    ``(19595 R + 38470 G + 7471 B + 32768) >> 16``.
    """

    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    LUMA = "luma"


class UndecodableReason(StrEnum):
    """Why a frame has no profile."""

    TRUNCATED_JPEG = "truncated_jpeg"
    UNKNOWN_FORMAT = "unknown_format"
    NOT_8_BIT = "not_8_bit"
    TOO_LARGE = "too_large"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Basis:
    """What two profiles must have in common to be compared or merged."""

    decoder: str
    """Which library decoded it, and at which scale; two decoders may give a pixel different values."""
    width: int
    """Pixels of the raster as it is stored: an EXIF orientation is not applied, as the releases do not apply it."""
    height: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """One channel on [0, 1], exact over all its pixels."""

    mean: float
    std: float
    """Of the population (ddof 0)."""
    min: float
    max: float
    percentiles: Mapping[int, float]
    """By `PERCENTILES`, 'lower' rule: the pixel at index floor((n - 1) q / 100) of all in order."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Profile:
    """The pixels of some frames of one basis."""

    basis: Basis
    counts: NDArray[np.int64]
    """4 x 256: by `Channel` and value."""
    frames: int = 1

    def __post_init__(self) -> None:
        expected = self.frames * self.basis.width * self.basis.height
        if self.counts.shape != (len(Channel), VALUES) or expected < 1 or (self.counts.sum(axis=1) != expected).any():
            raise ValueError(f"a profile of {self.frames} x {self.basis} needs {expected} > 0 pixels in 4 x 256 counts")

    def of(self, channel: Channel) -> NDArray[np.int64]:
        """One channel's 256 counts."""
        counts: NDArray[np.int64] = self.counts[list(Channel).index(channel)]
        return counts

    def statistics(self, channel: Channel) -> Statistics:
        """One channel's statistics on [0, 1]."""
        return statistics(self.of(channel))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FrameProfile(Profile):
    """The profile of one frame."""

    mode: str
    """Pillow's name for the pixels as the file holds them: L, RGB, RGBA..."""


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A frame without a profile; width, height and mode where the file's head could be read."""

    reason: UndecodableReason
    detail: str
    """One line for people."""
    decoder: str
    width: int | None = None
    height: int | None = None
    mode: str | None = None


def merge(profiles: Iterable[Profile]) -> Profile:
    """The profile of all their frames together.

    Raises:
        ValueError: when there is none, or when they differ in decoder, scale or size.
    """
    every = iter(profiles)
    first = next(every, None)
    if first is None:
        raise ValueError("nothing to merge: no profile")
    counts, frames = first.counts.copy(), first.frames
    for profile in every:
        if profile.basis != first.basis:
            raise ValueError(f"profiles that differ cannot be merged: {first.basis} and {profile.basis}")
        counts += profile.counts
        frames += profile.frames
    return Profile(basis=first.basis, counts=counts, frames=frames)


def statistics(counts: NDArray[np.int64]) -> Statistics:
    """Statistics on [0, 1] of 8-bit values given by their 256 counts, at least one of them above zero."""
    # Sums in Python's integers, which do not overflow: each float below is rounded once.
    every, occurring, cumulative = counts.tolist(), np.flatnonzero(counts), np.cumsum(counts)
    n = sum(every)
    total = sum(map(mul, range(VALUES), every))
    squares = sum(map(mul, _SQUARES, every))
    return Statistics(
        mean=total / (n * (VALUES - 1)),
        std=math.sqrt(n * squares - total * total) / (n * (VALUES - 1)),
        min=int(occurring[0]) / (VALUES - 1),
        max=int(occurring[-1]) / (VALUES - 1),
        percentiles={
            q: int(np.searchsorted(cumulative, (n - 1) * q // 100, side="right")) / (VALUES - 1) for q in PERCENTILES
        },
    )
