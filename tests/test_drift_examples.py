"""docs/examples: both endpoints give what the rules give, remember earlier days, and refuse in one line."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from smokewatch.domain.drift import (
    Baseline,
    DaySummary,
    Sequences,
    baseline_json,
    build_baseline,
    check_drift,
    check_json,
    summarize,
)

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
FIRST = date(2026, 3, 1)
Post = Callable[[Any], tuple[int, Any]]


def sent(day: date, *, shift: float = 0.0) -> dict[str, Any]:
    """A day of 120 sequences of two cameras, as a client sends it."""
    rng, n = np.random.default_rng(day.toordinal()), 120
    scores = np.clip(rng.beta(8, 2, n) + shift, 0, 1)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return {
        "day": day.isoformat(),
        "cameras": ["north", "south"] * (n // 2),
        "started_at": [(start + timedelta(minutes=12 * at)).isoformat() for at in range(n)],
        "scores": scores.tolist(),
        "verdicts": ["smoke" if score < 0.6 else "no_smoke" for score in scores - shift],
        "night": [False] * n,
    }


def summary(body: dict[str, Any]) -> DaySummary:
    """The same day by the rules."""
    return summarize(
        date.fromisoformat(body["day"]),
        None,
        Sequences(
            cameras=np.array(body["cameras"]),
            started_at=np.array([datetime.fromisoformat(each).timestamp() for each in body["started_at"]]),
            scores=np.array(body["scores"]),
            verdicts=np.array([verdict == "smoke" for verdict in body["verdicts"]], np.intp),
            night=np.array(body["night"]),
        ),
    )


@pytest.fixture(scope="module")
def baseline() -> Baseline:
    return build_baseline("north", [summary(sent(FIRST + timedelta(days=at))) for at in range(30)])


def imported(name: str) -> ModuleType:
    """An example, fresh."""
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # as Django asks for it
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["fastapi", "django"])
def post(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, baseline: Baseline
) -> Iterator[Post]:
    """Sends a body to an example's endpoint; its status and JSON."""
    stored = tmp_path / "baseline.json"
    stored.write_text(json.dumps(baseline_json(baseline)))
    monkeypatch.setenv("DRIFT_BASELINE", str(stored))
    name = f"drift_{request.param}"
    module = imported(name)

    def to_fastapi(body: Any) -> tuple[int, Any]:
        from fastapi.testclient import TestClient

        answer = TestClient(module.app).post("/drift", json=body)
        return answer.status_code, answer.json()

    def to_django(body: Any) -> tuple[int, Any]:
        from django.test import Client

        answer = Client().post("/drift", body, "application/json", headers={"host": "localhost"})
        return answer.status_code, answer.json()

    yield to_fastapi if request.param == "fastapi" else to_django
    sys.modules.pop(name)


def test_a_day_gets_the_verdict_of_the_rules(post: Post, baseline: Baseline) -> None:
    for day, shift, severity in ((FIRST + timedelta(days=30), 0.0, "none"), (FIRST + timedelta(days=31), -0.3, "high")):
        body = sent(day, shift=shift)
        status, answer = post(body)
        expected = check_drift(summary(body), baseline)
        named = [finding["severity"] for finding in answer["findings"] if finding["metric"] == "confidence"]
        assert (status, named[0]) == (200, severity)
        assert answer["findings"] == json.loads(json.dumps(check_json(expected)))["findings"]


def test_earlier_days_are_remembered(post: Post) -> None:
    """Two low days make the third medium, though it is like any other."""
    for at in (30, 31):
        post(sent(FIRST + timedelta(days=at), shift=-0.3))
    status, answer = post(sent(FIRST + timedelta(days=32)))
    assert (status, answer["severity"]) == (200, "medium")


def test_what_cannot_be_checked_is_refused(post: Post) -> None:
    day = sent(FIRST + timedelta(days=30))
    for body, told in (
        (sent(FIRST), "it is one of its days"),
        (day | {"scores": day["scores"][1:]}, "columns differ in number"),
        (day | {"scores": [1.5] * 120}, "not between 0 and 1"),
        (day | {"started_at": ["2026-03-31T10:00:00"] * 120}, "timezone"),
        ({}, "required"),
    ):
        status, answer = post(body)
        assert status == 422
        assert told in str(answer["detail"])
