"""Replays through containers: the same verdicts, sealed, and every misbehaviour costs its own sequences only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import docker
import pytest
import sqlalchemy as sa

from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.verdicts import current_verdicts
from tests.docker.conftest import Containers
from tests.docker.outside import outside, reaches
from tests.production import DAY, Production

Stub = Callable[..., str]


def verdict(catalog: Catalog, sequence_id: int) -> dict[str, Any]:
    with catalog.read() as connection:
        (row,) = current_verdicts(connection, [("alert-api", sequence_id)]).values()
        return dict(row)


def answers(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """Request sha256s are of no use here: the answer of each verdict by its API version."""
    with catalog.read() as connection:
        rows = connection.execute(
            sa.select(t.verdicts.c.api_version, t.replays.c.answer).join(
                t.replays, t.replays.c.key == t.verdicts.c.ledger_key
            )
        )
        return {row.api_version: json.loads(row.answer) for row in rows}


def test_containers_give_the_verdicts_that_processes_give(
    production: Production, catalog: Catalog, containers: Containers, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub("0.3.1"), stub("0.4.0")
    ids = [
        production.add(frames=8, seen=8),
        production.add(frames=12, seen=6, hour=3),
        production.add(frames=14, seen=13, hour=4, api_version="0.4.0"),
        production.add(frames=8, seen=8, hour=5, score=0.123),
    ]
    import_sequences(date_from=DAY)
    monkeypatch.setenv("SMOKEWATCH_RUNTIME", "process")
    processes = replay_sequences(date_from=DAY)
    by_process = {each: verdict(catalog, each) for each in ids}
    monkeypatch.setenv("SMOKEWATCH_RUNTIME", "docker")
    monkeypatch.setenv("SMOKEWATCH_REPLICAS", "2")
    summary = replay_sequences(date_from=DAY)
    assert containers.left() == []
    assert summary["runtime"] == "docker"
    counted = ("sequences", "replayed", "exact", "window", "unexplained", "dropped", "cached")
    assert {name: summary[name] for name in counted} == {name: processes[name] for name in counted}
    found = ("verdict", "replayed_score", "full_score", "difference", "matched_frames", "request_sha256", "ties")
    for each in ids:
        told = verdict(catalog, each)
        assert {name: told[name] for name in found} == {name: by_process[each][name] for name in found}
        assert (told["runtime"], told["isolation"]) == ("docker", "engine_host_only")
        assert told["identity_kind"] == "image_id"
        assert told["milliseconds"] > 0
    again = replay_sequences(date_from=DAY)
    assert (again["predict_calls"], again["cached"]) == (0, 4)


def test_a_sealed_release_reaches_nobody_and_writes_nowhere(
    production: Production, catalog: Catalog, engine: docker.DockerClient, containers: Containers, stub: Stub
) -> None:
    image = stub("0.3.1")
    with outside() as internet:
        neighbour = engine.containers.run(image, detach=True)
        try:
            neighbour.reload()
            next_door = f"{neighbour.attrs['NetworkSettings']['IPAddress']}:8000"
            assert reaches(engine, image, internet)
            assert reaches(engine, image, next_door)
            stub("internet", STUB="escape", STUB_REACH=internet)
            stub("neighbour", STUB="escape", STUB_REACH=next_door)
            stub("write", STUB="write")
            for hour, version in enumerate(("internet", "neighbour", "write")):
                production.add(hour=hour, api_version=version, seen=8)
            import_sequences(date_from=DAY)
            assert replay_sequences(date_from=DAY)["exact"] == 3
        finally:
            neighbour.remove(force=True)
    told = {version: answer["details"]["decision"] for version, answer in answers(catalog).items()}
    assert not told["internet"]["reached"]
    assert not told["neighbour"]["reached"]
    assert told["write"]["writable"] == []
    assert containers.left() == []


MISBEHAVIOURS = {
    "gone": ({"STUB": "gone"}, "stack_unhealthy", "ended with code 1; its last words: model.zip is damaged"),
    "sick": ({"STUB": "sick"}, "stack_unhealthy", "not healthy after 12 s: /health says 'unavailable'"),
    "garbage": ({"STUB": "garbage"}, "predict_failed", "invalid answer: is_smoke"),
    "hang": ({"STUB": "hang"}, "predict_failed", "no answer within 12 s"),
    "big": ({"STUB": "big"}, "predict_failed", "the answer is larger than 16777216 bytes"),
    "oom": ({"STUB": "oom"}, "predict_failed", "ended with code 137: out of memory (it may use 0.25 GiB"),
    "nul": ({"STUB": "nul"}, "predict_failed", "answered 500 decode_error: no frame in \ufffd\ufffd[31m"),
    "unnameable": ({"STUB": "unnameable"}, "stack_unhealthy", "/health: model_version: Value error, expected a name"),
    "other": ({"STUB_MODEL": "0.9.9"}, "model_version_mismatch", "production recorded model 0.2.0"),
}


def test_releases_that_misbehave_cost_their_own_sequences_only(
    production: Production, catalog: Catalog, containers: Containers, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequences = {}
    for hour, (version, (environment, _, _)) in enumerate(MISBEHAVIOURS.items()):
        stub(version, **environment)
        sequences[version] = production.add(frames=4, seen=4, hour=hour, api_version=version)
    stub("die", STUB="die")
    dying = [production.add(frames=6, seen=6, hour=10 + number, api_version="die") for number in range(4)]
    stub("0.3.1")
    good = production.add(seen=8, hour=9)
    missing = production.add(seen=8, hour=15, api_version="not-there")
    monkeypatch.setenv("SMOKEWATCH_HEALTH_SECONDS", "12")
    monkeypatch.setenv("SMOKEWATCH_PREDICT_SECONDS", "12")
    monkeypatch.setenv("SMOKEWATCH_RELEASE_MEMORY", "256MiB")
    import_sequences(date_from=DAY)
    summary = replay_sequences(date_from=DAY)
    assert containers.left() == []
    assert verdict(catalog, good)["verdict"] == "exact"
    for version, (_, reason, says) in MISBEHAVIOURS.items():
        told = verdict(catalog, sequences[version])
        assert (version, told["drop_reason"]) == (version, reason)
        assert says in told["detail"]
        assert told["detail"].isprintable()
    told = verdict(catalog, missing)
    assert told["drop_reason"] == "image_pull_failed"
    assert "this engine has no image of that name" in told["detail"]
    # Each life answers once and dies at the second prediction, which costs that sequence only.
    assert sorted(verdict(catalog, each)["verdict"] for each in dying) == ["dropped", "dropped", "exact", "exact"]
    assert summary["dropped"]["predict_failed"] == 2 + sum(
        reason == "predict_failed" for _, reason, _ in MISBEHAVIOURS.values()
    )
