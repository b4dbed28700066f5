"""What commands that only read take: the store of the settings, or a bundle where it lies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

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
