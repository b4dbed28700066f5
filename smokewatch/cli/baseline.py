"""``smokewatch baseline``: what drift is compared with."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from smokewatch.cli.commands import Json, finish
from smokewatch.cli.reading import Store, absolute, chosen_days, reading_store
from smokewatch.cli.table import table_lines
from smokewatch.errors import UsageError

Images = Annotated[
    Path | None, typer.Option("--images", metavar="DIR", help="A folder of images instead of the store.")
]
Predictions = Annotated[
    str | None,
    typer.Option(
        "--predictions",
        metavar="FILE|store",
        help="With --images: their scores, CSV or Parquet; store: those recorded of their sequences.",
    ),
]
Model = Annotated[
    Path | None,
    typer.Option("--model", metavar="FILE", help="With --images: an .onnx or .tflite classifier that scores them."),
]
Cameras = Annotated[
    str | None,
    typer.Option(
        "--cameras", metavar="TEMPLATE", help="With --images: how a path names its camera, as '**/{camera}_*.jpg'."
    ),
]
Org = Annotated[list[str] | None, typer.Option("--org", help="Only this organization, by slug or name; repeatable.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First UTC day [default: 60 days to the last].")
]
To = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last UTC day [default: yesterday].")]


def baseline(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Its name [default: the settings'].")] = None,
    first: From = None,
    last: To = None,
    org: Org = None,
    images: Images = None,
    predictions: Predictions = None,
    model: Model = None,
    cameras: Cameras = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE.json", help="Write it to a file, too.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="List the versions that there are, and build none.")] = False,
    store: Store = None,
    json_: Json = False,
) -> None:
    """Build what drift is compared with. The next version of a baseline, from UTC days or a folder of images."""
    if list_:
        _list(name, store, json_)
        return
    if store is not None:
        raise UsageError("--store is only read: give --list too")
    only_with_images(images, predictions, model, cameras)
    if out is not None and out.suffix != ".json":
        raise UsageError(f"--out {out}: a baseline's file ends in .json")
    date_from = date_to = None
    if first is not None or last is not None:
        _, date_to = chosen_days(None, None, last)
        date_from, _ = chosen_days(None, first, last if last is not None else None)

    from flows.build_baseline import build_baseline

    summary = build_baseline(
        name=name,
        date_from=date_from,
        date_to=date_to,
        organizations=org,
        images=absolute(images),
        predictions=predictions_named(predictions),
        model=absolute(model),
        cameras=cameras,
        out=absolute(out),
    )
    finish(summary, json_)


def only_with_images(images: Path | None, predictions: str | None, model: Path | None, cameras: str | None) -> None:
    """Refuse what is for images without them.

    Raises:
        UsageError: when there is some, or two kinds of scores.
    """
    if images is None and any(each is not None for each in (predictions, model, cameras)):
        raise UsageError("--predictions, --model and --cameras are for a folder's images: give --images too")
    if predictions is not None and model is not None:
        raise UsageError("--predictions and --model both give scores: choose one")


def predictions_named(text: str | None) -> str | None:
    """A file's absolute path, or the store's name."""
    from smokewatch.store.frame_scores import FROM_STORE

    return text if text is None or text == FROM_STORE else absolute(Path(text))


def _list(name: str | None, store: str | None, json_: bool) -> None:
    from smokewatch.store.drift.baselines import list_baselines

    with reading_store(store) as (catalog, _), catalog.read() as connection:
        versions = list_baselines(connection, name)
    if json_:
        listed = [asdict(each) | {"days": len(each.days)} | {"made_at": each.made_at.isoformat()} for each in versions]
        sys.stdout.write(json.dumps({"baselines": listed}, default=str) + "\n")
        return
    rows = [
        (
            each.name,
            str(each.version),
            each.origin,
            str(len(each.days)),
            str(each.first_day),
            str(each.last_day),
            ", ".join(f"{reason} {count}" for reason, count in each.left_out.items()) or "-",
            each.scope,
            f"{each.made_at:%Y-%m-%d %H:%M}",
        )
        for each in versions
    ]
    head = ("name", "version", "origin", "days", "first", "last", "left out", "of", "made (UTC)")
    for line in table_lines(head, rows):
        sys.stdout.write(line + "\n")
    if not rows:
        sys.stdout.write("no baseline: smokewatch baseline --from YYYY-MM-DD --to YYYY-MM-DD builds one\n")
