"""Frames, requests and answers that a made-up catalog shares: few pictures, many scores."""

from __future__ import annotations

import hashlib
import io
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from smokewatch.domain.boxes import envelope, first_box
from smokewatch.domain.window import MAX_FRAMES, MIN_FRAMES, PredictRequest

WIDTH, HEIGHT = 640, 360
FRAMES = 13


@dataclass(frozen=True)
class Release:
    """A release as production names it. ``threshold`` None: its answers have no details."""

    api_version: str
    model_version: str
    threshold: float | None
    trigger: bool

    @property
    def identity(self) -> str:
        """A registry digest, made up."""
        return "sha256:" + hashlib.sha256(self.api_version.encode()).hexdigest()

    @property
    def reference(self) -> str:
        """The image."""
        return f"pyronear/temporal-model-api:{self.api_version}"


RELEASES = (
    Release("0.2.0", "0.1.0", None, False),
    Release("0.3.0", "0.2.0", 0.35, False),
    Release("0.3.1", "0.2.0", 0.35, False),
    Release("0.4.0", "0.3.0", 0.42, True),
)


@dataclass(frozen=True)
class Scene:
    """What one camera saw: a plume that grows, or a cloud that drifts, before one of a few landscapes."""

    number: int
    is_smoke: bool
    length: int = FRAMES

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Bucket keys, one a frame."""
        return tuple(f"scene-{self.number:02d}-{frame:02d}.jpg" for frame in range(self.length))

    @cached_property
    def _start(self) -> tuple[float, float]:
        start = random.Random(self.number)
        return start.uniform(0.2, 0.7), start.uniform(0.42, 0.55)

    def box(self, frame: int) -> tuple[float, float, float, float]:
        """Where it is, (cx, cy, w, h), normalized."""
        x, y = self._start
        if self.is_smoke:
            width, height = 0.04 + 0.012 * frame, 0.05 + 0.016 * frame
            return x + 0.004 * frame, y - height / 2 + 0.05, width, height
        return x + 0.012 * frame, y - 0.12, 0.16, 0.06

    @cached_property
    def bboxes(self) -> tuple[str, ...]:
        """As a camera writes them, one a frame, their confidence last."""
        return tuple(_bbox_text(self.box(frame), 0.31 + 0.03 * frame) for frame in range(self.length))

    def jpeg(self, frame: int) -> bytes:
        """A picture, cheap and different from every other."""
        image = _landscape(self.number).copy()
        cx, cy, w, h = self.box(frame)
        layer = Image.new("L", image.size)
        draw = ImageDraw.Draw(layer)
        puffs = random.Random(self.number * 100 + frame)
        for step in range(9):
            rise = step / 8
            x = (cx + (rise - 0.5) * w * 0.6 + puffs.uniform(-0.1, 0.1) * w) * WIDTH
            y = (cy + h / 2 - rise * h) * HEIGHT
            radius = (0.2 + 0.3 * rise) * w * WIDTH
            draw.ellipse((x - radius, y - radius * 0.8, x + radius, y + radius * 0.8), fill=150)
        colour = (206, 203, 200) if self.is_smoke else (240, 243, 248)
        image.paste(colour, (0, 0), layer.filter(ImageFilter.GaussianBlur(6)))
        file = io.BytesIO()
        image.save(file, "JPEG", quality=80)
        return file.getvalue()


def _bbox_text(box: tuple[float, float, float, float], confidence: float) -> str:
    cx, cy, w, h = box
    corners = [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, confidence]
    return "[(" + ",".join(f"{value:.3f}" for value in corners) + ")]"


@cache
def _landscape(number: int) -> Image.Image:
    shape = np.random.default_rng(number)
    x, y = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    pixels = np.stack([120 + 70 * y, 160 + 50 * y, 214 + 20 * y], -1)
    for depth, tone in enumerate(((96, 118, 128), (74, 100, 84), (48, 72, 46))):
        phases, waves = shape.uniform(0, 6.28, 3), shape.uniform(2, 14, 3)
        line = (
            0.45
            + 0.14 * depth
            + sum(0.03 * np.sin(wave * x + phase) for wave, phase in zip(waves, phases, strict=True))
        )
        pixels = np.where((y > line)[..., None], np.array(tone) * (1.1 - 0.3 * y[..., None]), pixels)
    pixels += shape.normal(0, 4, (HEIGHT, WIDTH, 1))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@dataclass(frozen=True)
class Window:
    """A request's exact text, its digest, and its name in the ledger."""

    request: str
    sha256: str
    ledger_key: str


