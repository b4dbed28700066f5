"""Ctrl-C and SIGTERM in the middle of a prediction: the command ends soon, and leaves nothing running."""

from __future__ import annotations

import signal

import pytest

from flows.import_sequences import import_sequences
from smokewatch.store.catalog import Catalog
from tests.faults.test_kill import left_running, running_below, start
from tests.marks import chaos
from tests.production import DAY, Production
from tests.waiting import until


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), chaos(signal.SIGTERM, -signal.SIGTERM)])
def test_an_interrupted_replay_leaves_nothing_running(
    production: Production,
    catalog: Catalog,
    prefect_api: str,
    number: signal.Signals,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for hour in range(3):
        production.add(frames=6, seen=6, hour=hour)
    # The release never answers: the command would wait for ten minutes.
    production.stub = {"STUB": "hang"}
    import_sequences(date_from=DAY)
    process = start(production, "replay", prefect_api, SMOKEWATCH_PREDICT_SECONDS="600")
    until(lambda: production.predictions() > 0 or process.poll() is not None)
    assert left_running(catalog)
    assert len(running_below(production.folder)) == 2
    process.send_signal(number)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == code, errors.decode()
    if number == signal.SIGINT:
        assert errors.decode().strip().splitlines()[-1].startswith("smokewatch: interrupted; what was stored stays")
    assert left_running(catalog) == []
    assert running_below(production.folder) == []
