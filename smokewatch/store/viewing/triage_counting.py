"""The backlog counted by threshold, in SQL: an account that shares no code with the page's own counts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.triage import Bucket
from smokewatch.store import tables as t
from smokewatch.store.backlog import waits
from smokewatch.store.triage import Triage

Organization = tuple[str, int]
"""(source API, the annotator's organization id)."""
Camera = tuple[str, int, int]
"""(source API, organization id, camera id)."""
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class WantedBacklog:
    """Which waiting sequences are counted; None: no limit."""

    organizations: Collection[Organization] | None
    cameras: Collection[Camera] | None
    alerts: Collection[tuple[str, int]] | None
    """(source API, platform alert id)."""
    start: datetime | None
    end: datetime | None
    """The first moment that is too late."""
    ids: Collection[int] | None
    """That a searched text was found in."""
    buckets: Collection[str] | None
    disagree: bool
    """Only those that some models, and not all, send to people."""
    width: float | None
    """Only scores at most so far from the threshold."""
    against: float | None
    """Only those that are on another side at this threshold."""
    threshold: float
    """What the four above are decided at."""

    @classmethod
    def everything(cls, threshold: float) -> WantedBacklog:
        """No limit at all."""
        anything: dict[str, None] = dict.fromkeys(("organizations", "cameras", "alerts", "start", "end", "ids"))
        return cls(**anything, buckets=None, disagree=False, width=None, against=None, threshold=threshold)


class BacklogCount(NamedTuple):
    """How many sequences of an organization have a score at or above ``reached`` of the thresholds."""

    organization: Organization
    reached: int
    sequences: int


def count_backlog(
    connection: Connection, models: Sequence[str], wanted: WantedBacklog, thresholds: Sequence[float]
) -> list[BacklogCount]:
    """Count waiting sequences that all of these models scored, by organization and place among thresholds.

    Args:
        connection: a read transaction.
        models: identities.
        wanted: which ones.
        thresholds: ascending, each once.
    """
    waiting = _scored(models)
    reached = _place(waiting.c.score, thresholds, 0, len(thresholds)).label("reached")
    groups = (waiting.c.source_api, waiting.c.organization_id, reached)
    counted = sa.select(*groups, sa.func.count()).where(*_conditions(wanted, waiting)).group_by(*groups)
    rows = connection.execute(counted).all()
    return [BacklogCount((source, organization), place, number) for source, organization, place, number in rows]


def _scored(models: Sequence[str]) -> sa.Subquery:
    """Every waiting sequence that all models scored, with the largest and the least score."""
    s, c = t.backlog_sequences.c, t.triage_scores.c
    names = (s.id, s.source_api, s.organization_id, s.camera_id, s.platform_alert_id, s.recorded_at)
    of_inputs = t.backlog_sequences.join(t.triage_scores, c.inputs_sha256 == s.inputs_sha256)
    if len(models) == 1:
        found = sa.select(*names, c.score.label("score"), c.score.label("least")).where(c.model_identity == models[0])
    else:
        scores = (sa.func.max(c.score).label("score"), sa.func.min(c.score).label("least"))
        # By the key alone: the rows come in its order, and nothing is sorted.
        grouped = sa.select(*names, *scores).where(c.model_identity.in_(models)).group_by(s.source, s.id)
        found = grouped.having(sa.func.count() == len(models))
    return found.select_from(of_inputs).where(waits(), s.frames_missing == 0).subquery("waiting")


def _place(score: sa.ColumnElement[float], thresholds: Sequence[float], low: int, high: int) -> sa.ColumnElement[int]:
    """How many thresholds a score reaches, found by halving."""
    if low == high:
        return sa.literal(low, sa.Integer)
    middle = (low + high) // 2
    above = score >= sa.literal(thresholds[middle], sa.Double)
    return sa.case((above, _place(score, thresholds, middle + 1, high)), else_=_place(score, thresholds, low, middle))


def _conditions(wanted: WantedBacklog, waiting: sa.Subquery) -> list[Condition]:
    s, score, least = waiting.c, waiting.c.score, waiting.c.least
    found: list[Condition] = []
    if wanted.organizations is not None:
        found.append(_any(sa.and_(s.source_api == api, s.organization_id == one) for api, one in wanted.organizations))
    if wanted.cameras is not None:
        found.append(
            _any(
                sa.and_(s.source_api == api, s.organization_id == organization, s.camera_id == camera)
                for api, organization, camera in wanted.cameras
            )
        )
    if wanted.alerts is not None:
        found.append(_any(sa.and_(s.source_api == api, s.platform_alert_id == alert) for api, alert in wanted.alerts))
    if wanted.start is not None:
        found.append(s.recorded_at >= wanted.start)
    if wanted.end is not None:
        found.append(s.recorded_at < wanted.end)
    if wanted.ids is not None:
        # Written into the statement: there may be more than a database takes as parameters.
        inline = sa.bindparam(None, sorted(wanted.ids), expanding=True, literal_execute=True, type_=sa.BigInteger())
        found.append(s.id.in_(inline))
    if wanted.buckets is not None:
        sides = {Bucket.REVIEW: score >= wanted.threshold, Bucket.UNLABELED: score < wanted.threshold}
        found.append(_any(side for name, side in sides.items() if name in wanted.buckets))
    if wanted.disagree:
        found += [score >= wanted.threshold, least < wanted.threshold]
    if wanted.width is not None:
        middle, reach = Decimal(repr(wanted.threshold)), Decimal(repr(wanted.width))
        found.append(score.between(float(middle - reach), float(middle + reach)))
    if wanted.against is not None:
        found.append((score >= wanted.threshold) != (score >= wanted.against))
    return found


def _any(conditions: object) -> Condition:
    return sa.or_(sa.false(), *conditions)  # type: ignore[misc]


class Split(NamedTuple):
    """Scored sequences that wait, on either side of a threshold."""

    review: int
    unlabeled: int


def split_backlog(connection: Connection, triage: Triage) -> Split:
    """The whole backlog at a triage's own threshold, by its models."""
    models = [model.identity for model in triage.models]
    counts = count_backlog(connection, models, WantedBacklog.everything(triage.threshold), [triage.threshold])
    review = sum(each.sequences for each in counts if each.reached)
    return Split(review, sum(each.sequences for each in counts) - review)
