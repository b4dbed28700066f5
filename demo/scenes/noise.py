"""Smooth random textures and how to read them at any scale.

Textures are white noise filtered to a power law in the Fourier domain, so that they tile without a seam.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating[Any]]

SIZE = 256


@lru_cache(maxsize=96)
def texture(seed: int, roughness: float = 2.0) -> Floats:
    """A tileable SIZE x SIZE texture, mean 0, standard deviation 1; a larger `roughness` exponent is smoother."""
    white = np.random.default_rng(seed).standard_normal((SIZE, SIZE))
    frequency = np.hypot(np.fft.fftfreq(SIZE)[:, None], np.fft.rfftfreq(SIZE)[None, :])
    frequency[0, 0] = 1.0
    spectrum = np.fft.rfft2(white) * frequency**-roughness
    spectrum[0, 0] = 0.0
    field = np.fft.irfft2(spectrum, s=(SIZE, SIZE))
    result: Floats = (field / field.std()).astype(np.float32)
    result.setflags(write=False)
    return result


def sample(tile: Floats, rows: Floats, columns: Floats) -> Floats:
    """The tile read bilinearly at every (row, column) pair; shape (len(rows), len(columns)); texel units, wrapping."""
    top = np.floor(rows).astype(np.intp)
    left = np.floor(columns).astype(np.intp)
    down = (rows - top).astype(np.float32)[:, None]
    right = (columns - left).astype(np.float32)[None, :]
    bands = tile[top % SIZE] * (1 - down) + tile[(top + 1) % SIZE] * down
    result: Floats = bands[:, left % SIZE] * (1 - right) + bands[:, (left + 1) % SIZE] * right
    return result
