"""Days in short, kept: summarized once, and anew when what they are made of has changed."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import DaySummary, summarize, summary_from_json, summary_json
from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks, upsert
from smokewatch.store.decoding import DECODER
from smokewatch.store.drift.columns import camera_names, load_columns
from smokewatch.store.drift.selection import Selection
from smokewatch.store.sequences import current_rows, started_within

NOT_STORED = ""
"""In the place of a hash of inputs: made of something that is not in the store."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptDay:
    """A summary as it is kept."""

    scope: str
    summary: DaySummary
    inputs_sha256: str = NOT_STORED
    """Over what it was made of."""
    unprofiled: int = 0
    """Contents of frames without a profile by the summary's decoder: an import of the day takes them."""

    @property
    def sha256(self) -> str:
        """Names this very summary."""
        return hashlib.sha256(self.scope.encode() + b"\n" + _text(self.summary)).hexdigest()


@dataclass(frozen=True, slots=True)
class DayInputs:
    """What a day's summary is made of, known without reading it."""

    sha256: str
    """Other rows, scores, profiles, names of cameras, or another threshold: another one."""
    decoder: str
    """Whose profiles are taken."""
    unprofiled: int
    """Contents of frames that it has not seen."""
    is_empty: bool
    """Whether the store has no sequence of the day."""


def summarize_day(connection: Connection, day: date, *, selection: Selection) -> DaySummary:
    """A UTC day of the store in short: the one that is kept where its inputs are the same, else made anew.

    A recorded day (:mod:`smokewatch.store.drift.recorded`) counts until a sequence of it is stored.

    Raises:
        StorageError: when what is stored is damaged.
    """
    return current_day(connection, day, selection=selection).summary


def current_day(connection: Connection, day: date, *, selection: Selection) -> KeptDay:
    """The same, ready to be kept by :func:`save_days`."""
    inputs = inputs_of(connection, day, selection=selection)
    c = t.drift_days.c
    row = connection.execute(
        sa.select(c.inputs_sha256, c.summary)
        .where(c.scope == selection.scope, c.day == day)
        .order_by(c.summarized_at.desc(), c.sha256)
        .limit(1)
    ).one_or_none()
    if row is not None and row.inputs_sha256 in (inputs.sha256, *([NOT_STORED] if inputs.is_empty else [])):
        return KeptDay(selection.scope, _summary(row.summary, day), row.inputs_sha256, inputs.unprofiled)
    columns = load_columns(connection, day, selection=selection, decoder=inputs.decoder)
    summary = summarize(day, columns.frames, columns.sequences, undecodable=columns.undecodable)
    return KeptDay(selection.scope, summary, inputs.sha256, inputs.unprofiled)


def inputs_of(connection: Connection, day: date, *, selection: Selection) -> DayInputs:
    """What a day's summary would be made of: some milliseconds for a day of 500 sequences.

    Revisions and outcomes of a sequence are numbered upwards, so sums of them tell every change of rows, frames and
    scores. The day before counts too: its last frame tells whether the day's first one repeats it.
    """
    s = t.sequences.c
    here = sa.case((s.started_at >= datetime.combine(day, time(), UTC), 1), else_=0).label("here")
    counted = ("source", "camera_id", "organization_id", "revision", "outcome", "id")
    every = (
        sa.select(*(s[name] for name in counted), here)
        .where(*started_within(s.started_at, day - timedelta(days=1), day), *selection.conditions())
        .subquery()
        .c
    )
    by = (every.source, every.camera_id, every.here)
    sums = (sa.func.sum(each) for each in (every.revision, every.outcome, every.id))
    rows = connection.execute(
        sa.select(*by, sa.func.min(every.organization_id).label("organization_id"), sa.func.count(), *sums)
        .group_by(*by)
        .order_by(*by)
    ).all()
    names = camera_names(connection, {(row.source, row.camera_id): row.organization_id for row in rows})
    contents, profiled = _profiles(connection, day, selection)
    decoder = _chosen(profiled, selection.decoder)
    known: list[Any] = [selection.threshold, decoder, profiled.get(decoder, 0)]
    # Sums are numbers of other types on other databases.
    known += [[names[row.source, row.camera_id], *(int(each) for each in (row.here, *row[4:]))] for row in rows]
    digest = hashlib.sha256(json.dumps(known).encode()).hexdigest()
    is_empty = not any(row.here for row in rows)
    return DayInputs(digest, decoder, contents - profiled.get(decoder, 0), is_empty)


def save_days(connection: Connection, days: Iterable[KeptDay], *, now: datetime) -> None:
    """Keep summaries in the caller's transaction; one that is kept already is the newest of its day again."""
    rows = [
        {
            "sha256": each.sha256,
            "scope": each.scope,
            "day": each.summary.day,
            "inputs_sha256": each.inputs_sha256,
            "summary": zlib.compress(_text(each.summary), 6),
            "frames": int(each.summary.frames.sum()),
            "sequences": int(each.summary.sequences.sum()),
            "summarized_at": now,
        }
        for each in days
    ]
    upsert(connection, t.drift_days, rows, update=["inputs_sha256", "summarized_at"])


def load_days(connection: Connection, sha256s: Sequence[str]) -> list[DaySummary]:
    """Summaries by what names them, in this order.

    Raises:
        StorageError: when one is missing or damaged.
    """
    c = t.drift_days.c
    found = {
        row.sha256: _summary(row.summary, row.day)
        for chunk in in_chunks(sha256s)
        for row in connection.execute(sa.select(c.sha256, c.day, c.summary).where(c.sha256.in_(chunk)))
    }
    if lost := [sha256 for sha256 in sha256s if sha256 not in found]:
        raise StorageError(f"the catalog lacks drift summary {lost[0]}: build the baseline again")
    return [found[sha256] for sha256 in sha256s]


def _profiles(connection: Connection, day: date, selection: Selection) -> tuple[int, dict[str, int]]:
    """How many contents a day's frames have, and how many of them each decoder has seen."""
    d, p = t.detections.c, t.frame_profiles.c
    contents = (
        sa.select(d.frame_sha256.label("sha256"))
        .join_from(t.sequences, t.detections, current_rows())
        .where(*started_within(t.sequences.c.started_at, day, day), *selection.conditions())
        .where(d.frame_sha256.is_not(None))
        .distinct()
        .subquery()
    )
    number = connection.scalar(sa.select(sa.func.count()).select_from(contents))
    by_decoder = connection.execute(
        sa.select(p.decoder, sa.func.count())
        .join_from(contents, t.frame_profiles, p.sha256 == contents.c.sha256)
        .group_by(p.decoder)
    )
    return int(number or 0), {row[0]: row[1] for row in by_decoder}


def _chosen(profiled: dict[str, int], wanted: str | None) -> str:
    """The wanted decoder where it has seen any of the frames, else the one that has seen most."""
    if wanted in profiled or not profiled:
        return wanted or DECODER
    return max(profiled, key=lambda each: (profiled[each], each == DECODER, each))


def _text(summary: DaySummary) -> bytes:
    return json.dumps(summary_json(summary), separators=(",", ":"), sort_keys=True).encode()


def _summary(compressed: bytes, day: date) -> DaySummary:
    try:
        stored = json.loads(zlib.decompress(compressed))
    except (zlib.error, ValueError) as error:
        raise StorageError(
            f"drift summary of {day} is damaged ({error}): delete its row in drift_days, summarize the day again"
        ) from error
    return summary_from_json(stored)
