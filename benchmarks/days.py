"""Imported days to replay: one that a pretend production lived, one made up for releases of known cost."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from unittest.mock import patch

import docker
from rich.console import Console

from demo.images.build import build_s3
from flows.import_sequences import import_sequences
from smokewatch.cli.demo import configure, use_images
from smokewatch.cli.demo_production import PretendProduction
from smokewatch.store.catalog import Catalog
from tests.images import REPOSITORY, stub_image
from tests.production import DAY, Production

_FRAME_BYTES = 40_000
_UNSEEN = (0, 0, 1, 0, 0, 2)
"""Frames that came after production's last score, sequence by sequence: a third of them needs probing."""


@dataclass(frozen=True)
class Day:
    """A day in a store; the settings point at it for as long as it is there."""

    date: date
    folder: Path
    imported: str
    """The catalog's URL."""

    def forget(self, name: str) -> None:
        """Point the settings at a copy of the catalog in which nothing was replayed yet."""
        copy = self.folder / f"{name}.db"
        copy.unlink(missing_ok=True)
        with closing(Catalog.open(self.imported)) as catalog, catalog.engine.connect() as connection:
            # Outside of a transaction, in which SQLite copies nothing.
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("VACUUM INTO ?", [str(copy)])
        os.environ["SMOKEWATCH_CATALOG_URL"] = f"sqlite:///{copy}"


@contextmanager
def lived_day(folder: Path, *, sequences: int, seed: int = 7) -> Iterator[Day]:
    """A day of the demo, its own release behind it: as images when an engine answers, else as processes."""
    console = Console(stderr=True)
    with patch.dict(os.environ):
        with PretendProduction(
            folder / "production", seed=seed, sequences=sequences, images=use_images(console)
        ) as production:
            facts = production.live(console)
            configure(folder, facts)
            day = date.fromisoformat(facts["day"])
            import_sequences(date_from=day)
            production.go_on()
            import_sequences(date_from=day)
        yield Day(day, folder, os.environ["SMOKEWATCH_CATALOG_URL"])


@contextmanager
def computing_day(
    folder: Path, *, sequences: int, predict_seconds: float, versions: tuple[str, ...] = ("0.3.1",)
) -> Iterator[Day]:
    """A day whose releases keep one core busy for `predict_seconds` a prediction, its sequences spread over them.

    They are images when an engine answers, else processes.
    """
    content = random.Random(7)
    folder.mkdir()
    busy = {"STUB": "busy", "STUB_SECONDS": str(predict_seconds)}
    with patch.dict(os.environ):
        with Production(folder) as production:
            production.stub = busy
            for number in range(sequences):
                frames = 5 + number % 9
                production.add(
                    frames=frames,
                    seen=max(4, frames - _UNSEEN[number % len(_UNSEEN)]),
                    hour=number * 16 / sequences,
                    api_version=versions[number % len(versions)],
                    contents=[content.randbytes(_FRAME_BYTES) for _ in range(frames)],
                )
            images = _images(versions, busy) if use_images(Console(stderr=True)) else {}
            os.environ.update(production.environment(**images))
            import_sequences(date_from=DAY)
        yield Day(DAY, folder, os.environ["SMOKEWATCH_CATALOG_URL"])


def _images(versions: tuple[str, ...], environment: dict[str, str]) -> dict[str, str]:
    """The settings that lead to a release's images, which are made where they are missing."""
    with closing(docker.from_env()) as client:
        for version in versions:
            stub_image(client, version, environment)
        objects = build_s3(client).reference
    return {
        "SMOKEWATCH_RUNTIME": "docker",
        "SMOKEWATCH_RELEASE_IMAGE": f"{REPOSITORY}:{{version}}",
        "SMOKEWATCH_S3_IMAGE": objects,
    }
