"""Questions to a running stack, each through the ledger: what is known is not asked, what is answered is kept."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import TypeVar

from prefect.logging import get_logger

from smokewatch.domain.answers import parse_answer, parse_error
from smokewatch.domain.releases import ReleaseIdentity
from smokewatch.errors import InvalidAnswerError, RunError, printable
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.ledger import LedgerEntry, known_entries, record_entry
from tasks.phases import Phases
from tasks.stacks.stack import Stack

# While a replica infers for one item, the next ones' frames are uploaded and the last one's answer is kept.
ITEMS_A_REPLICA = 3

Frames = Mapping[tuple[str, str], str]
"""Bucket and key -> SHA-256 of the bytes."""
ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")


class Questions:
    """What is asked of one stack. It may be shared between threads."""

    def __init__(
        self, catalog: Catalog, frames: FrameStore, stack: Stack, identity: ReleaseIdentity, *, run_id: str
    ) -> None:
        self._catalog, self._frames, self._stack, self._identity = catalog, frames, stack, identity
        self._run_id = run_id
        self._lock = threading.Lock()
        self._contents: dict[tuple[str, str], str] = {}
        self._there: set[tuple[str, str]] = set()
        self._wanted: Counter[tuple[str, str]] = Counter()
        self.calls = 0
        self.seconds = 0.0
        self.phases = Phases()

    @property
    def at_once(self) -> int:
        """How many items are worked on at a time."""
        return ITEMS_A_REPLICA * self._stack.replicas

    def for_each(
        self, items: Iterable[ItemT], frames_of: Callable[[ItemT], Frames], work: Callable[[ItemT, int], ResultT]
    ) -> Iterator[tuple[ItemT, ResultT]]:
        """Work on items, several at a time; each stays with one replica, which keeps its detections of their frames.

        Args:
            items: in the order of their beginning.
            frames_of: the frames that an item needs; they are taken away when no other item needs them.
            work: called with an item and its replica.

        Yields:
            Items with their results as they are done.

        Raises:
            Whatever ``work`` raises: the stack is aborted then.
        """
        queue = list(items)
        self._wanted.update(place for item in queue for place in frames_of(item))
        at_once = self.at_once
        with ThreadPoolExecutor(at_once, "replay") as pool:
            free = [number % self._stack.replicas for number in range(at_once)]
            running: dict[Future[ResultT], tuple[ItemT, int]] = {}
            done: list[tuple[ItemT, Future[ResultT]]] = []
            try:
                while queue or running or done:
                    while queue and free:
                        item, replica = queue.pop(0), free.pop(0)
                        running[pool.submit(self._one, item, replica, frames_of, work)] = item, replica
                    # Only now, for whoever takes them may take long.
                    for item, future in done:
                        yield item, future.result()
                    done = []
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        item, replica = running.pop(future)
                        free.append(replica)
                        done.append((item, future))
            except BaseException:
                # Nobody waits for a prediction that may take minutes: without the release it fails at once.
                self._stack.abort()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def show(self, frames: Frames) -> None:
        """Upload frames that the release does not see yet.

        Raises:
            FrameLostError: when their bytes are not in the store.
            RunError: when the object store does not take them, or one key stands for two contents.
        """
        for place, sha256 in frames.items():
            with self._lock:
                known = self._contents.setdefault(place, sha256)
                there = place in self._there
            if known != sha256:
                # Releases cache by key: the second content would be answered with the first one's detections.
                raise RunError(f"another sequence of this run has other bytes under {place[1]}: replay this one alone")
            if not there:
                with self.phases.timed("upload"):
                    self._stack.put_frame(*place, self._frames.read(sha256))
                with self._lock:
                    self._there.add(place)

    def ask(self, key: str, body: bytes, frame_sha256s: Sequence[str], *, replica: int) -> LedgerEntry:
        """The answer to one request, from the ledger or the release; kept at once.

        Args:
            key: the request's in the ledger.
            body: its exact bytes.
            frame_sha256s: hex digests of its frames, in request order; they have been shown.
            replica: whom to ask.

        Raises:
            UnhealthyError: when the release cannot be used any more.
            RunError: when it gives no valid answer.
            StorageError: when the ledger cannot be read or written.
        """
        with self._catalog.read() as connection:
            # Another sequence, or another run, may have asked the same meanwhile.
            if known := known_entries(connection, [key]):
                return known[key]
        reply = self._stack.predict(body, replica=replica)
        with self._lock:
            self.calls += 1
            self.seconds += reply.milliseconds / 1000
        if reply.status != 200:
            error = parse_error(reply.content)
            said = f"{error.code}: {error.detail}" if error else repr(reply.content[:200])
            raise RunError(f"/predict answered {reply.status} {printable(' '.join(said.split()), 300)}")
        try:
            answer = parse_answer(reply.content)
        except InvalidAnswerError as error:
            raise RunError(f"/predict gave an invalid answer: {error}") from error
        with self._catalog.write() as connection:
            return record_entry(
                connection,
                key=key,
                release_identity=self._identity.value,
                request=body.decode(),
                frame_sha256s=frame_sha256s,
                answer=reply.content.decode(),
                entry=LedgerEntry(
                    answer.probability, len(answer.details.tubes) if answer.details else None, reply.milliseconds
                ),
                run_id=self._run_id,
                now=datetime.now(UTC),
            )

    def _one(
        self, item: ItemT, replica: int, frames_of: Callable[[ItemT], Frames], work: Callable[[ItemT, int], ResultT]
    ) -> ResultT:
        try:
            return work(item, replica)
        finally:
            self._hide(frames_of(item))

    def _hide(self, frames: Frames) -> None:
        """Take away what no other item still needs. What each key stood for stays remembered."""
        with self._lock:
            self._wanted.subtract(list(frames))
            done = {place for place in frames if self._wanted[place] == 0 and place in self._there}
            self._there -= done
        try:
            for bucket in {bucket for bucket, _ in done}:
                self._stack.remove_frames(bucket, [key for each, key in done if each == bucket])
        except RunError as error:
            if not self._stack.aborted:
                # No verdict depends on it: they go with the stack.
                get_logger("smokewatch").warning("%s", error)
