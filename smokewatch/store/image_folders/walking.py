"""The images below a folder, one after the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from smokewatch.errors import RunError, UsageError

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
"""Pillow's names of what these suffixes may hold."""


@dataclass(slots=True)
class Walk:
    """What was met on the way."""

    images: int = 0
    links: int = 0
    """Symbolic links to a file or a folder: none is followed, for it may lead out of the folder, or in a circle."""
    others: int = 0
    """Files without an image's suffix, and hidden files and folders (a leading dot)."""

    def through(self, folder: Path) -> Iterator[str]:
        """Images' paths relative to the folder, with slashes; by folder, then name. Only one folder's names are kept.

        Raises:
            RunError: when a folder cannot be read: what is in it would be missing without a word.
        """
        for place, folders, names in os.walk(folder, onerror=_refuse):
            links = {name for name in (*folders, *names) if os.path.islink(os.path.join(place, name))}
            self.links += len(links)
            hidden = {name for name in (*folders, *names) if name.startswith(".")} - links
            self.others += len(hidden)
            folders[:] = sorted(name for name in folders if name not in hidden)  # os.walk follows no link
            relative = os.path.relpath(place, folder)
            for name in sorted(names):
                if name in links or name in hidden:
                    continue
                if not name.lower().endswith(SUFFIXES):
                    self.others += 1
                    continue
                self.images += 1
                yield (name if relative == "." else os.path.join(relative, name)).replace(os.sep, "/")


def checked_folder(folder: Path) -> Path:
    """The folder, which is there.

    Raises:
        UsageError: when it is not.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name one that holds images")
    return folder


def walked(folder: Path) -> Walk:
    """A first walk, for the number of images.

    Raises:
        UsageError: when there is no image.
        RunError: when a folder below cannot be read.
    """
    walk = Walk()
    for _ in walk.through(checked_folder(folder)):
        pass
    if not walk.images:
        met = f"{walk.others} other files, {walk.links} links, which are not followed"
        raise UsageError(f"{folder} holds no image ({', '.join(SUFFIXES)}; {met}): name a folder that does")
    return walk


def _refuse(error: OSError) -> None:
    raise RunError(f"folder {error.filename} cannot be read ({error.strerror}): allow it, or choose another") from error
