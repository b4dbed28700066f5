"""The snapshot of every row: built at the start, rebuilt beside the one that is served when the catalog changed."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
import zlib
from dataclasses import dataclass
from functools import cached_property

from starlette.requests import Request
from starlette.responses import Response

from smokewatch.errors import StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.viewing.rows import catalog_state, load_everything
from smokewatch.viewer.columns import Columns, build_columns
from smokewatch.viewer.csv import csv_lines
from smokewatch.viewer.replies import SCHEMA_VERSION, Prepared, encode, utc_now

_LOG = logging.getLogger(__name__)
_LOOK_EVERY_SECONDS = 2.0
_LEVEL = 6
_GZIP = 31
"""zlib's window bits for a gzip stream."""


@dataclass(frozen=True)
class Snapshot:
    """One state of the catalog as the page gets it. ``fresh`` and ``stale`` differ in the word for it only."""

    state: tuple[object, ...]
    as_of: str
    columns: Columns
    fresh: Prepared
    stale: Prepared

    @classmethod
    def take(cls, catalog: Catalog, *, production_threshold: float) -> Snapshot:
        """Read the catalog and prepare the reply.

        Raises:
            StorageError: when it cannot be read.
        """
        as_of = utc_now()
        with catalog.read() as connection:
            state = catalog_state(connection)
            everything = load_everything(connection)
        columns = build_columns(everything, production_threshold=production_threshold)
        body = encode({"schema_version": SCHEMA_VERSION, "as_of": as_of, **columns.body()})
        # The word comes last, so that both replies share the work of compressing all the rest.
        shared = body.removesuffix(b"}") + b',"stale":'
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
        return cls(state, as_of, columns, fresh, stale)

    @cached_property
    def lines(self) -> list[str]:
        """Every row as a line of CSV."""
        return csv_lines(self.columns)


class Rows:
    """The newest snapshot. At most every two seconds a request looks whether the catalog changed.

    What cannot be read now is told only while there is no snapshot: later the last one stays, and says it is stale.
    """

    def __init__(self, catalog: Catalog, *, production_threshold: float) -> None:
        self._catalog, self._threshold = catalog, production_threshold
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._building: threading.Thread | None = None
        self._failure: StorageError | None = None
        self._stale = False
        self._looked_at = 0.0

    def start(self) -> None:
        """Begin building the first snapshot; requests wait for it."""
        with self._lock:
            self._build()

    def current(self) -> Snapshot:
        """The newest snapshot, waited for where there is none yet.

        Raises:
            StorageError: when the catalog could not be read, and never was.
        """
        self._look()
        if self._snapshot is None and (building := self._building) is not None:
            building.join()
        if self._snapshot is None:
            with self._lock:
                self._build()  # for the next request
            raise self._failure or StorageError("catalog: it is being read: try again")
        return self._snapshot

    def reply(self, request: Request) -> Response:
        """Every row, as prepared."""
        snapshot = self.current()
        return (snapshot.stale if self._stale else snapshot.fresh).reply(request)

    def _look(self) -> None:
        with self._lock:
            snapshot = self._snapshot
            if snapshot is None or self._building or time.monotonic() - self._looked_at < _LOOK_EVERY_SECONDS:
                return
            self._looked_at = time.monotonic()
        try:
            with self._catalog.read() as connection:
                state = catalog_state(connection)
        except StorageError:
            self._told_stale()
            return
        with self._lock:
            self._stale = state != snapshot.state
            if self._stale:
                self._build()

    def _told_stale(self) -> None:
        if not self._stale:
            _LOG.exception("the catalog cannot be read; what was read before is shown")
        self._stale = True

    def _build(self) -> None:
        if self._building is None:
            self._building = threading.Thread(target=self._take, name="viewer-rows", daemon=True)
            self._building.start()

    def _take(self) -> None:
        try:
            taken = Snapshot.take(self._catalog, production_threshold=self._threshold)
        except StorageError as error:
            self._failure = error
            self._told_stale()
        else:
            self._snapshot, self._failure, self._stale = taken, None, False
            _ = taken.lines  # made before somebody waits for them
        finally:
            self._looked_at = time.monotonic()
            self._building = None
