"""A day as columns, from the catalog alone: frames by their profiles, sequences by their recorded scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import Frames, Sequences
from smokewatch.domain.drift.observations import image_statistics, is_night
from smokewatch.domain.profiles import VALUES, Channel, FrameProfile, Undecodable
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks
from smokewatch.store.drift.selection import Selection
from smokewatch.store.profiles import load_profiles, repeated_frames
from smokewatch.store.sequences import current_rows, started_within

Camera = tuple[str, int]
"""Source and id."""


@dataclass(frozen=True, slots=True, eq=False)
class DayColumns:
    """What a day is made of."""

    frames: Frames | None
    """None: no frame has a profile."""
    frame_sha256s: list[str]
    """Of each of them."""
    sequences: Sequences | None
    """None: none has a score."""
    first_sha256s: list[str | None]
    """Of each sequence's first frame; None: its bytes could not be had."""
    undecodable: list[str]
    """The camera of each frame that cannot be decoded."""


@dataclass(frozen=True, slots=True, eq=False)
class _Contents:
    """What is known of U frames' contents by one decoder."""

    place: Mapping[str, int]
    """SHA-256 -> row below, of those that were decoded."""
    statistics: NDArray[np.float64]
    night: NDArray[np.bool_]
    sizes: NDArray[np.int64]
    shares: NDArray[np.float64]
    """(4, 256): mean over the frames."""
    undecodable: frozenset[str]


def load_columns(
    connection: Connection, day: date, *, selection: Selection, decoder: str, camera: str | None = None
) -> DayColumns:
    """A UTC day's frames, each once, and sequences; only one camera's when it is named.

    Frames belong to the day on which a sequence that shows them started. Memory is flat: histograms are read some
    hundreds at a time.

    Args:
        connection: a transaction of the catalog.
        day: the UTC day.
        selection: whose.
        decoder: frames without a profile by it are left out.
        camera: by the name of :func:`camera_names`.

    Raises:
        StorageError: when a stored profile is damaged.
    """
    frames = _frame_rows(connection, day, selection)
    scored = _sequence_rows(connection, day, selection)
    names = camera_names(connection, {(row.source, row.camera_id): row.organization_id for row in [*frames, *scored]})
    if camera is not None:
        frames, scored = (
            [row for row in rows if names[row.source, row.camera_id] == camera] for rows in (frames, scored)
        )
    # A sequence's first frame may be in the day before: it tells the night, and is none of the day's.
    firsts = dict.fromkeys((row.sha256 for row in scored if row.sha256 is not None), 0)
    contents = _contents(connection, {**firsts, **Counter(row.sha256 for row in frames)}, decoder)
    repeated = {
        (each.source, each.camera_id, each.bucket_key)
        for each in repeated_frames(connection, first_day=day, last_day=day)
    }
    decoded = [row for row in frames if row.sha256 in contents.place]
    return DayColumns(
        frames=_frames(decoded, contents, names, repeated, decoder) if decoded else None,
        frame_sha256s=[row.sha256 for row in decoded],
        sequences=_sequences(scored, contents, names, selection.threshold) if scored else None,
        first_sha256s=[row.sha256 for row in scored],
        undecodable=[names[row.source, row.camera_id] for row in frames if row.sha256 in contents.undecodable],
    )


def camera_names(connection: Connection, cameras: Mapping[Camera, int]) -> dict[Camera, str]:
    """A name of each camera that is its own in the whole store: ``organization/camera``.

    A camera whose name another one had before gets its id added: by source and id, so that a new camera renames none.

    Args:
        connection: a transaction of the catalog.
        cameras: source and id -> organization id, for cameras and organizations of which nothing else is known.
    """
    c, o = t.cameras.c, t.organizations.c
    rows = connection.execute(
        sa.select(c.source, c.id, c.organization_id, c.name, o.name.label("organization"))
        .outerjoin_from(t.cameras, t.organizations, (o.source == c.source) & (o.id == c.organization_id))
        .order_by(c.source, c.id)
    )
    found: dict[Camera, str] = {}
    taken: set[str] = set()
    for row in rows:
        name = f"{row.organization or f'org-{row.organization_id}'}/{row.name}"
        name = f"{name} ({row.source} {row.id})" if name in taken else name
        taken.add(name)
        found[row.source, row.id] = name
    return {each: found.get(each, f"org-{organization}/camera-{each[1]}") for each, organization in cameras.items()}


