"""Releases as first seen: a reference keeps the identity it had."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.releases import IdentityKind, ReleaseIdentity
from smokewatch.store import tables as t
from smokewatch.store.catalog import upsert


def seen_identity(connection: Connection, reference: str) -> ReleaseIdentity | None:
    """The identity a reference had when it was first seen, None when it never was."""
    known = connection.execute(
        sa.select(t.releases.c.identity_kind, t.releases.c.identity).where(t.releases.c.reference == reference)
    ).one_or_none()
    return None if known is None else ReleaseIdentity(IdentityKind(known.identity_kind), known.identity)


def first_identity(
    connection: Connection, reference: str, identity: ReleaseIdentity, *, now: datetime
) -> ReleaseIdentity:
    """The identity a reference had when it was first seen; ``identity`` when that is now."""
    row = {"reference": reference, "identity_kind": identity.kind, "identity": identity.value, "first_seen_at": now}
    upsert(connection, t.releases, [row], update=[])
    seen = seen_identity(connection, reference)
    assert seen is not None, "it was stored just now, or before"
    return seen


def health_of(connection: Connection, identity: ReleaseIdentity) -> tuple[bool, str | None]:
    """Whether this identity was ever seen healthy, and the model version it named then."""
    row = connection.execute(
        sa.select(t.healths.c.model_version).where(t.healths.c.release_identity == identity.value)
    ).one_or_none()
    return (row is not None, row.model_version if row else None)


def record_health(
    connection: Connection, identity: ReleaseIdentity, *, model_version: str | None, now: datetime
) -> None:
    """Remember what model version a healthy release names."""
    row = {"release_identity": identity.value, "model_version": model_version, "seen_at": now}
    upsert(connection, t.healths, [row])
