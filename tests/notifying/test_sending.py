"""Sending: Slack's answers, what is tried again and when, and that nothing is sent twice."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import SecretStr

from demo.gate import Asked, Instead
from demo.slack import ACTION_PROHIBITED, NO_SERVICE, RATE_LIMITED, ROLLUP_ERROR
from smokewatch.errors import StorageError
from smokewatch.store import outbox
from tasks import notifying
from tasks.notifying import PATIENCE
from tests.notifying.conftest import LATELY, People


def posts(people: People) -> int:
    return sum(asked.method == "POST" for asked in people.sink.knobs.requests)


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (Instead(400, body=b"invalid_payload"), "400 invalid_payload"),
        (ACTION_PROHIBITED, "403 action_prohibited"),
        (NO_SERVICE, "404 no_service"),
        (Instead(410, body=b"channel_is_archived"), "410 channel_is_archived"),
        (Instead(200, body=b"<!doctype html><title>Sign in</title>"), "it answers with a page: it is no webhook"),
    ],
)
def test_what_slack_refuses_is_never_sent_again(people: People, answer: Instead, detail: str) -> None:
    people.alerts.add(7)
    people.sink.answer(answer)
    assert people.notify() == {"alerts": 1, "new": 1, "refused": 1}
    assert people.states() == {7: ("refused", detail)}
    assert people.notify() == {"alerts": 1, "told_before": 1}
    assert posts(people) == 1


def test_slack_says_itself_when_it_knows_no_such_webhook(people: People) -> None:
    people.alerts.add(7)
    people.settings["url"] = SecretStr(people.sink.webhook("alerts") + "x")
    people.notify()
    assert people.states() == {7: ("refused", "403 invalid_token")}


def test_a_limited_message_is_sent_after_the_time_that_slack_asks_for(people: People) -> None:
    people.alerts.add(7)
    people.alerts.add(8)
    people.sink.answer(RATE_LIMITED)
    assert people.notify() == {"alerts": 2, "new": 2, "sent": 2}
    assert people.time.waited == [30.0]
    assert posts(people) == 3


def test_a_webhook_that_asks_for_more_than_patience_has_it_in_a_later_run(people: People) -> None:
    people.alerts.add(7)
    people.sink.answer(Instead(429, {"Retry-After": "3600"}, b"rate_limited"))
    assert people.notify()["waiting"] == 1
    people.time.now += timedelta(seconds=3599 - PATIENCE.total_seconds())
    assert people.notify()["waiting"] == 1
    people.time.now += timedelta(seconds=2)
    assert people.notify()["sent"] == 1
    assert posts(people) == 2


def test_a_failing_server_is_tried_again_ever_later_until_patience_ends(people: People) -> None:
    people.alerts.add(7)
    people.sink.answer(*[ROLLUP_ERROR] * 99)
    assert people.notify() == {"alerts": 1, "new": 1, "waiting": 1}
    assert people.time.waited == [2.0, 4.0, 8.0, 16.0]
    assert people.states() == {7: ("waiting", "500 rollup_error")}
    people.sink.answer()
    people.time.now += timedelta(minutes=5)
    assert people.notify()["sent"] == 1
    assert len(people.told()) == 1


def test_a_refused_connection_and_an_unknown_host_are_tried_again(people: People) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    people.alerts.add(7)
    for url in (f"http://127.0.0.1:{port}/x", "http://nobody.invalid/x"):
        assert people.notify(url=SecretStr(url))["waiting"] == 1
        people.time.now += timedelta(minutes=5)
    assert people.notify()["sent"] == 1
    assert len(people.told()) == 1


def test_a_connection_that_breaks_after_sending_is_unknown_and_never_sent_again(people: People) -> None:
    people.alerts.add(7)
    people.sink.answer(Instead(200, body=b"ok", announced=99))
    assert people.notify() == {"alerts": 1, "new": 1, "unknown": 1}
    people.time.now += timedelta(hours=1)
    assert people.notify() == {"alerts": 1, "told_before": 1}
    assert (people.states()[7][0], posts(people)) == ("unknown", 1)


def test_a_server_that_does_not_answer_in_time_may_have_it(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocks.slack._TIMEOUT_SECONDS", 0.2)
    answered = threading.Event()
    people.sink.knobs.before_answer = lambda _asked: (answered.wait(10), None)[1]
    people.alerts.add(7)
    counts = people.notify()
    answered.set()
    assert counts["unknown"] == 1
    assert people.notify() == {"alerts": 1, "told_before": 1}


def test_a_webhook_has_a_message_at_a_time_and_another_does_not_wait_for_it(people: People) -> None:
    people.settings |= {"pause": 1.0, "organizations": {"sdis-2": SecretStr(people.sink.webhook("own"))}}
    for number in range(3):
        people.alerts.add(number + 1)
        people.alerts.add(number + 11, organization=2)
    assert people.notify()["sent"] == 6
    assert people.time.waited == [1.0, 1.0]


def test_a_long_queue_is_sent_to_its_end(people: People) -> None:
    for number in range(1, 91):
        people.alerts.add(number)
    assert people.notify(pause=1.0, an_hour=100)["sent"] == 90
    assert sum(people.time.waited) > PATIENCE.total_seconds()


def test_a_dead_webhook_does_not_hold_up_another(people: People) -> None:
    people.settings["organizations"] = {"sdis-2": SecretStr("http://nobody.invalid/x")}
    people.alerts.add(1, organization=2)
    people.alerts.add(2)
    assert people.notify() == {"alerts": 2, "new": 2, "sent": 1, "waiting": 1}


def test_a_digest_is_tried_again_as_it_is(people: People) -> None:
    for number in (1, 2, 3):
        people.alerts.add(number)
    people.sink.answer(RATE_LIMITED)
    assert people.notify(an_hour=2) == {"alerts": 3, "new": 3, "digests": 1, "sent": 1}
    assert people.notify(an_hour=2) == {"alerts": 3, "told_before": 3}
    assert len(people.told()) == 1


def test_notifiers_at_once_send_each_message_once(people: People) -> None:
    for number in range(1, 31):
        people.alerts.add(number)
    notifiers = [people.notifier(an_hour=100) for _ in range(4)]
    for each in notifiers:
        each.wait = lambda _seconds: None

    def run(notifier: notifying.Notifier) -> int:
        notifier.plan(LATELY)
        notifier.send()
        return notifier.counts.sent

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(run, notifiers)) == 30
    assert sorted(text.count("/alert/") for text in people.told()) == [1] * 30
    assert {state for state, _ in people.states().values()} == {"sent"}


def test_an_outcome_that_cannot_be_recorded_leaves_the_message_unknown(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.alerts.add(7)
    notifier = people.notifier()
    notifier.plan(LATELY)

    def full(*_: object, **__: object) -> None:
        raise StorageError("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(outbox, "settle", full)
        with pytest.raises(StorageError, match="disk full"):
            notifier.send()
    people.time.now += timedelta(minutes=11)
    assert people.notify() == {"alerts": 1, "told_before": 1, "unknown": 1}
    assert len(people.told()) == 1


@pytest.mark.parametrize("jump", [-timedelta(hours=1), timedelta(days=1)])
def test_a_clock_that_jumps_between_claim_and_outcome_sends_nothing_twice(people: People, jump: timedelta) -> None:
    people.alerts.add(7)
    others: list[dict[str, int]] = []

    def jumped(asked: Asked) -> None:
        if asked.method == "POST" and not others:
            people.time.now += jump
            others.append(people.notify())  # another run, while the message is on its way

    people.sink.knobs.before_answer = jumped
    assert people.notify() == {"alerts": 1, "new": 1, "sent": 1}
    assert [each.get("sent", 0) for each in others] == [0]
    assert people.states() == {7: ("sent", "ok")}
    people.time.now -= jump
    assert "sent" not in people.notify()
    assert len(people.told()) == 1


def test_no_secret_is_kept_or_told(people: People) -> None:
    people.alerts.add(7)
    people.sink.answer(ROLLUP_ERROR, NO_SERVICE)
    people.notify()
    assert "secret" not in str(people.states())
    assert "secret" not in repr(people.notifier())
