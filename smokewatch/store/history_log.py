"""The audit log: every verdict once more as a line of JSON, beside the catalog and after its commit.

``history/history-YYYY-MM-DD.jsonl``, a file a UTC day. Each line is appended by one write, so that processes may share
a file, and a killed one leaves at most one half line. From it the catalog's last days can be had again.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog

PLAIN_DAYS, KEPT_DAYS = 7, 30
"""After so many days a file is compressed, after so many it is deleted."""
_NAME = re.compile(r"history-(\d{4}-\d\d-\d\d)\.jsonl(\.gz)?", re.ASCII)
_COLUMNS = {column.name: column for column in t.verdicts.columns if column.name != "id"}
_SAME = ("source", "sequence_id", "run_id", "decided_at")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What became of an audit log's lines."""

    added: int
    """Verdicts that the catalog had lost."""
    known: int
    """Verdicts that it has."""
    damaged: int
    """Lines that are none: half-written ones."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """What became of old files."""

    compressed: int
    deleted: int


class HistoryLog:
    """An audit log in a folder. Any number of processes may append; it may be shared between threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Append verdicts that the catalog has committed, each to its day's file.

        Args:
            rows: as :func:`smokewatch.store.verdicts.record_verdicts` gives them.

        Raises:
            StorageError: when the folder cannot be written.
        """
        by_day: dict[date, list[bytes]] = {}
        for row in rows:
            by_day.setdefault(row["decided_at"].astimezone(UTC).date(), []).append(_line(row))
        try:
            for day, lines in by_day.items():
                self.folder.mkdir(parents=True, exist_ok=True)
                _append(self.folder / f"history-{day}.jsonl", lines)
        except OSError as error:
            raise _refused(self.folder, error) from error

    def tidy(self, today: date) -> Tidied:
        """Compress what is older than :data:`PLAIN_DAYS`, delete what is older than :data:`KEPT_DAYS`.

        Args:
            today: UTC.

        Raises:
            StorageError: when the folder cannot be written.
        """
        counts: Counter[str] = Counter()
        try:
            for day, path in self._files():
                if day < today - timedelta(days=KEPT_DAYS):
                    path.unlink(missing_ok=True)
                    counts["deleted"] += 1
                elif day < today - timedelta(days=PLAIN_DAYS) and path.suffix != ".gz":
                    _compress(path)
                    counts["compressed"] += 1
        except OSError as error:
            raise _refused(self.folder, error) from error
        return Tidied(counts["compressed"], counts["deleted"])

    def rebuild(self, catalog: Catalog) -> Rebuilt:
        """Put into the catalog's history what the log has and the catalog does not; again, it adds nothing.

        Raises:
            StorageError: when a file cannot be read, or the catalog cannot be written.
        """
        added = known = damaged = 0
        batch: list[dict[str, Any]] = []
        for row in self._rows():
            if row is None:
                damaged += 1
                continue
            batch.append(row)
            if len(batch) == _AT_ONCE:
                new = _add(catalog, batch)
                added, known, batch = added + new, known + len(batch) - new, []
        new = _add(catalog, batch)
        return Rebuilt(added + new, known + len(batch) - new, damaged)

    def _files(self) -> list[tuple[date, Path]]:
        """Oldest first; of a day that was being compressed when its process was killed, both."""
        if not self.folder.is_dir():
            return []
        found = ((_NAME.fullmatch(path.name), path) for path in self.folder.iterdir())
        return sorted((date.fromisoformat(name[1]), path) for name, path in found if name)

    def _rows(self) -> Iterator[dict[str, Any] | None]:
        for _, path in self._files():
            try:
                content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            except (OSError, EOFError) as error:
                raise StorageError(f"audit log {path} cannot be read ({error}): restore it or delete it") from error
            yield from map(_row, filter(None, content.split(b"\n")))


def _line(row: Mapping[str, Any]) -> bytes:
    told = {name: _text(row[name]) for name in _COLUMNS}
    return json.dumps(told, separators=(",", ":")).encode() + b"\n"


def _text(value: Any) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _row(line: bytes) -> dict[str, Any] | None:
    """The columns of a line; None: it is no whole line of ours."""
    try:
        told = json.loads(line)
        row = {name: told[name] for name in _COLUMNS}
        return row | {"decided_at": datetime.fromisoformat(row["decided_at"]).astimezone(UTC)}
    except (ValueError, KeyError, TypeError):
        return None


def _append(path: Path, lines: Sequence[bytes]) -> None:
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            os.write(file, b"\n")  # a killed process left half a line: ours is not glued to it
        for line in lines:
            if os.write(file, line) != len(line):
                raise OSError("the disk is full")
    finally:
        os.close(file)


def _compress(path: Path) -> None:
    partial = path.with_suffix(".jsonl.gz.partial")
    partial.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    os.replace(partial, path.with_suffix(".jsonl.gz"))
    path.unlink()


def _add(catalog: Catalog, rows: Sequence[dict[str, Any]]) -> int:
    """Insert those that the catalog does not have, in their order; returns how many."""
    if not rows:
        return 0
    v = t.verdicts.c
    with catalog.write() as connection:
        times = sorted({row["decided_at"] for row in rows})
        kept = sa.select(*(v[name] for name in _SAME)).where(v.decided_at.between(times[0], times[-1]))
        known = {tuple(row) for row in connection.execute(kept)}
        new = []
        for row in rows:
            name = tuple(row[each] for each in _SAME)
            if name not in known:
                known.add(name)
                new.append(row)
        if new:
            connection.execute(t.verdicts.insert(), new)
    return len(new)


def _refused(folder: Path, error: OSError) -> StorageError:
    reason = error.strerror or str(error)
    return StorageError(f"audit log {folder} cannot be written ({reason}): free some space, or set SMOKEWATCH_HISTORY")


def history_folder(catalog_url: str, setting: str | None) -> Path:
    """Where the audit log is: as set, else ``history`` beside a SQLite catalog, else in ``smokewatch-data``."""
    if setting is not None:
        return Path(setting)
    url = sa.make_url(catalog_url)
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return Path(str(url.database)).parent / "history"
    return Path("smokewatch-data") / "history"
