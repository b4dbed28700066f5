"""The outbox: each message is claimed before it is sent, so that none is ever sent twice.

A claim without an outcome becomes ``unknown``: perhaps it was delivered. It is shown, and never sent again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.runs import RUNNING

CLAIM_LASTS = timedelta(minutes=10)
"""Far longer than sending takes: what is claimed longer has no sender any more, on whatever machine it was."""
Owner = tuple[str, int]
"""Whose messages: (source, organization id)."""
_O = t.outbox.c


class MessageState(StrEnum):
    """What became of a message."""

    WAITING = "waiting"
    """To be sent: not yet tried, or provably not delivered."""
    CLAIMED = "claimed"
    SENT = "sent"
    REFUSED = "refused"
    """For good: the webhook will never take it, or it was withdrawn."""
    UNKNOWN = "unknown"
    """Perhaps delivered."""


class Kind(StrEnum):
    """What a message tells."""

    ALERT = "alert"
    DIGEST = "digest"


class Message(NamedTuple):
    """A message of its own: none that a digest tells instead. Times aware UTC."""

    id: int
    source: str
    organization_id: int
    kind: Kind
    alert_id: int | None
    """None: a digest."""
    body: dict[str, Any]
    state: MessageState
    attempts: int
    retry_after: datetime | None
    detail: str

    @property
    def owner(self) -> Owner:
        """Whose it is."""
        return self.source, self.organization_id


def alerts_known(connection: Connection, alerts: Collection[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of the alerts, (source, id) each, that have a message already, whatever became of it."""
    ids = {identity for _, identity in alerts}
    rows = connection.execute(sa.select(_O.source, _O.alert_id).where(_O.alert_id.in_(ids)))
    return {(row.source, row.alert_id) for row in rows} & set(alerts)


def add_alert(connection: Connection, owner: Owner, alert_id: int, body: Mapping[str, Any], *, now: datetime) -> None:
    """Have an alert told; it must not have a message yet.

    Args:
        connection: a write transaction.
        owner: whose alert it is.
        alert_id: with the owner's source its identity.
        body: as it is sent.
        now: aware UTC.
    """
    connection.execute(t.outbox.insert().values(_new(owner, Kind.ALERT, body, now) | {"alert_id": alert_id}))


def refresh(connection: Connection, message_id: int, body: Mapping[str, Any]) -> None:
    """Have a waiting message say what is known by now."""
    connection.execute(
        t.outbox.update().where(_O.id == message_id, _O.state == MessageState.WAITING).values(body=dict(body))
    )


def withdraw(connection: Connection, message_id: int, detail: str, *, now: datetime) -> None:
    """Have a waiting message never sent."""
    connection.execute(
        t.outbox.update()
        .where(_O.id == message_id, _O.state == MessageState.WAITING)
        .values(state=MessageState.REFUSED, detail=detail, settled_at=now)
    )


def add_digest(
    connection: Connection, owner: Owner, members: Collection[int], body: Mapping[str, Any], *, now: datetime
) -> None:
    """Have one message tell several waiting ones instead; from now on they share its fate."""
    values = _new(owner, Kind.DIGEST, body, now)
    digest = connection.execute(t.outbox.insert().values(values).returning(_O.id)).scalar_one()
    connection.execute(t.outbox.update().where(_O.id.in_(members)).values(digest_id=digest))


def waiting(connection: Connection) -> list[Message]:
    """Every message that is to be sent, oldest first."""
    return _read(connection, _O.state == MessageState.WAITING)


def unsent(connection: Connection, *, since: datetime) -> list[Message]:
    """What people have to look at: messages refused or unknown since a time, and those that failed and wait."""
    settled = _O.state.in_((MessageState.REFUSED, MessageState.UNKNOWN)) & (_O.settled_at >= since)
    return _read(connection, settled | ((_O.state == MessageState.WAITING) & (_O.attempts > 0)))


