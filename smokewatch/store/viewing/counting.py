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
    sequences: int


def count_scores(
    connection: Connection, wanted: Wanted, thresholds: Sequence[float], *, disputed_only: bool = False
) -> list[Count]:
    """Count sequences by label and by the place of their recorded score among thresholds.

    Args:
        connection: a read transaction.
        wanted: which ones.
        thresholds: ascending, each once.
        disputed_only: of these, only the sequences with contradictory labels.
    """
    score, said = t.outcomes.c.temporal_model_score, t.outcomes.c.is_wildfire
    kept_by = sa.case((score.is_(None), None), else_=_places(tuple(thresholds)))
    conditions = _conditions(wanted)
    if disputed_only:
        conditions.append(_is_disputed(wanted))
    counted = (
        sa.select(kept_by.label("kept_by"), said.label("said"))
        .select_from(_joined(wanted))
        .where(*conditions)
        .subquery()
    )
    groups = (counted.c.kept_by, counted.c.said)
    rows = connection.execute(sa.select(*groups, sa.func.count()).group_by(*groups)).all()
    return [Count(place, label_of(label), number) for place, label, number in rows]


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


def _joined(wanted: Wanted) -> sa.FromClause:
    s, o = t.sequences.c, t.outcomes.c
    scored = t.sequences.join(t.outcomes, (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome))
    searched = wanted.search.reasons if wanted.search else None
    if not searched and all(each is None for each in (wanted.matches, wanted.reasons, wanted.decisions)):
        return scored  # half the time
    # Asked by index for each sequence: SQLite would else build an index over all newest verdicts each time.
    each = t.verdicts.alias("each")
    of_it = (each.c.source == s.source, each.c.sequence_id == s.id)
    newest = sa.select(sa.func.max(each.c.id)).where(*of_it).correlate(t.sequences).scalar_subquery()
    return scored.outerjoin(t.verdicts, t.verdicts.c.id == newest)


def _conditions(wanted: Wanted) -> list[Condition]:
    s, o, v = t.sequences.c, t.outcomes.c, t.verdicts.c
    found: list[Condition] = []
    if wanted.organizations is not None:
        found.append(_is_one_of(s.source, s.organization_id, wanted.organizations))
    if wanted.cameras is not None:
        found.append(_of_cameras(wanted.cameras))
    if wanted.matches is not None:
        found.append(sa.func.coalesce(v.verdict, NOT_REPLAYED).in_(sorted(wanted.matches)))
    if wanted.reasons is not None:
        found.append(v.drop_reason.in_(sorted(wanted.reasons)))
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
    o, identity = t.outcomes.c, t.verdicts.c.release_identity
    score = o.temporal_model_score
    packaged: list[tuple[Condition, sa.ColumnElement[float]]] = [
        (identity == name, sa.literal(value, sa.Double)) for name, value in sorted(wanted.by_identity.items())
    ]
    packaged += [
        (
            o.temporal_api_version.is_not_distinct_from(api) & o.temporal_model_version.is_not_distinct_from(model),
            sa.literal(value, sa.Double),
        )
        for (api, model), value in wanted.by_release.items()
    ]
    threshold: sa.ColumnElement[Any] = sa.case(*packaged, else_=sa.null()) if packaged else sa.null()
    return sa.case(
        (score.is_(None), "none"),
        (threshold.is_(None), sa.case((score > wanted.production_threshold, "keep"), else_="discard")),
        (score >= threshold, "keep"),
        else_="discard",
    )


def _holds(search: Search) -> Condition:
    s, o, v = t.sequences.c, t.outcomes.c, t.verdicts.c
    if not search.sources:
        return sa.false()
    key = sa.case(search.sources, value=s.source) + "_" + sa.cast(s.id, sa.Text)
    words = (
        (o.temporal_api_version, search.api_versions),
        (o.temporal_model_version, search.model_versions),
        (o.is_wildfire, search.label_details),
        (v.drop_reason, search.reasons),
    )
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
