"""The command in this process: a process of its own costs seconds of CPU, and is for tests that ask about processes."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from smokewatch.cli import main


@dataclass(frozen=True)
class Ended:
    """What a command left, named as ``subprocess.CompletedProcess`` does."""

    returncode: int
    stdout: str
    stderr: str


def call(folder: Path, *arguments: str, **environment: str) -> Ended:
    """Run ``smokewatch`` in a folder, with these environment variables and no others."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        patch.dict(os.environ, environment, clear=True),
        patch.object(sys, "argv", ["smokewatch", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        main()
    return Ended(int(ended.value.code or 0), out.getvalue(), err.getvalue())
