"""On a real server: the repository's deployments, and its automations, each raised once and its message seen."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prefect import flow
from prefect.automations import AutomationCore, EventTrigger, Posture
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.events.actions import SendNotification
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Crashed, Failed, Late, Pending, Running
from prefect_slack import SlackWebhook

from demo.slack import Sink
from deployments.applying import apply, block_document, deployment_id, remove
from deployments.declared import ATTEMPTS, Windows, declared
from deployments.triggers import SILENT
from smokewatch.errors import UsageError
from tasks.events import Event
from tests.deployments.conftest import CRONS, Server
from tests.waiting import until

TEN_SECONDS = timedelta(seconds=10)
"""The least that Prefect waits for what does not come."""
PAYLOADS: dict[Event, dict[str, Any]] = {
    Event.DAILY_MISSING: {"day": "2026-08-14", "state": "never run", "run": "r"},
    Event.UNEXPLAINED: {"count": 2, "sequences": ["prod_1", "prod_2"]},
    Event.RELEASE_MOVED: {
        "reference": "temporal:1",
        "detail": "temporal:1 was first seen as A, now gives B",
    },
    Event.DRIFT_DETECTED: {
        "day": "2026-08-14",
        "severity": "medium",
        "baseline": "default",
        "cameras": ["north"],
        "worst": [{"severity": "medium", "metric": "sharpness", "camera": "north"}],
    },
    Event.RETRAIN_PROPOSED: {"day": "2026-08-14", "deployment": "retraining/nightly"},
    Event.RELEASE_QUALIFIED: {
        "verdict": "no-go",
        "candidate": "temporal:2",
        "baseline": "temporal:1",
        "rules": {"recall": "falls by 0.2"},
    },
}
SAID = {
    Event.DAILY_MISSING: "By 08:00 UTC daily has not done 2026-08-14: never run.",
    Event.UNEXPLAINED: "the score that production recorded: prod_1, prod_2.",
    Event.RELEASE_MOVED: "was first seen as A, now gives B. Its sequences are not replayed.",
    Event.DRIFT_DETECTED: "cameras: north.\n- medium: sharpness of north",
    Event.RETRAIN_PROPOSED: "retraining/nightly is asked to retrain.",
    Event.RELEASE_QUALIFIED: "Beside temporal:1.\n- recall: falls by 0.2",
}


@flow(name="retraining", persist_result=False)
def retraining() -> None:
    """What a deployment is made of here; no worker ever runs it."""


class Runs:
    """Runs of a deployment of nothing, their states set by hand, and what they emit."""

    def __init__(self, server: Server) -> None:
        self.server, self.client = server, SyncPrefectClient(api=server.api)
        self.deployment = self.client.create_deployment(self.client.create_flow(retraining), "nightly")

    def make(self, name: str, *states: State) -> FlowRun:
        run = self.client.create_flow_run_from_deployment(self.deployment, name=name)
        for state in states:
            self.client.set_flow_run_state(run.id, state, force=True)
        return run

    def state(self, run: FlowRun) -> State:
        state = self.client.read_flow_run(run.id).state
        assert state is not None
        return state

    def settle(self, block: str, sink: Sink) -> None:
        """Return once what was asked of the server before has reached its automations, which it tells them later:
        one that is made now has told of an event that came after it."""
        mark = f"settled {uuid.uuid4()}"
        trigger = EventTrigger(expect={mark}, posture=Posture.Reactive, threshold=1)
        tell = SendNotification(block_document_id=block_document(self.client, block), subject=mark, body=mark)
        probe = self.client.create_automation(AutomationCore(name=mark, trigger=trigger, actions=[tell]))

        def told() -> bool:
            self._emit(mark, {"prefect.resource.id": mark})
            return any(mark in each.text for each in sink.messages)

        until(told, every=0.3)
        self.client.delete_automation(probe)

    def emit(self, run: FlowRun, event: str, payload: dict[str, Any] | None = None) -> None:
        """As its flow would: a heartbeat is of the run, all else beside it."""
        of_run = {"prefect.resource.id": f"prefect.flow-run.{run.id}", "prefect.resource.name": run.name}
        resource = of_run if payload is None else {"prefect.resource.id": f"smokewatch.test.{event}"}
        related = [] if payload is None else [of_run | {"prefect.resource.role": "flow-run"}]
        self._emit(event, resource, related, payload)

    def _emit(self, event: str, resource: dict[str, str], related: Any = (), payload: Any = None) -> None:
        said = {"event": event, "resource": resource, "related": list(related), "payload": payload or {}}
        self.server.post("/events", [said | {"id": str(uuid.uuid4()), "occurred": datetime.now(UTC).isoformat()}])

    def by_automations(self) -> int:
        """How many runs of the deployment automations have asked for."""
        runs = self.client.read_flow_runs()
        return sum(each.created_by is not None and each.created_by.type == "AUTOMATION" for each in runs)


@pytest.fixture(scope="module")
def runs(server: Server) -> Runs:
    return Runs(server)


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink("operations") as recording:
        yield recording


@pytest.fixture(scope="module")
def block(server: Server, sink: Sink) -> str:
    """A notification block whose webhook is the recorder's."""
    with temporary_settings({PREFECT_API_URL: server.api}):
        SlackWebhook(url=sink.webhook("operations")).save("operations")
    return "slack-incoming-webhook/operations"


