"""The fixed part of a picture: ridges, fields and forest of one (camera, azimuth), and the light of an hour."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from demo.scenes.noise import SIZE, Floats, sample, texture

WIDTH, HEIGHT = 640, 360
"""Reference size: lengths in scenes are pixels of a frame of this size."""


@dataclass(frozen=True)
class View:
    """A fixed landscape: what one camera sees at one azimuth (degrees)."""

    camera: int
    azimuth: float
    seed: int

    def entropy(self) -> list[int]:
        """The integers every random choice of this landscape is drawn from."""
        return [self.camera, round(self.azimuth * 10) % 3600, self.seed]


@dataclass(frozen=True)
class Landscape:
    """Terrain of one view at one size; arrays are (3 x) height x width, read-only."""

    albedo: Floats
    """Colour planes of the ground, 0..1; 0 where there is sky."""
    depth: Floats
    """0 near .. 1 at the farthest ridge; 9 for sky."""
    cloudiness: float
    drift: float
    """Speed of the clouds in the sky, texels of their texture an hour."""
    sky_seed: int


def _ridge(rng: np.random.Generator, x: Floats, base: float, relief: float) -> Floats:
    """Height (normalized y, downwards) of one ridge line at normalized x."""
    line = np.full_like(x, base)
    for octave in range(7):
        frequency = rng.uniform(0.6, 1.4) * 2.0**octave
        line += relief * 0.55**octave * np.sin(2 * np.pi * (frequency * x + rng.uniform()), dtype=np.float32)
    return line


@lru_cache(maxsize=512)
def skyline(view: View) -> Floats:
    """Normalized y of the border between land and sky at WIDTH columns."""
    x = (np.arange(WIDTH, dtype=np.float32) + 0.5) / WIDTH
    line: Floats = np.min([_ridge(rng, x, base, relief) for rng, base, relief in _ridges(view)], axis=0)
    return line


def _ridges(view: View) -> list[tuple[np.random.Generator, float, float]]:
    """Generator, base height and relief of each ridge, farthest first."""
    rng = np.random.default_rng(view.entropy())
    count = int(rng.integers(3, 6))
    horizon = rng.uniform(0.30, 0.46)
    bases = horizon + (0.95 - horizon) * (np.arange(count) / count) ** 1.3
    reliefs = rng.uniform(0.012, 0.035) * np.linspace(1.0, 1.6, count)
    return [(np.random.default_rng([*view.entropy(), 7, k]), float(bases[k]), float(reliefs[k])) for k in range(count)]


@lru_cache(maxsize=24)
def landscape(view: View, size: tuple[int, int] = (WIDTH, HEIGHT)) -> Landscape:
    """The terrain of `view` at `size` (width, height)."""
    width, height = size
    x = (np.arange(width, dtype=np.float32) + 0.5) / width
    y = (np.arange(height, dtype=np.float32)[:, None] + 0.5) / height
    rng = np.random.default_rng([*view.entropy(), 1])
    seeds = [int(seed) for seed in rng.integers(0, 2**31, 4)]
    greenness = rng.uniform(0.25, 1.0)  # the season: from dry summer grass to spring green
    forest = np.array([0.13, 0.21 + 0.05 * greenness, 0.10], np.float32)
    field = np.array([0.46 - 0.14 * greenness, 0.42, 0.22], np.float32)
    soil = np.array([0.45, 0.36, 0.26], np.float32)

    albedo = np.zeros((3, height, width), np.float32)
    depth = np.full((height, width), 9.0, np.float32)
    ridges = _ridges(view)
    for k, (ridge_rng, base, relief) in enumerate(ridges):
        near = k / max(1, len(ridges) - 1)
        line = _ridge(ridge_rng, x, base, relief)
        land = y >= line[None, :]
        zoom = 1.0 - 0.6 * near  # texels a pixel: details of far ridges are finer
        rows = y[:, 0] * HEIGHT * zoom * 1.8 + 61 * k
        columns = x * WIDTH * zoom + 97 * k
        patches = sample(texture(seeds[0], 1.6), rows * 0.35, columns * 0.22)
        grain = sample(texture(seeds[1], 0.6), rows, columns)
        cover = 1 / (1 + np.exp(-6 * (patches - rng.uniform(-0.9, 0.5))))
        bare = sample(texture(seeds[2], 1.8), rows * 0.3, columns * 0.2) > 1.3
        shade = 1 + (0.10 + 0.14 * near) * grain
        for plane, bush, grass, earth in zip(albedo, forest, field, soil, strict=True):
            ground = np.where(bare, earth, grass + cover * (bush - grass)) * shade
            plane[land] = ground[land]
        depth = np.where(land, np.float32((1 - near) ** 1.5), depth)
    for array in (albedo, depth):
        array.setflags(write=False)
    return Landscape(albedo, depth, float(rng.uniform(-1.0, 1.6)), float(rng.uniform(-60, 60)), seeds[3])


@dataclass(frozen=True)
class Light:
    """Colours of one hour, RGB 0..1."""

    sun: Floats
    zenith: Floats
    horizon: Floats


def light(hour: float) -> Light:
    """Light at `hour` (0..24, local): dawn at 5, dusk at 20:30, dim outside."""
    height = max(0.0, float(np.sin(np.pi * np.clip((hour - 5.0) / 15.5, 0, 1))))
    level = 0.22 + 1.05 * height**0.6
    warmth = (1 - height) ** 2
    sun = level * np.array([1.0, 1 - 0.18 * warmth, 1 - 0.38 * warmth], np.float32)
    zenith = level * np.array([0.36 + 0.08 * warmth, 0.53, 0.80 - 0.1 * warmth], np.float32)
    horizon = level * np.array([0.72 + 0.14 * warmth, 0.74, 0.78 - 0.16 * warmth], np.float32)
    return Light(sun.astype(np.float32), zenith.astype(np.float32), horizon.astype(np.float32))


def cloud_cover(land: Landscape, hour: float, rows: Floats, columns: Floats) -> Floats:
    """Opacity 0..1 of the fair-weather clouds of the sky at reference pixel rows and columns."""
    shape = sample(texture(land.sky_seed, 1.7), rows * 0.9, columns * 0.3 + land.drift * hour + SIZE)
    result: Floats = np.clip((shape - 1.2 + 0.7 * land.cloudiness) * 0.55, 0, 0.85)
    return result
