"""A made-up annotation backlog: alerts with their lanes, what two models say of each, drops, and what people took."""

from __future__ import annotations

import hashlib
import json
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, cycle
from typing import Any

from benchmarks.bulk import Row, Writer
from benchmarks.made_up import CAMERAS, DAYS, FIRST_DAY, NOW, ORGANIZATIONS
from benchmarks.scenes import Scene, verbose_answer
from smokewatch.domain.backlog import SOURCE, TRIAGE_THRESHOLD, Stage, inputs_sha256
from smokewatch.domain.window import MIN_FRAMES
from smokewatch.store import tables as t

PULL, TRIAGE = "made-up-pull", "made-up-triage"
_NAMED = list(ORGANIZATIONS.items())
_MOST_FRAMES = 20
"""That a package looks at (contracts/temporal-model, section 3)."""


@dataclass(frozen=True)
class Model:
    """A model package, made up."""

    version: str

    @property
    def identity(self) -> str:
        """Of its package."""
        return hashlib.sha256(self.version.encode()).hexdigest()

    @property
    def row(self) -> Row:
        """As the catalog keeps it."""
        decision = {"aggregation": "logistic", "threshold": 0.0, "logistic_threshold": 0.35, "target_recall": 0.95}
        config = {
            "model_version": self.version,
            "detector": {"type": "yolo", "name": "yolo11s_made-up", "source": "made up", "sha256": self.identity},
            "variant": "vit_dinov2_finetune",
            "train_git_sha": None,
            "decision": decision | {"trigger_rule": "first_crossing"},
            "infer": {"confidence_threshold": 0.1, "iou_nms": 0.2, "image_size": 1024, "pad_to_min_frames": 6},
            "model_input": {"context_factor": 1.5, "patch_size": 224, "stabilize": True},
            "tubes": {"iou_threshold": 0.2, "max_misses": 2, "infer_min_tube_length": 2},
            "classifier": {"backbone": "vit_small_patch14_dinov2.lvd142m", "max_frames": 20},
            "calibrator": {"features": ["logit", "log_len", "mean_conf", "n_tubes"], "coefficients": [1, 0, 0, 0]},
        }
        return {
            "identity": self.identity,
            "identity_kind": "package",
            "reference": f"models/{self.version}/model.zip",
            "model_version": self.version,
            "config": config,
            "first_seen_at": NOW,
        }


MODELS = (Model("0.3.0"), Model("0.4.0"))


@dataclass(frozen=True)
class _Inputs:
    """The frames of one alert's lanes, some of a scene's, in order."""

    scene: Scene
    chosen: tuple[int, ...]
    started: datetime
    missing: int | None = None
    """Position of the one whose bytes could not be had."""


