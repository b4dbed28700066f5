"""Who is told of what: newly validated, past the gate, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from smokewatch.domain.risk import FwiClass
from smokewatch.errors import UsageError
from smokewatch.store.outbox import waiting
from tests.alerts import NOW
from tests.notifying.conftest import LATELY, People

HOUR = timedelta(hours=1)


def test_an_alert_is_told_once(people: People) -> None:
    people.alerts.add(7)
    assert people.notify() == {"alerts": 1, "new": 1, "sent": 1}
    assert people.notify() == {"alerts": 1, "told_before": 1}
    (text,) = people.told()
    for said in ("ridge-1", "41.7°", "0.87", "sdis-1", "2026-08-14 15:45:00", "<https://platform.example/alert/7|"):
        assert said in text


def test_siblings_are_one_message_and_later_ones_are_none(people: People) -> None:
    people.alerts.add(7)
    people.alerts.add(7, ago=timedelta(minutes=2))
    assert people.notify()["sent"] == 1
    assert people.told()[0].count("ridge-1") == 2
    people.alerts.add(7)
    assert "sent" not in people.notify()


@pytest.mark.parametrize(
    ("outcome", "fwi_class", "told", "counted"),
    [
        ({"is_validated": False}, None, False, {}),
        ({"is_validated": None}, None, False, {}),
        ({"is_wildfire": "other"}, None, False, {"alerts": 1, "false_positive": 1}),
        ({"is_wildfire": "wildfire_smoke"}, None, True, {}),
        ({"is_wildfire": "other_smoke"}, None, True, {}),
        ({"max_conf": None}, None, True, {}),
        ({"max_conf": None}, FwiClass.MODERATE, True, {}),
        ({"max_conf": None}, FwiClass.LOW, False, {"alerts": 1, "held_alerts": 1, "held": {"low": 1}}),
        ({"max_conf": 0.59}, FwiClass.VERY_LOW, False, {"alerts": 1, "held_alerts": 1, "held": {"very_low": 1}}),
        ({"max_conf": 0.6}, FwiClass.VERY_LOW, True, {}),
        ({"max_conf": 0.1}, FwiClass.EXTREME, True, {}),
        ({"temporal_model_score": None}, None, True, {}),
    ],
)
def test_the_gate_and_what_people_said_decide(
    people: People, outcome: dict[str, Any], fwi_class: FwiClass | None, told: bool, counted: dict[str, object]
) -> None:
    if fwi_class is not None:
        people.alerts.classify(1, fwi_class)
    people.alerts.add(7, **outcome)
    assert people.notify() == ({"alerts": 1, "new": 1, "sent": 1} if told else counted)
    assert len(people.told()) == told


def test_what_is_held_back_is_told_when_it_becomes_confident(people: People) -> None:
    people.alerts.classify(1, FwiClass.VERY_LOW)
    sequence = people.alerts.add(7, max_conf=0.5)
    assert "sent" not in people.notify()
    people.alerts.become(sequence, max_conf=0.65)
    assert people.notify()["sent"] == 1


def test_a_first_run_does_not_tell_the_past(people: People) -> None:
    people.alerts.add(1, ago=timedelta(hours=4))
    people.alerts.add(2, ago=timedelta(hours=2))
    assert people.notify()["sent"] == 1
    assert "/alert/2|" in people.told()[0]


def test_deleted_and_detached_ones_are_not_told_and_those_without_an_alert_counted(people: People) -> None:
    people.alerts.add(1)
    people.alerts.delete("alerts", 1)
    people.alerts.delete("sequences", people.alerts.add(2))
    people.alerts.detach(3, people.alerts.add(3))
    assert people.notify() == {"without_alert": 2}
    assert people.told() == []


def test_each_organization_has_its_own_webhook_or_everybodys(people: People) -> None:
    people.settings["organizations"] = {"SDIS-2": SecretStr(people.sink.webhook("own"))}
    people.alerts.add(1)
    people.alerts.add(2, organization=2)
    assert people.notify()["sent"] == 2
    assert ["/alert/1|" in each for each in people.told()] == [True]
    assert ["/alert/2|" in each for each in people.told("own")] == [True]


def test_who_has_no_webhook_is_not_told_and_counted(people: People) -> None:
    people.settings |= {"url": None, "organizations": {"sdis-2": SecretStr(people.sink.webhook("own"))}}
    people.alerts.add(1)
    people.alerts.add(2, organization=2)
    assert people.notify() == {"alerts": 2, "new": 1, "without_webhook": 1, "sent": 1}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": None}, "SLACK_WEBHOOK_URL not set"),
        (
            {"organizations": {"sdis-9": SecretStr("http://x")}},
            "no organization is called 'sdis-9'; known: sdis-1, sdis-2",
        ),
        ({"url": SecretStr("secret-without-scheme")}, "^SLACK_WEBHOOK_URL: expected http"),
        ({"organizations": {"sdis-1": SecretStr("ftp://secret")}}, "^SMOKEWATCH_SLACK_WEBHOOKS, sdis-1: expected http"),
    ],
)
def test_what_cannot_be_used_is_said_before_anything_is_recorded(
    people: People, settings: dict[str, object], said: str
) -> None:
    people.alerts.add(1)
    with pytest.raises(UsageError, match=said) as told:
        people.notify(**settings)
    assert "secret" not in str(told.value)
    assert people.states() == {}


def test_above_so_many_an_hour_there_is_one_digest(people: People) -> None:
    for number in range(1, 4):
        people.alerts.add(number)
    assert people.notify(an_hour=3)["sent"] == 3
    people.alerts.add(4)
    people.alerts.add(5)
    people.alerts.add(6, organization=2)
    assert people.notify(an_hour=3) == {"alerts": 6, "told_before": 3, "new": 3, "digests": 1, "sent": 2}
    (digest,) = [each for each in people.told() if "/alert/4|" in each]
    assert "2 alertes" in digest
    assert "/alert/5|" in digest
    assert "/alert/6|" not in digest
    assert {state for state, _ in people.states().values()} == {"sent"}
    people.time.now += 2 * HOUR
    people.alerts.add(7, ago=-2 * HOUR)
    assert "digests" not in people.notify(an_hour=3)


def test_a_dry_run_shows_what_would_be_told_and_leaves_everything_as_it_was(people: People) -> None:
    for number in (1, 2, 3):
        people.alerts.add(number)
    people.alerts.add(4, organization=2)
    notifier = people.notifier(url=None, an_hour=2)
    planned = notifier.plan(LATELY, dry_run=True)
    assert [(each.kind, each.alert_id) for each in planned] == [("alert", 4), ("digest", None)]
    assert notifier.counts.waiting == 2
    assert people.states() == {}
    assert people.sink.knobs.requests == []
    with people.catalog.read() as connection:
        assert waiting(connection) == []


def test_a_message_that_waits_says_what_is_known_when_it_is_sent(people: People) -> None:
    people.alerts.add(7)
    people.notifier().plan(LATELY)
    people.alerts.add(7, ago=timedelta(0))
    assert people.notify() == {"alerts": 1, "told_before": 1, "sent": 1}
    assert people.told()[0].count("ridge-1") == 2


def test_a_message_that_waits_is_withdrawn_when_nothing_of_it_stands(people: People) -> None:
    sequence = people.alerts.add(7)
    people.notifier().plan(LATELY)
    people.alerts.become(sequence, is_wildfire="other")
    assert people.notify()["withdrawn"] == 1
    assert people.told() == []
    assert people.states() == {7: ("refused", "withdrawn: nothing of the alert still stands")}


def test_a_message_that_waited_beyond_the_horizon_is_told_all_the_same(people: People) -> None:
    people.alerts.add(7)
    people.notifier().plan(LATELY)
    notifier = people.notifier()
    notifier.plan(NOW + 9 * HOUR)
    notifier.send()
    assert (notifier.counts.alerts, notifier.counts.sent) == (0, 1)
