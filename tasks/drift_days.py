"""Where the days that drift compares come from: the store, a folder of images, a baseline's file."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from smokewatch.domain.drift import Baseline, baseline_from_json
from smokewatch.errors import UsageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import IMAGES, KeptDay, Selection, current_day, save_days
from tasks.progress import Progress


@task(name="summarize-days", cache_policy=NO_CACHE)
def summarize_days(catalog: Catalog, days: Sequence[date], selection: Selection) -> list[KeptDay]:
    """UTC days of the store in short, kept for the next time.

    Raises:
        StorageError: when the catalog is damaged or cannot take them.
    """
    found = []
    with Progress("drift-days", "days", len(days)) as progress:
        for day in days:
            with catalog.read() as connection:
                found.append(current_day(connection, day, selection=selection))
            with catalog.write() as connection:
                save_days(connection, found[-1:], now=datetime.now(UTC))
            progress.advance()
    return found


@task(name="read-images", cache_policy=NO_CACHE)
def read_images(
    images: str,
    *,
    predictions: str | None,
    model: str | None,
    cameras: str | None,
    threshold: float,
    catalog: Catalog,
    days: Sequence[date] | None,
    organizations: Sequence[str] | None,
) -> tuple[list[KeptDay], list[str]]:
    """A folder's UTC days in short, and what there is to tell of its files, a line each.

    Args:
        images: the folder.
        predictions: a CSV or Parquet file with their scores, or `FROM_STORE`: those that the catalog has.
        model: or an ONNX or TFLite classifier that scores them.
        cameras: the template by which a path names its camera.
        threshold: a score strictly above is smoke.
        catalog: the store's.
        days: only these; None: all.
        organizations: a folder's images have none, so none may be chosen.

    Raises:
        UsageError: when there is no image, or the predictions, the model or the template cannot be used.
        RunError: when a folder cannot be read.
        StorageError: when the catalog cannot be read.
    """
    from smokewatch.store.classifiers import Classifier, open_classifier
    from smokewatch.store.frame_scores import FROM_STORE, RecordedScores
    from smokewatch.store.image_folders import FolderReport, read_folder
    from smokewatch.store.predictions import Predictions, read_predictions

    folder = Path(images)
    if organizations:
        raise UsageError("--org chooses stored sequences, and a folder's images have no organization: leave it out")
    if predictions is not None and model is not None:
        raise UsageError("--predictions and --model both give scores: choose one")
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name one with images")
    scores: Predictions | RecordedScores | Classifier | None = None
    if model is not None:
        scores = open_classifier(Path(model))
    elif predictions is not None:
        scores = RecordedScores(catalog) if predictions == FROM_STORE else read_predictions(Path(predictions))
    told: list[FolderReport] = []
    with ExitStack() as held:
        bars: list[Progress] = []

        def advance(_done: int, total: int) -> None:
            if not bars:
                bars.append(held.enter_context(Progress("drift-images", "images", total)))
            bars[0].advance()

        found = read_folder(
            folder,
            predictions=scores,
            cameras=cameras,
            threshold=threshold,
            progress=advance,
            report=told.append,
            threads=os.cpu_count() or 1,
        )
    kept = [KeptDay(IMAGES, day) for day in found if days is None or day.day in days]
    return kept, [line for each in told for line in each.lines()]


def baseline_of(text: str) -> str | Baseline:
    """A baseline's name, or the baseline in the file of this name.

    Raises:
        UsageError: when the file cannot be read or holds none.
        StorageError: when it is damaged.
    """
    path = Path(text)
    if path.suffix != ".json":
        return text
    how = "`smokewatch baseline --out` writes one"
    try:
        stored = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"baseline file {path} cannot be read ({error}): {how}") from error
    if not isinstance(stored, dict):
        raise UsageError(f"baseline file {path} holds no baseline: {how}")
    return baseline_from_json(stored)
