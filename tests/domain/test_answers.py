"""Every shape the temporal API's answers have had."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smokewatch.domain.answers import parse_answer, parse_error, parse_health
from smokewatch.errors import InvalidAnswerError


def test_every_recorded_call_reads_whole(golden_calls: list[dict[str, Any]]) -> None:
    kinds = {"health": 0, "answer": 0, "error": 0}
    for call in golden_calls:
        text = json.dumps(call["response"])
        if call["name"] == "health":
            assert parse_health(text).model_version == "0.2.0"
            kinds["health"] += 1
        elif call["status"] == 200:
            answer = parse_answer(text)
            # What was absent stays absent, and nothing is lost.
            assert json.loads(answer.model_dump_json(exclude_unset=True)) == call["response"]
            assert answer.model_version == "0.2.0"
            kinds["answer"] += 1
        else:
            error = parse_error(text)
            assert error is not None
            assert error.code == call["response"]["code"]
            kinds["error"] += 1
    assert kinds == {"health": 1, "answer": 11, "error": 8}


def test_answers_of_old_releases_lack_version_trigger_and_counters() -> None:
    answer = parse_answer(
        json.dumps(
            {
                "is_smoke": True,
                "probability": 0.81,
                "model": {"name": "vit", "version": "0.1.0"},
                "details": {
                    "decision": {"aggregation": "logistic", "threshold": 0.5},
                    "preprocessing": {"num_frames_input": 4},
                    "tubes": [{"tube_id": 0, "start_frame": 0, "end_frame": 3, "logit": 1.0, "probability": 0.81}],
                },
            }
        )
    )
    assert answer.model_version == "0.1.0"
    assert "trigger_frame_index" not in answer.model_fields_set
    assert answer.details is not None
    assert answer.details.preprocessing.num_tubes_outside_roi == 0


def test_unknown_fields_are_kept() -> None:
    answer = parse_answer('{"is_smoke": false, "probability": 0.0, "mood": "calm"}')
    assert answer.model_extra == {"mood": "calm"}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("<html>", "the body"),
        ("[]", "the body"),
        ("{}", "is_smoke"),
        ('{"is_smoke": "yes"}', "is_smoke"),
        ('{"is_smoke": true, "probability": 1.5}', "probability"),
        ('{"is_smoke": true, "probability": NaN}', "probability"),
        ('{"is_smoke": true, "probability": "high"}', "probability"),
    ],
)
def test_garbage_is_named(body: str, says: str) -> None:
    with pytest.raises(InvalidAnswerError, match=says):
        parse_answer(body)


@pytest.mark.parametrize("name", ["0.2.0\0", "0.2.0\n", "\x1b[31m0.2.0", "x" * 201])
def test_a_release_is_called_something_that_can_be_kept(name: str) -> None:
    healthy = {"status": "ok", "model_loaded": True}
    for field in ("api_version", "model_version", "model_name"):
        assert getattr(parse_health(json.dumps(healthy | {field: "0.2.0 é"})), field) == "0.2.0 é"
        with pytest.raises(InvalidAnswerError, match=f"{field}: .* printable"):
            parse_health(json.dumps(healthy | {field: name}))
    with pytest.raises(InvalidAnswerError, match=r"version\.model: .* printable"):
        parse_answer(json.dumps({"is_smoke": True, "version": {"model": name}}))


def test_an_error_page_of_a_proxy_is_no_error_of_the_api() -> None:
    assert parse_error("<html>502</html>") is None
