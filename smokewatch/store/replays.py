"""What releases answered, read back: requests and answers by ledger key, completed by newer releases' triggers."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smokewatch.domain.answers import PredictAnswer, parse_answer
from smokewatch.domain.details import with_trigger
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks


def load_replays(connection: Connection, keys: Sequence[str]) -> dict[str, RowMapping]:
    """Requests and answers by ledger key, with the newer release's answer where that reproduced the probability.

    Columns key, request, answer, milliseconds; trigger_image and trigger_answer, null without a newer release.
    """
    newer = t.replays.alias()
    e = t.enrichments.c
    query = (
        sa.select(
            t.replays.c.key,
            t.replays.c.request,
            t.replays.c.answer,
            t.replays.c.milliseconds,
            e.trigger_image,
            newer.c.answer.label("trigger_answer"),
        )
        .select_from(t.replays)
        .outerjoin(t.enrichments, (e.key == t.replays.c.key) & e.reproduced)
        .outerjoin(newer, newer.c.key == e.trigger_key)
    )
    return {
        row["key"]: row
        for chunk in in_chunks(keys)
        for row in connection.execute(query.where(t.replays.c.key.in_(chunk))).mappings()
    }


def completed_answer(replay: RowMapping) -> PredictAnswer:
    """A kept answer (see :func:`load_replays`) with the newer release's trigger fields, where there are any.

    Raises:
        InvalidAnswerError: when what is kept is no answer.
    """
    answer = parse_answer(replay["answer"])
    if replay["trigger_answer"] is None:
        return answer
    return with_trigger(answer, parse_answer(replay["trigger_answer"]))
