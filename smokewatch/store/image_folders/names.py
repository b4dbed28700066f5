"""What an image's path says: which camera it is from, and when it was taken. All UTC."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import StrEnum

from smokewatch.errors import UsageError, printable


class TimeSource(StrEnum):
    """Where the time of an image was found, the first that has one."""

    PREDICTIONS = "predictions"
    """The predictions' column ``time``."""
    NAME = "name"
    """The file's name, e.g. ``brison_2023-05-23T17-18-31.jpg`` or ``20230523_171831.png``."""
    FOLDER_AND_EXIF = "folder_and_exif"
    """The day of the nearest folder named YYYY-MM-DD, at the hour of EXIF's DateTimeOriginal."""
    FOLDER_AND_MTIME = "folder_and_mtime"
    """The day of the nearest folder named YYYY-MM-DD, at the hour of the file's last change."""
    EXIF = "exif"
    """EXIF's DateTimeOriginal, with its offset where there is one."""
    MTIME = "mtime"
    """The file's last change."""


# One separator throughout a date and one throughout an hour, so that other numbers are rarely taken for a time.
_TIME = re.compile(
    r"(?<!\d)(\d{4})(?P<in_date>[-_]?)(\d\d)(?P=in_date)(\d\d)[T_ -]?"
    r"(\d\d)(?P<in_hour>[-_:.]?)(\d\d)(?P=in_hour)(\d\d)(?!\d)"
)
_PARTS = (1, 3, 4, 5, 7, 8)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TEMPLATE = re.compile(r"(\{camera\}|\*\*/?|\*)")
_PATTERNS = {"{camera}": "(?P<camera>[^/]+?)", "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*"}


def time_in_name(name: str) -> datetime | None:
    """The first time in a file's name, aware UTC; None without one."""
    for match in _TIME.finditer(name):
        try:
            year, month, day, hour, minute, second = (int(match[part]) for part in _PARTS)
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        except ValueError:  # e.g. a month 13: some other number
            continue
    return None


def day_in_folders(path: str) -> date | None:
    """The day of the nearest folder named YYYY-MM-DD of a relative path; None without one."""
    return next((day for folder in reversed(path.split("/")[:-1]) if (day := _day(folder)) is not None), None)


class Cameras:
    """The rule by which a path names its camera."""

    def __init__(self, *, root: str, template: str | None) -> None:
        """
        Args:
            root: the camera of images that lie in no folder.
            template: e.g. ``{camera}/**`` or ``**/{camera}_*.jpg`` for the path below the root: ``*`` stands for
                anything within a name, ``**`` for any folders. None: the first folder that is no day (YYYY-MM-DD).

        Raises:
            UsageError: when the template does not name {camera} once.
        """
        self._root, self._template = root, template
        if template is not None and template.count("{camera}") != 1:
            raise UsageError(f"camera template {template!r} must name {{camera}} once, as in '{{camera}}/**'")
        parts = [] if template is None else _TEMPLATE.split(template)
        self._pattern = re.compile("".join(_PATTERNS.get(part) or re.escape(part) for part in parts))

    def of(self, path: str) -> str:
        """A path's camera.

        Raises:
            UsageError: when the template does not fit the path.
        """
        if self._template is None:
            return printable(next((folder for folder in path.split("/")[:-1] if _day(folder) is None), self._root))
        match = self._pattern.fullmatch(path)
        if match is None:
            where = f"camera template {self._template!r} does not fit {printable(path)}"
            raise UsageError(f"{where}: change it, or the folder")
        return printable(match["camera"])


def _day(folder: str) -> date | None:
    try:
        return date.fromisoformat(folder) if _DAY.fullmatch(folder) else None
    except ValueError:
        return None
