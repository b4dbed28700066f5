"""What a release is trained on: rendered sequences, boxes for the detector, tubes for the classifier."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from demo.release.crops import decode, shrink, window
from demo.release.model import Model
from demo.release.networks import STRIDE
from demo.release.tubes import XYXY, Box, Tube, build, intersection, pad
from demo.scenes import Scene, box, frame_times, frames, jpeg, sample_scene

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

LOOKALIKE_TARGET = 0.8
"""How sure the detector is taught to be of what only looks like smoke: the classifier decides, not the detector."""


@dataclass(frozen=True)
class Rendered:
    """A sequence as JPEG files, and what there is to see in each of them."""

    scene: Scene
    jpegs: list[bytes]
    extents: list[list[XYXY | None]]
    """Per frame, the visible extent of each of the scene's phenomena, None where there is nothing to see."""

    @property
    def smoke(self) -> bool:
        """Whether the scene is about smoke."""
        return self.scene.kind == "smoke"

    def roi(self, start: int, stop: int) -> XYXY | None:
        """The envelope of what a camera would box in frames start..stop, as production's request has it."""
        seen = [frame[0] for frame in self.extents[start:stop] if frame[0] is not None]
        if not seen:
            return None
        return min(b[0] for b in seen), min(b[1] for b in seen), max(b[2] for b in seen), max(b[3] for b in seen)


def rendered(seed: int, count: int) -> Rendered:
    """The first `count` frames of scene `seed`."""
    scene = sample_scene(seed)
    extents = [[box(scene.view, it, seconds) for it in scene.phenomena] for seconds in frame_times(scene, count)]
    return Rendered(scene, [jpeg(image) for image in frames(scene, count)], extents)


@dataclass(frozen=True)
class DetectorExample:
    """A cut of a shrunken frame (height x width x 3) and what each output cell should say.

    `confidence` is of rows x columns cells, `distances` of 4 x rows x columns, valid where `box` is True.
    """

    pixels: Bytes
    confidence: Floats
    distances: Floats
    box: npt.NDArray[np.bool_]


def detector_example(
    it: Rendered, frame: int, *, size: tuple[int, int], cut: tuple[int, int], rng: np.random.Generator
) -> DetectorExample:
    """A random `cut` (width, height) of one frame at the detector's `size`, mostly around something to see."""
    pixels = shrink(decode(it.jpegs[frame]), size)
    targets = [
        (np.array(extent) * np.array([*size, *size]), 1.0 if what.kind == "smoke" else LOOKALIKE_TARGET)
        for extent, what in zip(it.extents[frame], it.scene.phenomena, strict=True)
        if extent is not None
    ]
    room = np.array([size[0] - cut[0], size[1] - cut[1]])
    corner = rng.uniform(0, 1, 2) * room
    if targets and rng.uniform() < 0.75:
        x0, y0, x1, y1 = targets[0][0]
        corner = np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - rng.uniform(0.15, 0.85, 2) * np.array(cut)
    left, top = (int(value) for value in np.clip(corner, 0, room))

    columns, rows = -(-cut[0] // STRIDE), -(-cut[1] // STRIDE)
    x = (np.arange(columns) + 0.5) * STRIDE
    y = ((np.arange(rows) + 0.5) * STRIDE)[:, None]
    confidence = np.zeros((rows, columns), np.float32)
    distances, boxed = np.zeros((4, rows, columns), np.float32), np.zeros((rows, columns), bool)
    for extent, target in targets:
        x0, y0, x1, y1 = extent - np.array([left, top, left, top])
        wide, high = max((x1 - x0) / 2, STRIDE / 2), max((y1 - y0) / 2, STRIDE / 2)
        off = ((x - (x0 + x1) / 2) / wide) ** 2 + ((y - (y0 + y1) / 2) / high) ** 2
        # Confidence peaks at the centre, so that the box kept of many is the one that sees all sides.
        confidence = np.maximum(confidence, (target * np.exp(-1.5 * off)).astype(np.float32) * (off < 2))
        inside = (abs(x - (x0 + x1) / 2) <= wide) & (abs(y - (y0 + y1) / 2) <= high) & ~boxed
        boxed |= inside
        for index, distance in enumerate((x - x0 + 0 * y, y - y0 + 0 * x, x1 - x + 0 * y, y1 - y + 0 * x)):
            distances[index][inside] = np.log(np.maximum(distance, 0.5) / STRIDE)[inside]
    return DetectorExample(pixels[top : top + cut[1], left : left + cut[0]], confidence, distances, boxed)


@dataclass(frozen=True)
class TubeExample:
    """A tube's patches (T x P x P x 3), its own and its request's figures, and whether it is smoke."""

    patches: Bytes
    tube: Tube
    kept: int
    smoke: bool
    case: tuple[int, int]
    """Seed of the scene and number of the window it comes from."""


def windows(count: int, number: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Random (start, stop) of requests over a sequence of `count` frames: mostly 4..10, half from the first on."""
    drawn = []
    for _ in range(number):
        length = int(rng.integers(4, 11)) if count <= 12 or rng.uniform() < 0.5 else int(rng.integers(11, count + 1))
        start = int(rng.integers(0, count - min(length, count) + 1)) * int(rng.integers(2))
        drawn.append((start, start + min(length, count)))
    return drawn


def tube_examples(model: Model, it: Rendered, spans: Sequence[tuple[int, int]], *, roi: bool) -> list[TubeExample]:
    """Every kept tube of the requests over frames `spans` of a sequence, through the model's own detector."""
    config = model.package.config
    images = [decode(data) for data in it.jpegs]
    boxes = [model.detect(image) for image in images]
    examples = []
    for number, (start, stop) in enumerate(spans):
        source, _ = pad(stop - start, at_least=config.infer.pad_to_min_frames, at_most=config.classifier.max_frames)
        slots = [start + index for index in source]
        tubes = build([boxes[slot] for slot in slots], config.tubes, it.roi(start, stop) if roi else None).kept
        for _, tube in tubes:
            patches = model.patches(tube, [images[slots[entry.frame]] for entry in tube.entries])
            smoke = it.smoke and _covers(tube, [it.extents[slot][0] for slot in slots])
            examples.append(TubeExample(patches, tube, len(tubes), smoke, (it.scene.seed, number)))
    return examples


def _covers(tube: Tube, extents: Sequence[XYXY | None]) -> bool:
    """Whether the tube's window lies on the phenomenon: at least a third of the smaller one is shared."""
    cx, cy, w, h = window(tube)
    seen = [extent for frame in range(tube.start, tube.end + 1) if (extent := extents[frame]) is not None]
    if not seen:
        return False
    union = (min(b[0] for b in seen), min(b[1] for b in seen), max(b[2] for b in seen), max(b[3] for b in seen))
    around = Box(cx, cy, w, h, 0.0)
    smaller = min(around.area, (union[2] - union[0]) * (union[3] - union[1]))
    return intersection(around.xyxy, union) >= smaller / 3
