"""Files that a run writes where people want them."""

from __future__ import annotations

from pathlib import Path

from smokewatch.errors import RunError


def write_text(path: Path, text: str) -> None:
    """Write a file that is wanted.

    Raises:
        RunError: when it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    except OSError as error:
        raise RunError(f"{path} cannot be written: {error.strerror}: name another file") from error
