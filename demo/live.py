"""Lives the day: cameras upload, the worker scores, production changes its release at noon, people label."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from demo.alert_api.services import Services
from demo.alert_api.tables import detections
from demo.alert_api.temporal import TemporalApi
from demo.alert_api.worker import Worker
from demo.cameras import ORGANIZATIONS
from demo.client import Client, capture_time
from demo.day import LABELLING, Episode, Script, Shot
from demo.inventory import AGENT_PASSWORD, Known, agent_login

WORKER_DELAY = timedelta(seconds=1)
"""From an upload to the worker's pass (production polls every 2 s)."""


@dataclass
class Lived:
    """What became of the day: the shot behind each stored frame, and each sequence's episode and phenomenon."""

    shots: dict[str, Shot] = field(default_factory=dict)
    sequences: dict[int, tuple[Episode, int]] = field(default_factory=dict)
    """Sequence id -> its episode and the index of its phenomenon there."""

    def of_case(self, case: str) -> list[int]:
        """The ids of the sequences that a planted episode became."""
        return [identity for identity, (episode, _) in self.sequences.items() if episode.case == case]


class Live:
    """One day against one alert-api."""

    def __init__(
        self, services: Services, admin: Client, known: Known, script: Script, temporal: TemporalApi, seed: int
    ) -> None:
        self._services = services
        self._admin = admin
        self._known = known
        self._script = script
        self._seed = seed
        self.worker = Worker(services, temporal)
        self.lived = Lived()

    def run(
        self,
        shots: list[Shot],
        frames: Iterator[bytes],
        *,
        turns: Iterable[tuple[datetime, Callable[[], None]]],
        progress: Callable[[int, int], None],
    ) -> Lived:
        """Upload every shot at its time with a worker pass after each, then find out what they became.

        `turns` are what happens beside, and when, in order: each before the first shot at or after its time.
        """
        turns = list(turns)
        for number, (shot, frame) in enumerate(zip(shots, frames, strict=True)):
            while turns and shot.at >= turns[0][0]:
                turns.pop(0)[1]()
            self._services.clock.reach(shot.at)
            self.upload(shot, frame, number)
            self._services.clock.reach(shot.at + WORKER_DELAY)
            if not self._script.paused(shot.at):
                self.worker.run_due(self._services.clock.now())
            progress(number + 1, len(shots))
        self._find_sequences()
        return self.lived

    def upload(self, shot: Shot, frame: bytes, number: int) -> int | None:
        """Upload one shot; the sequence its first row went to, if any."""
        episode = shot.episode
        row = self._admin.upload(
            self._known.cameras[episode.camera],
            self._known.poses[episode.camera][episode.pose],
            frame,
            shot.boxes,
            capture_time(shot.at, number),
        )
        if row is None:
            return None
        self.lived.shots[row["bucket_key"]] = shot
        sequence_id: int | None = row["sequence_id"]
        return sequence_id

    def label(self, url: str) -> None:
        """In ten minutes of the evening each organization's agent labels most of its sequences."""
        self._services.clock.reach(LABELLING)
        rng = random.Random(f"labels {self._seed}")
        agents = {number: Client(url, agent_login(name), AGENT_PASSWORD) for number, name in enumerate(ORGANIZATIONS)}
        for sequence_id, (episode, index) in sorted(self.lived.sequences.items()):
            smoke = episode.phenomena[index].kind == "smoke"
            label = rng.choices(("wildfire_smoke", "other_smoke"), (0.85, 0.15))[0] if smoke else "other"
            if rng.random() < 0.8 or episode.case is not None:
                self._services.clock.advance(seconds=600 / len(self.lived.sequences))
                agents[self._script.sites[episode.camera].organization].label(sequence_id, label)
        for agent in agents.values():
            agent.close()

    def use(self, temporal: TemporalApi) -> None:
        """Have the worker call another release from now on."""
        if self.worker.temporal is not None:
            self.worker.temporal.close()
        self.worker.temporal = temporal

    def _find_sequences(self) -> None:
        with self._services.reading() as connection:
            rows = connection.execute(
                select(detections.c.sequence_id, detections.c.bucket_key, detections.c.bbox)
                .where(detections.c.sequence_id.is_not(None), detections.c.bbox != "[]")
                .order_by(detections.c.id)
            ).all()
        for row in rows:
            if (shot := self.lived.shots.get(row.bucket_key)) is None:
                continue  # another day's
            box = row.bbox.strip("[]")
            # A split phenomenon has the first boxes; phenomena apart are boxed in their order.
            index = 0 if shot.episode.split or len(shot.episode.phenomena) == 1 else shot.boxes.index(box)
            self.lived.sequences.setdefault(row.sequence_id, (shot.episode, index))
