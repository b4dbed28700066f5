"""Days in short: from the catalog alone, made once, and anew when what they are made of has changed."""

from __future__ import annotations

import numpy as np
import pytest
import sqlalchemy as sa

from smokewatch.domain.drift import summary_json
from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import Selection, columns, summarize_day
from smokewatch.store.drift import days as days_module
from tests.store.watched import A_DAY, CAMERAS, EVERYTHING, NAMES, SOURCE, add_day, kept, noon, nth, set_up


@pytest.fixture
def watched(catalog: Catalog) -> Catalog:
    """Three days."""
    set_up(catalog)
    for number in range(3):
        add_day(catalog, number)
    return catalog


def count_summaries(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    made: list[object] = []
    load = columns.load_columns

    def counting(*given: object, **options: object) -> object:
        made.append(given)
        return load(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(days_module, "load_columns", counting)
    return made


def test_a_day_is_its_frames_and_scores(watched: Catalog) -> None:
    add_day(watched, 3, broken=2)
    with watched.read() as connection:
        summary = summarize_day(connection, nth(3), selection=EVERYTHING)
        scores = connection.scalars(
            sa.select(t.outcomes.c.temporal_model_score).where(t.outcomes.c.sequence_id >= 3000)
        ).all()
    assert summary.cameras == tuple(sorted(NAMES))
    assert summary.frames.sum() == A_DAY - 2
    assert sum(summary.undecodable.values()) == 2
    assert summary.sequences.sum() == A_DAY
    assert (summary.sequences * summary.score_means).sum() / A_DAY == pytest.approx(np.mean(scores), abs=1e-6)
    assert summary.class_counts.sum(axis=(0, 1)).tolist() == [
        sum(score <= 0.45 for score in scores),
        sum(score > 0.45 for score in scores),
    ]
    assert summary.sizes == dict.fromkeys(sorted(NAMES), ((16, 9),))
    assert summary.pixel_shares is not None
    assert summary.pixel_shares.sum(axis=1) == pytest.approx([1.0] * 4, abs=1e-4)
    assert not summary.repeats


def test_a_frame_of_several_sequences_counts_once_and_a_repeated_one_is_told(watched: Catalog) -> None:
    d = t.detections.c
    with watched.write() as connection:
        first, second = connection.execute(
            sa.select(t.detections).where(d.camera_id == 1, d.sequence_id < 1000).order_by(d.created_at).limit(2)
        ).mappings()
        # The camera's first frame is in its second sequence too, whose own frame has the same bytes.
        connection.execute(t.detections.insert(), [dict(first) | {"sequence_id": second["sequence_id"]}])
        same = {"frame_sha256": first["frame_sha256"]}
        connection.execute(t.detections.update().where(d.bucket_key == second["bucket_key"]).values(**same))
        summary = summarize_day(connection, nth(0), selection=EVERYTHING)
    assert summary.frames.sum() == A_DAY
    assert summary.repeats == {NAMES[0]: 1}


def test_an_unchanged_day_is_read_once(watched: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_summaries(monkeypatch)
    first = kept(watched, 1)
    again = kept(watched, 1)
    assert len(made) == 1
    assert (first.sha256, first.unprofiled) == (again.sha256, 0)
    assert summary_json(first.summary) == summary_json(again.summary)


_CHANGES = {
    "a score": t.outcomes.insert().from_select(
        [column.name for column in t.outcomes.columns],
        sa.select(
            *(
                sa.literal(2)
                if column.name == "outcome"
                else sa.literal(0.01)
                if column.name == "temporal_model_score"
                else column
                for column in t.outcomes.columns
            )
        ).where(t.outcomes.c.sequence_id == 1001),
    ),
    "a profile": t.frame_profiles.delete().where(
        t.frame_profiles.c.sha256.in_(sa.select(t.detections.c.frame_sha256).where(t.detections.c.sequence_id == 1001))
    ),
    "a name": t.cameras.update().where(t.cameras.c.id == 1).values(name="renamed"),
}


@pytest.mark.parametrize("changed", [*_CHANGES, "a late sequence", "the threshold"])
def test_a_day_is_made_anew_when_what_it_is_made_of_changes(
    changed: str, watched: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, other = kept(watched, 1), kept(watched, 0)
    made = count_summaries(monkeypatch)
    selection = EVERYTHING
    with watched.write() as connection:
        if changed in _CHANGES:
            connection.execute(_CHANGES[changed])
        if changed == "a score":
            connection.execute(t.sequences.update().where(t.sequences.c.id == 1001).values(outcome=2))
        if changed == "a late sequence":
            s = t.sequences.c
            connection.execute(t.sequences.update().where(s.id == 2001).values(started_at=noon(nth(1))))
    if changed == "the threshold":
        selection = Selection(threshold=0.7)
    after = kept(watched, 1, selection)
    assert len(made) == 1
    assert after.sha256 != before.sha256
    assert after.unprofiled == (changed == "a profile")
    if changed not in ("a name", "the threshold"):
        assert kept(watched, 0).sha256 == other.sha256
        assert len(made) == 1


def test_organizations_are_days_of_their_own(watched: Catalog) -> None:
    theirs, none = Selection(((SOURCE, 2),)), Selection(((SOURCE, 3),))
    assert kept(watched, 1, theirs).summary.frames.sum() == A_DAY
    empty = kept(watched, 1, none)
    assert (empty.summary.cameras, empty.summary.decoder) == ((), None)
    assert kept(watched, 1).sha256 != kept(watched, 1, theirs).sha256
    assert Selection.of_scope(theirs.scope, threshold=0.45, decoder=None) == theirs


def test_a_second_camera_of_the_same_name_gets_its_id(watched: Catalog) -> None:
    with watched.write() as connection:
        connection.execute(t.cameras.update().where(t.cameras.c.id == 3).values(name=CAMERAS[0]))
        cameras = summarize_day(connection, nth(0), selection=EVERYTHING).cameras
    assert cameras == (NAMES[0], f"{NAMES[0]} (alert-api 3)", NAMES[1])


def test_the_wanted_decoder_is_taken_where_it_has_seen_the_day(catalog: Catalog) -> None:
    set_up(catalog)
    add_day(catalog, 0, decoder="older")
    with catalog.read() as connection:
        assert summarize_day(connection, nth(0), selection=EVERYTHING).decoder == "older"
        assert summarize_day(connection, nth(0), selection=Selection(decoder="older")).decoder == "older"
        assert summarize_day(connection, nth(0), selection=Selection(decoder="never")).decoder == "older"


def test_a_damaged_summary_is_named(watched: Catalog) -> None:
    kept(watched, 1)
    with watched.write() as connection:
        connection.execute(t.drift_days.update().values(summary=b"x"))
    with watched.read() as connection, pytest.raises(StorageError, match="summary of 2026-03-02 is damaged"):
        summarize_day(connection, nth(1), selection=EVERYTHING)
