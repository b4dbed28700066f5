"""What commands are given, read: the store of the settings or a bundle where it lies, UTC days, paths."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smokewatch.cli.commands import parse_day
from smokewatch.domain.days import days_between
from smokewatch.errors import UsageError

if TYPE_CHECKING:
    from smokewatch.store.catalog import Catalog
    from smokewatch.store.frames import FrameReader

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="DIR|s3://…",
        help="Read this bundle, where it lies [default: the store of the settings].",
    ),
]


@contextmanager
def reading_store(location: str | None) -> Iterator[tuple[Catalog, FrameReader]]:
    """Open a bundle, or without one the store of the settings; it is closed at the end.

    Raises:
        UsageError: when it cannot be opened.
        StorageError: when it is damaged.
    """
    if location is not None:
        from smokewatch.store.bundles.reading import Bundle

        with Bundle.open(location) as bundle:
            yield bundle.catalog(), bundle.frames
        return

    from smokewatch.settings import load_settings
    from smokewatch.store.catalog import Catalog
    from smokewatch.store.frames import FrameStore

    settings = load_settings()
    frames = FrameStore.open(settings.frames)
    catalog = Catalog.open(settings.catalog_url)
    try:
        yield catalog, frames
    finally:
        catalog.close()


def chosen_days(day: str | None, first: str | None, last: str | None) -> tuple[date | None, date | None]:
    """The first and the last UTC day of a call, None where there is no limit.

    Raises:
        UsageError: when the call contradicts itself, names no day, or one that has not come.
    """
    if day is not None:
        if first is not None or last is not None:
            raise UsageError("--day already says which days: leave --from and --to out")
        first = last = day
    last = first if last is None else last
    if last is None:
        return None, None
    last_day = parse_day(last)
    first_day = None if first is None else parse_day(first)
    days_between(first_day or last_day, last_day, today=datetime.now(UTC).date())
    return first_day, last_day


def absolute(path: Path | None) -> str | None:
    """A path that means the same in any working folder."""
    return None if path is None else str(path.absolute())
