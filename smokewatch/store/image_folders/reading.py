"""A folder of images, of any size, read into the summaries of its days."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from smokewatch.domain.drift import DaySummary
from smokewatch.domain.window import PRODUCTION_THRESHOLD
from smokewatch.store.classifiers import Classifier
from smokewatch.store.frame_scores import RecordedScores
from smokewatch.store.image_folders.days import FolderDays
from smokewatch.store.image_folders.image import ImageReader, ReadImage, UnreadImage
from smokewatch.store.image_folders.names import Cameras
from smokewatch.store.image_folders.report import FolderReport
from smokewatch.store.image_folders.scoring import scored_by
from smokewatch.store.image_folders.walking import Walk, walked
from smokewatch.store.predictions import Predictions

_WAITING = 4
"""Images read ahead for each thread: enough that none idles, and the only images in memory."""


def read_folder(
    folder: Path,
    *,
    predictions: Predictions | RecordedScores | Classifier | None = None,
    cameras: str | None = None,
    threshold: float = PRODUCTION_THRESHOLD,
    progress: Callable[[int, int], None] = lambda done, total: None,
    report: Callable[[FolderReport], None] = lambda report: None,
    threads: int = 2,
) -> list[DaySummary]:
    """The UTC days of a folder's images, ascending; an image with a prediction counts as a sequence of its own.

    Memory does not grow with the images but for some 200 bytes each. An image that cannot be read or decoded is
    counted, in its day and in the report, and stops nothing.

    Args:
        folder: images at any depth (:mod:`smokewatch.store.image_folders.walking`); no link is followed.
        predictions: scores from a file or the store, or what computes them; None: pixels only.
        cameras: :class:`smokewatch.store.image_folders.names.Cameras`' template; None: the first folder below.
        threshold: a score strictly above is smoke, where predictions have no class.
        progress: called after each image with how many are done and how many there are.
        report: called once, at the end.
        threads: that decode.

    Raises:
        UsageError: when there is no image, or the template does not fit.
        RunError: when a folder below cannot be read, or the classifier fails.
        StorageError: when the store cannot be read.
    """
    rule = Cameras(root=folder.resolve().name or "root", template=cameras)
    total, walk = walked(folder).images, Walk()
    scored = scored_by(predictions, threshold)
    reader = ImageReader(folder=folder, cameras=rule, told=scored.told, pixels=scored.size)
    days = FolderDays()
    for done, image in enumerate(_read_ahead(reader, walk.through(folder), threads), 1):
        days.add(image, scored.add(image))
        progress(done, max(done, total))  # a folder may grow while it is read
    summaries = days.summaries(scored.finished())
    report(days.report(walk, scored.join_counts()))
    return summaries


def _read_ahead(reader: ImageReader, paths: Iterator[str], threads: int) -> Iterator[ReadImage | UnreadImage]:
    """In the order of the paths."""
    waiting: deque[Future[ReadImage | UnreadImage]] = deque()
    pool = ThreadPoolExecutor(threads, "images")
    try:
        for path in paths:
            waiting.append(pool.submit(reader.read, path))
            if len(waiting) >= _WAITING * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
