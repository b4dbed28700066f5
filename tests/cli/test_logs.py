"""Logs for programs: one JSON object a line, whoever logs, through the configuration that workers use."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from smokewatch.logs import PREFECT_CONFIGURATION

ROOT = Path(__file__).parents[2]

_SPEAKING = """
import logging
import prefect.main
from prefect.logging.loggers import flow_run_logger
from prefect.client.schemas.objects import FlowRun
import uuid
run = FlowRun(id=uuid.UUID(int=7), flow_id=uuid.UUID(int=8), name="brave-owl")
flow_run_logger(run).info("by Prefect")
facts = {"run": "r", "release": "a:1", "sequence": "s_1", "reason": None}
logging.getLogger("smokewatch.replay").info("exact", extra=facts)
logging.getLogger("other").info("not heard")
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("other").exception("two\\nlines")
"""


def test_prefects_log_and_ours_are_json_with_run_release_and_sequence(tmp_path: Path) -> None:
    environment = {
        "PREFECT_LOGGING_SETTINGS_PATH": str(PREFECT_CONFIGURATION),
        "PREFECT_HOME": str(tmp_path),
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "TZ": "America/New_York",
    }
    ended = subprocess.run(
        [sys.executable, "-c", _SPEAKING], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    prefects, ours, others = (json.loads(line) for line in ended.stderr.splitlines())
    assert (prefects["message"], prefects["run"]) == ("by Prefect", "00000000-0000-0000-0000-000000000007")
    assert ours.pop("time").endswith("Z")
    assert ours == {
        "level": "INFO",
        "logger": "smokewatch.replay",
        "message": "exact",
        "run": "r",
        "release": "a:1",
        "sequence": "s_1",
    }
    assert others["message"] == "two\nlines"
    assert "ZeroDivisionError" in others["exc_info"]


def test_the_pages_log_is_json_too() -> None:
    speaking = "import logging.config, smokewatch.logs as l; logging.config.dictConfig(l.SERVER_CONFIGURATION)"
    speaking += "; logging.getLogger('uvicorn').info('quiet'); logging.getLogger('smokewatch.viewer').error('heard')"
    ended = subprocess.run([sys.executable, "-c", speaking], cwd=ROOT, capture_output=True, text=True, timeout=120)
    (told,) = (json.loads(line) for line in ended.stderr.splitlines())
    assert (told["level"], told["logger"], told["message"]) == ("ERROR", "smokewatch.viewer", "heard")
