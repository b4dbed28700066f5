"""What people are told: a subject, and a body of one line of meaning, where to look, and what to do.

Jinja templates that Prefect's server fills in; ``event.payload`` is what tasks and flows emit.
"""

from __future__ import annotations

from dataclasses import dataclass

from tasks.events import Event

_RUN = "{% if flow_run and flow_run | ui_url %}\n{{ flow_run | ui_url }}{% endif %}"
_WHICH = "{{ deployment.name if deployment else '' }}: run {{ flow_run.name }}"
_SAID = "{{ flow_run.state.message or 'no message' }}"


@dataclass(frozen=True, slots=True)
class Message:
    """What a notification block is given, both Jinja templates."""

    subject: str
    body: str


def _message(subject: str, body: str, page: str = "docs/operations.md") -> Message:
    return Message(f"smokewatch: {subject}", f"{body}\nWhat to do: {page}{_RUN}")


FAILED = _message("{{ flow.name }} failed", f"{_WHICH}: {_SAID}")
CRASHED = _message("{{ flow.name }} crashed", f"{_WHICH}: {_SAID}", "docs/operations.md, A run whose machine died")
LATE = _message(
    "{{ flow.name }} is late",
    f"{_WHICH} should have begun at {{{{ flow_run.expected_start_time }}}}, and none has: does a worker run?",
)
EVENTS = {
    Event.DAILY_MISSING: _message(
        "{{ event.payload['day'] }} is not done",
        "By 08:00 UTC daily has not done {{ event.payload['day'] }}: {{ event.payload['state'] }}.",
        "docs/incidents/failed-backfill.md",
    ),
    Event.UNEXPLAINED: _message(
        "{{ event.payload['count'] }} unexplained",
        "No window of these gives the score that production recorded: {{ event.payload['sequences'] | join(', ') }}.",
        "docs/incidents/unexplained-replay.md",
    ),
    Event.RELEASE_MOVED: _message(
        "release moved",
        "{{ event.payload['detail'] }}. Its sequences are not replayed.",
        "docs/incidents/moved-release.md",
    ),
    Event.DRIFT_DETECTED: _message(
        "drift {{ event.payload['severity'] }} on {{ event.payload['day'] }}",
        "Against baseline {{ event.payload['baseline'] }}, cameras: "
        "{{ event.payload['cameras'] | join(', ') or 'all together' }}."
        "{% for each in event.payload['worst'][:3] %}\n- {{ each['severity'] }}: {{ each['metric'] }}"
        "{% if each['camera'] %} of {{ each['camera'] }}{% endif %}{% endfor %}",
        "docs/incidents/drift-alarm.md",
    ),
    Event.RETRAIN_PROPOSED: _message(
        "retraining proposed",
        "High drift on 2 of 3 days up to {{ event.payload['day'] }}. "
        "{% if event.payload['deployment'] %}{{ event.payload['deployment'] }} is asked to retrain."
        "{% else %}Nothing retrains by itself.{% endif %}",
        "docs/incidents/drift-alarm.md",
    ),
    Event.RELEASE_QUALIFIED: _message(
        "{{ event.payload['candidate'] }}: {{ event.payload['verdict'] }}",
        "Beside {{ event.payload['baseline'] }}."
        "{% for rule, said in event.payload['rules'].items() %}\n- {{ rule }}: {{ said }}{% endfor %}",
        "docs/qualification.md",
    ),
}
"""What is told of each event; every event has its message."""