def _frame_rows(connection: Connection, day: date, selection: Selection) -> list[Any]:
    s, d = t.sequences.c, t.detections.c
    query = (
        sa.select(
            *(d.source, d.camera_id, d.bucket_key),
            sa.func.min(s.organization_id).label("organization_id"),
            sa.func.max(d.frame_sha256).label("sha256"),
            sa.func.min(d.created_at).label("seen_at"),
        )
        .join_from(t.sequences, t.detections, current_rows())
        .where(*started_within(s.started_at, day, day), d.frame_sha256.is_not(None), *selection.conditions())
        .group_by(d.source, d.camera_id, d.bucket_key)
        .order_by(d.source, d.camera_id, sa.func.min(d.created_at), d.bucket_key)
    )
    return list(connection.execute(query))


def _sequence_rows(connection: Connection, day: date, selection: Selection) -> list[Any]:
    s, o, d = t.sequences.c, t.outcomes.c, t.detections.c
    when = [*started_within(s.started_at, day, day), *selection.conditions()]
    number = sa.func.row_number().over(partition_by=(d.source, d.sequence_id), order_by=(d.created_at, d.id))
    rows = (
        sa.select(d.source, d.sequence_id, d.frame_sha256, number.label("number"))
        .join_from(t.sequences, t.detections, current_rows())
        .where(*when)
        .subquery()
    )
    first = sa.select(rows).where(rows.c.number == 1).subquery()
    query = (
        sa.select(
            *(s.source, s.id, s.camera_id, s.organization_id, s.started_at),
            o.temporal_model_score.label("score"),
            first.c.frame_sha256.label("sha256"),
        )
        .join_from(
            t.sequences,
            t.outcomes,
            (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome),
        )
        .outerjoin(first, (first.c.source == s.source) & (first.c.sequence_id == s.id))
        .where(o.temporal_model_score.is_not(None), *when)
        .order_by(s.source, s.id)
    )
    return list(connection.execute(query))


def _contents(connection: Connection, times: Mapping[str, int], decoder: str) -> _Contents:
    """What a decoder made of these contents, each of which is a frame so many times."""
    place: dict[str, int] = {}
    statistics, night, sizes, undecodable = [], [], [], set()
    total, shares = 0, np.zeros((len(Channel), VALUES))
    for chunk in in_chunks(sorted(times)):
        found = load_profiles(connection, chunk, decoder=decoder)
        undecodable |= {sha256 for sha256, each in found.items() if isinstance(each, Undecodable)}
        profiles = {sha256: each for sha256, each in found.items() if isinstance(each, FrameProfile)}
        if not profiles:
            continue
        counts = np.array([each.counts for each in profiles.values()])
        weights = np.array([times[sha256] for sha256 in profiles])
        statistics.append(image_statistics(counts))
        night.append(is_night(counts))
        sizes += [(each.basis.width, each.basis.height) for each in profiles.values()]
        shares += np.einsum("n,ncv->cv", weights / counts[:, 0].sum(axis=1), counts)
        total += int(weights.sum())
        place |= {sha256: len(place) + at for at, sha256 in enumerate(profiles)}
    return _Contents(
        place=place,
        statistics=np.concatenate(statistics) if statistics else np.zeros((0, 4, 4)),
        night=np.concatenate(night) if night else np.zeros(0, np.bool_),
        sizes=np.array(sizes, np.int64).reshape(-1, 2),
        shares=shares / max(total, 1),
        undecodable=frozenset(undecodable),
    )


def _frames(
    rows: Sequence[Any],
    contents: _Contents,
    names: Mapping[Camera, str],
    repeated: set[tuple[str, int, str]],
    decoder: str,
) -> Frames:
    at = np.array([contents.place[row.sha256] for row in rows], np.intp)
    return Frames(
        cameras=np.array([names[row.source, row.camera_id] for row in rows], np.str_),
        seen_at=_seconds(row.seen_at for row in rows),
        statistics=contents.statistics[at],
        night=contents.night[at],
        sizes=contents.sizes[at],
        repeats=np.array([(row.source, row.camera_id, row.bucket_key) in repeated for row in rows], np.bool_),
        decoder=decoder,
        shares=contents.shares,
    )


def _sequences(rows: Sequence[Any], contents: _Contents, names: Mapping[Camera, str], threshold: float) -> Sequences:
    scores = np.array([row.score for row in rows], np.float64)
    # What is no probability is told as a score that is no number, and tested nowhere.
    scores[~((scores >= 0) & (scores <= 1))] = np.nan
    firsts = [contents.place.get(row.sha256) for row in rows]
    return Sequences(
        cameras=np.array([names[row.source, row.camera_id] for row in rows], np.str_),
        started_at=_seconds(row.started_at for row in rows),
        scores=scores,
        verdicts=(scores > threshold).astype(np.intp),
        night=np.array([at is not None and bool(contents.night[at]) for at in firsts], np.bool_),
    )


def _seconds(times: Iterable[datetime]) -> NDArray[np.float64]:
    return np.array([time.timestamp() for time in times], np.float64)
