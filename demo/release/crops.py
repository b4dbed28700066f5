"""From JPEG bytes to what the networks see (contracts/temporal-model.md, section 3, stage 5).

A truncated JPEG is read as far as it goes, as production's Pillow settings do.
"""

import io
import threading

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFile

from demo.release.tubes import Tube

_switch = threading.Lock()

MEAN = np.array([0.485, 0.456, 0.406], np.float32)
STD = np.array([0.229, 0.224, 0.225], np.float32)


def decode(data: bytes) -> Image.Image:
    """The RGB image of encoded `data`.

    Raises PIL.UnidentifiedImageError when the bytes are no image.
    """
    # Pillow has one switch for the whole process, which may hold more than a release.
    with _switch:
        before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, True
        try:
            return Image.open(io.BytesIO(data)).convert("RGB")
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before


def shrink(image: Image.Image, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """The image at the detector's `size` (width, height): height x width x 3."""
    return np.asarray(image.resize(size, Image.Resampling.BOX))


def normalize(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """... x height x width x 3 bytes as ... x 3 x height x width floats around 0 (ImageNet mean and deviation)."""
    scaled = (pixels.astype(np.float32) / 255 - MEAN) / STD
    return np.ascontiguousarray(np.moveaxis(scaled, -1, -3))


def window(tube: Tube) -> tuple[float, float, float, float]:
    """The stabilized window of a tube: the union of its observed boxes, (cx, cy, w, h)."""
    corners = [box.xyxy for box in tube.observed().values()]
    x0, y0 = min(c[0] for c in corners), min(c[1] for c in corners)
    x1, y1 = max(c[2] for c in corners), max(c[3] for c in corners)
    return (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0


def crop(
    image: Image.Image, around: tuple[float, float, float, float], *, context: float, size: int
) -> npt.NDArray[np.uint8]:
    """A square patch of `size` pixels around a window: widened by `context`, clamped, letterboxed in black."""
    cx, cy, w, h = around
    side = max(w * context * image.width, h * context * image.height)
    left, top = max(0, round(cx * image.width - side / 2)), max(0, round(cy * image.height - side / 2))
    right = min(image.width, round(cx * image.width + side / 2))
    bottom = min(image.height, round(cy * image.height + side / 2))
    part = image.crop((left, top, max(right, left + 1), max(bottom, top + 1)))
    if part.width != part.height:
        edge = max(part.size)
        square = Image.new("RGB", (edge, edge))
        square.paste(part, ((edge - part.width) // 2, (edge - part.height) // 2))
        part = square
    return np.asarray(part.resize((size, size), Image.Resampling.BILINEAR))
