"""The validation state machine, one fact of the contract after the other."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from demo.alert_api.tables import sequences
from demo.alert_api.temporal import Breaker, TemporalApi
from demo.alert_api.worker import Worker
from tests.demo.conftest import MORNING, ScriptedTemporal, World


def worker_for(world: World, temporal: ScriptedTemporal | None, *, token: str | None = None) -> Worker:
    return Worker(world.services, TemporalApi(temporal.url, token=token) if temporal else None)


def one_pass(world: World, worker: Worker) -> list[int]:
    return worker.run_due(world.services.clock.now())


def status(world: World, sequence_id: int) -> tuple[str | None, bool, float | None, bool]:
    """Validation status, validated, score, due."""
    with world.services.reading() as connection:
        row = connection.execute(select(sequences).where(sequences.c.id == sequence_id)).one()
    return row.validation_status, row.is_validated, row.temporal_model_score, row.validation_due_at is not None


def grow(world: World, worker: Worker, frames: int) -> int:
    """Upload frames with a pass after each; the sequence."""
    sequence = 0
    for number in range(frames):
        sequence = world.film(1)
        one_pass(world, worker)
        if number < frames - 1:
            world.services.clock.advance(seconds=30)
    return sequence


def test_production_sends_windows_of_four_to_ten_frames_then_gives_up(world: World, temporal: ScriptedTemporal) -> None:
    temporal.scores(0.1, 0.2, 0.3, 0.4, 0.45, 0.1, 0.2)
    sequence = grow(world, worker_for(world, temporal), 14)
    assert [len(json.loads(body)["frames"]) for body in temporal.bodies] == [4, 5, 6, 7, 8, 9, 10]
    assert status(world, sequence) == ("window_exhausted", False, 0.2, False)
    answer = world.sequence(sequence)
    assert (answer["temporal_model_version"], answer["temporal_api_version"]) == ("0.2.0", "0.3.1")


def test_the_first_score_above_the_threshold_freezes(world: World, temporal: ScriptedTemporal) -> None:
    temporal.scores(0.45, 0.4500001)
    sequence = grow(world, worker_for(world, temporal), 8)
    assert len(temporal.bodies) == 2
    assert status(world, sequence) == ("model", True, 0.4500001, False)
    (alert,) = world.http("admin").get("/alerts/all/fromdate", params={"from_date": "2026-08-14"}).json()
    assert [row["id"] for row in alert["sequences"]] == [sequence]


@pytest.mark.parametrize("token", [None, "secret"])
def test_the_request(world: World, temporal: ScriptedTemporal, token: str | None) -> None:
    temporal.scores(0.9)
    sequence = grow(world, worker_for(world, temporal, token=token), 4)
    keys = [row["bucket_key"] for row in world.rows(sequence)]
    bucket = f"demo-alert-api-{world.organizations[1]}"
    body = f'{{"bucket":"{bucket}","frames":{json.dumps(keys, separators=(",", ":"))},"roi_xyxyn":[0.4,0.5,0.5,0.6]}}'
    assert temporal.bodies == [body.encode()]
    headers = temporal.headers[0]
    assert headers["path"] == "/predict"
    assert headers["Content-Type"] == "application/json"
    assert headers.get("Authorization") == (f"Bearer {token}" if token else None)


def test_continuity_rows_grow_the_window_without_a_region(world: World, temporal: ScriptedTemporal) -> None:
    temporal.scores(0.1)
    worker = worker_for(world, temporal)
    sequence = grow(world, worker, 3)
    world.services.clock.advance(seconds=30)
    world.upload("[]").raise_for_status()
    assert one_pass(world, worker) == [sequence]
    assert len(json.loads(temporal.bodies[0])["frames"]) == 4


def test_first_scored_late_sees_the_last_ten(world: World, temporal: ScriptedTemporal) -> None:
    temporal.scores(0.3)
    sequence = world.film(12, every=10)
    one_pass(world, worker_for(world, temporal))
    keys = [row["bucket_key"] for row in world.rows(sequence)]
    assert json.loads(temporal.bodies[0])["frames"] == keys[2:]
    assert status(world, sequence) == ("window_exhausted", False, 0.3, False)


def test_a_scoreless_answer_stores_nothing_and_is_asked_again(world: World, temporal: ScriptedTemporal) -> None:
    temporal.scores(*[None] * 8, 0.9)
    sequence = grow(world, worker_for(world, temporal), 12)
    assert [len(json.loads(body)["frames"]) for body in temporal.bodies] == [4, 5, 6, 7, 8, 9, 10, 10, 10]
    assert status(world, sequence) == ("model", True, 0.9, False)


def test_past_ten_frames_the_stored_score_decides_without_a_call(world: World, temporal: ScriptedTemporal) -> None:
    temporal.scores(0.2)
    worker = worker_for(world, temporal)
    sequence = grow(world, worker, 4)
    for _ in range(7):
        world.services.clock.advance(seconds=30)
        world.film(1)
    one_pass(world, worker)
    assert len(temporal.bodies) == 1
    assert status(world, sequence) == ("window_exhausted", False, 0.2, False)


def test_without_a_temporal_api_even_three_frames_fail_open(world: World) -> None:
    sequence = grow(world, worker_for(world, None), 3)
    assert status(world, sequence) == ("fail_open_unavailable", True, None, False)


def test_below_four_frames_nothing_is_decided_however_long_it_waits(world: World, temporal: ScriptedTemporal) -> None:
    sequence = world.film(3)
    world.services.clock.advance(seconds=400)
    one_pass(world, worker_for(world, temporal))
    assert status(world, sequence) == (None, False, None, False)


@pytest.mark.parametrize(("waited", "expected"), [(300, "model"), (301, "fail_open_stale")])
def test_stale_after_five_minutes(world: World, temporal: ScriptedTemporal, waited: int, expected: str) -> None:
    temporal.scores(0.9)
    worker = worker_for(world, temporal)
    sequence = grow(world, worker, 3)
    world.services.clock.advance(seconds=30)
    world.film(1)
    world.services.clock.advance(seconds=waited)
    one_pass(world, worker)
    assert status(world, sequence)[0] == expected
    assert len(temporal.bodies) == (1 if expected == "model" else 0)


@pytest.mark.parametrize(
    "answer",
    [(400, {"detail": "x"}), (500, "oops"), (200, "not json"), (200, [1]), (200, {"probability": "0.9"})],
)
def test_any_failure_fails_open_and_keeps_the_last_score(
    world: World, temporal: ScriptedTemporal, answer: tuple[int, Any]
) -> None:
    temporal.scores(0.2)
    temporal.answers.append(answer)
    sequence = grow(world, worker_for(world, temporal), 5)
    assert status(world, sequence) == ("fail_open_unavailable", True, 0.2, False)


def test_versions_may_be_missing(world: World, temporal: ScriptedTemporal) -> None:
    temporal.answers.append((200, {"probability": 1, "model": {"name": "old", "version": "0.1.0"}}))
    sequence = grow(world, worker_for(world, temporal), 4)
    assert status(world, sequence) == ("model", True, 1.0, False)
    assert world.sequence(sequence)["temporal_api_version"] is None


def test_the_risk_gate_blocks_until_confidence_grows(world: World, temporal: ScriptedTemporal) -> None:
    world.services.risk.set(date(2026, 8, 14), world.cameras[0], "very_low")
    worker = worker_for(world, temporal)
    sequence = grow(world, worker, 5)  # confidence 0.5, below 0.6
    assert (temporal.bodies, status(world, sequence)) == ([], (None, False, None, False))
    temporal.scores(0.9)
    world.services.clock.advance(seconds=30)
    world.film(1, "(.4,.5,.5,.6,.6)")
    one_pass(world, worker)
    assert status(world, sequence)[0] == "model"


def test_frames_that_come_during_the_call_keep_it_due(world: World, temporal: ScriptedTemporal) -> None:
    temporal.scores(0.1, 0.2)
    worker = worker_for(world, temporal)
    sequence = world.film(4)
    temporal.during_call.append(lambda: world.upload("[(.4,.5,.5,.6,.5)]").raise_for_status())
    one_pass(world, worker)
    assert status(world, sequence) == (None, False, 0.1, True)
    temporal.during_call.clear()
    one_pass(world, worker)
    assert status(world, sequence) == (None, False, 0.2, False)


def test_the_oldest_due_mark_is_kept_and_goes_first(world: World, temporal: ScriptedTemporal) -> None:
    temporal.scores(0.9, 0.9)
    first = world.film(4)
    second = world.film(4, camera=2, every=10)
    world.film(1)
    assert one_pass(world, worker_for(world, temporal)) == [first, second]


def test_the_breaker_opens_after_three_failures_and_a_4xx_closes_it(world: World, temporal: ScriptedTemporal) -> None:
    worker = worker_for(world, temporal)
    boxes = [f"(.{x},.1,.{x}5,.2,.5)" for x in range(1, 10, 2)]

    def sequence(box: str, camera: int) -> int:
        made = world.film(4, box, every=1, camera=camera)
        one_pass(world, worker)
        return made

    temporal.answers += [(500, "oops")] * 2 + [(404, {"detail": "x"})] + [(503, "oops")] * 3
    for box in boxes[:3]:
        sequence(box, 1)
    for box in boxes[:3]:
        sequence(box, 2)
    assert len(temporal.bodies) == 6
    unasked = sequence(boxes[3], 2)
    assert len(temporal.bodies) == 6
    assert status(world, unasked)[:2] == ("fail_open_unavailable", True)
    world.services.clock.advance(seconds=73)  # 60 s and a fifth of jitter at most
    temporal.scores(0.9)
    assert status(world, sequence(boxes[4], 2))[0] == "model"


def test_the_breaker_s_pauses_double_up_to_an_hour() -> None:
    breaker = Breaker()
    now = MORNING
    assert breaker.allows(now)
    for _ in range(2):
        breaker.failed(now)
        assert breaker.allows(now)
    for pause in (60, 120, 240, 480, 960, 1920, 3600, 3600):
        breaker.failed(now)
        assert not breaker.allows(now + timedelta(seconds=pause * 0.8 - 1))
        now += timedelta(seconds=pause * 1.2 + 1)
        assert breaker.allows(now)
    breaker.answered()
    breaker.failed(now)
    assert breaker.allows(now)
