"""Boxes of single frames linked into tubes (contracts/temporal-model.md, section 3, stages 1, 3 and 4).

Boxes are normalized (cx, cy, w, h); frame indices count the padded sequence.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

XYXY = tuple[float, float, float, float]


@dataclass(frozen=True)
class Box:
    """A detection: centre, width and height, normalized, and its confidence 0..1."""

    cx: float
    cy: float
    w: float
    h: float
    confidence: float

    @property
    def xyxy(self) -> XYXY:
        """Corners (xmin, ymin, xmax, ymax)."""
        return self.cx - self.w / 2, self.cy - self.h / 2, self.cx + self.w / 2, self.cy + self.h / 2

    @property
    def area(self) -> float:
        """Normalized area."""
        return self.w * self.h


def intersection(a: XYXY, b: XYXY) -> float:
    """Area shared by two rectangles."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.0


def iou(a: Box, b: Box) -> float:
    """Intersection over union."""
    shared = intersection(a.xyxy, b.xyxy)
    union = a.area + b.area - shared
    return shared / union if union > 0 else 0.0


@dataclass(frozen=True)
class Entry:
    """One frame of a tube; a gap has no observed box (after interpolation: a box of confidence 0.0)."""

    frame: int
    box: Box | None
    gap: bool


@dataclass(frozen=True)
class Tube:
    """Consecutive entries from the first to the last observed box."""

    entries: tuple[Entry, ...]

    @property
    def start(self) -> int:
        """First frame."""
        return self.entries[0].frame

    @property
    def end(self) -> int:
        """Last frame."""
        return self.entries[-1].frame

    def observed(self) -> dict[int, Box]:
        """The real boxes by frame."""
        return {entry.frame: entry.box for entry in self.entries if entry.box is not None and not entry.gap}


@dataclass(frozen=True)
class TubeRules:
    """The `tubes` block of a package's config.yaml."""

    iou_threshold: float
    max_misses: int
    infer_min_tube_length: int
    min_detected_entries: int
    interpolate_gaps: bool
    merge_iomin: float
    merge_prox_factor: float
    merge_max_gap: int


def pad(count: int, *, at_least: int, at_most: int) -> tuple[list[int], list[int]]:
    """Which input frame each slot shows, and which slots are copies.

    Keeps the first `at_most` frames; below `at_least`, copies of the first and the last are added in turn, first one
    in front: 4 frames become 6 slots of which 0 and 5 are copies.
    """
    source = list(range(min(count, at_most)))
    front = back = 0
    while len(source) < at_least:
        if front <= back:
            source.insert(0, source[0])
            front += 1
        else:
            source.append(source[-1])
            back += 1
    return source, [*range(front), *range(len(source) - back, len(source))]


def _tube(boxes: dict[int, Box]) -> Tube:
    frames = range(min(boxes), max(boxes) + 1)
    return Tube(tuple(Entry(frame, boxes.get(frame), frame not in boxes) for frame in frames))


def link(frames: Sequence[Sequence[Box]], rules: TubeRules) -> list[Tube]:
    """Greedy linking: best IoU first, one to one, against the last real box of every open tube."""
    tubes: list[dict[int, Box]] = []
    open_tubes: list[int] = []
    misses: dict[int, int] = {}
    for frame, boxes in enumerate(frames):
        pairs = sorted(
            (-iou(tubes[tube][max(tubes[tube])], box), tube, index)
            for tube in open_tubes
            for index, box in enumerate(boxes)
        )
        matched: dict[int, int] = {}
        for negative, tube, index in pairs:
            if -negative >= rules.iou_threshold and tube not in matched and index not in matched.values():
                matched[tube] = index
        for tube in open_tubes:
            if tube in matched:
                tubes[tube][frame] = boxes[matched[tube]]
                misses[tube] = 0
            else:
                misses[tube] += 1
        open_tubes = [tube for tube in open_tubes if misses[tube] <= rules.max_misses]
        for index, box in enumerate(boxes):
            if index not in matched.values():
                misses[len(tubes)] = 0
                open_tubes.append(len(tubes))
                tubes.append({frame: box})
    return [_tube(boxes) for boxes in tubes]


