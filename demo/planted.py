"""The cases planted in the day, as they came out: which sequences they are, and what a replay must say of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from demo.alert_api.lookups import organization_of_camera
from demo.alert_api.services import Services
from demo.alert_api.temporal import Scored, TemporalApi
from demo.alert_api.window import predict_body, prefix_bodies
from demo.client import Client
from demo.day import DAY, INTERVAL, Shot
from demo.live import Lived
from demo.releases import AFTERNOON, MORNING
from demo.renderer import draw, order

Expectation = Literal["exact_or_window", "window", "unexplained", "no_temporal_version", "release_moved"]

SAME = 1e-4
"""Scores nearer than this could be taken for one another."""
CLEARLY_OTHER = 1e-3


@dataclass(frozen=True)
class Case:
    """One planted case; `expect` is a verdict or a drop reason of the replay."""

    case: str
    sequence_ids: list[int]
    says: str
    expect: Expectation


class NothingToPlantError(RuntimeError):
    """The day has no sequence on which a case could be planted."""


@dataclass
class Planter:
    """Finds, and where needed makes, the planted cases once the day is lived and its last release still answers."""

    services: Services
    admin: Client
    temporal: TemporalApi
    lived: Lived

    def plant(self) -> list[Case]:
        """Every case of the day.

        Raises:
            NothingToPlantError: the day's sequences do not allow one of them.
        """
        sequences = {row["id"]: row for row in self.admin.sequences(DAY)}
        cases = [*self._of_episodes(sequences), self._moved(sequences)]
        taken = {identity for case in cases for identity in case.sequence_ids}
        free = [
            row
            for row in sequences.values()
            if row["id"] not in taken
            and row["temporal_api_version"] == AFTERNOON.version
            and len(self.lived.sequences[row["id"]][0].phenomena) == 1
        ]
        labelled = next((row for row in free if row["is_wildfire"] == "wildfire_smoke"), None)
        if labelled is None:
            raise NothingToPlantError("no scored sequence of the afternoon is labelled wildfire_smoke")
        says = "Labelled wildfire_smoke during the day; relabelled other after the first import."
        cases.append(Case("label_changed_later", [labelled["id"]], says, "exact_or_window"))
        cases.append(self._altered([row for row in free if row is not labelled]))
        return cases

    def _of_episodes(self, sequences: dict[int, dict[str, Any]]) -> Iterator[Case]:
        said: dict[str, str] = {
            "continuity_rows": "Two frames without a box: alert-api kept them as rows with bbox [].",
            "two_rows_on_one_key": "The camera boxed one plume twice: each frame has two rows on one key.",
            "window_past_ten_frames": "The worker was down: first scored at eleven frames, on the last ten of them.",
            "unscored": "Three frames only: never sent to the model, score null, not validated.",
            "fail_open": "The temporal API was down: validated without a score.",
            "late_detection": "Two more frames, taken at once, arrive after the first import.",
        }
        expected: dict[str, Expectation] = {"unscored": "no_temporal_version", "fail_open": "no_temporal_version"}
        for case, says in said.items():
            ids = self.lived.of_case(case)
            scored = [sequences[identity]["temporal_model_score"] is not None for identity in ids]
            if len(ids) != 1 or scored[0] is (case in expected):
                raise NothingToPlantError(f"{case}: sequences {ids}, scored {scored}")
            expectation = expected.get(case, "exact_or_window")
            if case == "window_past_ten_frames" and self._full_window_differs(sequences[ids[0]]):
                expectation = "window"
            yield Case(case, ids, says, expectation)

    def _moved(self, sequences: dict[int, dict[str, Any]]) -> Case:
        ids = [identity for identity, row in sequences.items() if row["temporal_api_version"] == MORNING.version]
        if not ids:
            raise NothingToPlantError(f"no sequence was scored by {MORNING.version}")
        says = f"Scored by {MORNING.version}; by the time of replay that reference gives another model."
        return Case("moved_release", ids, says, "release_moved")

    def _full_window_differs(self, row: dict[str, Any]) -> bool:
        body = predict_body(self.admin.detections(row["id"]), self._bucket(row))
        return body is not None and abs(self._score(body) - row["temporal_model_score"]) > SAME

    def _altered(self, candidates: Sequence[dict[str, Any]]) -> Case:
        """Overwrite one stored frame of the first candidate whose recorded score no window gives any more."""
        for row in candidates:
            bucket = self._bucket(row)
            bodies = prefix_bodies(self.admin.detections(row["id"]), bucket)
            scores = {body: self._score(body) for body in bodies}
            scored = next((body for body in bodies if scores[body] == row["temporal_model_score"]), None)
            if scored is None:
                raise RuntimeError(f"sequence {row['id']}: the release that scored it does not give its score again")
            for key in json.loads(scored)["frames"]:
                image = draw(order(_without_phenomena(self.lived.shots[key])))
                others = [scores[body] for body in bodies if key.encode() not in body]
                changed = self._scores_with(image, key, bucket, [body for body in bodies if key.encode() in body])
                if _all_away(row, changed, CLEARLY_OTHER) and _all_away(row, others, SAME):
                    self.services.frames.put(bucket, key, image)
                    says = f"Frame {key} was overwritten in S3 after scoring: what was seen is painted out."
                    return Case("altered_frame", [row["id"]], says, "unexplained")
        raise NothingToPlantError(f"no frame of {len(candidates)} sequences changes every window's score")

    def _scores_with(self, image: bytes, key: str, bucket: str, bodies: list[bytes]) -> list[float]:
        """What `bodies` would score with `image` in the place of the frame `key`."""
        # Under a name of its own, since a release caches what it saw in a frame by the frame's name.
        scratch = f"altered-{key}"
        self.services.frames.put(bucket, scratch, image)
        try:
            return [self._score(body.replace(key.encode(), scratch.encode())) for body in bodies]
        finally:
            self.services.frames.delete(bucket, scratch)

    def _score(self, body: bytes) -> float:
        answer = self.temporal.predict(body, self.services.clock.now())
        if not isinstance(answer, Scored) or answer.probability is None:
            raise NothingToPlantError(f"the release gave no score for {body[:200]!r}: {answer}")
        return answer.probability

    def _bucket(self, row: dict[str, Any]) -> str:
        with self.services.reading() as connection:
            return self.services.bucket(organization_of_camera(connection, row["camera_id"]))


def _all_away(row: dict[str, Any], scores: list[float], distance: float) -> bool:
    return all(abs(score - row["temporal_model_score"]) > distance for score in scores)


def _without_phenomena(shot: Shot) -> Shot:
    return replace(shot, episode=replace(shot.episode, phenomena=()))


def late_shots(lived: Lived, sequence_id: int, count: int = 2) -> list[Shot]:
    """The next `count` frames of a sequence's episode, with the last box that was seen."""
    episode, _ = lived.sequences[sequence_id]
    seen = (shot for shot in lived.shots.values() if shot.episode is episode and shot.boxes)
    last = max(seen, key=lambda shot: shot.index)
    return [
        replace(last, index=last.index + step, at=last.at + step * INTERVAL, noise_seed=last.noise_seed + step)
        for step in range(1, count + 1)
    ]
