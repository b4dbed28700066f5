"""A day that the ledger knows, replayed again: CPU a sequence beyond an empty run's, beside the first replay."""

from __future__ import annotations

import os
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from prefect.testing.utilities import prefect_test_harness

from tests.production import DAY, Production

SEQUENCES = 500
RUNS = 3


def measure() -> dict[str, Any]:
    """CPU of this process in milliseconds; the first replay's release runs in a process of its own."""
    with tempfile.TemporaryDirectory() as folder, Production(Path(folder)) as production:
        for number in range(SEQUENCES):
            production.add(frames=4 + number % 13, seen=4 + number % 7 if number % 13 >= 6 else 4, hour=number / 50)
        os.environ.update(production.environment(PREFECT_SERVER_ANALYTICS_ENABLED="false"))
        with prefect_test_harness(server_startup_timeout=180):
            from flows.import_sequences import import_sequences
            from flows.replay_sequences import replay_sequences

            import_sequences(date_from=DAY)
            started = time.monotonic()
            first = replay_sequences(date_from=DAY)
            first_seconds = time.monotonic() - started
            empty = min(_cpu(replay_sequences, DAY - timedelta(days=1)) for _ in range(RUNS))
            again = min(_cpu(replay_sequences, DAY) for _ in range(RUNS))
            started = time.monotonic()
            second = replay_sequences(date_from=DAY)
            second_seconds = time.monotonic() - started
    assert second["predict_calls"] == 0
    return {
        "sequences": SEQUENCES,
        "first_predict_calls": first["predict_calls"],
        "second_predict_calls": second["predict_calls"],
        "second_cached": second["cached"],
        "first_seconds": round(first_seconds, 2),
        "second_seconds": round(second_seconds, 2),
        "empty_run_cpu_ms": round(empty * 1000, 1),
        "cpu_ms_a_sequence": round((again - empty) * 1000 / SEQUENCES, 3),
    }


def _cpu(flow: Any, day: date) -> float:
    started = time.process_time()
    flow(date_from=day)
    return time.process_time() - started
