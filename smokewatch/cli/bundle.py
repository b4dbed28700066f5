"""``smokewatch bundle``: the store as files to share."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from smokewatch.cli.commands import Json, finish
from smokewatch.cli.progress import shown_progress
from smokewatch.cli.reading import reading_store
from smokewatch.errors import UsageError


def bundle(
    place: Annotated[str, typer.Argument(metavar="DIR", help="Where to; with --verify also s3://bucket/prefix.")],
    verify: Annotated[bool, typer.Option("--verify", help="Write nothing: read every byte that is there.")] = False,
    json_: Json = False,
) -> None:
    """Write the store as files to share. Shards, a read-only catalog, Parquet tables; again, only what is new."""
    if verify:
        from smokewatch.store.bundles.reading import Bundle

        with Bundle.open(place) as found, shown_progress("verify") as advance:
            found.verify(advance)
            finish({"files": len(found.files), "bytes": found.bytes, "sha256": found.sha256}, json_)
        return
    if "://" in place:
        raise UsageError(f"{place} is no folder: bundle into one, then copy it there (aws s3 sync, dvc push)")

    from smokewatch.store.bundles.writing import write_bundle

    with reading_store(None) as (catalog, frames), shown_progress("bundle") as advance:
        counts = write_bundle(catalog, frames, Path(place), advance=advance)
    finish(asdict(counts), json_)
