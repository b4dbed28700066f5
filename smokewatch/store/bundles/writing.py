"""Making a bundle of a store, and making it grow with the store."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from smokewatch.domain.sequences import FrameFlag
from smokewatch.errors import StorageError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.bundles.layout import (
    CATALOG,
    FRAMES,
    MANIFEST,
    PREDICTIONS,
    SHARD_BYTES,
    Traits,
    dump_manifest,
    index_name,
    is_bundle_file,
    parse_index,
    parse_manifest,
    shards_of,
)
from smokewatch.store.bundles.places import LocalPlace
from smokewatch.store.bundles.reading import BundledFrames, check_sizes, read_checked
from smokewatch.store.bundles.shards import ShardWriter
from smokewatch.store.bundles.snapshot import write_snapshot
from smokewatch.store.bundles.tables import write_tables
from smokewatch.store.catalog import Catalog
from smokewatch.store.folders import locked_folder
from smokewatch.store.frames import FrameLostError, FrameReader

_STAGING = ".smokewatch-bundle"  # also the mark of a bundle that is being made
_READERS = 16
_CHUNK = 64  # frames in memory at once
_BATCH = 200  # predictions, too


@dataclass
class Counts:
    """What a bundle holds, and what of it is new."""

    frames: int = 0
    frames_new: int = 0
    frames_missing: int = 0
    """Frames of the catalog whose bytes are lost: tried again by the next bundle."""
    predictions: int = 0
    predictions_new: int = 0
    files: int = 0
    files_new: int = 0
    """Of these, those that were not there before, or with other bytes."""
    bytes: int = 0
    bytes_new: int = 0
    sha256: str = ""
    """Of manifest.json, and so of everything: equal bundles have equal ones."""


def write_bundle(
    catalog: Catalog,
    frames: FrameReader,
    folder: Path,
    *,
    shard_bytes: int = SHARD_BYTES,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
) -> Counts:
    """Make a folder a bundle of the store as it is at this moment.

    A bundle that is there grows: its shards stay as they are, what they lack goes into new ones. Everything is made
    aside, the manifest comes last: a bundle that was not finished is refused, and finished by the next call.

    Args:
        catalog: where from.
        frames: where from.
        folder: where to: nothing, an empty folder, or a bundle of the same store.
        shard_bytes: the most bytes of a shard.
        advance: told how many new frames are written, of how many.

    Raises:
        UsageError: when the folder cannot be used.
        RunError: when another bundle is made there, or the store or the folder fails.
    """
    with locked_folder(folder), _told(folder):
        files = earlier = _earlier(folder)
        _clear(folder, earlier)
        (folder / _STAGING / "tables").mkdir(parents=True)
        try:
            making = _Making(folder, earlier, shard_bytes)
            files = making.make(catalog, frames, advance)
        finally:
            _clear(folder, files)
    return making.counts


class _Making:
    """A bundle in the making, in a folder that nobody else writes to."""

    def __init__(self, folder: Path, earlier: dict[str, Traits], shard_bytes: int) -> None:
        self.counts = Counts()
        self._folder, self._earlier, self._shard_bytes = folder, earlier, shard_bytes
        self._staging = folder / _STAGING

    def make(self, catalog: Catalog, frames: FrameReader, advance: Callable[[int, int], None]) -> dict[str, Traits]:
        write_snapshot(catalog, self._staging / CATALOG)
        snapshot = Catalog.open_snapshot(self._staging / CATALOG)
        try:
            files = {name: each for name, each in self._earlier.items() if name.startswith((FRAMES, PREDICTIONS))}
            files |= self._add_frames(snapshot, frames, advance)
            files |= self._add_predictions(snapshot)
            places = BundledFrames(LocalPlace(self._folder), files).places()
            tables = write_tables(snapshot, self._staging / "tables", places)
        finally:
            snapshot.close()
        (self._folder / "tables").mkdir(exist_ok=True)
        for name in (CATALOG, *(f"tables/{name}" for name in tables)):
            files[name] = self._put_in_place(name)
        manifest = dump_manifest(files)
        (self._staging / MANIFEST).write_bytes(manifest)
        os.replace(self._staging / MANIFEST, self._folder / MANIFEST)
        new = [each for name, each in files.items() if self._earlier.get(name) != each]
        counts = self.counts
        counts.files, counts.bytes = len(files), sum(each.size for each in files.values())
        counts.files_new, counts.bytes_new = len(new), sum(each.size for each in new)
        counts.sha256 = hashlib.sha256(manifest).hexdigest()
        return files

    def _add_frames(
        self, snapshot: Catalog, frames: FrameReader, advance: Callable[[int, int], None]
    ) -> dict[str, Traits]:
        with snapshot.read() as connection:
            f = t.frames.c
            flags = {row.sha256: row.flag for row in connection.execute(sa.select(f.sha256, f.flag).order_by(f.sha256))}
        new = sorted(flags.keys() - self._known(FRAMES, flags.keys()))
        counts = self.counts
        with self._shards(FRAMES) as shards, ThreadPoolExecutor(_READERS) as pool:
            for start in range(0, len(new), _CHUNK):
                chunk = new[start : start + _CHUNK]
                contents = pool.map(lambda sha256: _read(frames, sha256), chunk)
                for sha256, content in zip(chunk, contents, strict=True):
                    if content is None:
                        counts.frames_missing += 1
                        continue
                    kind = "bin" if flags[sha256] == FrameFlag.NOT_JPEG else "jpg"
                    shards.add([(f"{sha256}.{kind}", content)])
                    counts.frames_new += 1
                advance(start + len(chunk), len(new))
        counts.frames = len(flags) - counts.frames_missing
        return shards.sealed

    def _add_predictions(self, snapshot: Catalog) -> dict[str, Traits]:
        r, counts = t.replays.c, self.counts
        with snapshot.read() as connection:
            keys = set(connection.scalars(sa.select(r.key)))
            known = self._known(PREDICTIONS, keys)
            query = sa.select(r.key, r.request, r.answer).order_by(r.key).execution_options(yield_per=_BATCH)
            with self._shards(PREDICTIONS) as shards:
                for row in connection.execute(query):
                    if row.key not in known:
                        members = [("answer", row.answer), ("request", row.request)]
                        shards.add([(f"{row.key}.{name}.json", text.encode()) for name, text in members])
                        counts.predictions_new += 1
        counts.predictions = len(keys)
        return shards.sealed

    def _known(self, kind: str, stored: Set[str]) -> set[str]:
        """The samples that sealed shards hold already."""
        place = LocalPlace(self._folder)
        known = {
            entry.name.partition(".")[0]
            for shard in shards_of(self._earlier, kind)
            for entry in parse_index(
                read_checked(place, index_name(shard), self._earlier[index_name(shard)]),
                f"{self._folder}/{shard}",
                self._earlier[shard],
            )
        }
        if not known <= stored:
            raise UsageError(f"{self._folder} is the bundle of another store: choose another folder")
        return known

    @contextmanager
    def _shards(self, kind: str) -> Iterator[ShardWriter]:
        shards = ShardWriter(self._folder, kind, first=len(shards_of(self._earlier, kind)), limit=self._shard_bytes)
        try:
            yield shards
            shards.seal()
        finally:
            shards.abandon()

    def _put_in_place(self, name: str) -> Traits:
        """Move a staged file to where it belongs, unless the same is there: what copies bundles looks at times."""
        staged = self._staging / name
        with staged.open("rb") as file:
            traits = Traits(staged.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())
        if self._earlier.get(name) != traits or not (self._folder / name).is_file():
            os.replace(staged, self._folder / name)
        return traits


def _read(frames: FrameReader, sha256: str) -> bytes | None:
    try:
        return frames.read(sha256)
    except FrameLostError:
        return None


def _earlier(folder: Path) -> dict[str, Traits]:
    """The files of the bundle that is there, none when there is none yet.

    Raises:
        UsageError: when something else is there.
        StorageError: when the bundle is damaged.
    """
    if (folder / MANIFEST).is_file():
        files = parse_manifest((folder / MANIFEST).read_bytes(), str(folder))
        place = LocalPlace(folder)
        sealed = {name: each for name, each in files.items() if name.startswith((FRAMES, PREDICTIONS))}
        check_sizes(place, sealed)
        return files
    if any(folder.iterdir()) and not (folder / _STAGING).is_dir():
        raise UsageError(f"{folder} holds something else than a bundle: choose an empty folder")
    return {}


def _clear(folder: Path, files: Mapping[str, Traits]) -> None:
    """Remove what an unfinished bundle left; its mark goes last."""
    for kind in (FRAMES, PREDICTIONS, "tables"):
        if (folder / kind).is_dir():
            for path in (folder / kind).iterdir():
                if f"{kind}/{path.name}" not in files and is_bundle_file(f"{kind}/{path.name}"):
                    path.unlink()
            with suppress(OSError):  # not empty
                (folder / kind).rmdir()
    if CATALOG not in files:
        (folder / CATALOG).unlink(missing_ok=True)
    if (folder / _STAGING).is_dir():
        shutil.rmtree(folder / _STAGING)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "free some space and run again" if error.errno == errno.ENOSPC else "check the folder"
        raise StorageError(f"{folder} cannot be written: {error.strerror}: {hint}") from error
