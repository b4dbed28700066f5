"""An annotator for the clients' tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tenacity import wait_none

from blocks import transport
from tests.annotator import Annotator, running


@pytest.fixture
def annotator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Annotator]:
    """An annotator; retries that do not wait."""
    monkeypatch.setattr(transport, "BACKOFF", wait_none())
    with running(tmp_path) as annotator:
        yield annotator
