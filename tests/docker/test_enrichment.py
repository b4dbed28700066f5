"""Trigger fields from a newer image: only where it gives the pinned release's probability again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.docker.conftest import Containers
from tests.images import REPOSITORY
from tests.production import DAY, Production

Stub = Callable[..., str]
NEWER = f"{REPOSITORY}:newer"


def test_a_newer_image_is_believed_where_it_agrees(
    production: Production, catalog: Catalog, containers: Containers, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub("0.3.1")
    production.add(frames=8, seen=8)
    production.add(frames=12, seen=6, hour=3)  # its full window and the one that production saw
    import_sequences(date_from=DAY)

    stub("newer", STUB="error")
    first = replay_sequences(date_from=DAY, trigger_image=NEWER)
    assert first["trigger"] == {"own": 0, "enriched": 0, "not_reproduced": 0, "failed": 3}
    stub("newer", STUB="null")
    assert replay_sequences(date_from=DAY, trigger_image=NEWER)["trigger"]["not_reproduced"] == 3
    stub("newer")
    assert replay_sequences(date_from=DAY, trigger_image=NEWER)["trigger"]["enriched"] == 3
    assert containers.left() == []
    with catalog.read() as connection:
        rows = connection.execute(sa.select(t.enrichments)).all()
    assert [(row.trigger_image, row.difference, row.reproduced) for row in rows] == [(NEWER, 0.0, True)] * 3

    def start(*_: object, **__: object) -> None:
        raise AssertionError("a stack was started")

    monkeypatch.setattr("tasks.replaying.Stack", start)
    again = replay_sequences(date_from=DAY, trigger_image=NEWER)
    assert (again["predict_calls"], again["trigger"]["enriched"]) == (0, 3)


def test_an_image_that_does_not_run_costs_triggers_and_no_verdict(
    production: Production, containers: Containers, stub: Stub
) -> None:
    stub("0.3.1"), stub("newer", STUB="gone")
    production.add(frames=8, seen=8)
    production.add(frames=4, seen=4, hour=3, score=0.123)  # which no window gives
    import_sequences(date_from=DAY)
    summary = replay_sequences(date_from=DAY, trigger_image=NEWER)
    assert (summary["exact"], summary["unexplained"]) == (1, 1)
    assert summary["trigger"]["enriched"] == 0
    assert summary["trigger"]["failed"] >= 2
    assert "is gone before it was healthy: ended with code 1" in summary["trigger"]["why"]
    assert containers.left() == []


def test_an_image_that_cannot_be_had_is_told_before_anything_runs(
    production: Production, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    production.add(seen=8)
    import_sequences(date_from=DAY)
    with pytest.raises(UsageError, match=r"--trigger-image: image localhost/nobody/nothing:1 cannot be had"):
        replay_sequences(date_from=DAY, trigger_image="localhost/nobody/nothing:1")
    monkeypatch.setenv("SMOKEWATCH_RUNTIME", "process")
    with pytest.raises(UsageError, match="--trigger-image needs the docker runtime"):
        replay_sequences(date_from=DAY, trigger_image=NEWER)
