"""The pretend weather: a Fire Weather Index for each camera and day, the same every run."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

BOUNDS = ((5.2, "very_low"), (11.2, "low"), (21.3, "moderate"), (38.0, "high"), (50.0, "very_high"))
"""EFFIS' classes, each below its bound; above the last it is extreme (contract)."""

_DRY, _WET, _SODDEN = (12.0, 55.0), (5.2, 11.2), (0.0, 5.2)


def class_of(fwi: float) -> str:
    """The class of an index."""
    return next((name for bound, name in BOUNDS if fwi < bound), "extreme")


@dataclass
class Weather:
    """Dry days are moderate or above; on wet ones every camera's class is very low or low."""

    seed: int = 0
    wet: Collection[date] = ()
    given: dict[tuple[date, int], float | None] = field(default_factory=dict)
    """What is decided beforehand for a day and a camera; None: the map has no value there."""

    def fwi(self, camera_id: int, day: date) -> float | None:
        """The index with 3 decimals, None where there is none."""
        if (day, camera_id) in self.given:
            return self.given[day, camera_id]
        dice = random.Random(f"{self.seed}/{camera_id}/{day}")
        low, high = dice.choice((_WET, _SODDEN)) if day in self.wet else _DRY
        return int(dice.uniform(low, high) * 1000) / 1000
