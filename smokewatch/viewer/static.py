"""The front end's files. A client names an entry of a listing; its text never becomes a path."""

from __future__ import annotations

import mimetypes
from pathlib import Path

from smokewatch.viewer.replies import Prepared

FOLDER = Path(__file__).parent / "static"
# The system's own table of types may lack these, and a module of another type is not run.
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".json": "application/json"}
_TYPES |= {".html": "text/html", ".svg": "image/svg+xml", ".txt": "text/plain"}


class StaticFiles:
    """The files below a folder, compressed once and read again when they change.

    A page asks for fifty of them, and listing the folder costs more than all else: it is listed again only for a name
    that is not in the listing, or whose file went.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._listed: dict[str, Path] = {}
        self._kept: dict[str, tuple[tuple[int, int], Prepared]] = {}

    def get(self, name: str) -> Prepared | None:
        """A file by its name relative to the folder, with ``/``; None when it is not in the listing."""
        path = self._listed.get(name)
        found = self._read(name, path) if path is not None else None
        if found is None:
            self._listed = self._listing()
            path = self._listed.get(name)
            found = self._read(name, path) if path is not None else None
        return found

    def _read(self, name: str, path: Path) -> Prepared | None:
        """What the file holds now; None where it, or a folder on its way, is no longer what was listed."""
        try:
            traits = path.stat()
            state = (traits.st_mtime_ns, traits.st_size)
            kept = self._kept.get(name)
            if kept is None or kept[0] != state:
                kept = self._kept[name] = (state, Prepared.of(path.read_bytes(), _type_of(path)))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        return kept[1]

    def _listing(self) -> dict[str, Path]:
        return {path.relative_to(self._folder).as_posix(): path for path in self._folder.rglob("*") if path.is_file()}


def _type_of(path: Path) -> str:
    known = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known
