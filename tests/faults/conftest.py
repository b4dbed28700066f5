"""Imports without Prefect's server, for faults that are none of Prefect's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import tasks.importing.days
from tests.faults.works import Untold
from tests.production import Production


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Production]:
    """A production, the settings pointing at it; :func:`tests.importing.conftest.import_days` imports its days."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tasks.importing.days, "Progress", Untold)
    with Production(tmp_path) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running