def keep_long(tubes: Iterable[Tube], rules: TubeRules) -> list[Tube]:
    """Tubes that span enough frames and hold enough real boxes."""
    return [
        tube
        for tube in tubes
        if tube.end - tube.start + 1 >= rules.infer_min_tube_length
        and len(tube.observed()) >= rules.min_detected_entries
    ]


def _belong_together(a: Tube, b: Tube, rules: TubeRules) -> bool:
    if max(b.start - a.end, a.start - b.end, 0) > rules.merge_max_gap:
        return False
    of_a, of_b = a.observed(), b.observed()
    _, frame_a, frame_b = min((abs(i - j), i, j) for i in of_a for j in of_b)
    one, other = of_a[frame_a], of_b[frame_b]
    smaller = min(one.area, other.area)
    if smaller > 0 and intersection(one.xyxy, other.xyxy) / smaller >= rules.merge_iomin:
        return True
    distance = math.hypot(one.cx - other.cx, one.cy - other.cy)
    return distance <= rules.merge_prox_factor * max(one.w, one.h, other.w, other.h)


def merge(tubes: Sequence[Tube], rules: TubeRules) -> list[Tube]:
    """Connected components of tubes that belong together; in each frame the larger (area, confidence, cx) box wins."""
    group = list(range(len(tubes)))
    for i, one in enumerate(tubes):
        for j in range(i):
            if group[i] != group[j] and _belong_together(one, tubes[j], rules):
                old, new = group[i], group[j]
                group = [new if label == old else label for label in group]
    merged: list[Tube] = []
    for label in sorted(set(group)):
        boxes: dict[int, Box] = {}
        for tube, mine in zip(tubes, group, strict=True):
            for frame, box in tube.observed().items() if mine == label else ():
                held = boxes.get(frame)
                if held is None or (box.area, box.confidence, box.cx) > (held.area, held.confidence, held.cx):
                    boxes[frame] = box
        merged.append(_tube(boxes))
    return sorted(merged, key=lambda tube: (tube.start, tube.end))


def interpolate(tube: Tube) -> Tube:
    """Gap entries get a box on the straight line between their real neighbours, with confidence 0.0."""
    observed = tube.observed()
    entries: list[Entry] = []
    for entry in tube.entries:
        if entry.gap:
            before = max(frame for frame in observed if frame < entry.frame)
            after = min(frame for frame in observed if frame > entry.frame)
            share = (entry.frame - before) / (after - before)
            a, b = observed[before], observed[after]
            pairs = zip((a.cx, a.cy, a.w, a.h), (b.cx, b.cy, b.w, b.h), strict=True)
            cx, cy, w, h = (p + share * (q - p) for p, q in pairs)
            entries.append(replace(entry, box=Box(cx, cy, w, h, confidence=0.0)))
        else:
            entries.append(entry)
    return Tube(tuple(entries))


@dataclass(frozen=True)
class Tubes:
    """What became of the boxes; ids are given after the merge and before the ROI filter."""

    kept: list[tuple[int, Tube]]
    candidates: int
    """Raw tubes, before any filter or merge."""
    outside_roi: int


def build(frames: Sequence[Sequence[Box]], rules: TubeRules, roi: XYXY | None) -> Tubes:
    """Link, filter, merge, filter, interpolate, then keep the tubes with a real box that touches the ROI."""
    raw = link(frames, rules)
    tubes = keep_long(merge(keep_long(raw, rules), rules), rules)
    numbered = list(enumerate(interpolate(tube) if rules.interpolate_gaps else tube for tube in tubes))
    kept = [(number, tube) for number, tube in numbered if roi is None or touches(tube, roi)]
    return Tubes(kept, len(raw), len(numbered) - len(kept))


def touches(tube: Tube, roi: XYXY) -> bool:
    """Whether a real box of the tube meets the ROI; a shared edge counts."""
    corners = [box.xyxy for box in tube.observed().values()]
    return any(x0 <= roi[2] and x1 >= roi[0] and y0 <= roi[3] and y1 >= roi[1] for x0, y0, x1, y1 in corners)
