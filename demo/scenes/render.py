"""One frame of a watch camera, as pixels and as JPEG bytes."""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from demo.scenes.landscape import HEIGHT, WIDTH, View, cloud_cover, landscape, light
from demo.scenes.phenomena import Phenomenon, opacity


def render(
    view: View,
    *,
    hour: float,
    seconds: float,
    phenomena: Sequence[Phenomenon],
    haze: float = 0.0,
    noise_seed: int,
    size: tuple[int, int] = (WIDTH, HEIGHT),
) -> npt.NDArray[np.uint8]:
    """A frame, height x width x 3.

    `hour` is local time 0..24, `seconds` the time since the phenomena began, `haze` 0..1 dims what is far,
    `noise_seed` is the sensor's noise of this very frame, `size` is (width, height).
    """
    width, height = size
    land = landscape(view, size)
    colours = light(hour)
    rows = ((np.arange(height) + 0.5) * (HEIGHT / height)).astype(np.float32)
    columns = ((np.arange(width) + 0.5) * (WIDTH / width)).astype(np.float32)

    climb = np.clip(1 - rows / (0.45 * HEIGHT), 0, 1)[:, None]
    clear = np.exp(-land.depth * np.float32(0.55 + 2.2 * haze))
    clear[land.depth > 1] = 0.0
    sky = int(np.flatnonzero((land.depth > 1).any(axis=1)).max(initial=-1)) + 1
    cover = cloud_cover(land, hour, rows[:sky], columns) * (land.depth[:sky] > 1)
    patches = [patch for it in phenomena if (patch := opacity(view, it, seconds, size)) is not None]

    rng = np.random.default_rng(noise_seed)
    exposure = np.float32(255 * 0.92 * rng.normal(1.0, 0.008))
    grain = rng.standard_normal((height, width), dtype=np.float32)
    grain *= np.float32(2.6 - 0.8 * min(1.0, float(colours.sun[0])))

    picture = np.empty((height, width, 3), np.uint8)
    for channel, (sun, zenith, horizon) in enumerate(zip(colours.sun, colours.zenith, colours.horizon, strict=True)):
        air = horizon + climb * (zenith - horizon)
        plane = land.albedo[channel] * sun
        plane -= air
        plane *= clear
        plane += air
        plane[:sky] += cover * (sun * np.float32(0.93) - plane[:sky])
        for patch in patches:
            window = plane[patch.top : patch.top + patch.alpha.shape[0], patch.left : patch.left + patch.alpha.shape[1]]
            window += patch.alpha * (patch.colour[channel] * sun * np.float32(0.95) - window)
        plane *= exposure
        plane += grain
        picture[..., channel] = np.clip(plane, 0, 255, out=plane)
    return picture


def jpeg(image: npt.NDArray[np.uint8], quality: int = 85) -> bytes:
    """`image` (height x width x 3) as JPEG; the same pixels give the same bytes."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
