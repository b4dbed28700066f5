"""The command line of what makes up stores, to be looked at: ``python -m benchmarks.catalogs DIR``."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from pathlib import Path
from typing import Protocol


class Fill(Protocol):
    """Makes a store in an empty folder."""

    def __call__(self, folder: Path, *, rows: int, seed: int) -> None:
        """The same seed, the same rows."""


def make(module: str, description: str | None, fill: Fill, *, rows: str) -> None:
    """Make a store as the command line says, and say how to look at it; `rows`: what its rows are."""
    parser = argparse.ArgumentParser(prog=f"python -m {module}", description=description)
    parser.add_argument("folder", metavar="DIR", type=Path, help="made; must be empty")
    parser.add_argument("--rows", type=int, default=21_489, help=f"how many {rows}")
    parser.add_argument("--seed", type=int, default=7, help="another one, other rows")
    asked = parser.parse_args()
    folder = asked.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        parser.error(f"{folder} is not empty")
    started = time.monotonic()
    fill(folder, rows=asked.rows, seed=asked.seed)
    catalog, frames = shlex.quote(f"sqlite:///{folder / 'catalog.db'}"), shlex.quote(str(folder / "frames"))
    sys.stdout.write(
        f"{asked.rows} {rows} in {time.monotonic() - started:.1f} s. Look at them:\n"
        f"  SMOKEWATCH_CATALOG_URL={catalog} SMOKEWATCH_FRAMES={frames} smokewatch serve\n"
    )
