"""An image's pixels as a classifier gets them."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def pixels_of(content: bytes, size: tuple[int, int], *, formats: tuple[str, ...]) -> NDArray[np.uint8]:
    """(height, width, 3) RGB of a decodable image: the whole of it, resized (bilinear, antialiased) to width, height.

    Its proportions are not kept and nothing is cut off; EXIF orientation is not applied, as the releases do not.
    """
    with Image.open(io.BytesIO(content), formats=formats) as image:
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.BILINEAR), np.uint8)
