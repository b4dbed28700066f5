"""What a day is made of, as columns: each is one column of a query, none needs an image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift.metrics import IMAGE_STATISTICS
from smokewatch.domain.profiles import VALUES, Channel, FrameProfile

SMOKE_CLASSES = ("no_smoke", "smoke")
"""The verdicts of production, by number."""

_GREY = 1 / (VALUES - 1)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Frames:
    """N frames with a profile, all by one decoder.

    Raises:
        ValueError: when the columns' shapes do not fit.
    """

    cameras: NDArray[np.str_]
    """(N,) a name of the camera that is its own in the whole fleet."""
    seen_at: NDArray[np.float64]
    """(N,) seconds since 1970-01-01 UTC."""
    statistics: NDArray[np.float64]
    """(N, 4, 4) by :class:`Channel` and `IMAGE_STATISTICS`, on [0, 1]."""
    night: NDArray[np.bool_]
    """(N,) infra-red (:func:`is_night`)."""
    sizes: NDArray[np.int64]
    """(N, 2) width and height in pixels."""
    repeats: NDArray[np.bool_]
    """(N,) whether the bytes are those of the camera's frame before it."""
    decoder: str
    """:class:`smokewatch.domain.profiles.Basis`."""
    shares: NDArray[np.float64] | None = None
    """(4, 256) by channel and value: the share of a frame's pixels, mean over the frames. None: not wanted."""

    def __post_init__(self) -> None:
        n, expected = len(self.cameras), (len(Channel), len(IMAGE_STATISTICS))
        if not len(self.seen_at) == len(self.night) == len(self.repeats) == n:
            raise ValueError(f"{n} frames' cameras, times, night and repeats differ in number")
        if self.statistics.shape != (n, *expected) or self.sizes.shape != (n, 2):
            raise ValueError(f"{n} frames: statistics {self.statistics.shape}, sizes {self.sizes.shape}")
        if self.shares is not None and self.shares.shape != (len(Channel), VALUES):
            raise ValueError(f"shares {self.shares.shape}, expected 4 x 256")

    @classmethod
    def of(
        cls,
        profiles: Sequence[FrameProfile],
        *,
        cameras: Sequence[str],
        seen_at: Sequence[float],
        repeats: Sequence[bool],
    ) -> Self:
        """Columns of stored profiles, all by one decoder, with camera, time (seconds since 1970 UTC) and repeats.

        Raises:
            ValueError: when there is none, or their decoders differ.
        """
        decoders = {profile.basis.decoder for profile in profiles}
        if len(decoders) != 1:
            raise ValueError(f"expected frames of one decoder, got {len(decoders)}: {sorted(decoders)}")
        counts = np.array([profile.counts for profile in profiles])
        return cls(
            cameras=np.array(cameras, np.str_),
            seen_at=np.array(seen_at, np.float64),
            statistics=image_statistics(counts),
            night=is_night(counts),
            sizes=np.array([(profile.basis.width, profile.basis.height) for profile in profiles], np.int64),
            repeats=np.array(repeats, np.bool_),
            decoder=decoders.pop(),
            shares=(counts / counts.sum(axis=2, keepdims=True)).mean(axis=0),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sequences:
    """N sequences with a recorded score.

    Raises:
        ValueError: when the columns' shapes do not fit, or a score is neither NaN nor in [0, 1].
    """

    cameras: NDArray[np.str_]
    """(N,) as of :class:`Frames`."""
    started_at: NDArray[np.float64]
    """(N,) seconds since 1970-01-01 UTC."""
    scores: NDArray[np.float64]
    """(N,) recorded probabilities; NaN is counted as an alarm, and nowhere else."""
    verdicts: NDArray[np.intp]
    """(N,) positions in ``classes``."""
    night: NDArray[np.bool_]
    """(N,) whether its first frame is infra-red."""
    classes: tuple[str, ...] = SMOKE_CLASSES
    """Names of the verdicts; one of them is ``smoke``."""

    def __post_init__(self) -> None:
        n = len(self.cameras)
        if not len(self.started_at) == len(self.scores) == len(self.verdicts) == len(self.night) == n:
            raise ValueError(f"{n} sequences' columns differ in number")
        if ((self.scores < 0) | (self.scores > 1)).any():
            raise ValueError("a score is not between 0 and 1")
        if n and not 0 <= self.verdicts.min() <= self.verdicts.max() < len(self.classes):
            raise ValueError(f"a verdict is none of {self.classes}")
        if SMOKE_CLASSES[1] not in self.classes:
            raise ValueError(f"no class of {self.classes} is named {SMOKE_CLASSES[1]}")


def image_statistics(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N, 4, 4) by channel and `IMAGE_STATISTICS` on [0, 1] of (N, 4, 256) counts.

    As :func:`smokewatch.domain.profiles.statistics`, percentiles by the 'lower' rule, for all frames at once. Mean and
    standard deviation are within 1e-9 of its exact ones up to 2^31 pixels a frame.
    """
    values = np.arange(VALUES) / (VALUES - 1)
    n = counts.sum(axis=2)
    mean = counts @ values / n
    # About the mean: the difference of two large sums would lose half the digits.
    std = np.sqrt(np.einsum("ncv,ncv->nc", counts, (values - mean[..., None]) ** 2) / n)
    cumulative = counts.cumsum(axis=2)
    low, high = ((cumulative <= ((n - 1) * q // 100)[..., None]).sum(axis=2) / (VALUES - 1) for q in (5, 95))
    return np.stack((mean, std, low, high), axis=2)


def is_night(counts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """(N,) whether frames with (N, 4, 256) counts are infra-red: without colour, as cameras send them at night.

    Red, green and blue are then alike up to JPEG's rounding: W1 between them at most one of 255 steps. Chosen, not
    measured: fog by day is not that grey.
    """
    cumulative = counts[:, :3].cumsum(axis=2) / counts[:, :3].sum(axis=2, keepdims=True)
    pairs = np.abs(cumulative - np.roll(cumulative, 1, axis=1)).sum(axis=2) * _GREY
    night: NDArray[np.bool_] = pairs.max(axis=1) <= _GREY
    return night
