"""A bundle, read where it lies: a member by its range, never unpacked."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa

from smokewatch.errors import StorageError, UsageError
from smokewatch.store.bundles.layout import (
    CATALOG,
    FRAMES,
    MANIFEST,
    DamagedBundleError,
    Traits,
    index_name,
    parse_index,
    parse_manifest,
    shards_of,
)
from smokewatch.store.bundles.places import BundlePlace, LocalPlace, open_place
from smokewatch.store.catalog import Catalog, OutdatedSnapshotError
from smokewatch.store.frames import FrameLostError


class Bundle:
    """An open bundle: every file is there at its size. What is read is checked against its SHA-256 then.

    Use it as a context: what had to be fetched is removed at its end. It may be shared between threads.
    """

    def __init__(self, place: BundlePlace, files: dict[str, Traits], sha256: str) -> None:
        self.files = files
        self.sha256 = sha256
        """Of its manifest, and so of everything: equal bundles have equal ones."""
        self._place = place
        self._exit = contextlib.ExitStack()
        self.frames = BundledFrames(place, files)
        """Its frames, a :class:`~smokewatch.store.frames.FrameReader`."""

    @classmethod
    def open(cls, location: str) -> Bundle:
        """Open the bundle in a folder or below ``s3://bucket/prefix``.

        Raises:
            UsageError: when there is no bundle, or the place cannot be reached.
            DamagedBundleError: when a file is missing or has another size; the message names it.
        """
        place = open_place(location)
        manifest = place.read(MANIFEST)
        if manifest is None:
            raise UsageError(f"{place.location} is no bundle: it has no {MANIFEST}")
        files = parse_manifest(manifest, place.location)
        check_sizes(place, files)
        return cls(place, files, hashlib.sha256(manifest).hexdigest())

    @property
    def bytes(self) -> int:
        """How large it is, the manifest apart."""
        return sum(traits.size for traits in self.files.values())

    def catalog(self) -> Catalog:
        """Open its catalog, for reading; from an S3 server it is fetched, its frames are not.

        One that an older smokewatch made is upgraded in a copy.

        Raises:
            StorageError: when it is damaged, or a newer smokewatch made it.
        """
        if isinstance(self._place, LocalPlace):
            check_file(self._place, CATALOG, self.files[CATALOG])
            path = self._place.folder / CATALOG
            try:
                return self._kept(Catalog.open_snapshot(path))
            except OutdatedSnapshotError:
                pass
        copy = Path(self._exit.enter_context(tempfile.TemporaryDirectory(prefix="smokewatch-bundle-"))) / CATALOG
        with _told(copy), copy.open("wb") as file:
            self._place.copy_to(CATALOG, file)
        check_file(LocalPlace(copy.parent), CATALOG, self.files[CATALOG], f"{self._place.location}/{CATALOG}")
        try:
            return self._kept(Catalog.open_snapshot(copy))
        except OutdatedSnapshotError:
            return self._kept(Catalog.open(sa.URL.create("sqlite", database=str(copy)).render_as_string()))

    def verify(self, advance: Callable[[int, int], None] = lambda _done, _total: None) -> None:
        """Read every byte and compare it with the manifest.

        Args:
            advance: told how many bytes are read, of how many.

        Raises:
            DamagedBundleError: at the first file that differs; the message names it.
        """
        done, total = 0, self.bytes
        for name, traits in sorted(self.files.items()):
            check_file(self._place, name, traits)
            done += traits.size
            advance(done, total)

    def close(self) -> None:
        """Close its catalogs and remove what was fetched."""
        self._exit.close()

    def __enter__(self) -> Bundle:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _kept(self, catalog: Catalog) -> Catalog:
        self._exit.callback(catalog.close)
        return catalog


class BundledFrames:
    """The frames of a bundle. The shards' indexes are read when the first frame is asked for."""

    def __init__(self, place: BundlePlace, files: dict[str, Traits]) -> None:
        self._place, self._files = place, files
        self._lock = threading.Lock()
        self._index: dict[str, tuple[str, int, int]] | None = None

    def read(self, sha256: str) -> bytes:
        """A frame's exact bytes.

        Raises:
            FrameLostError: when it was lost before the bundle was made.
            DamagedBundleError: when its shard has other bytes there; the message names the shard.
            StorageError: when the shard cannot be read.
        """
        found = self._places().get(sha256)
        if found is None:
            raise FrameLostError(f"frame {sha256} is not in {self._place.location}: it was lost before")
        shard, offset, size = found
        content = self._place.read(shard, offset, size) if size else b""
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            raise DamagedBundleError(
                f"{self._place.location}/{shard} was altered at byte {offset}: copy the bundle again"
            )
        return content

    def places(self) -> dict[str, tuple[str, int]]:
        """Each frame's shard and offset, by SHA-256.

        Raises:
            DamagedBundleError: when an index is damaged.
        """
        return {sha256: (shard, offset) for sha256, (shard, offset, _) in self._places().items()}

    def _places(self) -> dict[str, tuple[str, int, int]]:
        with self._lock:
            if self._index is None:
                self._index = {
                    entry.sha256: (shard, entry.offset, entry.size)
                    for shard in shards_of(self._files, FRAMES)
                    for entry in parse_index(
                        read_checked(self._place, index_name(shard), self._files[index_name(shard)]),
                        f"{self._place.location}/{index_name(shard)}",
                        self._files[shard],
                    )
                }
            return self._index


def check_sizes(place: BundlePlace, files: Mapping[str, Traits]) -> None:
    """Compare every file's size with the manifest.

    Raises:
        DamagedBundleError: at the first file that is missing or differs; the message names it.
    """
    sizes = place.sizes(files)
    for name, traits in sorted(files.items()):
        if name not in sizes:
            raise DamagedBundleError(f"{place.location}/{name} is missing: copy the bundle again")
        if sizes[name] != traits.size:
            raise DamagedBundleError(
                f"{place.location}/{name} has {sizes[name]} bytes, not {traits.size}: copy the bundle again"
            )


def read_checked(place: BundlePlace, name: str, traits: Traits) -> bytes:
    """A small file's bytes.

    Raises:
        DamagedBundleError: when they are not what the manifest says.
    """
    content = place.read(name)
    if content is None or hashlib.sha256(content).hexdigest() != traits.sha256:
        raise _altered(f"{place.location}/{name}")
    return content


def check_file(place: BundlePlace, name: str, traits: Traits, shown: str | None = None) -> None:
    """Compare a file of any size with the manifest.

    Raises:
        DamagedBundleError: when it differs.
    """
    hashing = _Hashing()
    if not place.copy_to(name, hashing) or hashing.sha256.hexdigest() != traits.sha256:  # type: ignore[arg-type]
        raise _altered(shown or f"{place.location}/{name}")


class _Hashing:
    """A file that keeps nothing but its hash."""

    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.sha256.update(content)
        return len(content)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror}: free some space and run again") from error


def _altered(shown: str) -> DamagedBundleError:
    return DamagedBundleError(f"{shown} was altered: copy the bundle again")
