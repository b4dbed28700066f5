"""Profiling frames beside an import: in threads, since decoding and counting release the interpreter's lock."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, date, datetime
from itertools import islice
from types import TracebackType

from smokewatch.domain.profiles import FrameProfile, Undecodable
from smokewatch.store.catalog import Catalog
from smokewatch.store.decoding import DECODER, profile_frame
from smokewatch.store.frames import FrameLostError, FrameReader
from smokewatch.store.profiles import frames_to_profile, is_profiled, repeated_frames, save_profiles

FILL_AT_MOST = 5_000
"""Frames stored before that one import of a day profiles: half a minute of CPU; the next import goes on."""

_BATCH = 100  # frames in one transaction

Profiling = Future[FrameProfile | Undecodable | None]


class Profiler:
    """Threads that profile frames, two a core; a context manager that ends with them.

    One that has decoded waits until an import's many threads leave it the interpreter: meanwhile the other one decodes.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._pool = ThreadPoolExecutor(2 * (os.cpu_count() or 1), "profiles")
        self._met: set[bytes] = set()

    def __enter__(self) -> Profiler:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=error is not None)

    def submit(self, sha256: str, content: bytes, *, new: bool = False) -> Profiling:
        """Profile a frame unless its content is known; returns at once. The future gives None where it is known.

        Args:
            sha256: of the content.
            content: the frame's bytes.
            new: its sequence is new, so the content is taken to be, and the catalog is not asked; it may all the same
                have come with another sequence of this run.
        """
        digest = bytes.fromhex(sha256)
        if new and digest not in self._met:
            self._met.add(digest)
            return self._pool.submit(_profile, content)
        return self._pool.submit(self._profile, sha256, content)

    def profile_stored(self, frames: FrameReader, sha256s: Iterable[str]) -> dict[str, FrameProfile | Undecodable]:
        """Profile stored frames that have no profile; those whose bytes are lost are left out."""
        every = list(sha256s)
        return _had(zip(every, self._pool.map(lambda sha256: _profile_stored(frames, sha256), every), strict=True))

    def _profile(self, sha256: str, content: bytes) -> FrameProfile | Undecodable | None:
        with self._catalog.read() as connection:
            if is_profiled(connection, sha256, decoder=DECODER):
                return None
        return _profile(content)


def profiles_of(profilings: Mapping[str, Profiling]) -> dict[str, FrameProfile | Undecodable]:
    """Wait for the profiles of new frames, by SHA-256; of those whose content was known there is none."""
    return _had((sha256, profiling.result()) for sha256, profiling in profilings.items())


def profile_day(profiler: Profiler, catalog: Catalog, frames: FrameReader, day: date) -> Counter[str]:
    """Profile those frames of a day that lack it: they were stored before, or this process's decoder is a newer one.

    Returns:
        Counts: ``taken``, ``undecodable``, ``lost`` (no bytes), ``waiting`` (left for the next import), and, of all
        the day's frames, how many are ``repeated``: the same as the camera's frame before.
    """
    counts: Counter[str] = Counter()
    with catalog.read() as connection:
        lacking = frames_to_profile(connection, first_day=day, last_day=day, decoder=DECODER)
    todo = iter(lacking)
    seen = 0
    while seen - counts["lost"] < FILL_AT_MOST and (batch := list(islice(todo, _BATCH))):
        profiles = profiler.profile_stored(frames, batch)
        with catalog.write() as connection:
            save_profiles(connection, profiles, now=datetime.now(UTC))
        seen += len(batch)
        counts["lost"] += len(batch) - len(profiles)
        counts += count_profiles(profiles)
    counts["waiting"] = len(lacking) - seen
    with catalog.read() as connection:
        counts["repeated"] = len(repeated_frames(connection, first_day=day, last_day=day))
    return counts


def count_profiles(profiles: Mapping[str, FrameProfile | Undecodable]) -> Counter[str]:
    """How many were ``taken``, how many frames are ``undecodable``."""
    return Counter("undecodable" if isinstance(each, Undecodable) else "taken" for each in profiles.values())


def _profile_stored(frames: FrameReader, sha256: str) -> FrameProfile | Undecodable | None:
    try:
        content = frames.read(sha256)
    except FrameLostError:
        return None  # counted; a replay that needs it names it
    return _profile(content)


def _profile(content: bytes) -> FrameProfile | Undecodable | None:
    try:
        return profile_frame(content)
    except MemoryError:
        return None  # taken by the next import of its day


def _had(
    found: Iterable[tuple[str, FrameProfile | Undecodable | None]],
) -> dict[str, FrameProfile | Undecodable]:
    return {sha256: profile for sha256, profile in found if profile is not None}
