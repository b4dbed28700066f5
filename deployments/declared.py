"""The automations that a server is to have."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from prefect.automations import AutomationCore, ChangeFlowRunState, RunDeployment, SendNotification, Trigger
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ActionTypes

from deployments import messages, triggers
from deployments.messages import Message
from tasks.events import Event

TAG = "smokewatch-as-code"
"""Tells ours from what people made by hand: those are never touched."""
ATTEMPTS = 3
"""How often a run is tried whose worker dies."""


@dataclass(frozen=True, slots=True)
class Windows:
    """How long automations wait."""

    silent: timedelta = timedelta(minutes=5)
    """A run without a heartbeat for so long is dead; workers send one every 60 s (prefect.yaml)."""
    late: timedelta = timedelta(minutes=30)
    """Nothing of a deployment begins for so long after a run was late."""
    quiet: timedelta = timedelta(hours=1)
    """A deployment's failures are told at most so often."""


_NAMES = {
    Event.DAILY_MISSING: "no daily done",
    Event.UNEXPLAINED: "unexplained replays",
    Event.RELEASE_MOVED: "moved release",
    Event.DRIFT_DETECTED: "drift",
    Event.RETRAIN_PROPOSED: "retraining proposed",
    Event.RELEASE_QUALIFIED: "release qualified",
}


def declared(block: UUID, *, retrain: UUID | None = None, windows: Windows | None = None) -> list[AutomationCore]:
    """Every automation.

    Args:
        block: the notification block's document, which sends all messages.
        retrain: the deployment that a proposed retraining runs; None: it is only told.
        windows: how long they wait.
    """
    w = windows or Windows()
    marked = ChangeFlowRunState(
        state=StateType.CRASHED,
        name="Crashed",
        message=f"{triggers.SILENT} for {w.silent.total_seconds():g} seconds: its worker or machine died",
    )
    again = ChangeFlowRunState(state=StateType.SCHEDULED, message="Its worker or machine died: run again")

    def telling(name: str, meaning: str, trigger: Trigger, message: Message, *more: ActionTypes) -> AutomationCore:
        send = SendNotification(block_document_id=block, subject=message.subject, body=message.body)
        return _automation(name, meaning, trigger, send, *more)

    runs = [
        telling("flow failed", "A deployment's run failed.", triggers.ended("FAILED", quiet=w.quiet), messages.FAILED),
        telling(
            "flow crashed", "A deployment's run crashed.", triggers.ended("CRASHED", quiet=w.quiet), messages.CRASHED
        ),
        telling("flow late", "Nothing of a deployment begins.", triggers.late(w.late), messages.LATE),
        _automation("heartbeat lost", "A run fell silent: marked as crashed.", triggers.silent(w.silent), marked),
        _automation(
            "run again", f"Such a run is tried {ATTEMPTS} times in all.", triggers.silenced(ATTEMPTS - 1), again
        ),
    ]
    more: dict[Event, list[ActionTypes]] = {}
    if retrain is not None:
        more[Event.RETRAIN_PROPOSED] = [RunDeployment(source="selected", deployment_id=retrain)]
    events = [
        telling(name, f"{event} was emitted.", triggers.told(event), messages.EVENTS[event], *more.get(event, ()))
        for event, name in _NAMES.items()
    ]
    return runs + events


def _automation(name: str, meaning: str, trigger: Trigger, *actions: ActionTypes) -> AutomationCore:
    return AutomationCore(
        name=f"smokewatch: {name}", description=meaning, tags=[TAG], trigger=trigger, actions=list(actions)
    )
