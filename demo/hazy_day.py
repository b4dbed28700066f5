"""A day weeks before the day: much smoke, some of it in haze, all of it labelled; other releases are judged by it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from demo.alert_api import bboxes
from demo.alert_api.answers import naive_text
from demo.alert_api.services import Services
from demo.alert_api.tables import detections, sequences
from demo.alert_api.temporal import Scored, TemporalApi
from demo.alert_api.uploads import object_key
from demo.alert_api.window import MIN_FRAMES, predict_body
from demo.alert_api.worker import THRESHOLD
from demo.cameras import ORGANIZATIONS, Site, sites
from demo.day import DAY, LOOKALIKES, Episode, Script, Shot, staged
from demo.inventory import Known
from demo.processes import Children
from demo.releases import MISTAUGHT, TAUGHT
from demo.renderer import draw_ahead
from demo.scenes import Kind, box

HAZY_DAY = DAY - timedelta(days=44)
"""Before every other day that is lived or recorded."""
SEED = 7
"""The day is the same whatever the seed of the others: it is there to tell two releases apart."""
_CAMERAS = 8
_SCENES = 105
"""Drawn by number: every third shows smoke in haze, the others in clear air."""
# fmt: off
_DOUBTFUL = frozenset({
    0, 4, 8, 9, 10, 12, 13, 15, 17, 23, 24, 26, 27, 29, 31, 36, 38, 41, 42, 44, 47, 48, 50, 51, 57, 58, 62, 65, 68, 70,
    71, 76, 84, 85, 86, 88, 89, 98, 100,
})
# fmt: on
"""Scenes left out: production's model, or one that sees through haze, is not sure of them for other reasons."""
_LOOKALIKES = 8
_HAZE = (1.1, 1.4)
"""Of the hazy ones; ordinary days have .6 at most."""
_STRENGTH = 0.6
"""The least of a smoke."""
_DAWN = HAZY_DAY.replace(hour=5)
_BETWEEN = timedelta(hours=2)
"""From one sequence of a camera and pose to its next."""


class UnscoredError(RuntimeError):
    """The release that scores the day gave no score."""


def episodes(watching: list[Site]) -> list[Episode]:
    """Everything that happens on the day, before these cameras."""
    lanes = [(camera, pose) for camera, site in enumerate(watching) for pose in range(len(site.views))]
    scenes: list[tuple[int, Kind]] = [(number, "smoke") for number in range(_SCENES) if number not in _DOUBTFUL]
    scenes += [(_SCENES + number, LOOKALIKES[number % len(LOOKALIKES)]) for number in range(_LOOKALIKES)]
    found = []
    for number, kind in scenes:
        turn, lane = divmod(number, len(lanes))
        found.append(_episode(watching, lanes[lane], _DAWN + turn * _BETWEEN, kind, number))
    return found


def is_hazy(episode: Episode) -> bool:
    """Whether haze hides what is behind the smoke."""
    return episode.haze >= _HAZE[0]


def _episode(watching: list[Site], lane: tuple[int, int], starts_at: datetime, kind: Kind, number: int) -> Episode:
    rng = random.Random(f"hazy day {number}")
    starts_at += timedelta(seconds=rng.randrange(3000))
    while True:
        episode = staged(rng, watching, lane, starts_at, kind, MIN_FRAMES)
        seen = episode.phenomena[0]
        at_last = box(episode.view, seen, episode.seconds(MIN_FRAMES - 1))
        if at_last is not None and (kind != "smoke" or seen.strength >= _STRENGTH):
            hazy = kind == "smoke" and number % 3 == 0
            return replace(episode, haze=rng.uniform(*_HAZE)) if hazy else episode


