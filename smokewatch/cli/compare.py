"""``smokewatch compare``: two sets of days, or two folders, side by side. Nothing is tested, nothing is kept."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smokewatch.cli.baseline import Org
from smokewatch.cli.commands import Json, parse_day
from smokewatch.cli.progress import shown_progress
from smokewatch.cli.reading import Store, reading_store
from smokewatch.cli.table import table_lines
from smokewatch.domain.days import days_between
from smokewatch.errors import UsageError, printable

if TYPE_CHECKING:
    from smokewatch.domain.drift import Comparison, DaySummary

_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\.\.(\d{4}-\d{2}-\d{2}))?", re.ASCII)
_WHAT = "YYYY-MM-DD, YYYY-MM-DD..YYYY-MM-DD, or a folder of images"


def compare(
    first: Annotated[str, typer.Argument(metavar="DAYS|DIR", help=f"{_WHAT}.")],
    second: Annotated[str, typer.Argument(metavar="DAYS|DIR", help="What is set beside it.")],
    org: Org = None,
    predictions: Annotated[
        list[str] | None,
        typer.Option(
            "--predictions",
            metavar="FILE|store",
            help="Scores of folders' images; store: those recorded of their sequences; once a folder, in their order.",
        ),
    ] = None,
    cameras: Annotated[
        str | None,
        typer.Option("--cameras", metavar="TEMPLATE", help="How a folder's paths name their camera: '{camera}/**'."),
    ] = None,
    store: Store = None,
    json_: Json = False,
) -> None:
    """Set two sets of days or images side by side. How far apart they are, without a test."""
    from smokewatch.domain.drift import compare as compared

    folders = [text for text in (first, second) if not _DAYS.fullmatch(text)]
    scores = predictions or []
    if scores and len(scores) != len(folders):
        raise UsageError(f"--predictions: given {len(scores)} times for {len(folders)} folders; give one a folder")
    if cameras is not None and not folders:
        raise UsageError("--cameras is for folders of images: both sides are days")
    given, told = iter(scores), list[str]()
    sides = [
        _folder(text, next(given, None), cameras, store, told) if text in folders else _days(text, org, store)
        for text in (first, second)
    ]
    comparison = compared(*sides)
    if json_:
        sys.stdout.write(json.dumps(_body(sides, comparison) | ({"images": told} if told else {})) + "\n")
        return
    for line in (*told, *_lines(sides, comparison)):
        sys.stdout.write(line + "\n")


def _days(text: str, org: list[str] | None, store: str | None) -> list[DaySummary]:
    from smokewatch.settings import load_settings
    from smokewatch.store.drift import Selection, summarize_day

    match = _DAYS.fullmatch(text)
    assert match is not None, "the caller looked"
    start = parse_day(match[1])
    days = days_between(start, parse_day(match[2] or match[1]), today=datetime.now(UTC).date())
    with reading_store(store) as (catalog, _), catalog.read() as connection:
        selection = Selection.called(connection, org, threshold=load_settings().threshold)
        summaries = [summarize_day(connection, day, selection=selection) for day in days]
    found = [day for day in summaries if day.frames.any() or day.sequences.any()]
    if not found:
        raise UsageError(f"{text}: nothing is stored of these days that can be compared: import them")
    return found


def _folder(
    text: str, predictions: str | None, cameras: str | None, store: str | None, told: list[str]
) -> list[DaySummary]:
    """A folder's days; what there is to tell of its files is added to ``told``."""
    from smokewatch.settings import load_settings
    from smokewatch.store.frame_scores import FROM_STORE, RecordedScores
    from smokewatch.store.image_folders import FolderReport, read_folder
    from smokewatch.store.predictions import Predictions, read_predictions

    if not Path(text).is_dir():
        raise UsageError(f"{text!r} is neither days nor a folder: expected {_WHAT}")

    def tell(report: FolderReport) -> None:
        told.extend(f"{printable(text)}: {line.strip()}" for line in report.lines())

    with ExitStack() as held:
        scores: Predictions | RecordedScores | None = None
        if predictions == FROM_STORE:
            scores = RecordedScores(held.enter_context(reading_store(store))[0])
        elif predictions is not None:
            scores = read_predictions(Path(predictions))
        progress = held.enter_context(shown_progress(Path(text).name))
        return read_folder(
            Path(text),
            predictions=scores,
            cameras=cameras,
            threshold=load_settings().threshold,
            progress=progress,
            report=tell,
        )


def _body(sides: list[list[DaySummary]], comparison: Comparison) -> dict[str, Any]:
    from pydantic import TypeAdapter

    from smokewatch.domain.drift import Comparison

    body: dict[str, Any] = TypeAdapter(Comparison).dump_python(comparison, mode="json")
    return {"first": _facts(sides[0]), "second": _facts(sides[1]), **body}


def _facts(side: list[DaySummary]) -> dict[str, Any]:
    return {
        "days": len(side),
        "first_day": str(min(day.day for day in side)),
        "last_day": str(max(day.day for day in side)),
        "cameras": len({camera for day in side for camera in day.cameras}),
        "frames": sum(int(day.frames.sum()) for day in side),
        "sequences": sum(int(day.sequences.sum()) for day in side),
    }


def _lines(sides: list[list[DaySummary]], comparison: Comparison) -> Iterator[str]:
    """What is compared, distances, then the fixed thresholds, what exceeds them first."""
    facts = {name: _facts(side) for name, side in zip(("first", "second"), sides, strict=True)}
    yield from table_lines(("", *facts["first"]), [(name, *map(str, each.values())) for name, each in facts.items()])
    rows = [(str(channel), each) for channel, each in comparison.pixels.items()]
    if comparison.confidence is not None:
        rows.append(("confidence", comparison.confidence))
    yield ""
    yield from table_lines(
        ("distribution", "W1", "KS", "PSI", "JS"),
        [(name, *(f"{each:.4f}" for each in _numbers(distance))) for name, distance in rows],
    )
    yield ""
    results = sorted(
        comparison.strict.results, key=lambda each: (not each.exceeds, -(each.shift or 0) / each.threshold)
    )
    yield from table_lines(
        ("fixed threshold", "first", "second", "shift", "limit", ""),
        [
            (
                each.name,
                *("-" if value is None else f"{value:.4f}" for value in (each.baseline, each.current, each.shift)),
                f"{each.threshold:g}",
                "exceeds" if each.exceeds else "unknown" if each.shift is None else "",
            )
            for each in results
        ],
    )
    yield f"by the fixed thresholds alone: {comparison.strict.severity}"


def _numbers(distances: Any) -> tuple[float, ...]:
    return distances.wasserstein, distances.kolmogorov_smirnov, distances.population_stability, distances.jensen_shannon