@dataclass(frozen=True)
class Case:
    """A scene up to a number of frames, through a release: a score for each window that production can have seen."""

    number: int
    scene: Scene
    release: Release
    frames: int
    scores: tuple[float, ...]
    """Of the windows over the first 4, 5, ... frames; the last one is the full window's."""
    tubes: int

    def window(self, seen: int) -> Window:
        """The window over the first frames."""
        return self._windows[seen - MIN_FRAMES]

    @cached_property
    def _windows(self) -> tuple[Window, ...]:
        return tuple(self._window(seen) for seen in range(MIN_FRAMES, self.frames + 1))

    def _window(self, seen: int) -> Window:
        keys = self.scene.keys[:seen][-MAX_FRAMES:]
        boxes = [first_box(bbox) for bbox in self.scene.bboxes[:seen]][-MAX_FRAMES:]
        roi = envelope(box for box in boxes if box is not None)
        request = PredictRequest("made-up-alert-api-2", keys, roi, seen_frames=seen, seen_rows=seen)
        sha256 = request.sha256()
        name = "\n".join([self.release.identity, sha256, str(self.number)])
        return Window(request.body().decode(), sha256, hashlib.sha256(name.encode()).hexdigest())

    def score(self, seen: int) -> float:
        """Of the window over the first frames."""
        return self.scores[seen - MIN_FRAMES]

    def answer(self, seen: int, *, trigger: bool | None = None) -> str:
        """What the release says to it."""
        probability = self.score(seen)
        version = {"api": self.release.api_version, "model": self.release.model_version}
        threshold = self.release.threshold
        if threshold is None:
            return json.dumps({"is_smoke": probability >= 0.5, "probability": probability})
        boxes = [self.scene.box(frame) for frame in range(max(0, seen - MAX_FRAMES), seen)]
        told = self.release.trigger if trigger is None else trigger
        answer = verbose_answer(boxes, probability, threshold=threshold, tubes=self.tubes, trigger=told)
        return json.dumps(answer | {"version": version})


def verbose_answer(
    boxes: Sequence[tuple[float, ...]], probability: float, *, threshold: float, tubes: int, trigger: bool
) -> dict[str, Any]:
    """What a model says to frames on which a phenomenon has these boxes, padded to six as packages do."""
    padding = max(0, 6 - len(boxes))
    before, after = (padding + 1) // 2, padding // 2
    padded = [*range(before), *range(before + len(boxes), len(boxes) + padding)]
    shown = [boxes[0]] * before + list(boxes) + [boxes[-1]] * after
    answer: dict[str, Any] = {"is_smoke": probability >= threshold, "probability": probability}
    crossed = min(before + 2, len(shown) - 1) if answer["is_smoke"] else None
    kept = [_tube(number, shown, probability, crossed) for number in range(tubes)]
    decision = {"aggregation": "logistic", "threshold": threshold, "threshold_overridden": False}
    if trigger:
        answer["trigger_frame_index"] = crossed if kept else None
        decision["trigger_tube_id"] = 0 if kept and crossed is not None else None
    else:
        for tube in kept:
            del tube["first_crossing_frame"]
    preprocessing = {
        "num_frames_input": len(boxes),
        "num_truncated": 0,
        "padded_frame_indices": padded,
        "num_tube_candidates": tubes + 1,
        "num_tubes_outside_roi": 1,
    }
    return answer | {"details": {"decision": decision, "preprocessing": preprocessing, "tubes": kept}}


def _tube(number: int, boxes: Sequence[tuple[float, ...]], probability: float, crossed: int | None) -> dict[str, Any]:
    """The first tube decides; the others are weaker, shorter and beside it."""
    start, end = (0, len(boxes) - 1) if number == 0 else (number, len(boxes) - 1 - number)
    entries = []
    for place in range(start, end + 1):
        cx, cy, w, h = boxes[place]
        gap = (place * 7 + number) % 5 == 3
        bbox = [round(min(0.95, cx + 0.14 * number), 6), cy, round(w * (1 - 0.2 * number), 6), h]
        entries.append(
            {"frame_idx": place, "bbox": bbox, "is_gap": gap, "confidence": 0.0 if gap else 0.35 + 0.03 * place}
        )
    own = probability if number == 0 else probability * 0.4 / number
    return {
        "tube_id": number,
        "start_frame": start,
        "end_frame": end,
        "logit": 8 * own - 4,
        "probability": own,
        "first_crossing_frame": crossed if number == 0 else None,
        "entries": entries,
    }


def make_cases(scenes: Sequence[Scene], chance: random.Random) -> list[Case]:
    """Forty a scene: scores all over, each n/100 among them, clouds without tubes, windows that differ."""
    cases: list[Case] = []
    exact = iter([n / 100 for n in range(101)] * 3)
    for scene in scenes:
        for variant in range(40):
            frames = chance.randint(MIN_FRAMES, scene.length)
            release = chance.choices(RELEASES, (1, 2, 5, 4))[0]
            full = chance.betavariate(4, 2) if scene.is_smoke else chance.betavariate(1.3, 5)
            if variant % 3 == 0:
                full = next(exact, full)
            tubes = chance.choice((1, 1, 2, 3))
            if not scene.is_smoke and variant % 5 == 1:
                full, tubes = 0.0, 0
            earlier = [
                full if tubes == 0 else max(0.0, full * chance.uniform(0.3, 0.98)) for _ in range(frames - MIN_FRAMES)
            ]
            cases.append(Case(len(cases), scene, release, frames, (*sorted(earlier), full), tubes))
    return cases
