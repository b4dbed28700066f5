"""A backlog for the annotation API: a day of the demo's alert-api, older days made of it, and what people did since."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlalchemy import func, select

from demo.alert_api.services import Services as AlertApi
from demo.alert_api.tables import sequences as alert_api_sequences
from demo.annotator.importing import Alerted, import_sequence, read_alerted
from demo.annotator.people import work
from demo.annotator.services import Services
from demo.annotator.tables import sequences

_BATCH = 10
"""Sequences imported in one instant: among them, the listing has no order."""
_OLDER_FROM = 100_000
"""Older sequences' ids start here, apart from the day's."""
_OLDER_ROWS_FROM = 10_000_000
_SHORTEST = 4


@dataclass
class Backlog:
    """What was filled in; every id is a sequence's of the annotation API, other than in `lanes`' keys."""

    lanes: dict[int, list[int]] = field(default_factory=dict)
    """The day's alert-api sequences -> their lanes, the primary first."""
    older: list[int] = field(default_factory=list)
    cases: dict[str, list[int]] = field(default_factory=dict)
    """Planted: siblings, boxless, human_added, unannotated, skipped, missing_object, annotated, localization."""


def fill(
    services: Services, alert_api: AlertApi, day: date, *, older_days: int = 0, a_day: int = 20, seed: int = 0
) -> Backlog:
    """Import the older days, then `day` (UTC) of the demo's alert-api, and let people work on them; the same each run.

    The day's frames are alert-api's, byte for byte. Older sequences are runs of the day's frames at earlier times,
    each frame with a JPEG comment of its own: other bytes, the same picture.

    Args:
        older_days: how many days before `day` there are.
        a_day: how many sequences each of them has.

    Raises:
        ValueError: the day is too short to hold the cases.
    """
    with alert_api.reading() as connection:
        c = alert_api_sequences.c
        ids = list(
            connection.execute(
                select(c.id).where(func.date(c.started_at) == day.isoformat()).order_by(c.started_at, c.id)
            ).scalars()
        )
    of_day = [read_alerted(alert_api, sequence_id) for sequence_id in ids]
    backlog = Backlog()
    earlier = list(_older(of_day, older_days, a_day, random.Random(f"backlog {seed}")))
    for number, alerted in enumerate([*earlier, *of_day]):
        if number % _BATCH == 0:
            services.clock.advance(seconds=5)
        lanes = import_sequence(services, alerted)
        if number < len(earlier):
            backlog.older += lanes
        else:
            backlog.lanes[alerted.sequence["id"]] = lanes
    services.clock.advance(hours=1)
    backlog.cases = work(services, list(backlog.lanes.values()), backlog.older, random.Random(f"people {seed}"))
    if earlier:
        backlog.cases["boxless"] = _lanes_of(services, _OLDER_FROM)
    return backlog


def _older(of_day: Sequence[Alerted], days: int, a_day: int, rng: random.Random) -> Iterator[Alerted]:
    """Runs of at least four of the day's frames, on earlier days; the very first has no boxes."""
    long_enough = [alerted for alerted in of_day if len({row["bucket_key"] for row in alerted.rows}) >= _SHORTEST]
    if days and not long_enough:
        raise ValueError(f"older days are made of sequences of {_SHORTEST} frames at least, and the day has none")
    number = 0
    for days_before in range(days, 0, -1):
        for _ in range(a_day):
            yield _earlier(rng.choice(long_enough), number, timedelta(days=days_before), rng)
            number += 1


def _earlier(alerted: Alerted, number: int, before: timedelta, rng: random.Random) -> Alerted:
    before += timedelta(seconds=rng.randrange(7200))
    rows = sorted(alerted.rows, key=lambda row: (row["created_at"], row["id"]))
    first = rng.randrange(len(rows) - _SHORTEST + 1)
    kept = rows[first : first + rng.randint(_SHORTEST, len(rows))]
    boxes = {"bbox": "[]", "others_bboxes": None} if number == 0 else {}
    shifted = [
        {**row, **boxes, "id": _OLDER_ROWS_FROM + number * 1000 + index, "created_at": row["created_at"] - before}
        for index, row in enumerate(kept)
    ]

    def read(key: str) -> bytes | None:
        content = alerted.read(key)
        return None if content is None else stamped(content, f"older {number}")

    return replace(alerted, sequence={**alerted.sequence, "id": _OLDER_FROM + number}, rows=shifted, read=read)


def stamped(jpeg: bytes, comment: str) -> bytes:
    """The same picture with a comment segment after its first marker."""
    text = comment.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


def _lanes_of(services: Services, platform_alert_id: int) -> list[int]:
    with services.reading() as connection:
        found = select(sequences.c.id).where(sequences.c.platform_alert_id == platform_alert_id)
        return list(connection.execute(found).scalars())
