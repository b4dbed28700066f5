"""The automations as they are declared: each waits for what is emitted, and says what the emitter gives."""

from __future__ import annotations

import ast
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from deployments import messages
from deployments.declared import Windows, declared
from deployments.triggers import told
from smokewatch.errors import UsageError
from tasks.events import Event

ROOT = Path(__file__).parents[2]


def emitted() -> Iterator[tuple[str, set[str]]]:
    """Every event that flows and tasks emit by name, with its payload's fields; but for the one of a run's end."""
    for path in sorted([*ROOT.glob("flows/*.py"), *ROOT.glob("tasks/**/*.py")]):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or getattr(call.func, "id", None) != "emit_event":
                continue
            given = {each.arg: each.value for each in call.keywords}
            if isinstance(given["event"], ast.JoinedStr):
                assert path.name == "runs.py"
                continue
            name, payload = given["event"], given["payload"]
            assert isinstance(name, ast.Attribute), f"{path}: an event's name comes from tasks.events.Event"
            assert isinstance(payload, ast.Dict), f"{path}: the fields of a payload are written out"
            yield Event[name.attr], {key.value for key in payload.keys if isinstance(key, ast.Constant)}  # type: ignore[misc]


def test_every_event_is_emitted_and_told_with_what_it_carries() -> None:
    fields = dict(emitted())
    assert set(fields) == set(Event) == set(messages.EVENTS)
    for event, message in messages.EVENTS.items():
        used = set(re.findall(r"event\.payload\['(\w+)'\]", message.subject + message.body))
        assert used
        assert used <= fields[event], event


@pytest.mark.parametrize(
    "event", ["smokewatch.daily.mising", "smokewatch.replay.finished", "prefect.flow-run.Failed", ""]
)
def test_an_event_that_no_flow_emits_is_refused(event: str) -> None:
    with pytest.raises(UsageError, match="no flow emits it"):
        told(event)


def test_every_page_that_messages_name_is_there() -> None:
    every = [messages.FAILED, messages.CRASHED, messages.LATE, *messages.EVENTS.values()]
    pages = {page for each in every for page in re.findall(r"docs/[\w/-]+\.md", each.body)}
    assert len(pages) > 4
    assert all((ROOT / page).is_file() for page in pages)
    assert "## A run whose machine died" in (ROOT / "docs/operations.md").read_text()


def test_each_has_a_name_of_its_own_and_waits_several_heartbeats() -> None:
    names = [each.name for each in declared(uuid.uuid4())]
    assert len(names) == len(set(names))
    for each in yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]:
        beat = float(each["work_pool"]["job_variables"]["env"]["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])
        assert 0 < 4 * beat < Windows().silent.total_seconds()
