"""The annotation API with its backlog, served: what is in the queue, and people who go on working on it."""

from __future__ import annotations

import itertools
import random
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import select

from demo.alert_api.services import Services as AlertApi
from demo.annotator.app import Server
from demo.annotator.backlog import fill
from demo.annotator.bulk import Label, label
from demo.annotator.people import ANNOTATOR, PASSWORD
from demo.annotator.services import Services, open_database
from demo.annotator.tables import sequence_annotations, users
from demo.clock import Clock
from demo.day import DAY
from demo.objects import FrameStore

OLDER_DAYS, A_DAY = 3, 8
_ANNOTATED_LATER = 5


@dataclass(frozen=True)
class Truth:
    """What is known of the queue's sequences because the day was staged; ids are the annotation API's."""

    smoke: list[int]
    """Those in the queue that show smoke, of the day's."""
    cases: dict[str, list[int]]
    """Planted, by case (see :class:`demo.annotator.backlog.Backlog`)."""


class Queue:
    """An annotation API, filled from a day of alert-api's when entered, and served until the end of `with`."""

    def __init__(self, directory: Path, frames: FrameStore, alert_api: AlertApi, smoke: set[int], seed: int) -> None:
        """Prepare it.

        Args:
            directory: its database goes there.
            frames: where its bucket is.
            alert_api: with the day.
            smoke: the day's alert-api sequences that show smoke.
            seed: of the older days and of what people do.
        """
        self._directory, self._alert_api, self._smoke, self._seed = directory, alert_api, smoke, seed
        self._frames = frames
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        engine = open_database(self._directory / "annotator.sqlite")
        self._stack.callback(engine.dispose)
        self._services = Services(engine, self._frames, Clock(self._alert_api.clock.now()))
        backlog = fill(self._services, self._alert_api, DAY.date(), older_days=OLDER_DAYS, a_day=A_DAY, seed=self._seed)
        self._older = backlog.older
        waiting = self.waiting()
        smoke = [lanes[0] for known, lanes in backlog.lanes.items() if known in self._smoke]
        self.truth = Truth(sorted(waiting & set(smoke)), backlog.cases)
        self._server = self._stack.enter_context(Server(self._services))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def waiting(self) -> set[int]:
        """Sequences at ready_to_annotate; like the listing's filter, those of skipped alerts are among them."""
        a = sequence_annotations.c
        with self._services.reading() as connection:
            ready = select(a.sequence_id).where(a.processing_stage == "ready_to_annotate")
            return set(connection.execute(ready).scalars())

    def annotate(self) -> list[int]:
        """People label a few older sequences, which leave the queue; their ids."""
        self._services.clock.advance(minutes=10)
        with self._services.reading() as connection:
            user = connection.execute(select(users.c.id).where(users.c.username == ANNOTATOR)).scalar_one()
        candidates = sorted(self.waiting() & set(self._older))
        random.Random(f"later {self._seed}").shuffle(candidates)
        cloud = Label(false_positive_type="low_cloud")
        # One without predictions cannot be labelled: the next one is.
        applied = (each for each in candidates if label(self._services, user, each, cloud).status == "applied")
        return sorted(itertools.islice(applied, _ANNOTATED_LATER))

    def describe(self) -> dict[str, Any]:
        """What an operator would know of it, and what is in it."""
        return {
            "url": self._server.url,
            "login": ANNOTATOR,
            "password": PASSWORD,
            "waiting": len(self.waiting()),
            "smoke": self.truth.smoke,
            "missing_object": self.truth.cases["missing_object"],
        }