@dataclass
class HazyDay:
    """The day as alert-api keeps it weeks later: finished rows, whose frames are still there."""

    alert_api: Services
    known: Known

    def live(
        self, temporal: TemporalApi, children: Children, folder: Path, progress: Callable[[int, int], None]
    ) -> None:
        """Draw its frames and have a release score each sequence.

        Args:
            temporal: the release; production's model.
            children: draws the frames.
            folder: the drawing's orders go there.
            progress: told of each sequence.

        Raises:
            UnscoredError: a sequence got no score.
        """
        watching = sites(SEED, _CAMERAS)
        seen = episodes(watching)
        everything = Script(watching, seen).shots(SEED)
        taken_of = [[shot for shot in everything if shot.episode is episode] for episode in seen]
        frames = draw_ahead(children, [shot for each in taken_of for shot in each], folder / "hazy-orders.jsonl")
        for number, (episode, taken) in enumerate(zip(seen, taken_of, strict=True)):
            self._keep(watching[episode.camera], episode, taken, frames, temporal)
            progress(number + 1, len(seen))

    @staticmethod
    def describe() -> dict[str, Any]:
        """What is true of the day, and of the releases that were never in use."""
        smoke = [each for each in episodes(sites(SEED, _CAMERAS)) if each.phenomena[0].kind == "smoke"]
        return {
            "day": HAZY_DAY.date().isoformat(),
            "smoke": len(smoke),
            "in_haze": sum(is_hazy(each) for each in smoke),
            "misses_haze": MISTAUGHT.version,
            "sees_through_haze": TAUGHT.version,
            "releases": {it.version: it.described() for it in (MISTAUGHT, TAUGHT)},
        }

    def _keep(
        self, site: Site, episode: Episode, shots: list[Shot], frames: Iterator[bytes], temporal: TemporalApi
    ) -> None:
        camera, pose = self.known.cameras[episode.camera], self.known.poses[episode.camera][episode.pose]
        bucket = self.alert_api.bucket(self.known.organizations[ORGANIZATIONS[site.organization]])
        rows: list[dict[str, Any]] = []
        for shot in shots:
            frame = next(frames)
            key = object_key(camera, shot.at, frame)
            self.alert_api.frames.put(bucket, key, frame)
            rows += [
                {"bucket_key": key, "bbox": bboxes.join([each]), "created_at": shot.at, "recorded_at": shot.at}
                for each in shot.boxes
            ]
        told = [{**row, "created_at": naive_text(row["created_at"])} for row in rows]
        body = predict_body(told, bucket)
        answer = None if body is None else temporal.predict(body, shots[-1].at)
        if not isinstance(answer, Scored) or answer.probability is None:
            raise UnscoredError(f"no score of what camera {site.name} saw at {episode.starts_at}: {answer}")
        boxes = [bboxes.parse(each) for shot in shots for each in shot.boxes]
        middle = (boxes[0][0] + boxes[0][2]) / 2
        azimuth = episode.view.azimuth
        smoke = episode.phenomena[0].kind == "smoke"
        kept = answer.probability > THRESHOLD
        with self.alert_api.writing() as connection:
            sequence = connection.execute(
                insert(sequences)
                .values(
                    camera_id=camera,
                    pose_id=pose,
                    camera_azimuth=azimuth,
                    is_wildfire="wildfire_smoke" if smoke else "other",
                    sequence_azimuth=round((azimuth + site.angle_of_view * (middle - 0.5)) % 360, 1),
                    cone_angle=round(site.angle_of_view * (boxes[0][2] - boxes[0][0]), 1),
                    started_at=rows[0]["created_at"],
                    last_seen_at=rows[-1]["created_at"],
                    max_conf=max(each[4] for each in boxes),
                    temporal_model_score=answer.probability,
                    temporal_model_version=answer.model_version,
                    temporal_api_version=answer.api_version,
                    is_validated=kept,
                    validation_status="model" if kept else None,
                )
                .returning(sequences.c.id)
            ).scalar_one()
            whose = {"camera_id": camera, "pose_id": pose, "sequence_id": sequence}
            connection.execute(insert(detections), [row | whose for row in rows])
