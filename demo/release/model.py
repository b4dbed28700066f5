"""Inference: frames and boxes to tubes, scores, a decision and its trigger (contracts/temporal-model.md, section 3).

Every tube goes through the networks alone, and so does every frame of a release, on one thread: no score depends on
what else was asked, and the same frames and request give the same bits.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from demo.release.crops import crop, normalize, shrink, window
from demo.release.networks import STRIDE
from demo.release.package import Package
from demo.release.stages import Stages
from demo.release.tubes import XYXY, Box, Tube, build, iou, pad


@dataclass(frozen=True)
class ScoredTube:
    """A kept tube; `crossing` is the first frame at which it was positive, None when it never was or nobody asked."""

    id: int
    tube: Tube
    logit: float
    probability: float
    crossing: int | None = None


@dataclass(frozen=True)
class Prediction:
    """The decision over one sequence; frames count the padded sequence."""

    is_smoke: bool
    probability: float
    tubes: list[ScoredTube]
    candidates: int
    outside_roi: int
    given: int
    """Frames of the request, before truncation and padding."""
    truncated: int
    padded: list[int]
    trigger: tuple[int, int] | None = None
    """(frame, tube id) of the earliest crossing."""


class Model:
    """A package at work on a device; `threshold` overrides the packaged decision threshold."""

    def __init__(self, package: Package, threshold: float | None = None, device: str | torch.device = "cpu") -> None:
        self.package, self.device = package, torch.device(device)
        package.detector.to(self.device)
        package.classifier.to(self.device)
        self.packaged_threshold = package.config.decision.logistic_threshold
        self.threshold = self.packaged_threshold if threshold is None else threshold
        self.threshold_overridden = threshold is not None

    def detect(self, image: Image.Image) -> list[Box]:
        """Boxes of one frame, best first, after non-maximum suppression."""
        return self.detect_many([image])[0]

    def detect_many(self, images: Sequence[Image.Image]) -> list[list[Box]]:
        """Boxes of each of several frames, which go through the network together."""
        size = self.package.config.infer.image_size
        pixels = torch.from_numpy(np.stack([normalize(shrink(image, size)) for image in images])).to(self.device)
        with torch.inference_mode():
            outputs = self.package.detector(pixels).cpu().numpy()
        return [self._boxes(output) for output in outputs]

    def _boxes(self, output: np.ndarray) -> list[Box]:
        """The boxes in the detector's output of one frame, 5 x H/8 x W/8."""
        infer = self.package.config.infer
        confidence = 1 / (1 + np.exp(-output[0].astype(np.float64)))
        cells = np.flatnonzero(confidence >= infer.confidence_threshold)
        cells = cells[np.argsort(-confidence.flat[cells], kind="stable")]
        kept: list[Box] = []
        for cell in cells:
            row, column = divmod(int(cell), output.shape[2])
            box = _box(output[1:, row, column], row, column, infer.image_size, float(confidence[row, column]))
            if box.area > 0 and all(iou(box, other) <= infer.iou_nms for other in kept):
                kept.append(box)
            if len(kept) == infer.max_boxes:
                break
        return kept

    def predict(
        self,
        image: Callable[[int], Image.Image],
        boxes: Sequence[Sequence[Box]],
        *,
        roi: XYXY | None = None,
        trigger: bool = False,
        stages: Stages | None = None,
    ) -> Prediction:
        """Decide over the frames that `image` answers by index; `boxes` holds the detections of each of them."""
        config, stages = self.package.config, stages or Stages()
        with stages.timed("pad"):
            source, padded = pad(
                len(boxes), at_least=config.infer.pad_to_min_frames, at_most=config.classifier.max_frames
            )
        with stages.timed("tubes"):
            tubes = build([boxes[index] for index in source], config.tubes, roi)
        scored: list[ScoredTube] = []
        tokens: dict[int, Tensor] = {}
        for number, tube in tubes.kept:
            with stages.timed("crop"):
                patches = self.patches(tube, [image(source[entry.frame]) for entry in tube.entries])
            with stages.timed("classifier"), torch.inference_mode():
                tokens[number] = self._tokens(patches)
                logit = self._logits(tokens[number], [len(tube.entries)])[0]
            scored.append(ScoredTube(number, tube, logit, self.probability(logit, tube, len(tubes.kept))))
        if trigger:
            with stages.timed("trigger_search"), torch.inference_mode():
                scored = [replace(it, crossing=self._crossing(it, tokens[it.id], len(scored))) for it in scored]
        crossings = [(it.crossing, it.id) for it in scored if it.crossing is not None]
        return Prediction(
            is_smoke=any(it.probability >= self.threshold for it in scored),
            probability=max((it.probability for it in scored), default=0.0),
            tubes=scored,
            candidates=tubes.candidates,
            outside_roi=tubes.outside_roi,
            given=len(boxes),
            truncated=len(boxes) - len(set(source)),
            padded=padded,
            trigger=min(crossings, default=None),
        )

    def patches(self, tube: Tube, images: Sequence[Image.Image]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        """The tube's patches, T x P x P x 3, all cut from its stabilized window."""
        shape = self.package.config.model_input
        around = window(tube)
        cut = [crop(image, around, context=shape.context_factor, size=shape.patch_size) for image in images]
        return np.stack(cut)

    def logit(self, patches: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> float:
        """The classifier's logit of one tube's patches, T x P x P x 3."""
        with torch.inference_mode():
            return self._logits(self._tokens(patches), [len(patches)])[0]

    def _tokens(self, patches: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> Tensor:
        return self.package.classifier.encode(torch.from_numpy(normalize(patches)[None]).to(self.device))

    def _logits(self, tokens: Tensor, lengths: Sequence[int]) -> list[float]:
        """Logit of one tube (tokens 1 x T x width) cut after each of `lengths` slots."""
        mask = (torch.arange(tokens.shape[1]) < torch.tensor(lengths)[:, None]).to(self.device)
        logits: list[float] = self.package.classifier.score(tokens.expand(len(lengths), -1, -1), mask).tolist()
        return logits

    def probability(self, logit: float, tube: Tube, kept: int) -> float:
        """The calibrated probability of a tube with this logit among `kept` tubes."""
        return self.package.calibrator.probability(features(logit, tube, kept))

    def _crossing(self, it: ScoredTube, tokens: Tensor, kept: int) -> int | None:
        """The frame at which a tube that is positive at full length first was."""
        if it.probability < self.threshold:
            return None
        entries = it.tube.entries
        lengths = range(self.package.config.tubes.infer_min_tube_length, len(entries))
        for length, logit in zip(lengths, self._logits(tokens, lengths) if lengths else (), strict=True):
            if self.probability(logit, Tube(entries[:length]), kept) >= self.threshold:
                return entries[length - 1].frame
        return it.tube.end


def features(logit: float, tube: Tube, kept: int) -> tuple[float, float, float, float]:
    """The calibrator's features: logit, log1p of the length, mean confidence (gaps count 0), number of kept tubes."""
    confidences = [entry.box.confidence for entry in tube.entries if entry.box is not None]
    return logit, math.log1p(len(tube.entries)), sum(confidences) / len(confidences), float(kept)


def _box(distances: np.ndarray, row: int, column: int, size: tuple[int, int], confidence: float) -> Box:
    """A box from the logarithmic distances (left, top, right, bottom) of one cell, clipped to the frame."""
    left, top, right, bottom = (STRIDE * math.exp(min(float(value), 4.0)) for value in distances)
    x, y = (column + 0.5) * STRIDE, (row + 0.5) * STRIDE
    x0, x1 = max(0.0, (x - left) / size[0]), min(1.0, (x + right) / size[0])
    y0, y1 = max(0.0, (y - top) / size[1]), min(1.0, (y + bottom) / size[1])
    return Box((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, confidence)