def told_since(connection: Connection, since: datetime) -> Counter[Owner]:
    """How many alerts were told one by one since a time, or perhaps were; digests do not count."""
    perhaps = (MessageState.CLAIMED, MessageState.SENT, MessageState.UNKNOWN)
    rows = connection.execute(
        sa.select(_O.source, _O.organization_id, sa.func.count())
        .where(_O.kind == Kind.ALERT, _O.digest_id.is_(None), _O.state.in_(perhaps), _O.claimed_at >= since)
        .group_by(_O.source, _O.organization_id)
    )
    return Counter({(source, organization): count for source, organization, count in rows})


def claim(connection: Connection, run_id: str, *, now: datetime, but: Collection[Owner] = ()) -> Message | None:
    """Take the oldest message that may be sent now; nobody else gets it. None: there is none.

    Args:
        connection: a write transaction, to be committed before anything is sent.
        run_id: who sends it.
        now: aware UTC.
        but: whose messages have to wait.
    """
    due = _O.retry_after.is_(None) | (_O.retry_after <= now)
    found = next(
        (each for each in _read(connection, _O.state == MessageState.WAITING, due) if each.owner not in but), None
    )
    if found is None:
        return None
    _set(connection, found.id, state=MessageState.CLAIMED, claimed_by=run_id, claimed_at=now)
    connection.execute(t.outbox.update().where(_O.id == found.id).values(attempts=_O.attempts + 1))
    return found._replace(state=MessageState.CLAIMED, attempts=found.attempts + 1)


def settle(
    connection: Connection,
    message_id: int,
    run_id: str,
    state: MessageState,
    detail: str,
    *,
    now: datetime,
    retry_after: datetime | None = None,
) -> None:
    """Record the outcome of a run's claim, of which others may have despaired meanwhile.

    Args:
        connection: a write transaction.
        message_id: the message.
        run_id: who claimed it.
        state: ``waiting`` when it provably was not delivered.
        detail: one line for people.
        now: aware UTC.
        retry_after: when it may be tried again.
    """
    mine = _O.claimed_by == run_id
    open_ = _O.state.in_((MessageState.CLAIMED, MessageState.UNKNOWN))
    if connection.scalar(sa.select(_O.id).where(_O.id == message_id, mine, open_)) is None:
        return
    settled = None if state is MessageState.WAITING else now
    _set(connection, message_id, state=state, detail=detail, settled_at=settled, retry_after=retry_after)


def give_up_claims(connection: Connection, *, now: datetime) -> int:
    """Mark claims whose run is over, or that are too old to have a sender, as unknown; returns how many messages."""
    over = _O.claimed_by.not_in(sa.select(t.runs.c.id).where(t.runs.c.state == RUNNING))
    lost = over | (_O.claimed_at < now - CLAIM_LASTS)
    found = _read(connection, _O.state == MessageState.CLAIMED, lost)
    for message in found:
        _set(
            connection,
            message.id,
            state=MessageState.UNKNOWN,
            detail="the run that sent it ended without an outcome",
            settled_at=now,
        )
    return len(found)


def _new(owner: Owner, kind: Kind, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "source": owner[0],
        "organization_id": owner[1],
        "kind": kind,
        "body": dict(body),
        "state": MessageState.WAITING,
        "attempts": 0,
        "created_at": now,
        "detail": "",
    }


def _set(connection: Connection, message_id: int, **values: Any) -> None:
    """Change a message, and those that it tells instead."""
    connection.execute(t.outbox.update().where((_O.id == message_id) | (_O.digest_id == message_id)).values(values))


_FIELDS: Sequence[sa.Column[Any]] = [_O[name] for name in Message._fields]


def _read(connection: Connection, *conditions: sa.ColumnElement[bool]) -> list[Message]:
    rows = connection.execute(sa.select(*_FIELDS).where(_O.digest_id.is_(None), *conditions).order_by(_O.id))
    return [Message._make(row)._replace(kind=Kind(row.kind), state=MessageState(row.state)) for row in rows]
