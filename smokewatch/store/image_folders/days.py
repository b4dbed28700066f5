"""What is kept of a folder's images until their days are summarized: 177 bytes an image, and one histogram a day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift import DaySummary, Frames, Sequences, summarize
from smokewatch.domain.drift.metrics import IMAGE_STATISTICS
from smokewatch.domain.profiles import VALUES, Channel, UndecodableReason
from smokewatch.errors import printable
from smokewatch.store.image_folders.image import ReadImage, UnreadImage
from smokewatch.store.image_folders.names import TimeSource
from smokewatch.store.image_folders.report import NAMED, FolderReport, PredictionCounts, UndecodableImage
from smokewatch.store.image_folders.scoring import NO_PREDICTION, Predicted
from smokewatch.store.image_folders.walking import Walk

_DAY = 24 * 3600
_CONTENT_BYTES = 16
"""Of an image's SHA-256: enough to tell whether it repeats another."""
_ROW = np.dtype(
    [
        ("seen_at", np.float64),
        ("statistics", np.float64, (len(Channel), len(IMAGE_STATISTICS))),
        ("content", np.uint64, 2),
        ("size", np.int32, 2),
        ("prediction", np.int64),
        ("camera", np.int32),
        ("night", np.bool_),
    ]
)


@dataclass(slots=True)
class _Day:
    rows: bytearray = field(default_factory=bytearray)
    """Of `_ROW`."""
    shares: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(Channel), VALUES)))
    """Sum over the images."""
    undecodable: list[str] = field(default_factory=list)
    """Cameras."""


class FolderDays:
    """A folder's images, one after the other."""

    def __init__(self) -> None:
        self._days: dict[int, _Day] = {}
        self._cameras: dict[str, int] = {}
        self._images = 0
        self._times: Counter[TimeSource] = Counter()
        self._reasons: Counter[UndecodableReason] = Counter()
        self._named: list[UndecodableImage] = []
        self._decoder = ""

    def add(self, image: ReadImage | UnreadImage, prediction: int) -> None:
        """Keep what counts of an image, and where its prediction is."""
        if image.place is not None:
            self._times[image.place.source] += 1
        if isinstance(image, UnreadImage):
            self._add_unread(image)
            return
        self._images += 1
        self._decoder = image.decoder
        row = np.zeros((), _ROW)
        row["seen_at"], row["statistics"] = image.place.seen_at, image.statistics
        row["content"] = np.frombuffer(image.sha256[:_CONTENT_BYTES], np.uint64)
        row["size"], row["prediction"], row["night"] = image.size, prediction, image.night
        row["camera"] = self._cameras.setdefault(image.place.camera, len(self._cameras))
        day = self._day(image.place.seen_at)
        day.rows += row.tobytes()
        day.shares += image.shares

    def summaries(self, predicted: Predicted) -> list[DaySummary]:
        """Every day's, ascending."""
        return list(self._summaries(predicted))

    def report(self, walk: Walk, predictions: PredictionCounts | None) -> FolderReport:
        """What became of the files."""
        return FolderReport(
            images=self._images,
            links=walk.links,
            others=walk.others,
            times=dict(self._times),
            reasons=dict(self._reasons),
            undecodable=tuple(self._named),
            predictions=predictions,
        )

    def _add_unread(self, image: UnreadImage) -> None:
        self._reasons[image.reason] += 1
        if len(self._named) < NAMED:
            self._named.append(UndecodableImage(printable(image.path), image.reason, image.detail))
        if image.place is not None:
            self._day(image.place.seen_at).undecodable.append(image.place.camera)

    def _day(self, seen_at: float) -> _Day:
        return self._days.setdefault(int(seen_at // _DAY), _Day())

    def _summaries(self, predicted: Predicted) -> Iterator[DaySummary]:
        names, last = np.array(list(self._cameras), np.str_), dict[int, bytes]()
        for number, day in sorted(self._days.items()):
            rows = np.frombuffer(bytes(day.rows), _ROW)
            rows = rows[np.lexsort((rows["seen_at"], rows["camera"]))]  # stable: at one time, in the order of the walk
            frames = None
            if len(rows):
                frames = Frames(
                    cameras=names[rows["camera"]],
                    seen_at=rows["seen_at"],
                    statistics=rows["statistics"],
                    night=rows["night"],
                    sizes=rows["size"].astype(np.int64),
                    repeats=_repeats(rows, last),
                    decoder=self._decoder,
                    shares=day.shares / len(rows),
                )
            sequences = _sequences(rows, names, predicted)
            yield summarize(_date(number), frames, sequences, undecodable=day.undecodable)


def _repeats(rows: NDArray[np.void], last: dict[int, bytes]) -> NDArray[np.bool_]:
    """Whether each row's bytes are those of the camera's row before, of an earlier day too; ``last`` is carried on."""
    same = np.zeros(len(rows), np.bool_)
    same[1:] = (rows["content"][1:] == rows["content"][:-1]).all(axis=1)
    first = np.flatnonzero(np.diff(rows["camera"], prepend=-1))
    for begin, end in zip(first, [*first[1:], len(rows)], strict=True):
        camera = int(rows["camera"][begin])
        same[begin] = last.get(camera) == rows["content"][begin].tobytes()
        last[camera] = rows["content"][end - 1].tobytes()
    return same


def _sequences(rows: NDArray[np.void], names: NDArray[np.str_], predicted: Predicted) -> Sequences | None:
    """Of the rows that have a prediction; None where the folder has none, so that its classes are the default ones."""
    kept = rows[rows["prediction"] != NO_PREDICTION]
    kept = kept[predicted.counts[kept["prediction"]]]
    if not len(kept) and predicted.is_empty:
        return None
    at = kept["prediction"]
    return Sequences(
        cameras=names[kept["camera"]],
        started_at=kept["seen_at"],
        scores=predicted.scores[at],
        verdicts=predicted.verdicts[at],
        night=kept["night"],
        classes=predicted.classes,
    )


def _date(number: int) -> date:
    return date(1970, 1, 1) + timedelta(days=number)
