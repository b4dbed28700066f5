"""Logs for programs: one JSON object a line on stderr, with the run, the release and the sequence where they are known.

``logging.yaml`` beside this file is Prefect's own configuration with that format: ``PREFECT_LOGGING_SETTINGS_PATH``
points workers and servers at it; commands do so themselves with ``SMOKEWATCH_LOG_FORMAT=json``.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pythonjsonlogger.json import JsonFormatter as Formatter

PREFECT_CONFIGURATION = Path(__file__).parent / "logging.yaml"
SERVER_CONFIGURATION: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": f"{__name__}.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "root": {"level": "WARNING", "handlers": ["stderr"]},
}
"""For :func:`logging.config.dictConfig`: what a server without Prefect logs."""


class JsonFormatter(Formatter):
    """``time`` (UTC), ``level``, ``logger``, ``message``; then what the record has: ``run``, ``release``, ``sequence``.

    Prefect's own records carry the run as ``flow_run_id``; it is told by the same name.
    """

    def __init__(self) -> None:
        super().__init__(
            ["levelname", "name", "message"],
            rename_fields={"levelname": "level", "name": "logger", "flow_run_id": "run", "task_run_id": "task_run"},
        )

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        """Time comes first, in UTC with ``Z``; what has no value is left out."""
        at = datetime.fromtimestamp(record.created, UTC)
        log_data["time"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        super().add_fields(log_data, record, message_dict)
        for name in [name for name, value in log_data.items() if value is None]:
            del log_data[name]
