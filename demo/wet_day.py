"""The wet day before the day: low fire risk, on which alert-api could not ask risk-api until it was started again."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from demo.alert_api.risk import THRESHOLDS, RiskClasses, RiskClient
from demo.alert_api.services import Services as AlertApi
from demo.alert_api.tables import alert_sequences, alerts, sequences
from demo.alert_api.temporal import TemporalApi
from demo.cameras import Site, number_text
from demo.client import Client
from demo.clock import Clock
from demo.database import open_sqlite
from demo.day import DAY, Script, Shot, staged
from demo.gate import Instead
from demo.inventory import Known
from demo.live import Live
from demo.processes import Children
from demo.renderer import draw_ahead
from demo.risk_api.app import Server
from demo.risk_api.services import Services as RiskApi
from demo.risk_api.services import cameras_of
from demo.risk_api.tables import metadata
from demo.risk_api.weather import Weather, class_of

WET_DAY = DAY - timedelta(days=1)
WET_DAWN = WET_DAY.replace(hour=5)
RESTARTED = WET_DAY.replace(hour=12)
"""alert-api is started again, and from here knows the day's classes."""
_FRAMES = 7
_PASSES = (False, True, False, True, False, True)
"""Whether a sequence is as confident as its camera's class asks for, in order; the last two come after the restart."""
_BEFORE = 4
_SURE, _UNSURE = "sure", "unsure"
_CONFIDENCE = {_SURE: (0.62, 0.97), _UNSURE: (0.2, 0.42)}
"""What cameras make of the same smoke through dry and through wet air: above, and below, all that a class asks for."""


class NoRiskError(RuntimeError):
    """The day did not become one on which the gate shows what it does."""


def risk_api(directory: Path, alert_api: AlertApi, clock: Clock, seed: int) -> Server:
    """A risk-api of alert-api's cameras for a wet day and dry ones, to be entered; asked for its cameras it is away."""
    engine = open_sqlite(directory / "risk-api.sqlite", metadata)
    weather = Weather(seed, wet={WET_DAY.date()})
    services = RiskApi(engine, clock, upstream=lambda: cameras_of(alert_api), weather=weather)
    services.load()
    server = Server(services)
    server.knobs.before_answer = lambda asked: Instead(503) if asked.path == "/cameras" else None
    return server


@dataclass
class WetDay:
    """One wet day against an alert-api, and what people must be told of it and of any other day."""

    alert_api: AlertApi
    server: Server
    known: Known
    sites: list[Site]
    seed: int

    @property
    def risk(self) -> RiskApi:
        """risk-api's parts."""
        services: RiskApi = self.server.app.state.services
        return services

    def connect(self) -> None:
        """Have alert-api ask risk-api, as after a start."""
        client = RiskClient(self.server.url, self.risk.username, self.risk.password)
        self.alert_api.risk = RiskClasses(client)

    def live(
        self,
        admin: Client,
        temporal: TemporalApi,
        children: Children,
        folder: Path,
        progress: Callable[[int, int], None],
    ) -> None:
        """Live the day.

        Raises:
            NoRiskError: no alert is held back, or none passes.
        """
        script = self._script()
        live = Live(self.alert_api, admin, self.known, script, temporal, self.seed)
        dice = random.Random(f"wet air {self.seed}")
        shots = [_through_the_air(shot, dice) for shot in script.shots(self.seed)]
        frames = draw_ahead(children, shots, folder / "wet-orders.jsonl")
        self.connect()
        live.run(shots, frames, turns=[(RESTARTED, self._restart)], progress=progress)
        temporal.close()
        told, held = self.alerts(WET_DAY.date())
        if not told or not held:
            raise NoRiskError(f"on the wet day alerts {told} pass, and {held} are held back")

    def alerts(self, day: date) -> tuple[list[int], list[int]]:
        """The alerts of a UTC day that people must be told of, and those that the gate holds back whole."""
        passing: dict[int, bool] = {}
        s, link, a = sequences.c, alert_sequences.c, alerts.c
        with self.alert_api.reading() as connection:
            rows = connection.execute(
                select(a.id, s.camera_id, s.max_conf, s.is_wildfire, s.started_at)
                .select_from(alerts.join(alert_sequences, link.alert_id == a.id))
                .join(sequences, s.id == link.sequence_id)
                .where(s.is_validated.is_(True))
            ).all()
        for row in rows:
            if row.started_at.date() != day or row.is_wildfire == "other":
                continue
            least = self._least(row.camera_id, day)
            passes = least is None or (row.max_conf is not None and row.max_conf >= least)
            passing[row.id] = passing.get(row.id, False) or passes
        return sorted(each for each in passing if passing[each]), sorted(each for each in passing if not passing[each])

    def describe(self) -> dict[str, Any]:
        """What an operator would know of risk-api, and what is true of the day."""
        told, held = self.alerts(WET_DAY.date())
        return {
            "url": self.server.url,
            "login": self.risk.username,
            "password": self.risk.password,
            "day": WET_DAY.date().isoformat(),
            "told": told,
            "held": held,
            "not_validated": self._unvalidated(),
        }

    def _restart(self) -> None:
        self.server.knobs.before_answer = None
        self.connect()

    def _least(self, camera_id: int, day: date) -> float | None:
        """What the gate asks of a camera's sequences; cameras that are not trusted are unknown to risk-api."""
        if camera_id not in {camera.id for camera in cameras_of(self.alert_api)}:
            return None
        fwi = self.risk.weather.fwi(camera_id, day)
        return None if fwi is None else THRESHOLDS.get(class_of(fwi))

    def _unvalidated(self) -> list[int]:
        s = sequences.c
        with self.alert_api.reading() as connection:
            of_the_day = s.started_at.between(WET_DAY, DAY)
            rows = connection.execute(select(s.id).where(s.is_validated.is_(False), of_the_day).order_by(s.id))
            return list(rows.scalars())

    def _script(self) -> Script:
        rng = random.Random(f"wet day {self.seed}")
        script = Script(self.sites, [])
        for camera, passes in enumerate(_PASSES):
            begins = WET_DAWN if camera < _BEFORE else RESTARTED
            starts_at = begins + timedelta(minutes=15 + 12 * camera)
            episode = staged(rng, self.sites, (camera, 0), starts_at, "smoke", _FRAMES)
            script.episodes.append(replace(episode, case=_SURE if passes else _UNSURE))
        return script


def _through_the_air(shot: Shot, dice: random.Random) -> Shot:
    low, high = _CONFIDENCE[shot.episode.case or _SURE]
    boxes = [f"{box.rpartition(',')[0]},{number_text(round(dice.uniform(low, high), 3))})" for box in shot.boxes]
    return replace(shot, boxes=tuple(boxes))
