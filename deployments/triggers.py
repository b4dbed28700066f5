"""What automations wait for: events that flows emit, and what Prefect says of its runs."""

from __future__ import annotations

from datetime import timedelta

from prefect.automations import EventTrigger, Posture, ResourceSpecification

from smokewatch.errors import UsageError
from tasks.events import Event

RUN, DEPLOYMENT = "prefect.flow-run", "related:deployment:prefect.resource.id"
SILENT = "No heartbeat"
"""How the message begins of a run that was marked as crashed because it had fallen silent."""
_ITS_DEPLOYMENT = ResourceSpecification({"prefect.resource.role": "deployment"})
_TAKEN = ("Pending", "Running", "AwaitingConcurrencySlot", "Cancelled")
"""A run that somebody has taken on, or has to wait for its turn, or nobody wants any more."""


def told(event: str) -> EventTrigger:
    """Each time a flow emits this event.

    Raises:
        UsageError: when no flow emits it: such an automation would wait forever.
    """
    if event not in set(Event):
        raise UsageError(f"event {event!r}: no flow emits it; tasks/events.py has those that are")
    return EventTrigger(expect={str(event)}, posture=Posture.Reactive, threshold=1)


def ended(state: str, *, quiet: timedelta) -> EventTrigger:
    """A deployment's run ended in a state of this type (``FAILED``, ``CRASHED``), whatever the state is called.

    After one the same deployment's are passed over for a while: what fails every five minutes is told once.
    """
    return EventTrigger(
        expect={f"{RUN}.*"},
        match=ResourceSpecification({"prefect.resource.id": f"{RUN}.*", "prefect.state-type": state}),
        match_related=_ITS_DEPLOYMENT,
        for_each={DEPLOYMENT},
        posture=Posture.Reactive,
        threshold=1,
        within=quiet,
    )


def late(within: timedelta) -> EventTrigger:
    """A deployment's run is late, and none of that deployment has begun since, nor has come to wait for its turn."""
    return EventTrigger(
        after={f"{RUN}.Late"},
        expect={f"{RUN}.{state}" for state in _TAKEN},
        match=ResourceSpecification({"prefect.resource.id": f"{RUN}.*"}),
        match_related=_ITS_DEPLOYMENT,
        for_each={DEPLOYMENT},
        posture=Posture.Proactive,
        threshold=1,
        within=within,
    )


def silent(within: timedelta) -> EventTrigger:
    """A run that was about to begin, or has sent heartbeats, says nothing more."""
    return EventTrigger(
        after={f"{RUN}.heartbeat", f"{RUN}.Pending"},
        expect={f"{RUN}.*"},
        match=ResourceSpecification({"prefect.resource.id": f"{RUN}.*"}),
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=within,
    )


def silenced(attempts: int) -> EventTrigger:
    """A deployment's run was marked as crashed because of its silence, after at most so many attempts."""
    return EventTrigger(
        expect={f"{RUN}.Crashed"},
        match=ResourceSpecification(
            {
                "prefect.resource.id": f"{RUN}.*",
                "prefect.state-message": f"{SILENT}*",
                "prefect.run-count": [str(count) for count in range(attempts + 1)],
            }
        ),
        match_related=_ITS_DEPLOYMENT,
        posture=Posture.Reactive,
        threshold=1,
    )
