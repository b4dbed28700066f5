"""Five weeks before the day: ordinary weather on every camera, then a lens that fogs for three days.

Too many frames to keep, or to draw in a demo: their profiles and scores are recorded (`RECORDED`), day by day, by
`python -m benchmarks.recorded_days`, which draws every frame of them as it is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from demo.cameras import ORGANIZATIONS, sites
from demo.day import DAY, LOOKALIKES, local_hour
from demo.scenes import Phenomenon, View, jpeg, phenomenon, render

RECORDED = Path(__file__).parent / "recorded" / "days.jsonl.gz"
SEED = 7
CAMERAS = 8
FOGGED_CAMERA = 3
"""Its index among the sites."""
BASELINE_DAYS = 30
ORDINARY_DAYS = 1
"""After the baseline's, and as them."""
FOG = (0.5, 0.75, 1.0)
"""How thick it is on each day after those."""
DAYS = BASELINE_DAYS + ORDINARY_DAYS + len(FOG)
_FIRST = DAY - timedelta(days=DAYS + 1)  # the last is the day before the wet one
_A_DAY = 14
"""Sequences of a camera, of which each counts with one frame."""
_HOURS = (6.0, 18.0)
"""UTC, in daylight."""
_VEIL = np.float32(215)
"""What a wet lens scatters into every pixel, of 255."""


@dataclass(frozen=True)
class Look:
    """One frame of one sequence, with what the temporal API made of it."""

    camera: str
    """``organization/camera``."""
    at: datetime
    """UTC."""
    score: float
    view: View
    phenomenon: Phenomenon
    seconds: float
    """The phenomenon's age."""
    haze: float
    light: float
    """Of this day and camera, of an ordinary day's."""
    fog: float
    """0 on a clear lens."""
    noise_seed: int


def nth(number: int) -> date:
    """The day with this number, from 0 on."""
    return (_FIRST + timedelta(days=number)).date()


def camera_names() -> list[str]:
    """Of every camera, by its index, as people call it."""
    return [f"{ORGANIZATIONS[site.organization]}/{site.name}" for site in sites(SEED, CAMERAS)]


def looks(number: int) -> Iterator[Look]:
    """Everything seen on the day with this number: always the same."""
    dice = np.random.default_rng([SEED, number, 34])
    weather, hazy = dice.normal(0, 0.03), dice.uniform(0, 0.5)
    fog = dict(enumerate(FOG, BASELINE_DAYS + ORDINARY_DAYS)).get(number, 0.0)
    for index, (site, name) in enumerate(zip(sites(SEED, CAMERAS), camera_names(), strict=True)):
        light = 1 + weather + dice.normal(0, 0.02)
        for _ in range(_A_DAY):
            view = site.views[int(dice.integers(len(site.views)))]
            is_smoke = bool(dice.random() < 0.5)
            kind = "smoke" if is_smoke else LOOKALIKES[int(dice.integers(len(LOOKALIKES)))]
            yield Look(
                camera=name,
                at=_FIRST + timedelta(days=number, hours=dice.uniform(*_HOURS)),
                score=float(dice.beta(10, 2) if is_smoke else dice.beta(2, 8)),
                view=view,
                phenomenon=phenomenon(view, kind, dice),
                seconds=float(dice.uniform(60, 300)),
                haze=float(np.clip(hazy + dice.normal(0, 0.05), 0, 1)),
                light=float(light),
                fog=fog if index == FOGGED_CAMERA else 0.0,
                noise_seed=int(dice.integers(2**31)),
            )


def draw(look: Look) -> bytes:
    """Its frame as JPEG."""
    picture = render(
        look.view,
        hour=local_hour(look.at),
        seconds=look.seconds,
        phenomena=[look.phenomenon],
        haze=look.haze,
        noise_seed=look.noise_seed,
    )
    picture = np.clip(picture * np.float32(look.light), 0, 255).astype(np.uint8)
    return jpeg(_through_fog(picture, look.fog) if look.fog else picture)


def _through_fog(picture: NDArray[np.uint8], fog: float) -> NDArray[np.uint8]:
    """Drops blur what is behind the lens and scatter light into it: less contrast, and brighter."""
    blurred = np.asarray(Image.fromarray(picture).filter(ImageFilter.GaussianBlur(5 * fog)), np.float32)
    veil = np.float32(0.6 * fog)
    return (blurred * (1 - veil) + _VEIL * veil).astype(np.uint8)


def describe() -> dict[str, Any]:
    """What an operator would know of these days, and what is true of them."""
    fogged = [nth(DAYS - len(FOG) + number).isoformat() for number in range(len(FOG))]
    return {
        "recorded": str(RECORDED),
        "baseline": [nth(0).isoformat(), nth(BASELINE_DAYS - 1).isoformat()],
        "ordinary": nth(BASELINE_DAYS).isoformat(),
        "fogged": fogged,
        "camera": camera_names()[FOGGED_CAMERA],
    }
