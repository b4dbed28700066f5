"""Scores counted by threshold, in SQL: an account of the catalog that shares no code with the page's own counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.labels import DETAILS, Label, label_of
from smokewatch.store import tables as t

NOT_REPLAYED = "not_replayed"
Organization = tuple[str, int]
Camera = tuple[str, int, int]
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Search:
    """What a searched text was found in."""

    text: str
    sources: Mapping[str, str]
    """Source -> how its name reads in lower case, for the text may be in a key."""
    organizations: Collection[Organization]
    cameras: Collection[Camera]
    api_versions: Collection[str]
    model_versions: Collection[str]
    label_details: Collection[str]
    reasons: Collection[str]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sequences are counted; None: no limit."""

    organizations: Collection[Organization] | None
    cameras: Collection[Camera] | None
    matches: Collection[str] | None
    """Verdicts, and :data:`NOT_REPLAYED`."""
    reasons: Collection[str] | None
    api_versions: Collection[str] | None
    labels: Collection[str] | None
    decisions: Collection[str] | None
    """``keep``, ``discard``, ``none``."""
    start: datetime | None
    end: datetime | None
    """The first moment that is too late."""
    search: Search | None
    outcomes: Collection[tuple[str, bool]] | None
    """Label, and whether the threshold keeps it."""
    outcome_threshold: float
    production_threshold: float
    by_identity: Mapping[str, float]
    """Release identity -> packaged threshold."""
    by_release: Mapping[tuple[str | None, str | None], float]
    """The same by recorded API and model version, where no identity tells it."""
    disputed: Collection[Organization]
    """(source, id) of the sequences with contradictory labels."""


class Count(NamedTuple):
    """How many sequences have a score at or above ``kept_by`` of the thresholds; None: they have no score."""

    kept_by: int | None
    label: Label
    disputed: bool
    """Whether their labels are contradictory."""
    sequences: int


_LABELS = tuple(Label)


def count_scores(connection: Connection, wanted: Wanted, thresholds: Sequence[float]) -> list[Count]:
    """Count sequences by label and by the place of their recorded score among thresholds.

    Args:
        connection: a read transaction.
        wanted: which ones.
        thresholds: ascending, each once.
    """
    score = t.outcomes.c.temporal_model_score
    place = sa.case((score.is_(None), -1), else_=_places(tuple(thresholds)))
    label = sa.case(*((_is_labelled(each), number) for number, each in enumerate(_LABELS)))
    disputed = sa.case((_is_disputed(wanted), 1), else_=0)
    # One whole number: sorting by it costs SQLite half of what sorting by several columns does.
    group = (place * (2 * len(_LABELS)) + label * 2 + disputed).label("group")
    counted = sa.select(group).select_from(_SCORED).where(*_conditions(wanted)).subquery()
    rows = connection.execute(sa.select(counted.c.group, sa.func.count()).group_by(counted.c.group)).all()
    return [_count(group, number) for group, number in rows]


def _count(group: int, number: int) -> Count:
    labelled, disputed = divmod(group, 2)
    place, label = divmod(labelled, len(_LABELS))
    return Count(None if place < 0 else place, _LABELS[label], bool(disputed), number)


@lru_cache(maxsize=8)
def _places(thresholds: tuple[float, ...]) -> sa.ColumnElement[int]:
    """How many thresholds a score reaches, found by halving: seven comparisons for a hundred thresholds."""
    return _place(t.outcomes.c.temporal_model_score, thresholds, 0, len(thresholds))


def _place(score: sa.ColumnElement[float], thresholds: Sequence[float], low: int, high: int) -> sa.ColumnElement[int]:
    if low == high:
        return sa.literal(low, sa.Integer)
    middle = (low + high) // 2
    reached = score >= sa.literal(thresholds[middle], sa.Double)
    return sa.case((reached, _place(score, thresholds, middle + 1, high)), else_=_place(score, thresholds, low, middle))


_SCORED = t.sequences.join(
    t.outcomes,
    (t.outcomes.c.source == t.sequences.c.source)
    & (t.outcomes.c.sequence_id == t.sequences.c.id)
    & (t.outcomes.c.outcome == t.sequences.c.outcome),
)


def _of_newest_verdict(name: str) -> sa.ScalarSelect[Any]:
    """A column of the sequence's newest verdict, null where it has none: one step in the index, row by row."""
    each, s = t.verdicts.alias("each"), t.sequences.c
    newest = sa.select(each.c[name]).where(each.c.source == s.source, each.c.sequence_id == s.id)
    return newest.order_by(each.c.id.desc()).limit(1).correlate(t.sequences).scalar_subquery()


