"""A frame's bytes decoded into its profile, whatever the bytes are."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError, features

from smokewatch.domain.profiles import Basis, Channel, FrameProfile, Undecodable, UndecodableReason
from smokewatch.domain.sequences import FrameFlag, frame_flag
from smokewatch.errors import printable

MAX_PIXELS = 40_000_000
"""Larger than any camera's frame (8K is 33 million); a larger one is not decoded: it would take over 160 MB."""

_FRAME_FORMATS = ("JPEG", "PNG")

# Pillow returns an image's memory to the system, and has the next one's pages mapped and cleared anew: an eighth of a
# profile's CPU in two threads. At most so many blocks of up to 16 MiB are kept; a 1280x720 frame's takes 4.
if "PILLOW_BLOCKS_MAX" not in os.environ:
    Image.core.set_blocks_max(4)  # type: ignore[attr-defined]


def _decoder() -> str:
    """E.g. ``pillow 13.0 libjpeg-turbo 3.2 full``: a JPEG's pixels are its library's, and libraries differ."""
    turbo = features.version("libjpeg_turbo")
    library = f"libjpeg-turbo {_minor(turbo)}" if turbo else f"libjpeg {_minor(features.version('jpg'))}"
    return f"pillow {_minor(features.version('pil'))} {library} full"


def _minor(version: str | None) -> str:
    return ".".join(str(version).split(".")[:2])


DECODER = _decoder()
"""What this process's profiles are taken with: the libraries, and that no pixel is left out."""


def profile_frame(content: bytes, *, formats: tuple[str, ...] = _FRAME_FORMATS) -> FrameProfile | Undecodable:
    """Decode a frame at full size and count its pixels; may be called from many threads.

    Of a file with several images, the first one counts.

    Alpha is no light and is left out; colour profiles, gamma and EXIF orientation are not applied. Deeper than 8 bits
    is refused, for its values cannot be counted in 256. A JPEG that ends too early is undecodable: what its lost part
    would be filled with is not what the camera saw.

    Raises:
        MemoryError: the machine's fault, so nothing is known of the frame.
    """
    known: dict[str, Any] = {}
    try:
        with Image.open(io.BytesIO(content), formats=formats) as image:
            known = {"width": image.width, "height": image.height, "mode": image.mode}
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError(f"{image.width} x {image.height} is over {MAX_PIXELS:,} pixels")
            # Pillow quietly drops the lower 8 of 16 bits a channel; only the raw mode tells ("RGB;16B").
            if any(";16" in str(tile[3]) for tile in image.tile):
                return _undecodable(UndecodableReason.NOT_8_BIT, "16 bits a channel: only 8 can be profiled", known)
            if image.mode in ("I", "F"):  # a TIFF's 32 bits
                return _undecodable(UndecodableReason.NOT_8_BIT, "32 bits a channel: only 8 can be profiled", known)
            return _profile(image)
    except MemoryError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        return _undecodable(UndecodableReason.TOO_LARGE, str(error), known)
    except Exception as error:  # noqa: BLE001 - anything may come of such bytes; it is told, and the import goes on
        if frame_flag(content) is FrameFlag.TRUNCATED_JPEG:
            return _undecodable(UndecodableReason.TRUNCATED_JPEG, "the file ends before its image does", known)
        if isinstance(error, UnidentifiedImageError):
            return _undecodable(UndecodableReason.UNKNOWN_FORMAT, "none of " + ", ".join(formats), known)
        return _undecodable(UndecodableReason.BROKEN, f"{type(error).__name__}: {error}", known)


def _profile(image: Image.Image) -> FrameProfile:
    basis = Basis(DECODER, image.width, image.height)
    if image.mode in ("1", "L", "LA"):
        counts = np.tile(np.array(image.convert("L").histogram(), np.int64), (len(Channel), 1))
    else:
        if image.mode == "RGB":
            image.load()
        colours = image if image.mode == "RGB" else image.convert("RGB")  # converting to the same copies
        counts = np.array(colours.histogram() + colours.convert("L").histogram(), np.int64).reshape(len(Channel), -1)
    return FrameProfile(basis=basis, counts=counts, mode=image.mode)


def _undecodable(reason: UndecodableReason, detail: str, known: dict[str, Any]) -> Undecodable:
    return Undecodable(reason, printable(detail, 300), DECODER, **known)  # a message may quote the bytes
