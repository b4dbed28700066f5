"""Sequences in the store: revisions of inputs, dated outcomes, nothing overwritten."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from smokewatch.domain.detections import Detection
from smokewatch.domain.sequences import FrameFlag, KnownSequence, ListedSequence, Outcome
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import StoredFrame
from smokewatch.store.saving import Change, Inputs, save_sequence, skip_sequence
from smokewatch.store.sequences import known_frames, known_sequences, load_sequences
from tests.rows import START, wire_row

SOURCE = "alert-api"
NOW = datetime(2026, 8, 15, tzinfo=UTC)
STARTED = START.replace(tzinfo=UTC)
LISTED = ListedSequence(
    id=1,
    camera_id=4,
    pose_id=2,
    camera_azimuth=45.5,
    sequence_azimuth=None,
    cone_angle=0.1 + 0.2,
    started_at=STARTED,
    detections_count=4,
    outcome=Outcome(None, 0.1 + 0.2, "0.2.0", "0.3.1", False, 0.61, last_seen_at=STARTED + timedelta(minutes=2)),
)


def inputs(rows: list[dict[str, Any]], *, missing: tuple[str, ...] = ()) -> Inputs:
    detections = [Detection.from_alert_api(row) for row in rows]
    return Inputs(
        detections,
        {
            row.bucket_key: None if row.bucket_key in missing else StoredFrame(f"sha-{row.bucket_key}", 7, None)
            for row in detections
        },
    )


ROWS = [wire_row(number, f"k{number}.jpg") for number in range(1, 5)]


def save(catalog: Catalog, listed: ListedSequence, read: Inputs | None, *, now: datetime = NOW) -> Change:
    with catalog.write() as connection:
        return save_sequence(connection, SOURCE, listed, organization_id=2, inputs=read, now=now)


def rows_in(catalog: Catalog, table: sa.Table) -> int:
    with catalog.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_sequence_comes_back_as_it_was(catalog: Catalog) -> None:
    shuffled = [ROWS[2], ROWS[0], ROWS[3], ROWS[1]]
    assert save(catalog, LISTED, inputs(shuffled)) == Change(new=True)
    with catalog.read() as connection:
        (stored,) = load_sequences(connection, first_day=date(2026, 8, 14), last_day=date(2026, 8, 14))
        assert known_sequences(connection, SOURCE, [1, 2]) == {1: KnownSequence(LISTED, 0)}
    assert stored.outcome == LISTED.outcome
    assert stored.detections == tuple(Detection.from_alert_api(row) for row in ROWS)
    assert stored.frame_sha256s == {f"k{number}.jpg": f"sha-k{number}.jpg" for number in range(1, 5)}
    assert (stored.key, stored.revision, stored.outcome_number) == ("alert-api_1", 1, 1)


def test_saving_the_same_again_changes_nothing(catalog: Catalog) -> None:
    save(catalog, LISTED, inputs(ROWS))
    assert save(catalog, LISTED, inputs(ROWS[::-1]), now=NOW + timedelta(days=1)) == Change()
    assert rows_in(catalog, t.revisions) == rows_in(catalog, t.outcomes) == 1


def test_a_late_detection_is_a_revision_beside_the_old_one(catalog: Catalog) -> None:
    save(catalog, LISTED, inputs(ROWS))
    grown = replace(LISTED, detections_count=5)
    assert save(catalog, grown, inputs([*ROWS, wire_row(5, "k5.jpg")])) == Change(revised=True)
    with catalog.read() as connection:
        (stored,) = load_sequences(connection, first_day=date(2026, 8, 14), last_day=date(2026, 8, 14))
    assert (stored.revision, len(stored.detections)) == (2, 5)
    assert rows_in(catalog, t.detections) == 4 + 5


def test_another_content_under_the_same_key_is_a_revision(catalog: Catalog) -> None:
    save(catalog, LISTED, inputs(ROWS))
    read = inputs(ROWS)
    altered = Inputs(read.detections, {**read.frames, "k2.jpg": StoredFrame("sha-other", 9, FrameFlag.TRUNCATED_JPEG)})
    assert save(catalog, LISTED, altered) == Change(revised=True)


def test_a_new_label_is_a_dated_outcome_and_no_revision(catalog: Catalog) -> None:
    save(catalog, LISTED, inputs(ROWS))
    labelled = replace(LISTED, outcome=replace(LISTED.outcome, is_wildfire="wildfire_smoke"))
    later = NOW + timedelta(days=3)
    assert save(catalog, labelled, None, now=later) == Change(outcome=True)
    assert rows_in(catalog, t.revisions) == 1
    with catalog.read() as connection:
        dated = connection.execute(sa.select(t.outcomes.c.is_wildfire, t.outcomes.c.observed_at)).all()
    assert [tuple(row) for row in dated] == [(None, NOW), ("wildfire_smoke", later)]


def test_missing_frames_are_remembered_and_found_later(catalog: Catalog) -> None:
    save(catalog, LISTED, inputs(ROWS, missing=("k3.jpg",)))
    with catalog.read() as connection:
        assert known_sequences(connection, SOURCE, [1])[1].frames_missing == 1
        assert set(known_frames(connection, SOURCE, 1)) == {"k1.jpg", "k2.jpg", "k4.jpg"}
    assert save(catalog, LISTED, inputs(ROWS)) == Change(revised=True)
    with catalog.read() as connection:
        assert known_sequences(connection, SOURCE, [1])[1].frames_missing == 0


def test_a_skip_is_counted_until_the_sequence_is_imported(catalog: Catalog) -> None:
    with catalog.write() as connection:
        skip_sequence(connection, SOURCE, 1, reason="request_failed", detail="500", run_id="r", now=NOW)
    assert rows_in(catalog, t.skips) == 1
    save(catalog, LISTED, inputs(ROWS))
    assert rows_in(catalog, t.skips) == 0


def test_days_are_utc_days_of_the_start(catalog: Catalog) -> None:
    midnight = datetime(2026, 8, 15, tzinfo=UTC)
    for identity, started in enumerate([midnight - timedelta(microseconds=1), midnight], start=1):
        save(catalog, replace(LISTED, id=identity, started_at=started), inputs(ROWS))
    with catalog.read() as connection:
        for day, ids in (("2026-08-14", [1]), ("2026-08-15", [2])):
            found = load_sequences(connection, first_day=date.fromisoformat(day), last_day=date.fromisoformat(day))
            assert [sequence.id for sequence in found] == ids