def _conditions(wanted: Wanted) -> list[Condition]:
    s, o = t.sequences.c, t.outcomes.c
    found: list[Condition] = []
    if wanted.organizations is not None:
        found.append(_is_one_of(s.source, s.organization_id, wanted.organizations))
    if wanted.cameras is not None:
        found.append(_of_cameras(wanted.cameras))
    if wanted.matches is not None:
        found.append(sa.func.coalesce(_of_newest_verdict("verdict"), NOT_REPLAYED).in_(sorted(wanted.matches)))
    if wanted.reasons is not None:
        found.append(_of_newest_verdict("drop_reason").in_(sorted(wanted.reasons)))
    if wanted.api_versions is not None:
        found.append(o.temporal_api_version.in_(sorted(wanted.api_versions)))
    if wanted.labels is not None:
        found.append(sa.or_(sa.false(), *(_is_labelled(label) for label in sorted(wanted.labels))))
    if wanted.decisions is not None:
        found.append(_decision(wanted).in_(sorted(wanted.decisions)))
    if wanted.start is not None:
        found.append(s.started_at >= wanted.start)
    if wanted.end is not None:
        found.append(s.started_at < wanted.end)
    if wanted.search is not None:
        found.append(_holds(wanted.search))
    if wanted.outcomes is not None:
        keeps = o.temporal_model_score >= wanted.outcome_threshold
        either = [_is_labelled(label) & (keeps if kept else ~keeps) for label, kept in sorted(wanted.outcomes)]
        found += [o.temporal_model_score.is_not(None), ~_is_disputed(wanted), sa.or_(sa.false(), *either)]
    return found


def _is_labelled(label: str) -> Condition:
    said = t.outcomes.c.is_wildfire
    if label == Label.UNKNOWN:
        return said.is_(None) | said.not_in(DETAILS)
    return said.in_([each for each in DETAILS if label_of(each) == label])


def _decision(wanted: Wanted) -> sa.ColumnElement[str]:
    """As the table's own column; see :class:`smokewatch.domain.reporting` for the rule."""
    o = t.outcomes.c
    score = o.temporal_model_score
    by_release: list[tuple[Condition, sa.ColumnElement[float]]] = [
        (
            o.temporal_api_version.is_not_distinct_from(api) & o.temporal_model_version.is_not_distinct_from(model),
            sa.literal(value, sa.Double),
        )
        for (api, model), value in wanted.by_release.items()
    ]
    known: list[sa.ColumnElement[Any]] = [sa.case(*by_release, else_=sa.null())] if by_release else []
    if wanted.by_identity:
        packaged = {name: sa.literal(value, sa.Double) for name, value in sorted(wanted.by_identity.items())}
        known.insert(0, sa.case(packaged, value=_of_newest_verdict("release_identity"), else_=sa.null()))
    above = score > wanted.production_threshold
    # Null where no threshold is known.
    keeps = sa.func.coalesce(*(score >= threshold for threshold in known), above)
    return sa.case((score.is_(None), "none"), (keeps, "keep"), else_="discard")


def _holds(search: Search) -> Condition:
    s, o = t.sequences.c, t.outcomes.c
    if not search.sources:
        return sa.false()
    key = sa.case(search.sources, value=s.source) + "_" + sa.cast(s.id, sa.Text)
    words: list[tuple[sa.ColumnElement[Any], Collection[str]]] = [
        (o.temporal_api_version, search.api_versions),
        (o.temporal_model_version, search.model_versions),
        (o.is_wildfire, search.label_details),
    ]
    if search.reasons:
        words.append((_of_newest_verdict("drop_reason"), search.reasons))
    return sa.or_(
        _is_one_of(s.source, s.organization_id, search.organizations),
        _of_cameras(search.cameras),
        *(column.in_(sorted(found)) for column, found in words if found),
        key.contains(search.text, autoescape=True),
    )


def _is_disputed(wanted: Wanted) -> Condition:
    return _is_one_of(t.sequences.c.source, t.sequences.c.id, wanted.disputed)


def _of_cameras(cameras: Collection[Camera]) -> Condition:
    s = t.sequences.c
    by_organization: dict[Organization, list[int]] = {}
    for source, organization, camera in sorted(cameras):
        by_organization.setdefault((source, organization), []).append(camera)
    return sa.or_(
        sa.false(),
        *(
            (s.source == source) & (s.organization_id == organization) & s.camera_id.in_(_inline(ids))
            for (source, organization), ids in by_organization.items()
        ),
    )


def _is_one_of(
    source: sa.ColumnElement[str], column: sa.ColumnElement[int], pairs: Collection[Organization]
) -> Condition:
    by_source: dict[str, list[int]] = {}
    for name, identity in sorted(pairs):
        by_source.setdefault(name, []).append(identity)
    return sa.or_(sa.false(), *((source == name) & column.in_(_inline(ids)) for name, ids in by_source.items()))


def _inline(ids: list[int]) -> sa.BindParameter[Any]:
    """Numbers written into the statement: there may be more than a database takes as parameters."""
    return sa.bindparam(None, ids, expanding=True, literal_execute=True, type_=sa.BigInteger())
