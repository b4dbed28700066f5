"""The pretend production as a whole: S3, alert-api, the day, the annotators' queue, and what happens later."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from sqlalchemy import func, select

from demo import foggy_lens, releases
from demo.alert_api.app import Server
from demo.alert_api.services import Services, open_database
from demo.alert_api.tables import detections, sequences
from demo.alert_api.temporal import TemporalApi
from demo.annotator.queue import Queue
from demo.cameras import ORGANIZATIONS, sites
from demo.client import Client
from demo.clock import Clock
from demo.day import DAY, SWITCH, SWITCHED, cameras_needed, write
from demo.hazy_day import HazyDay
from demo.images.description import describe_images
from demo.inventory import ADMIN_LOGIN, ADMIN_PASSWORD, AGENT_PASSWORD, agent_login, register
from demo.live import Live
from demo.objects import S3Frames, start_s3
from demo.planted import Case, Planter, late_shots
from demo.processes import Children
from demo.renderer import draw, draw_ahead, order
from demo.slack import RATE_LIMITED_A_MOMENT, Sink
from demo.wet_day import WET_DAWN, WetDay, risk_api

MARKER = ".smokewatch-demo"
LOGS = "logs"
EVERYBODY = "alerts"
"""The Slack channel of organizations that have none of their own."""
SERVER_NAME = "demo"
LOADER = "demo.release.scoring:DemoModel.from_package"
"""What loads the model packages without a release around them."""
Progress = Callable[[str, int, int], None]


class ForeignDirectoryError(ValueError):
    """The directory holds something that the demo did not put there."""


def prepare(directory: Path) -> None:
    """Make `directory` ours and empty; one of an earlier run is replaced.

    Raises:
        ForeignDirectoryError: there is something else in it.
    """
    if directory.exists() and not directory.is_dir():
        raise ForeignDirectoryError(f"{directory} is a file: name a folder for the demo")
    if directory.is_dir() and any(directory.iterdir()):
        if not (directory / MARKER).is_file():
            raise ForeignDirectoryError(f"{directory} is not empty and not of an earlier demo: name another folder")
        shutil.rmtree(directory)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARKER).write_text("python -m demo up keeps its run here and replaces it\n")


class Production:
    """A day lived in `directory`, then served until the end of `with`; no child process outlives it."""

    def __init__(
        self,
        directory: Path,
        *,
        seed: int,
        sequences: int,
        images: bool = False,
        progress: Progress,
        release_command: Sequence[str] = releases.COMMAND,
    ) -> None:
        self._directory = directory
        self._seed = seed
        self._wanted = sequences
        self._with_images = images
        self._images: dict[str, Any] | None = None
        self._progress = progress
        self._command = release_command
        self._stack = ExitStack()

    def __enter__(self) -> Production:
        started = time.monotonic()
        try:
            self._start()
            self._cases = self._live()
            self._fill_queue()
        except BaseException:
            self._stack.close()
            raise
        self.description = self._describe(time.monotonic() - started)
        (self._directory / "production.json").write_text(json.dumps(self.description, indent=1))
        (self._directory / "planted.json").write_text(json.dumps(self.description["planted"], indent=1))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    def later(self) -> dict[str, Any]:
        """What changes after a first import: a label, two frames that arrive late; annotators take some of their queue.

        The clock stays within two hours of the late sequence, so that it is joined; its validation is over by then.

        Returns:
            ``annotated``: the sequences that left the annotators' queue; ``to_tell``: the day's alerts that people
            must be told of.
        """
        self._services.clock.advance(minutes=10)
        (relabelled,) = self._ids("label_changed_later")
        episode, _ = self._day.lived.sequences[relabelled]
        name = ORGANIZATIONS[self._sites[episode.camera].organization]
        with Client(self._server.url, agent_login(name), AGENT_PASSWORD) as agent:
            agent.label(relabelled, "other")
        (late,) = self._ids("late_detection")
        for number, shot in enumerate(late_shots(self._day.lived, late)):
            self._services.clock.advance(seconds=20)
            joined = self._day.upload(shot, draw(order(shot)), number)
            if joined != late:
                raise RuntimeError(f"the late frame went to sequence {joined}, not to {late}")
        return {"annotated": self._queue.annotate(), "to_tell": self._wet_day.alerts(DAY.date())[0]}

    def _start(self) -> None:
        self._children = self._stack.enter_context(Children(self._directory / LOGS))
        if self._with_images:
            self._progress("images", 0, 1)
            self._images = describe_images()
            self._progress("images", 1, 1)
        self._progress("start", 0, 1)
        self._s3, _ = start_s3(self._children, self._directory / "s3")
        self._morning, self._afternoon = (
            releases.start(self._children, release, self._s3, self._command)
            for release in (releases.MORNING, releases.AFTERNOON)
        )
        engine = open_database(self._directory / "alert-api.sqlite")
        self._stack.callback(engine.dispose)
        self._services = Services(engine, S3Frames(self._s3), Clock(WET_DAWN), server_name=SERVER_NAME, seed=self._seed)
        self._sites = sites(self._seed, cameras_needed(self._wanted))
        known = register(self._services, self._sites)
        self._server = self._stack.enter_context(Server(self._services))
        admin = self._stack.enter_context(Client(self._server.url, ADMIN_LOGIN, ADMIN_PASSWORD))
        risk = self._stack.enter_context(risk_api(self._directory, self._services, self._services.clock, self._seed))
        self._wet_day = WetDay(self._services, risk, known, self._sites, self._seed)
        self._hazy_day = HazyDay(self._services, known)
        self._slack = self._stack.enter_context(Sink(EVERYBODY, ORGANIZATIONS[0]))
        self._slack.answer(RATE_LIMITED_A_MOMENT)
        script = write(self._seed, self._wanted, self._sites)
        self._shots = script.shots(self._seed)
        self._admin = admin
        self._day = Live(self._services, admin, known, script, TemporalApi(self._morning.url), self._seed)

    def _live(self) -> list[Case]:
        self._morning.wait_until_healthy()
        self._progress("start", 1, 1)
        self._wet_day.live(
            self._admin,
            TemporalApi(self._morning.url),
            self._children,
            self._directory,
            progress=lambda done, total: self._progress("wet day", done, total),
        )
        frames = draw_ahead(self._children, self._shots, self._directory / "orders.jsonl")

        def switch() -> None:
            self._afternoon.wait_until_healthy()
            self._day.use(TemporalApi(self._afternoon.url))

        lived = self._day.run(
            self._shots,
            frames,
            # The worker goes on calling the morning's release in between.
            turns=[(SWITCH, lambda: self._children.stop(self._morning.child)), (SWITCHED, switch)],
            progress=lambda done, total: self._progress("day", done, total),
        )
        self._day.label(self._server.url)
        temporal = self._day.worker.temporal
        if temporal is None:
            raise RuntimeError("the day ended without a temporal API")
        self._progress("plant", 0, 1)
        cases = Planter(self._services, self._admin, temporal, lived).plant()
        self._progress("plant", 1, 1)
        self._hazy_day.live(
            temporal,
            self._children,
            self._directory,
            progress=lambda done, total: self._progress("hazy day", done, total),
        )
        temporal.close()
        self._day.worker.temporal = None
        self._children.stop(self._afternoon.child)
        return cases

    def _fill_queue(self) -> None:
        self._progress("queue", 0, 1)
        smoke = {
            identity
            for identity, (episode, index) in self._day.lived.sequences.items()
            if episode.phenomena[index].kind == "smoke"
        }
        frames = S3Frames(self._s3)
        self._queue = self._stack.enter_context(Queue(self._directory, frames, self._services, smoke, self._seed))
        self._progress("queue", 1, 1)

    def _ids(self, case: str) -> list[int]:
        return next(planted.sequence_ids for planted in self._cases if planted.case == case)

    def _describe(self, seconds: float) -> dict[str, Any]:
        with self._services.reading() as connection:
            count = connection.execute(
                select(func.count()).select_from(sequences).where(sequences.c.started_at >= DAY)
            ).scalar_one()
            keys = select(func.count(func.distinct(detections.c.bucket_key))).where(detections.c.created_at >= DAY)
            frames = connection.execute(keys).scalar_one()
        agent = {"login": agent_login(ORGANIZATIONS[0]), "password": AGENT_PASSWORD}
        return {
            "alert_api": {
                "url": self._server.url,
                "login": ADMIN_LOGIN,
                "password": ADMIN_PASSWORD,
                "agent": agent,
            },
            "annotator": self._queue.describe(),
            "risk_api": self._wet_day.describe(),
            "drift": foggy_lens.describe(),
            "qualification": self._hazy_day.describe(),
            "slack": {
                "url": self._slack.url,
                "webhook": self._slack.webhook(EVERYBODY),
                "webhooks": {ORGANIZATIONS[0]: self._slack.webhook(ORGANIZATIONS[0])},
            },
            "triage": {"models": releases.packages(), "loader": LOADER},
            "day": DAY.date().isoformat(),
            "server_name": SERVER_NAME,
            "releases": {it.version: it.described() for it in (releases.MORNING, releases.AFTERNOON)},
            "moved": {releases.MOVED.version: releases.MOVED.described()},
            "release_command": releases.command_text(self._command),
            "images": self._images,
            "sequences": count,
            "frames": frames,
            "planted": [asdict(case) for case in self._cases],
            "seconds": round(seconds, 1),
        }
