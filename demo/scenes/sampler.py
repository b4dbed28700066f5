"""Random scenes for training and evaluation: place, season, hour, weather and what happens, all from one seed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo.scenes.landscape import WIDTH, View, skyline
from demo.scenes.phenomena import Kind, Phenomenon, box
from demo.scenes.render import render

LOOKALIKES: tuple[Kind, ...] = ("cloud", "haze", "dust")

INTERVAL = 30.0
"""Seconds between the frames of a sequence."""

_STRENGTH: dict[Kind, tuple[float, float]] = {
    "smoke": (0.45, 1.0),
    "cloud": (0.35, 1.0),
    "haze": (0.35, 0.95),
    "dust": (0.45, 1.0),
}


@dataclass(frozen=True)
class Scene:
    """One thing happening before one camera; the first of `phenomena` is the one the scene is about."""

    seed: int
    view: View
    hour: float
    haze: float
    phenomena: tuple[Phenomenon, ...]
    start: float
    """Seconds since the phenomena began at which the first frame is taken: when a camera first sees them."""

    @property
    def kind(self) -> Kind:
        """What the scene is about."""
        return self.phenomena[0].kind


def place(view: View, kind: Kind, rng: np.random.Generator) -> tuple[float, float]:
    """A likely anchor (x, y), normalized: smoke and dust on the land, clouds and haze near the skyline."""
    x = rng.uniform(0.12, 0.88)
    sky = float(skyline(view)[int(x * WIDTH)])
    land = 1 - sky
    offset = {
        "smoke": land * rng.uniform(0.01, 0.5),
        "cloud": rng.uniform(-0.06, 0.05),
        "haze": rng.uniform(-0.01, 0.16),
        "dust": land * rng.uniform(0.05, 0.65),
    }[kind]
    return float(x), sky + float(offset)


def phenomenon(view: View, kind: Kind, rng: np.random.Generator) -> Phenomenon:
    """A random phenomenon of `kind` at a likely place of `view`."""
    x, y = place(view, kind, rng)
    return Phenomenon(kind, x, y, float(rng.uniform(*_STRENGTH[kind])), int(rng.integers(2**31)))


def sample_scene(seed: int, kind: Kind | None = None) -> Scene:
    """The scene of `seed`: about smoke in half of the cases unless `kind` is given; one in five has a distraction."""
    rng = np.random.default_rng([seed, 20])
    drawn: Kind = "smoke" if rng.uniform() < 0.5 else LOOKALIKES[int(rng.integers(len(LOOKALIKES)))]
    view = View(int(rng.integers(1, 1000)), float(rng.integers(0, 360)), int(rng.integers(2**31)))
    happening = [phenomenon(view, kind or drawn, rng)]
    if rng.uniform() < 0.2:
        happening.append(phenomenon(view, LOOKALIKES[int(rng.integers(len(LOOKALIKES)))], rng))
    haze, hour, start = float(rng.uniform(0, 0.7) ** 1.5), float(rng.uniform(6.5, 19.5)), float(rng.uniform(0, 90))
    later = (start + INTERVAL * step for step in range(12))
    start = next((seconds for seconds in later if box(view, happening[0], seconds) is not None), start)
    return Scene(seed, view, hour, haze, tuple(happening), start)


def frame_times(scene: Scene, count: int) -> list[float]:
    """Seconds since the phenomena began of `count` frames, INTERVAL apart."""
    return [scene.start + INTERVAL * index for index in range(count)]


def frames(scene: Scene, count: int) -> Iterator[npt.NDArray[np.uint8]]:
    """The first `count` frames of the scene, each height x width x 3."""
    noise = np.random.default_rng([scene.seed, 21]).integers(2**31, size=count)
    for seconds, noise_seed in zip(frame_times(scene, count), noise, strict=True):
        hour = scene.hour + seconds / 3600
        yield render(
            scene.view,
            hour=hour,
            seconds=seconds,
            phenomena=scene.phenomena,
            haze=scene.haze,
            noise_seed=int(noise_seed),
        )
