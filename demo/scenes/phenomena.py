"""What moves in a picture: smoke plumes, and what looks like smoke and is not.

A phenomenon is a swarm of soft round puffs, summed as one product of two matrices (a Gaussian is separable),
roughened by a drifting texture. Lengths are pixels of the reference frame, times seconds since it began.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from demo.scenes.landscape import HEIGHT, WIDTH, View, landscape, skyline
from demo.scenes.noise import Floats, sample, texture

Kind = Literal["smoke", "cloud", "haze", "dust"]


@dataclass(frozen=True)
class Phenomenon:
    """`x`, `y`: normalized image coordinates of the anchor (smoke and dust keep to the ground); `strength` 0..1."""

    kind: Kind
    x: float
    y: float
    strength: float
    seed: int


@dataclass(frozen=True)
class Puffs:
    """n puffs at one moment: centres, horizontal and vertical radii, densities (each of shape n); then their look."""

    x: Floats
    y: Floats
    rx: Floats
    ry: Floats
    density: Floats
    colour: Floats
    """RGB 0..1 under white light."""
    roughness: float
    shift: tuple[float, float]
    """Offset (down, right) of the roughening texture, texels."""
    zoom: tuple[float, float]
    """Texels a pixel (down, right)."""
    behind: float
    """Land nearer than this depth hides the puffs."""


def _scale(view: View, x: float, y: float) -> tuple[float, float]:
    """The y of a point kept to the ground (reference pixels), and how large things look there."""
    sky = float(skyline(view)[min(WIDTH - 1, max(0, int(x * WIDTH)))])
    ground = min(0.97, max(y, sky + 0.012))
    return ground * HEIGHT, 0.7 + 1.2 * (ground - sky) / (1 - sky)


def _smoke(view: View, it: Phenomenon, seconds: float) -> Puffs:
    rng = np.random.default_rng([it.seed, 1])
    ground, scale = _scale(view, it.x, it.y)
    wind = rng.uniform(0.03, 0.42) * rng.choice([-1, 1])
    rise, spread = rng.uniform(0.32, 0.8), rng.uniform(0.055, 0.12)
    onset, life = rng.uniform(60, 260), rng.uniform(150, 420)
    phase, period = rng.uniform(0, 6.28), rng.uniform(60, 180)
    grey, brown = rng.uniform(0.58, 0.95), rng.uniform(0, 0.14)
    emitted = np.arange(-25.0, seconds, 5.0, dtype=np.float32)
    lumps = np.random.default_rng([it.seed, 2]).lognormal(0.0, 0.45, 400)[np.arange(len(emitted)) % 400]
    age = seconds - emitted
    x = it.x * WIDTH + scale * (
        wind * (age - 45 * (1 - np.exp(-age / 45)))
        + 2.2 * np.sin(phase + 6.28 * emitted / period) * np.minimum(age, 120) / 60
    )
    y = ground - scale * rise * 220 * (1 - np.exp(-age / 220))
    radius = scale * (1.8 + spread * age)
    ramp = np.clip(0.45 + emitted / onset, 0.3, 1.0)
    density = it.strength * lumps * ramp * (2.2 * scale / radius) ** 1.15 * np.exp(-age / life) * 1.25
    colour = np.array([grey, grey - 0.35 * brown, grey - brown], np.float32)
    return Puffs(x, y, radius, radius, density, colour, 0.75, (seconds * 0.5, -seconds * wind), (1.1, 1.1), 0.0)


def _cloud(view: View, it: Phenomenon, seconds: float) -> Puffs:
    rng = np.random.default_rng([it.seed, 3])
    count = int(rng.integers(7, 16))
    width, height = rng.uniform(18, 75), rng.uniform(5, 16)
    speed = rng.uniform(0.08, 0.55) * rng.choice([-1, 1])
    breath = 1 + rng.uniform(0, 0.35) * np.sin(rng.uniform(0, 6.28) + seconds / rng.uniform(90, 260))
    low = rng.uniform() < 0.45  # a low cloud floats before the far ridges, others behind every ridge
    x = it.x * WIDTH + rng.normal(0, width * 0.5, count) + speed * seconds * rng.uniform(0.85, 1.15, count)
    y = it.y * HEIGHT + rng.normal(0, height * 0.45, count)
    radius = rng.uniform(0.5, 1.0, count) * height
    density = it.strength * breath * rng.uniform(0.4, 1.1, count)
    grey = rng.uniform(0.78, 1.0)
    colour = np.array([grey, grey, grey + 0.01], np.float32)
    shift = (seconds * 0.05, -seconds * speed * 0.8)
    return Puffs(
        x, y, radius * rng.uniform(1.2, 2.6), radius, density, colour, 0.85, shift, (1.2, 0.7), 0.5 if low else 5.0
    )


def _haze(view: View, it: Phenomenon, seconds: float) -> Puffs:
    rng = np.random.default_rng([it.seed, 4])
    count = int(rng.integers(4, 9))
    width, height = rng.uniform(45, 130), rng.uniform(5, 13)
    speed = rng.uniform(-0.18, 0.18)
    growth = 0.65 + 0.35 * np.tanh(seconds / rng.uniform(120, 500)) + 0.1 * np.sin(seconds / rng.uniform(60, 150))
    x = it.x * WIDTH + rng.normal(0, width * 0.6, count) + speed * seconds
    y = it.y * HEIGHT + rng.normal(0, height * 0.6, count)
    density = it.strength * growth * rng.uniform(0.3, 0.8, count)
    grey = rng.uniform(0.72, 0.9)
    colour = np.array([grey - 0.02, grey, grey + 0.03], np.float32)
    rx, ry = width * rng.uniform(0.4, 0.9, count), height * rng.uniform(0.6, 1.1, count)
    return Puffs(x, y, rx, ry, density, colour, 0.5, (0.0, -seconds * speed), (0.9, 0.25), 0.12)


def _dust(view: View, it: Phenomenon, seconds: float) -> Puffs:
    rng = np.random.default_rng([it.seed, 5])
    ground, scale = _scale(view, it.x, it.y)
    speed, slope = rng.uniform(0.25, 1.2) * rng.choice([-1, 1]), rng.uniform(-0.06, 0.06)
    life, rise, spread = rng.uniform(25, 80), rng.uniform(0.02, 0.10), rng.uniform(0.06, 0.13)
    wind = rng.uniform(-0.1, 0.1)
    emitted = np.arange(max(-30.0, seconds - 300), seconds, 3.0, dtype=np.float32)
    lumps = np.random.default_rng([it.seed, 6]).lognormal(0.0, 0.4, 400)
    index = np.round((emitted + 30) / 3).astype(np.intp) % 400
    age = seconds - emitted
    x = it.x * WIDTH + scale * (speed * emitted + wind * age)
    y = ground + scale * (slope * speed * emitted - rise * age)
    radius = scale * (1.4 + spread * age)
    density = it.strength * lumps[index] * (2 * scale / radius) * np.exp(-age / life)
    tan = rng.uniform(0.55, 0.82)
    colour = np.array([tan, tan * 0.9, tan * rng.uniform(0.66, 0.84)], np.float32)
    return Puffs(x, y, radius * 1.3, radius * 0.8, density, colour, 0.6, (0.0, -seconds * wind), (1.1, 1.1), 0.0)


_KINDS: dict[Kind, Callable[[View, Phenomenon, float], Puffs]] = {
    "smoke": _smoke,
    "cloud": _cloud,
    "haze": _haze,
    "dust": _dust,
}


@dataclass(frozen=True)
class Patch:
    """Opacity of a phenomenon over a rectangle of the frame: rows top.., columns left.. of `alpha` (h x w)."""

    top: int
    left: int
    alpha: Floats
    colour: Floats


def opacity(view: View, it: Phenomenon, seconds: float, size: tuple[int, int]) -> Patch | None:
    """Where and how densely `it` covers a frame of `size` (width, height) at `seconds`; None when out of the frame."""
    puffs = _KINDS[it.kind](view, it, seconds)
    if len(puffs.x) == 0:
        return None
    width, height = size
    step = WIDTH / width, HEIGHT / height
    reach = 2.6
    left = max(0, int((puffs.x - reach * puffs.rx).min() / step[0]))
    right = min(width, int((puffs.x + reach * puffs.rx).max() / step[0]) + 1)
    top = max(0, int((puffs.y - reach * puffs.ry).min() / step[1]))
    bottom = min(height, int((puffs.y + reach * puffs.ry).max() / step[1]) + 1)
    if left >= right or top >= bottom:
        return None
    rows = ((np.arange(top, bottom) + 0.5) * step[1]).astype(np.float32)
    columns = ((np.arange(left, right) + 0.5) * step[0]).astype(np.float32)
    across = np.exp(-0.5 * ((columns[None, :] - puffs.x[:, None]) / puffs.rx[:, None]) ** 2)
    down = np.exp(-0.5 * ((rows[None, :] - puffs.y[:, None]) / puffs.ry[:, None]) ** 2)
    density = (down * puffs.density[:, None]).T.astype(np.float32) @ across.astype(np.float32)
    rough = sample(
        texture(it.seed % 1009, 1.35),
        rows * puffs.zoom[0] + np.float32(puffs.shift[0]),
        columns * puffs.zoom[1] + np.float32(puffs.shift[1]),
    )
    alpha = 1 - np.exp(-density * np.clip(1 + puffs.roughness * rough, 0.2, 3.0))
    if puffs.behind > 0:
        depth = landscape(view, size).depth[top:bottom, left:right]
        alpha = np.where(depth >= puffs.behind, alpha, np.float32(0))
    return Patch(top, left, (0.92 * alpha).astype(np.float32), puffs.colour)


_SMALL = (160, 90)
_VISIBLE = 0.12
_LEAST = 20
"""Pixels of a _SMALL frame that must be at least _VISIBLE for a camera to notice."""


def box(view: View, phenomenon: Phenomenon, seconds: float) -> tuple[float, float, float, float] | None:
    """Visible extent (xmin, ymin, xmax, ymax), normalized, at `seconds`; None when there is nothing to see."""
    patch = opacity(view, phenomenon, seconds, _SMALL)
    if patch is None:
        return None
    seen = patch.alpha > _VISIBLE
    if int(seen.sum()) < _LEAST:
        return None
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return (
        (patch.left + int(columns[0])) / _SMALL[0],
        (patch.top + int(rows[0])) / _SMALL[1],
        (patch.left + int(columns[-1]) + 1) / _SMALL[0],
        (patch.top + int(rows[-1]) + 1) / _SMALL[1],
    )
