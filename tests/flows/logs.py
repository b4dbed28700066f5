"""What a flow logged, as programs read it."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from smokewatch.logs import JsonFormatter


def logged(caplog: pytest.LogCaptureFixture, logger: str) -> list[dict[str, Any]]:
    """The records of a logger, through the formatter: a JSON object a line."""
    lines = [JsonFormatter().format(record) for record in caplog.records if record.name == logger]
    assert not any("\n" in line for line in lines)
    return [json.loads(line) for line in lines]


def listen(caplog: pytest.LogCaptureFixture) -> None:
    """Have ours captured, as the JSON configuration does."""
    caplog.set_level(logging.INFO, "smokewatch")
