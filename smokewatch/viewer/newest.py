"""The newest snapshot of what the page shows: built at the start, and again beside the one that is served."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy.engine import Connection
from starlette.requests import Request
from starlette.responses import Response

from smokewatch.errors import StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.viewer.replies import SCHEMA_VERSION, Prepared, encode

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_SECONDS = 2.0
_BROKEN = "catalog: reading it failed in a way that nobody expected: the server's log says why"
_LEVEL = 6
_GZIP = 31
"""zlib's window bits for a gzip stream."""


class Snapshot(Protocol):
    """One state of the catalog, and the reply that tells it. ``fresh`` and ``stale`` differ in the word for it only."""

    @property
    def state(self) -> tuple[object, ...]: ...
    @property
    def fresh(self) -> Prepared: ...
    @property
    def stale(self) -> Prepared: ...
    def warm(self) -> None:
        """Make what a later request would wait for."""


_SnapshotT = TypeVar("_SnapshotT", bound=Snapshot)


def prepare_both(body: Mapping[str, Any], *, as_of: str) -> tuple[Prepared, Prepared]:
    """A reply that says it is fresh, and the same that says it is stale; they share the work of compressing."""
    text = encode({"schema_version": SCHEMA_VERSION, "as_of": as_of, **body})
    # The word comes last, so that both replies share the work of compressing all the rest.
    shared = text.removesuffix(b"}") + b',"stale":'
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    packed = packing.compress(shared)
    tag = hashlib.sha256(shared).hexdigest()[:32]
    fresh, stale = (
        Prepared(
            shared + word,
            packed + (end := packing.copy()).compress(word) + end.flush(),
            # A page that holds the fresh reply has to hear that it is not fresh any more.
            tag + mark,
            "application/json",
        )
        for word, mark in ((b"false}", ""), (b"true}", "-stale"))
    )
    return fresh, stale


class Newest(Generic[_SnapshotT]):
    """The newest snapshot. At most every two seconds a request looks whether the catalog changed, or tries again.

    What cannot be read now is told only while there is no snapshot: later the last one stays, and says it is stale.
    The log hears of each reason once, until reading succeeds again.

    Args:
        catalog: read only.
        take: makes a snapshot of it; may raise StorageError.
        state: a value that differs whenever a snapshot would.
        name: of the thread that builds.
    """

    def __init__(
        self,
        catalog: Catalog,
        take: Callable[[Catalog], _SnapshotT],
        state: Callable[[Connection], tuple[object, ...]],
        *,
        name: str,
    ) -> None:
        self._catalog, self._take_from, self._state, self._name = catalog, take, state, name
        self._lock = threading.Lock()
        self._snapshot: _SnapshotT | None = None
        self._building: threading.Thread | None = None
        self._failure: str | None = None
        """One line: why it cannot be read now."""
        self._logged: str | None = None
        self._stale = False
        self._looked_at = float("-inf")

    def start(self) -> None:
        """Begin building the first snapshot; requests wait for it."""
        with self._lock:
            self._build()

    def current(self) -> _SnapshotT:
        """The newest snapshot, waited for where there is none yet.

        Raises:
            StorageError: when the catalog could not be read, and never was.
        """
        self._look()
        if self._snapshot is None and (building := self._building) is not None:
            building.join()
        if self._snapshot is None:
            raise StorageError(self._failure or "catalog: it is being read: try again")
        return self._snapshot

    def reply(self, request: Request) -> Response:
        """All of it, as prepared."""
        snapshot = self.current()
        return (snapshot.stale if self._stale else snapshot.fresh).reply(request)

    def _look(self) -> None:
        with self._lock:
            snapshot = self._snapshot
            if self._building or time.monotonic() - self._looked_at < _LOOK_EVERY_SECONDS:
                return
            self._looked_at = time.monotonic()
            if snapshot is None:
                self._build()
                return
        try:
            with self._catalog.read() as connection:
                state = self._state(connection)
        except Exception as error:  # noqa: BLE001 - what was read before is shown; the log has it
            self._failed(error)
            return
        with self._lock:
            self._stale = state != snapshot.state
            if self._stale:
                self._build()
            else:
                self._failure = self._logged = None

    def _failed(self, error: Exception) -> None:
        if repr(error) != self._logged:
            _LOG.exception("%s: the catalog cannot be read; what was read before is shown", self._name)
        self._logged = repr(error)
        self._failure = str(error) if isinstance(error, StorageError) else _BROKEN
        self._stale = True

    def _build(self) -> None:
        if self._building is None:
            self._building = threading.Thread(target=self._take, name=self._name, daemon=True)
            self._building.start()

    def _take(self) -> None:
        try:
            taken = self._take_from(self._catalog)
            self._snapshot, self._failure, self._logged, self._stale = taken, None, None, False
            taken.warm()
        except Exception as error:  # noqa: BLE001 - a thread's error reaches nobody: requests tell it, the log has it
            self._failed(error)
        finally:
            self._looked_at = time.monotonic()
            self._building = None
