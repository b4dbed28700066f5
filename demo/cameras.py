"""The demo's organizations and watch cameras, and what a camera's own detector reports."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from demo.scenes import Phenomenon, View, box

ORGANIZATIONS = ("sdis-07", "sdis-26", "bombers-girona")
"""The organizations that watch; the administrator's own, which has no camera, comes before them."""
ADMIN_ORGANIZATION = "pyronear"

_PLACES = (
    "serre-barre",
    "mont-aigu",
    "croix-de-bauzon",
    "rocher-blanc",
    "puig-ventos",
    "valltrona",
    "grun-de-chignore",
    "sainte-eugenie",
)
_POSES_PER_CAMERA = 3


@dataclass(frozen=True)
class Site:
    """A camera as it is set up: `organization` indexes ORGANIZATIONS, angles in degrees, elevation in metres."""

    name: str
    organization: int
    lat: float
    lon: float
    elevation: float
    angle_of_view: float
    is_trustable: bool
    views: tuple[View, ...]
    """One per pose; the view's azimuth is the pose's."""


def sites(seed: int, count: int) -> list[Site]:
    """`count` cameras over the organizations; the last of the first eight is not trustable (hidden by default)."""
    rng = random.Random(f"sites {seed}")
    made = []
    for index in range(count):
        name = _PLACES[index % len(_PLACES)]
        first = round(rng.uniform(0, 360), 1)
        angle = rng.choice((54.2, 54.2, 87.0))
        azimuths = [round((first + turn * angle) % 360, 1) for turn in range(_POSES_PER_CAMERA)]
        made.append(
            Site(
                name=f"{name}-{index // len(_PLACES) + 1:02d}",
                organization=index % len(ORGANIZATIONS),
                lat=round(rng.uniform(42.1, 45.2), 5),
                lon=round(rng.uniform(2.4, 5.4), 5),
                elevation=float(rng.randrange(300, 1500)),
                angle_of_view=angle,
                is_trustable=index != len(_PLACES) - 1,
                views=tuple(View(camera=index + 1, azimuth=azimuth, seed=seed) for azimuth in azimuths),
            )
        )
    return made


def detect(
    view: View, phenomena: Sequence[Phenomenon], seconds: float, rng: random.Random, *, split: bool = False
) -> list[str]:
    """What the camera's detector boxes at `seconds` since the phenomena began, as box texts.

    A box is the visible extent, unsteady by about a hundredth of the image. `split`: the detector sees the first
    phenomenon twice, as two overlapping boxes.
    """
    texts = []
    for index, phenomenon in enumerate(phenomena):
        extent = box(view, phenomenon, seconds)
        if extent is None:
            continue
        texts.append(_box_text(extent, phenomenon.strength, rng))
        if split and index == 0:
            middle = (extent[1] + extent[3]) / 2
            upper = (extent[0], extent[1], extent[2], middle + 0.02)
            texts.append(_box_text(upper, phenomenon.strength * 0.6, rng))
    return texts


def number_text(value: float) -> str:
    """A number as pyroclient writes it: integral values as 0 or 1, others with three decimals (bbox strings)."""
    return str(int(value)) if value == int(value) else f"{value:.3f}"


def _box_text(extent: tuple[float, float, float, float], strength: float, rng: random.Random) -> str:
    xmin, ymin, xmax, ymax = (edge + rng.gauss(0, 0.004) for edge in extent)
    # At least a hundredth wide, so that rounding never makes a box the server refuses.
    low = [min(max(edge, 0.0), 0.98) for edge in (xmin, ymin)]
    high = [min(max(edge, least + 0.01), 1.0) for edge, least in zip((xmax, ymax), low, strict=True)]
    confidence = 0.0 if rng.random() < 0.12 else min(max(0.15 + 0.6 * strength + rng.gauss(0, 0.07), 0.05), 0.97)
    return f"({','.join(number_text(round(value, 3)) for value in (*low, *high, confidence))})"
