"""Where a bundle lies: a folder of this machine, or a prefix on an S3 server."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from smokewatch.errors import StorageError, UsageError
from smokewatch.store.s3 import SCHEME, S3Folder


class BundlePlace(Protocol):
    """What a bundle's reader needs. Paths are relative, and checked before they come here."""

    location: str

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """How many bytes these files have; those that are not there are left out.

        Raises:
            StorageError: when the place cannot be read.
        """

    def read(self, path: str, offset: int = 0, length: int = 0) -> bytes | None:
        """A file's bytes, or ``length`` of them from ``offset`` on; None when it is not there.

        Raises:
            StorageError: when it cannot be read.
        """

    def copy_to(self, path: str, target: BinaryIO) -> bool:
        """Copy a file's bytes into an open file; False when it is not there.

        Raises:
            StorageError: when it cannot be read.
            OSError: when the open file does not take it.
        """


class LocalPlace:
    """A folder."""

    def __init__(self, folder: Path) -> None:
        self.location, self.folder = str(folder), folder

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        return {path: (self.folder / path).stat().st_size for path in paths if (self.folder / path).is_file()}

    def read(self, path: str, offset: int = 0, length: int = 0) -> bytes | None:
        try:
            with (self.folder / path).open("rb") as file:
                file.seek(offset)
                return file.read(length or -1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageError(f"{self.folder / path} cannot be read: {error.strerror}") from error

    def copy_to(self, path: str, target: BinaryIO) -> bool:
        try:
            file = (self.folder / path).open("rb")
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StorageError(f"{self.folder / path} cannot be read: {error.strerror}") from error
        with file:
            shutil.copyfileobj(file, target, 1 << 20)
        return True


def open_place(location: str) -> BundlePlace:
    """Where a bundle is said to be: ``s3://bucket/prefix`` or a folder.

    Raises:
        UsageError: when it cannot be used.
    """
    if location.startswith(SCHEME):
        return S3Folder.open(location, name="the bundle")
    if not Path(location).is_dir():
        raise UsageError(f"{location} is no folder: expected a bundle, DIR or s3://bucket/prefix")
    return LocalPlace(Path(location))
