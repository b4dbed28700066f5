"""Simulated weather over a fleet, after docs/drift.md: made without a line of what is measured with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DIURNAL = 0.12
"""Amplitude of brightness over the day, on [0, 1]; all figures here are DRIFT's."""
IMAGE_NOISE = 0.06
SHARED_BRIGHTNESS, CAMERA_BRIGHTNESS = 0.02, 0.03
SHARED_CONFIDENCE, CAMERA_CONFIDENCE = 0.012, 0.012
SMOKE_LOGIT = 0.3
BETA = (8.0, 2.0)
SMOKE_SHARE = 0.05
RHO = 0.5
SEASON = 0.04
"""Change of brightness over 60 days in the variant with a season."""
T_DEGREES = 4

Variant = Literal["plain", "heavy_tails", "autoregressive", "unequal_cameras", "season"]
VARIANTS: tuple[Variant, ...] = ("plain", "heavy_tails", "autoregressive", "unequal_cameras", "season")

CONTRAST, CONTRAST_NOISE, SHARED_CONTRAST, CAMERA_CONTRAST = 0.18, 0.02, 0.006, 0.008
"""An image's standard deviation and how it varies: not in the specification, of a size with its brightness."""
COLOUR_NOISE = 0.004
"""How each channel differs from the image's brightness, an image and a camera-day alike."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What happens to a day; the whole fleet, or one camera."""

    brightness: float = 0.0
    confidence: float = 0.0
    smoke_share: float = 0.0
    camera: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """n images and as many sequences."""

    cameras: NDArray[np.intp]
    """(n,)"""
    hours: Array
    """(n,) of the UTC day."""
    statistics: Array
    """(n, 4, 4): red, green, blue, luma by mean, std, p5, p95."""
    scores: Array
    """(n,)"""
    smoke: NDArray[np.bool_]
    """(n,)"""


@dataclass(slots=True)
class Weather:
    """Days of a fleet, one after the other."""

    dice: np.random.Generator
    n: int
    """Images and sequences a day."""
    cameras: int = 8
    variant: Variant = "plain"
    _earlier: dict[str, Array] = field(default_factory=dict)
    _days: int = 0

    def days(self, count: int) -> list[Drawn]:
        """The next days as drawn, before anything happens to them."""
        return [self._day() for _ in range(count)]

    def _day(self) -> Drawn:
        n, dice = self.n, self.dice
        ratio = 0.7 if self.variant == "unequal_cameras" else 1.0
        weights = ratio ** np.arange(self.cameras)
        cameras = dice.choice(self.cameras, n, p=weights / weights.sum())
        hours = dice.uniform(0, 24, n)
        effects = {
            "brightness": self._effect("b", 1) * SHARED_BRIGHTNESS
            + self._effect("B", self.cameras) * CAMERA_BRIGHTNESS,
            "confidence": self._effect("c", 1) * SHARED_CONFIDENCE
            + self._effect("C", self.cameras) * CAMERA_CONFIDENCE,
            "contrast": self._effect("s", 1) * SHARED_CONTRAST + self._effect("S", self.cameras) * CAMERA_CONTRAST,
        }
        season = SEASON * self._days / 60 if self.variant == "season" else 0.0
        self._days += 1
        level = 0.45 + 0.02 * np.arange(self.cameras)
        brightness = (
            level[cameras]
            + DIURNAL * np.sin((hours - 6) * np.pi / 12)
            + season
            + effects["brightness"][cameras]
            + dice.normal(0, IMAGE_NOISE, n)
        )
        contrast = CONTRAST + effects["contrast"][cameras] + dice.normal(0, CONTRAST_NOISE, n)
        colours = dice.normal(0, COLOUR_NOISE, (self.cameras, 3))[cameras] + dice.normal(0, COLOUR_NOISE, (n, 3))
        scores = dice.beta(*BETA, n) + effects["confidence"][cameras]
        return Drawn(
            cameras=cameras,
            hours=hours,
            brightness=brightness,
            contrast=contrast,
            colours=colours,
            tails=dice.normal(0, COLOUR_NOISE, (n, 4, 2)),
            scores=scores,
            logit=float(np.log(SMOKE_SHARE / (1 - SMOKE_SHARE)) + SMOKE_LOGIT * self._effect("l", 1)[0]),
            luck=dice.uniform(0, 1, n),
        )

    def _effect(self, name: str, size: int) -> Array:
        """(size,) a day's effects, of variance one."""
        # Contrast is not in the specification, and keeps its tails.
        if self.variant == "heavy_tails" and name not in "sS":
            drawn: Array = self.dice.standard_t(T_DEGREES, size) / np.sqrt(T_DEGREES / (T_DEGREES - 2))
            return drawn
        drawn = self.dice.normal(0, 1, size)
        if self.variant == "autoregressive" and name in self._earlier:
            drawn = RHO * self._earlier[name] + np.sqrt(1 - RHO**2) * drawn
        self._earlier[name] = drawn
        return drawn


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A day before anything happens to it: whatever does meets the same weather."""

    cameras: NDArray[np.intp]
    hours: Array
    brightness: Array
    contrast: Array
    colours: Array
    tails: Array
    scores: Array
    logit: float
    luck: Array

    def under(self, shift: Shift) -> Day:
        """The day when this happens to it."""
        hit = np.ones(len(self.cameras)) if shift.camera is None else (self.cameras == shift.camera).astype(float)
        brightness = self.brightness + shift.brightness * hit
        channels = np.column_stack([brightness[:, None] + self.colours, brightness])
        means = np.clip(channels, 0, 1)
        stds = np.clip(np.repeat(self.contrast[:, None], 4, axis=1), 0.01, 0.5)
        low, high = (np.clip(means + side * 1.64 * stds + self.tails[..., at], 0, 1) for at, side in enumerate((-1, 1)))
        share = np.clip(1 / (1 + np.exp(-self.logit)) + shift.smoke_share * hit, 0, 1)
        return Day(
            cameras=self.cameras,
            hours=self.hours,
            statistics=np.stack((means, stds, low, high), axis=2),
            scores=np.clip(self.scores + shift.confidence * hit, 0, 1),
            smoke=self.luck < share,
        )
