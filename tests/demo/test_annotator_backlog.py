"""The backlog that is made of a day of alert-api's and the days before it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from demo.alert_api import tables as alert_api_tables
from demo.annotator.backlog import Backlog, fill, stamped
from demo.annotator.importing import read_alerted
from demo.annotator.tables import DONE, detections, sequence_annotations, sequences, skips
from tests.annotator import Annotator, running
from tests.production import DAY, Production

RIGHT = "(.7,.5,.8,.6,.4)"


@pytest.fixture
def annotator(tmp_path: Path) -> Iterator[Annotator]:
    with running(tmp_path) as annotator:
        yield annotator


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Production]:
    (tmp_path / "production").mkdir()
    with Production(tmp_path / "production") as production:
        yield production


def test_another_comment_is_the_same_picture() -> None:
    written = BytesIO()
    Image.linear_gradient("L").save(written, "JPEG")
    one, two = (stamped(written.getvalue(), comment) for comment in ("one", "two"))
    assert len({one, two, written.getvalue()}) == 3
    pixels = [Image.open(BytesIO(content)).tobytes() for content in (one, two, written.getvalue())]
    assert pixels[0] == pixels[1] == pixels[2]


def a_day(production: Production) -> None:
    """Nine sequences, the last with an object beside its own."""
    for number in range(9):
        production.add(frames=5 + number % 3, hour=number / 4, seen=4 if number % 2 else None)
    t = alert_api_tables.detections
    with production.services.writing() as connection:
        connection.execute(t.update().where(t.c.sequence_id == 9).values(others_bboxes=f"[{RIGHT}]"))


def filled(annotator: Annotator, production: Production, **options: int) -> Backlog:
    a_day(production)
    return fill(annotator.services, production.services, DAY, **options)


def test_a_day_is_imported_with_the_bytes_of_alert_api(annotator: Annotator, production: Production) -> None:
    backlog = filled(annotator, production)
    assert list(backlog.lanes) == list(range(1, 10))
    assert [len(ids) for ids in backlog.lanes.values()] == [1] * 8 + [2]
    frames = annotator.objects
    known = {hashlib.sha256(content).digest() for content in production.objects.objects.values()}
    assert {hashlib.sha256(content).digest() for content in frames.objects.values()} <= known
    (first,) = backlog.lanes[1]
    source = read_alerted(production.services, 1)
    kept = annotator.stored(detections, detections.c.sequence_id == first)
    assert [frames.get("annotation-api", it["bucket_key"]) for it in kept] == [
        source.read(it["bucket_key"]) for it in source.rows
    ]
    assert [it["recorded_at"] for it in kept] == [it["created_at"] for it in source.rows]


def test_every_case_is_what_it_is_called(annotator: Annotator, production: Production) -> None:
    cases = filled(annotator, production, older_days=1, a_day=3).cases

    def column(case: str, name: str, table: sa.Table = sequences) -> list[Any]:
        identity = table.c.id if table is sequences else table.c.sequence_id
        return [it[name] for it in annotator.stored(table, identity.in_(cases[case]))]

    assert column("human_added", "is_manual") == [False, True]
    keys = Counter(column("human_added", "bucket_key", detections))
    assert set(keys.values()) == {2}
    assert column("unannotated", "id", sequence_annotations) == []
    assert column("annotated", "processing_stage", sequence_annotations) == ["annotated"]
    assert column("localization", "processing_stage", sequence_annotations) == ["seq_annotation_done"]
    assert len(set(column("siblings", "platform_alert_id"))) == 1
    assert len(cases["siblings"]) == 2
    with annotator.services.reading() as connection:
        skipped = set(connection.execute(sa.select(skips.c.platform_alert_id)).scalars())
    assert skipped == {*column("skipped", "platform_alert_id"), *column("boxless", "platform_alert_id")}
    frames = annotator.services.frames
    missing = [
        it for it in column("missing_object", "bucket_key", detections) if not frames.exists("annotation-api", it)
    ]
    assert len(missing) == 1
    named = [identity for case, ids in cases.items() for identity in ids]
    assert len(named) == len(set(named))


def test_older_days_are_volume_of_other_bytes(annotator: Annotator, production: Production) -> None:
    backlog = filled(annotator, production, older_days=3, a_day=8)
    rows = {it["id"]: it for it in annotator.stored(sequences)}
    days = Counter(DAY - rows[identity]["recorded_at"].date() for identity in backlog.older)
    assert set(days) <= {timedelta(days=number) for number in range(5)}
    assert len(backlog.older) >= 24
    ties = Counter(it["created_at"] for it in rows.values())
    assert max(ties.values()) >= 10
    frames = annotator.objects
    of_older = annotator.stored(detections, detections.c.sequence_id.in_(backlog.older))
    contents = {frames.get("annotation-api", it["bucket_key"]) for it in of_older}
    assert contents.isdisjoint(production.objects.objects.values())
    per_sequence = Counter(it["sequence_id"] for it in of_older)
    assert min(per_sequence.values()) >= 4
    stages = Counter(
        it["processing_stage"]
        for it in annotator.stored(sequence_annotations, sequence_annotations.c.sequence_id.in_(backlog.older))
    )
    assert 0 < sum(stages[stage] for stage in DONE) < stages["ready_to_annotate"]


def test_the_same_seed_fills_the_same_backlog(tmp_path: Path, production: Production) -> None:
    a_day(production)
    seen = []
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        with running(tmp_path / run) as annotator:
            backlog = fill(annotator.services, production.services, DAY, older_days=2, a_day=4, seed=3)
            seen.append((backlog, annotator.stored(sequences), annotator.stored(detections)))
    assert seen[0] == seen[1]


def test_too_short_a_day_is_refused(annotator: Annotator, production: Production) -> None:
    production.add()
    with pytest.raises(ValueError, match="needs 6 alerts"):
        fill(annotator.services, production.services, DAY)
