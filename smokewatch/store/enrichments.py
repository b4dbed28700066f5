"""Trigger fields from newer images: which kept answer is completed by which other one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks, upsert


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer of the ledger with what was asked: the exact bodies, and the frames' SHA-256 in request order."""

    key: str
    request: str
    frame_sha256s: Sequence[str]
    answer: str
    probability: float | None


@dataclass(frozen=True, slots=True)
class Enrichment:
    """What a newer image said to the same request."""

    key: str
    """Ledger key of the pinned release's answer."""
    trigger_key: str
    """Ledger key of the newer image's."""
    trigger_image: str
    difference: float | None
    """Of the two probabilities; None when the newer image gave none."""
    reproduced: bool
    """Whether they are equal, so that the newer image's trigger fields hold for the pinned release's answer."""


@dataclass(frozen=True, slots=True)
class KnownEnrichment:
    """What became of an answer's enrichment, and which image's it was."""

    reproduced: bool
    trigger_identity: str


def answers_of(connection: Connection, keys: Sequence[str]) -> list[KeptAnswer]:
    """The answers under these ledger keys; unknown keys are left out."""
    query = sa.select(*(t.replays.c[name] for name in KeptAnswer.__dataclass_fields__)).order_by(t.replays.c.key)
    return [
        KeptAnswer(*row)
        for chunk in in_chunks(keys)
        for row in connection.execute(query.where(t.replays.c.key.in_(chunk)))
    ]


def known_enrichments(connection: Connection, keys: Sequence[str]) -> dict[str, KnownEnrichment]:
    """What is known already of these answers' enrichment."""
    e, r = t.enrichments.c, t.replays.c
    query = sa.select(e.key, e.reproduced, r.release_identity).join_from(
        t.enrichments, t.replays, e.trigger_key == r.key
    )
    return {
        row.key: KnownEnrichment(row.reproduced, row.release_identity)
        for chunk in in_chunks(keys)
        for row in connection.execute(query.where(e.key.in_(chunk)))
    }


def record_enrichment(connection: Connection, enrichment: Enrichment) -> None:
    """Keep what a newer image said; the newest stands."""
    upsert(connection, t.enrichments, [asdict(enrichment)])
