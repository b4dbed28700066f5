"""A folder that an export shares with others: it remembers every file it wrote there, and touches no other."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, TextIO

from smokewatch.errors import RunError, StorageError, UsageError
from smokewatch.store.folders import locked_folder

JOURNAL = ".smokewatch-export.jsonl"
"""The files that exports wrote here, one JSON object a line; the last line on a path holds."""
_ROOTS = (("data",), ("01_raw",))


@dataclass(frozen=True, slots=True)
class _Written:
    """A file as it was left: its content, and what tells cheaply that nobody touched it since."""

    sha256: str
    size: int
    mtime_ns: int


class ExportFolder:
    """An export in progress. Files appear whole or not at all; an unchanged one is not written again.

    Every path is noted in the journal before its file is written, so that the files of an export that was killed are
    known to the next one. A file in the way that no export wrote is refused, never replaced.
    """

    def __init__(self, folder: Path, earlier: dict[str, _Written | None], journal: TextIO) -> None:
        self._folder, self._earlier, self._journal = folder, earlier, journal
        self._kept: dict[str, _Written] = {}
        self._made: set[Path] = set()

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator[ExportFolder]:
        """Begin an export; :meth:`finish` ends it, without it everything earlier stays.

        Raises:
            UsageError: when it is no folder that can be written, or holds a journal of something else.
            RunError: when another export writes there.
        """
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked_folder(folder))
                earlier = _read_journal(folder / JOURNAL)
                for path in (path for path, written in earlier.items() if written is None):
                    _partial(folder / path).unlink(missing_ok=True)
                _write_journal(folder / JOURNAL, earlier)
                journal = stack.enter_context((folder / JOURNAL).open("a"))
            except OSError as error:
                raise UsageError(f"{folder} is no folder that can be written: {error.strerror}") from error
            yield cls(folder, earlier, journal)

    def put(self, path: str, sha256: str, load: Callable[[], bytes]) -> bool:
        """Have a file there.

        Args:
            path: relative to the folder, ``data/…`` or ``01_raw/…``.
            sha256: of its content, hex.
            load: gives the content; called only where the file has to be written. What it raises goes through.

        Returns:
            Whether the file was written.

        Raises:
            UsageError: when another file is in the way that no export wrote.
            StorageError: when it cannot be written.
        """
        target = self._folder / path
        if not _is_ours(path):
            raise RunError(f"{path!r} is no path that an export writes: the store's names or ids are not production's")
        if path in self._kept:
            if self._kept[path].sha256 != sha256:
                raise RunError(f"{target} would be two files: sequences of two sources have one path, export one alone")
            return False
        try:
            found = _look(target, sha256)
            known = self._earlier.get(path)
            if found is not None and path not in self._earlier and _sha256(target) != sha256:
                raise UsageError(f"{target} was not written by an export: choose another folder")
            if found is not None and (found == known or path not in self._earlier):
                self._note(path, found)
                self._kept[path] = found
                return False
            content = load()
            self._note(path, None)
            self._write(target, content)
            written = _look(target, sha256)
            assert written is not None
            self._note(path, written)
            self._kept[path] = written
        except OSError as error:
            raise _fault(target, error) from error
        return True

    def put_json(self, path: str, value: Any) -> bool:
        """Have a JSON file there, indented by one space as the peer's are; as :meth:`put`."""
        try:
            content = json.dumps(value, indent=1, allow_nan=False).encode()
        except ValueError as error:
            raise RunError(f"{self._folder / path}: a release answered a number that JSON cannot hold") from error
        return self.put(path, hashlib.sha256(content).hexdigest(), lambda: content)

    def finish(self) -> int:
        """Remove the files of earlier exports that this one did not put, and folders this leaves empty.

        Returns:
            How many files were removed.
        """
        removed = 0
        for path in self._earlier.keys() - self._kept.keys():
            target = self._folder / path
            try:
                target.unlink()
                removed += 1
            except (FileNotFoundError, NotADirectoryError):
                pass
            except OSError as error:
                raise _fault(target, error) from error
            self._remove_empty(target.parent)
        try:
            _write_journal(self._folder / JOURNAL, dict(self._kept))
        except OSError as error:
            raise _fault(self._folder / JOURNAL, error) from error
        return removed

    def _remove_empty(self, folder: Path) -> None:
        while folder != self._folder:
            try:
                folder.rmdir()
            except FileNotFoundError:
                pass  # with an earlier file of it
            except OSError:
                return  # something is in it
            folder = folder.parent

    def _write(self, target: Path, content: bytes) -> None:
        if target.parent not in self._made:
            target.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(target.parent)
        partial = _partial(target)
        try:
            partial.write_bytes(content)
            partial.replace(target)
        except OSError:
            partial.unlink(missing_ok=True)
            raise

    def _note(self, path: str, written: _Written | None) -> None:
        self._journal.write(_line(path, written))
        self._journal.flush()


def _is_ours(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return parts[:1] in _ROOTS and ".." not in parts and "\0" not in path


def _look(target: Path, sha256: str) -> _Written | None:
    """A file's traits if its content is the given one; None without a file."""
    try:
        status = target.stat()
    except FileNotFoundError:
        return None
    return _Written(sha256, status.st_size, status.st_mtime_ns)


def _sha256(target: Path) -> str:
    return hashlib.sha256(target.read_bytes()).hexdigest()


def _partial(target: Path) -> Path:
    return target.with_name(f"{target.name}.partial")


def _line(path: str, written: _Written | None) -> str:
    traits = {"sha256": written.sha256, "size": written.size, "mtime_ns": written.mtime_ns} if written else {}
    return json.dumps({"path": path} | traits) + "\n"


def _read_journal(journal: Path) -> dict[str, _Written | None]:
    if not journal.exists():
        return {}
    found: dict[str, _Written | None] = {}
    for line in journal.read_text().splitlines(keepends=True):
        if not line.endswith("\n"):
            break  # an export was killed while it wrote this line: it had not begun the file
        try:
            entry = json.loads(line)
            path = str(entry.pop("path"))
            found[path] = _Written(**entry) if entry else None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UsageError(f"{journal} was not written by an export: choose another folder") from error
        if not _is_ours(path):
            raise UsageError(f"{journal} names {path!r}, which no export writes: choose another folder")
    return found


def _write_journal(journal: Path, files: dict[str, _Written | None]) -> None:
    partial = _partial(journal)
    with partial.open("w") as file:
        file.writelines(_line(path, written) for path, written in files.items())
    partial.replace(journal)


def _fault(target: Path, error: OSError) -> StorageError:
    hint = "free some space and run again" if error.errno == errno.ENOSPC else "check the folder"
    return StorageError(f"{target} cannot be written: {error.strerror}: {hint}")
