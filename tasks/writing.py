"""Writing to the catalog from many threads: what waits for the same commit is committed together."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from sqlalchemy.engine import Connection

from smokewatch.store.catalog import Catalog

T = TypeVar("T")
_TOGETHER = 16


class Writer:
    """Takes writes of any thread; each is in the catalog when :meth:`write` returns.

    A catalog has one writer at a time, and a commit waits for the disk. The thread whose turn it is also does what
    others wait with, in one transaction: the more of them wait, the fewer commits there are.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._waiting: deque[_Write[Any]] = deque()
        self._turn = threading.Lock()

    def write(self, work: Callable[[Connection], T]) -> T:
        """Do work in a transaction, which other threads' work may share; it may be done twice, and kept once.

        Raises:
            StorageError: when the catalog cannot take it.
        """
        mine = _Write(work)
        self._waiting.append(mine)
        with self._turn:
            while not mine.result.done():
                self._commit([self._waiting.popleft() for _ in range(min(_TOGETHER, len(self._waiting)))])
        return mine.result.result()

    def _commit(self, writes: list[_Write[Any]]) -> None:
        try:
            with self._catalog.write() as connection:
                results = [each.work(connection) for each in writes]
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that the work came from
            if len(writes) == 1:
                writes[0].result.set_exception(error)
                return
            for each in writes:  # one of them is to blame, and must not take the others with it
                self._commit([each])
            return
        for each, result in zip(writes, results, strict=True):
            each.result.set_result(result)


class _Write(Generic[T]):
    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.work = work
        self.result: Future[T] = Future()