def test_each_is_told_with_its_meaning_and_a_link_and_a_dead_run_is_run_again(
    runs: Runs, block: str, sink: Sink
) -> None:
    windows = Windows(silent=TEN_SECONDS, late=TEN_SECONDS, quiet=timedelta(0))
    wanted = declared(block_document(runs.client, block), retrain=runs.deployment, windows=windows)
    assert set(apply(runs.client, wanted).values()) == {"created"}
    runs.settle(block, sink)

    tried: list[State] = [Pending(), Running()] * ATTEMPTS
    often = runs.make("often", *tried, Crashed(message=f"{SILENT} for a while"))
    dead = runs.make("dead", Pending(), Running())
    runs.settle(block, sink)
    runs.emit(dead, "prefect.flow-run.heartbeat")
    failing = runs.make("failing", Pending(), Running(), Failed(name="TimedOut", message="it took too long"))
    for event in Event:
        runs.emit(failing, event, PAYLOADS[event])
    runs.make("late", Late(scheduled_time=datetime.now(UTC)))  # after all that begins

    late = "retraining is late\nnightly: run "
    expected = {
        "retraining failed\nnightly: run failing: it took too long",
        "retraining crashed\nnightly: run often: No heartbeat for a while",
        "retraining crashed\nnightly: run dead: No heartbeat for 10 seconds",
        late,
        *SAID.values(),
    }

    def times_told() -> dict[str, int]:
        return {text: sum(text in each.text for each in sink.messages) for text in expected}

    def still_missing() -> list[str]:
        untold = [text for text, times in times_told().items() if times == 0]
        return untold if runs.state(dead).type is StateType.SCHEDULED else [*untold, "the dead run, run again"]

    until(lambda: not still_missing(), 600, every=0.3, instead=still_missing)
    assert {times for text, times in times_told().items() if text != late} == {1}
    messages = [each.text for each in sink.messages if "settled" not in each.text]
    assert all("What to do: docs/" in text and "/runs/flow-run/" in text for text in messages)
    assert runs.state(often).type is StateType.CRASHED  # tried often enough
    assert runs.by_automations() == 1


def test_applying_again_changes_only_what_differs(runs: Runs, block: str) -> None:
    remove(runs.client)
    document = block_document(runs.client, block)
    wanted = declared(document)
    assert set(apply(runs.client, wanted, dry_run=True).values()) == {"created"}
    assert runs.client.read_automations() == []
    apply(runs.client, wanted)
    assert set(apply(runs.client, wanted).values()) == {"unchanged"}

    (late,) = runs.client.read_automations_by_name("smokewatch: flow late")
    runs.client.pause_automation(late.id)
    patient = declared(document, windows=Windows(late=timedelta(hours=1)))
    assert {name for name, done in apply(runs.client, patient).items() if done == "updated"} == {late.name}
    (updated,) = runs.client.read_automations_by_name(late.name)
    assert updated.id == late.id
    assert not updated.enabled  # paused by somebody, who knows why

    by_hand = wanted[0].model_copy(update={"name": "by hand", "tags": []})
    runs.client.create_automation(by_hand)
    assert apply(runs.client, patient[1:])[patient[0].name] == "removed"
    assert set(remove(runs.client).values()) == {"removed"}
    assert [each.name for each in runs.client.read_automations()] == ["by hand"]
    runs.client.create_automation(wanted[1].model_copy(update={"tags": []}))
    with pytest.raises(UsageError, match="made by hand"):
        apply(runs.client, wanted)


@pytest.mark.parametrize(
    ("block", "why"),
    [("slack", "expected TYPE/NAME"), ("slack-incoming-webhook/other", "not on the server: set SLACK_WEBHOOK_URL")],
)
def test_a_block_that_cannot_tell_is_named(runs: Runs, block: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        block_document(runs.client, block)


def test_a_deployment_to_retrain_that_is_not_there_is_named(runs: Runs) -> None:
    assert deployment_id(runs.client, "retraining/nightly") == runs.deployment
    for name in ("retraining/daily", "retraining"):
        with pytest.raises(UsageError, match=f"no deployment '{name}' on the server"):
            deployment_id(runs.client, name)


def test_a_fresh_server_takes_it_and_schedules_each_cron(deployed: Server, written: list[dict[str, Any]]) -> None:
    found = {name: each for name, each in deployed.deployments().items() if name != "retraining/nightly"}
    assert len(found) == len(written)
    assert {
        name: each["schedules"][0]["schedule"]["cron"] for name, each in found.items() if each["schedules"]
    } == CRONS
    ids = {found[name]["id"] for name in CRONS}
    until(lambda: ids <= {run["deployment_id"] for run in deployed.runs("SCHEDULED")}, 600, every=0.3)
    scheduled = deployed.runs("SCHEDULED", deployment_id={"any_": [found["daily/default"]["id"]]})
    assert all(run["expected_start_time"][11:19] == "02:00:00" for run in scheduled)