class BacklogMaker:
    """Alerts of one to three lanes, each lane with everything that hangs on it."""

    def __init__(self, writer: Writer, chance: random.Random, scenes: list[Scene], contents: Mapping[str, str]) -> None:
        self._writer, self._chance, self._scenes, self._contents = writer, chance, scenes, contents
        self._exact: Iterator[float] = cycle(
            chain((n / 100 for n in range(101)), (TRIAGE_THRESHOLD,) * 6, (0.1, 0.2, 0.3, 0.5, 0.9, 1.0))
        )
        self._number, self._alert, self._frame = 0, 40_000, 0
        self._chosen: set[tuple[int, tuple[int, ...]]] = set()

    def write_run(self) -> None:
        """The models, and the run that split the queue at the usual threshold."""
        for model in MODELS:
            self._writer.add(t.triage_models, model.row)
        models = [model.identity for model in MODELS]
        triage = {"run_id": TRIAGE, "source": SOURCE, "models": models, "threshold": TRIAGE_THRESHOLD}
        self._writer.add(t.triages, triage | {"began_at": NOW})

    def write_alert(self, lanes: int) -> None:
        """Lanes that wait, scored by both models; they share their frames, and so their scores."""
        inputs = self._inputs()
        self._write_scores(self._write_lanes(inputs, lanes), inputs)

    def write_left(self) -> None:
        """A scored one that people have annotated since."""
        inputs = self._inputs()
        self._write_scores(self._write_lanes(inputs, 1, left=True), inputs)

    def write_unscored(self) -> None:
        """One that came after the triage."""
        self._write_lanes(self._inputs(), 1, pulled_at=NOW + timedelta(hours=1))

    def write_without_frames(self) -> None:
        """One that has nothing to score."""
        sha256 = self._write_lanes(replace(self._inputs(), chosen=()), 1)
        self._write_drops(sha256, MODELS, "no_images", "none of its frames is stored: pull again")

    def write_with_a_gap(self) -> None:
        """One that lacks a frame."""
        sha256 = self._write_lanes(replace(self._inputs(), missing=1), 1)
        self._write_drops(sha256, MODELS, "predict_failed", "1 of its frames is missing: pull again")

    def write_half_scored(self) -> None:
        """One that the second model failed at."""
        inputs = self._inputs()
        sha256 = self._write_lanes(inputs, 1)
        self._write_score(sha256, inputs, MODELS[0], self._scores(inputs)[0])
        self._write_drops(sha256, MODELS[1:], "predict_failed", "RuntimeError: made up")

    def _write_drops(self, sha256: str, models: Sequence[Model], reason: str, detail: str) -> None:
        told = {"reason": reason, "detail": detail, "run_id": TRIAGE, "dropped_at": NOW}
        drop = {"source": SOURCE, "sequence_id": self._number, "inputs_sha256": sha256}
        for model in models:
            self._writer.add(t.triage_drops, drop | told | {"model_identity": model.identity})

    def _inputs(self) -> _Inputs:
        """Frames that no earlier alert has so: few pictures, many inputs."""
        name: tuple[int, tuple[int, ...]] | None = None
        while name is None or name in self._chosen:
            scene = self._chance.choice(self._scenes)
            length = self._chance.randint(MIN_FRAMES, scene.length)
            name = scene.number, tuple(sorted(self._chance.sample(range(scene.length), length)))
        self._chosen.add(name)
        minutes = self._chance.randrange(DAYS * 24 * 60)
        return _Inputs(scene, name[1], FIRST_DAY + timedelta(minutes=minutes, seconds=self._chance.randrange(60)))

    def _scores(self, inputs: _Inputs) -> list[float]:
        """Each model's; mostly low, as a queue's are, a third of them hundredths; some without a tube."""
        chance = self._chance
        draw = chance.random()
        if not inputs.scene.is_smoke and draw < 0.3:
            return [0.0] * len(MODELS)
        first = chance.betavariate(3, 2) if inputs.scene.is_smoke else chance.betavariate(0.9, 5)
        if draw > 0.67:
            first = next(self._exact)
        other = first if chance.random() < 0.1 else min(1.0, max(0.0, chance.gauss(first, 0.06)))
        if chance.random() < 0.02:
            other = 0.0
        return [first, other]

    def _write_lanes(
        self, inputs: _Inputs, lanes: int, *, left: bool = False, pulled_at: datetime = NOW - timedelta(hours=1)
    ) -> str:
        chance = self._chance
        self._alert += 1
        number = chance.choices(range(len(_NAMED)), (9, 6, 4, 3, 2, 2, 1))[0]
        organization, organization_name = _NAMED[number]
        camera = chance.randrange(CAMERAS)
        score = chance.random() if chance.random() < 0.8 else None
        keys = [inputs.scene.keys[frame] for frame in inputs.chosen]
        sha256s = [None if place == inputs.missing else self._contents[key] for place, key in enumerate(keys)]
        digest = inputs_sha256([sha256 for sha256 in sha256s if sha256])
        ended = inputs.started + timedelta(seconds=30 * len(inputs.chosen))
        for lane in range(lanes):
            self._number += 1
            alone = {"temporal_model_score": None, "temporal_model_version": None, "temporal_api_version": None}
            scored = {"temporal_model_score": score, "temporal_model_version": "0.2.0", "temporal_api_version": "0.3.1"}
            row = {
                "source": SOURCE,
                "id": self._number,
                "source_api": "api_cenia" if organization == 7 else "pyronear_french",
                "alert_api_id": 1_000_000_000 + self._alert * 1000 + lane if lane else self._alert,
                "platform_alert_id": self._alert,
                "organization_id": organization,
                "organization_name": organization_name,
                "camera_id": organization * 100 + camera,
                "camera_name": f"Cam {camera + 1:02d}",
                "azimuth": None if number == 6 else (camera * 40 + lane * 7) % 360,
                "recorded_at": inputs.started,
                "last_seen_at": ended,
                "created_at": ended + timedelta(hours=6),
                "is_wildfire": chance.choice((None, None, "wildfire_smoke", "other_smoke", "other")),
                "is_manual": lane == 2,
                "stage": str(Stage.READY_TO_ANNOTATE),
                "pulled_at": pulled_at,
                "listed_at": pulled_at,
                "left_at": NOW if left else None,
                "inputs_sha256": digest,
                "frames": sum(sha256 is not None for sha256 in sha256s),
                "frames_missing": sum(sha256 is None for sha256 in sha256s),
            }
            self._writer.add(t.backlog_sequences, row | (scored if lane == 0 and score is not None else alone))
            self._write_frames(inputs, sha256s)
        return digest

    def _write_frames(self, inputs: _Inputs, sha256s: list[str | None]) -> None:
        here = {"source": SOURCE, "sequence_id": self._number}
        for position, (frame, sha256) in enumerate(zip(inputs.chosen, sha256s, strict=True)):
            self._frame += 1
            seen = {"id": self._frame, "recorded_at": inputs.started + timedelta(seconds=30 * position)}
            key = {"bucket_key": inputs.scene.keys[frame], "frame_sha256": sha256, "position": position}
            self._writer.add(t.backlog_frames, here | seen | key)

    def _write_scores(self, sha256: str, inputs: _Inputs) -> None:
        for model, score in zip(MODELS, self._scores(inputs), strict=True):
            self._write_score(sha256, inputs, model, score)

    def _write_score(self, sha256: str, inputs: _Inputs, model: Model, score: float) -> None:
        tubes = self._chance.choice((1, 1, 2, 3)) if score > 0 else 0
        boxes = [inputs.scene.box(frame) for frame in inputs.chosen][:_MOST_FRAMES]
        answer: dict[str, Any] = verbose_answer(boxes, score, threshold=0.35, tubes=tubes, trigger=True)
        answer["version"] = {"model": model.version}
        answer["details"]["preprocessing"]["num_truncated"] = len(inputs.chosen) - len(boxes)
        name = {"inputs_sha256": sha256, "model_identity": model.identity}
        result = {
            "score": score,
            "tubes": tubes,
            "logit": 8 * score - 4 if tubes else None,
            "trigger_frame_index": answer["trigger_frame_index"],
            "milliseconds": 20.0 * len(boxes),
            "device": "cpu",
            "run_id": TRIAGE,
            "scored_at": NOW,
        }
        self._writer.add(t.triage_scores, name | result)
        content = zlib.compress(json.dumps(answer).encode(), 1)
        self._writer.add(t.triage_answers, name | {"answer": content})
