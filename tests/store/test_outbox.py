"""The outbox: who may send what, and what becomes of a claim, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from smokewatch.store import outbox
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.outbox import CLAIM_LASTS, Message, MessageState
from smokewatch.store.runs import COMPLETED, finish_run, start_run
from tests.alerts import NOW, SOURCE

OWNER, OTHER = (SOURCE, 1), (SOURCE, 2)
SECOND = timedelta(seconds=1)


def add(catalog: Catalog, *alerts: int, owner: tuple[str, int] = OWNER) -> None:
    with catalog.write() as connection:
        for each in alerts:
            outbox.add_alert(connection, owner, each, {"text": f"alert {each}"}, now=NOW)


def begin(catalog: Catalog, *runs: str) -> None:
    with catalog.write() as connection:
        for each in runs:
            start_run(connection, each, "notify", {}, now=NOW)


def claim(catalog: Catalog, run: str = "run", **how: Any) -> Message | None:
    with catalog.write() as connection:
        return outbox.claim(connection, run, **{"now": NOW} | how)


def settle(catalog: Catalog, message: Message | None, state: MessageState, run: str = "run", **how: Any) -> None:
    assert message is not None
    with catalog.write() as connection:
        outbox.settle(connection, message.id, run, state, "said", **{"now": NOW} | how)


def states(catalog: Catalog) -> dict[int, str]:
    """Alert id -> state of its message."""
    with catalog.read() as connection:
        rows = connection.execute(
            sa.select(t.outbox.c.alert_id, t.outbox.c.state).where(t.outbox.c.alert_id.is_not(None))
        )
        return {row.alert_id: row.state for row in rows}


def test_a_message_is_claimed_once_oldest_first(catalog: Catalog) -> None:
    add(catalog, 7, 3)
    taken = [claim(catalog, run) for run in ("one", "two", "three")]
    assert [each and (each.alert_id, each.body, each.attempts) for each in taken] == [
        (7, {"text": "alert 7"}, 1),
        (3, {"text": "alert 3"}, 1),
        None,
    ]


def test_many_claimers_at_once_share_the_messages(catalog: Catalog) -> None:
    add(catalog, *range(40))
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lambda number: claim(catalog, f"run {number}"), range(48)))
    assert sorted(each.alert_id or 0 for each in taken if each is not None) == list(range(40))


def test_an_alert_is_known_whatever_became_of_its_message(catalog: Catalog) -> None:
    add(catalog, 1, 2, 3)
    settle(catalog, claim(catalog), MessageState.SENT)
    settle(catalog, claim(catalog), MessageState.REFUSED)
    with catalog.read() as connection:
        known = outbox.alerts_known(connection, {(SOURCE, each) for each in range(5)} | {("elsewhere", 1)})
    assert known == {(SOURCE, 1), (SOURCE, 2), (SOURCE, 3)}


@pytest.mark.parametrize("state", [MessageState.SENT, MessageState.REFUSED, MessageState.UNKNOWN])
def test_what_is_settled_is_never_claimed_again(catalog: Catalog, state: MessageState) -> None:
    add(catalog, 1)
    settle(catalog, claim(catalog), state)
    assert states(catalog) == {1: state}
    assert claim(catalog, now=NOW + timedelta(days=9)) is None


def test_what_was_not_delivered_waits_until_its_time(catalog: Catalog) -> None:
    add(catalog, 1)
    settle(catalog, claim(catalog), MessageState.WAITING, retry_after=NOW + 30 * SECOND)
    assert claim(catalog, now=NOW + 29 * SECOND) is None
    again = claim(catalog, now=NOW + 30 * SECOND)
    assert again is not None
    assert again.attempts == 2


def test_only_who_claimed_a_message_settles_it(catalog: Catalog) -> None:
    add(catalog, 1)
    taken = claim(catalog, "mine")
    settle(catalog, taken, MessageState.WAITING, run="another")
    assert states(catalog) == {1: "claimed"}
    settle(catalog, taken, MessageState.SENT, run="mine")
    settle(catalog, taken, MessageState.WAITING, run="mine")
    assert states(catalog) == {1: "sent"}


def test_owners_that_rest_are_passed_over(catalog: Catalog) -> None:
    add(catalog, 1)
    add(catalog, 2, owner=OTHER)
    taken = claim(catalog, but={OWNER})
    assert taken is not None
    assert (taken.alert_id, taken.owner) == (2, OTHER)


def test_a_claim_whose_run_is_over_becomes_unknown_and_a_late_outcome_still_counts(catalog: Catalog) -> None:
    begin(catalog, "alive", "over")
    add(catalog, 1, 2)
    first, _ = claim(catalog, "over"), claim(catalog, "alive")
    with catalog.write() as connection:
        finish_run(connection, "over", state=COMPLETED, summary=None, now=NOW)
        assert outbox.give_up_claims(connection, now=NOW) == 1
    assert states(catalog) == {1: "unknown", 2: "claimed"}
    settle(catalog, first, MessageState.SENT, run="over")
    assert states(catalog) == {1: "sent", 2: "claimed"}


def test_a_claim_that_lasts_too_long_has_no_sender_whatever_its_run_says(catalog: Catalog) -> None:
    begin(catalog, "elsewhere")
    add(catalog, 1)
    claim(catalog, "elsewhere")
    with catalog.write() as connection:
        assert outbox.give_up_claims(connection, now=NOW + CLAIM_LASTS) == 0
        assert outbox.give_up_claims(connection, now=NOW + CLAIM_LASTS + SECOND) == 1
    assert claim(catalog) is None


def test_those_that_a_digest_tells_share_its_fate(catalog: Catalog) -> None:
    add(catalog, 1, 2, 3)
    with catalog.write() as connection:
        first, second, _ = outbox.waiting(connection)
        outbox.add_digest(connection, OWNER, [first.id, second.id], {"text": "2 alerts"}, now=NOW)
        assert [each.alert_id for each in outbox.waiting(connection)] == [3, None]
    settle(catalog, claim(catalog), MessageState.SENT)
    digest = claim(catalog)
    assert digest is not None
    assert (digest.kind, digest.body) == ("digest", {"text": "2 alerts"})
    assert states(catalog) == {1: "claimed", 2: "claimed", 3: "sent"}
    settle(catalog, digest, MessageState.WAITING, retry_after=NOW + SECOND)
    assert states(catalog) == {1: "waiting", 2: "waiting", 3: "sent"}
    settle(catalog, claim(catalog, now=NOW + SECOND), MessageState.UNKNOWN)
    assert states(catalog) == {1: "unknown", 2: "unknown", 3: "sent"}


def test_an_hour_counts_what_was_or_may_have_been_told_one_by_one(catalog: Catalog) -> None:
    add(catalog, *range(6))
    for state in (MessageState.SENT, MessageState.UNKNOWN, MessageState.REFUSED, MessageState.WAITING):
        settle(catalog, claim(catalog), state, retry_after=NOW + timedelta(days=1))
    claim(catalog)
    with catalog.read() as connection:
        assert outbox.told_since(connection, NOW) == {OWNER: 3}
        assert outbox.told_since(connection, NOW + SECOND) == {}


def test_a_waiting_message_can_change_or_be_withdrawn_another_cannot(catalog: Catalog) -> None:
    add(catalog, 1, 2)
    taken = claim(catalog)
    with catalog.write() as connection:
        (second,) = outbox.waiting(connection)
        for each in (taken, second):
            assert each is not None
            outbox.refresh(connection, each.id, {"text": "new"})
    with catalog.read() as connection:
        bodies = {row.alert_id: row.body for row in connection.execute(sa.select(t.outbox))}
    assert bodies == {1: {"text": "alert 1"}, 2: {"text": "new"}}
    with catalog.write() as connection:
        for each in (taken, second):
            assert each is not None
            outbox.withdraw(connection, each.id, "gone", now=NOW)
        shown = outbox.unsent(connection, since=NOW)
    assert states(catalog) == {1: "claimed", 2: "refused"}
    assert [(each.alert_id, each.state, each.detail) for each in shown] == [(2, "refused", "gone")]
