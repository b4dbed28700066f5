"""Triage in the catalog: one reading over the waiting sequences, scores by content, drops that do not outlive it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.answers import PredictAnswer
from smokewatch.domain.backlog import BacklogFrame, Stage
from smokewatch.errors import InvalidAnswerError, StorageError
from smokewatch.store import tables as t
from smokewatch.store.backlog import PulledFrames, mark_left, mark_listed, save_pulled, waiting
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore, StoredFrame
from smokewatch.store.scores import (
    Scored,
    TriageDrop,
    record_drops,
    record_model,
    record_scores,
    record_triage,
    scored_inputs,
)
from smokewatch.store.triage import (
    NO_TRIGGER,
    StoredTriage,
    Triage,
    TriageModel,
    answer_of,
    known_model,
    latest_triage,
    load_triage,
)
from smokewatch.store.viewing.control_room import count_queue
from smokewatch.store.viewing.operating import read_operating
from smokewatch.store.viewing.triage import triage_state
from smokewatch.store.viewing.triage_counting import split_backlog
from tests.scoring.backlog import NOW, Backlog, listed

FIRST = TriageModel("sha256:" + "a" * 64, "package", "/models/a.zip", "0.3.0", {"variant": "a"})
SECOND = TriageModel("sha256:" + "b" * 64, "package", "/models/b.zip", "0.4.0", {"variant": "b"})


def answer(*probabilities: float, trigger: int | None = None) -> PredictAnswer:
    tubes = [
        {"tube_id": number, "start_frame": 0, "end_frame": 5, "logit": 10 * each - 5, "probability": each}
        for number, each in enumerate(probabilities)
    ]
    return PredictAnswer.model_validate(
        {
            "is_smoke": trigger is not None,
            "probability": max(probabilities, default=0.0),
            "trigger_frame_index": trigger,
            "details": {"decision": {"aggregation": "logistic", "threshold": 0.5}, "tubes": tubes},
        }
    )


@pytest.fixture
def backlog(catalog: Catalog, tmp_path: Path) -> Backlog:
    return Backlog(catalog, FrameStore.open(str(tmp_path / "frames")))


def inputs(backlog: Backlog) -> dict[int, str]:
    with backlog.catalog.read() as connection:
        return {each.sequence.id: each.inputs_sha256 for each in waiting(connection)}


def begin(catalog: Catalog, *models: TriageModel, threshold: float = 0.35, hours: int = 0) -> Triage:
    triage = Triage(f"run-{hours}", models, threshold, NOW + timedelta(hours=hours))
    with catalog.write() as connection:
        for model in models:
            record_model(connection, model, now=NOW)
        record_triage(connection, triage)
    return triage


def score(catalog: Catalog, model: TriageModel, **answers: PredictAnswer) -> None:
    with catalog.write() as connection:
        scored = [Scored(sha256, each, 12.5, "cpu") for sha256, each in answers.items()]
        record_scores(connection, model.identity, scored, run_id="run-0", now=NOW)


def drop(catalog: Catalog, model: TriageModel, sequence: int, sha256: str, reason: str = "predict_failed") -> None:
    with catalog.write() as connection:
        drops = [TriageDrop(sequence, sha256, reason, f"{model.model_version} failed")]
        record_drops(connection, model.identity, drops, run_id="run-0", now=NOW)


def load(catalog: Catalog) -> StoredTriage:
    with catalog.read() as connection:
        stored = load_triage(connection)
    assert stored is not None
    return stored


def test_a_catalog_that_was_never_triaged_says_so(catalog: Catalog) -> None:
    with catalog.read() as connection:
        assert load_triage(connection) is None
        assert latest_triage(connection) is None
        assert known_model(connection, FIRST.identity) is None


def test_one_reading_holds_what_every_model_scored_in_order_of_id(backlog: Backlog, catalog: Catalog) -> None:
    for identity, organization in ((7, "Girona"), (3, "SDIS 07"), (5, "Girona")):
        backlog.add(identity, [b"%d" % identity], organization=organization)
    of = inputs(backlog)
    begin(catalog, FIRST, SECOND)
    score(catalog, FIRST, **{of[3]: answer(0.2, 0.6, trigger=4), of[5]: answer(), of[7]: answer(0.3)})
    score(catalog, SECOND, **{of[3]: answer(0.6), of[5]: answer(0.9, trigger=2), of[7]: answer(0.1)})
    stored = load(catalog)
    assert stored.triage.models == (FIRST, SECOND)
    assert [sequence.id for sequence in stored.sequences] == stored.backlog.ids.tolist() == [3, 5, 7]
    assert stored.backlog.model_scores.tolist() == [[0.6, 0.6], [0.0, 0.9], [0.3, 0.1]]
    names = [stored.backlog.organization_names[place] for place in stored.backlog.organizations]
    assert names == ["SDIS 07", "Girona", "Girona"]
    # Of equals the first model's.
    assert stored.results.model.tolist() == [0, 1, 0]
    assert stored.results.tubes.tolist() == [2, 1, 1]
    assert stored.results.logit.tolist() == [1.0, 4.0, -2.0]
    assert stored.results.trigger_frame_index.tolist() == [4, 2, NO_TRIGGER]
    assert stored.results.inputs_sha256 == [of[3], of[5], of[7]]
    assert (stored.drops, stored.unscored) == ([], 0)


def test_no_tube_is_no_logit(backlog: Backlog, catalog: Catalog) -> None:
    backlog.add(1, [b"1"])
    begin(catalog, FIRST)
    score(catalog, FIRST, **{inputs(backlog)[1]: answer()})
    stored = load(catalog)
    assert np.isnan(stored.results.logit).tolist() == [True]
    assert (stored.backlog.scores.tolist(), stored.results.tubes.tolist()) == ([0.0], [0])


def test_what_left_the_queue_is_left_out_and_comes_back_with_it(backlog: Backlog, catalog: Catalog) -> None:
    ids = [backlog.add(each, [b"%d" % each]) for each in (1, 2)]
    begin(catalog, FIRST)
    score(catalog, FIRST, **dict.fromkeys(inputs(backlog).values(), answer(0.5)))
    backlog.leave(1, of=ids)
    assert load(catalog).backlog.ids.tolist() == [2]
    backlog.add(1, [b"1"])
    assert load(catalog).backlog.ids.tolist() == [1, 2]


def test_what_people_have_looked_at_waits_for_nobody(backlog: Backlog, catalog: Catalog) -> None:
    ids = {stage: backlog.add(number, [b"same"], stage=stage) for number, stage in enumerate(Stage, start=1)}
    begin(catalog, FIRST)
    score(catalog, FIRST, **dict.fromkeys(inputs(backlog).values(), answer(0.5)))
    awaited = sorted(ids[stage] for stage in (Stage.IMPORTED, Stage.NO_ANNOTATION, Stage.READY_TO_ANNOTATE))
    stored = load(catalog)
    assert sorted(inputs(backlog)) == stored.backlog.ids.tolist() == awaited
    with catalog.read() as connection:
        assert split_backlog(connection, stored.triage) == (3, 0)
        assert count_queue(connection)[:2] == (3, 0)
        assert read_operating(connection, now=NOW).backlog == {"review": 3, "unlabeled": 0, "not_scored": 0}


def test_the_state_tells_every_change_that_runs_make(backlog: Backlog, catalog: Catalog) -> None:
    """A run marks what the queue lists before it reads and saves what changed: all of it at one time."""
    ids = [backlog.add(number, [b"%d" % number]) for number in (1, 2, 3)]
    begin(catalog, FIRST)
    ready, annotated, now = Stage.READY_TO_ANNOTATE, Stage.ANNOTATED, NOW + timedelta(hours=1)
    renamed = replace(listed(1), camera_name="New")
    scored = replace(renamed, temporal_model_score=0.7)
    frame = BacklogFrame(1000, 1, NOW, "k.jpg"), StoredFrame(backlog.frames.put(b"other"), 5, None)
    steps: list[Callable[[Connection], object]] = [
        partial(mark_listed, ids=[3], stage=ready, now=now + timedelta(minutes=5)),  # another run's, that asked later
        partial(mark_listed, ids=ids, stage=ready, now=now),
        partial(save_pulled, sequence=renamed, stage=ready, pulled=None, now=now),
        partial(save_pulled, sequence=scored, stage=ready, pulled=None, now=now),
        partial(save_pulled, sequence=replace(listed(2), is_wildfire="other"), stage=ready, pulled=None, now=now),
        partial(save_pulled, sequence=scored, stage=ready, pulled=PulledFrames([frame]), now=now),
        partial(save_pulled, sequence=scored, stage=ready, pulled=PulledFrames([frame]), now=now),
        partial(mark_listed, ids=[1], stage=annotated, now=now + timedelta(minutes=1)),
        partial(mark_listed, ids=[1], stage=ready, now=now + timedelta(minutes=2)),
        partial(mark_left, listed=[1, 3], stage=ready, now=now + timedelta(minutes=3)),
        partial(mark_listed, ids=[1, 2], stage=ready, now=now + timedelta(minutes=3)),
    ]
    states = []
    for step in steps:
        with catalog.write() as connection:
            step(connection)
        with catalog.read() as connection:
            states.append(triage_state(connection))
    same = {1: 0, 6: 5}  # a listing that brings nothing new, frames that are known
    for place, state in enumerate(states):
        assert [states.index(state)] == [same.get(place, place)], place


def test_drops_are_of_the_inputs_a_sequence_has_now(backlog: Backlog, catalog: Catalog) -> None:
    for each in (1, 2, 3):
        backlog.add(each, [b"%d" % each])
    of = inputs(backlog)
    begin(catalog, FIRST, SECOND)
    drop(catalog, SECOND, 1, of[1])
    drop(catalog, FIRST, 2, "of other frames")
    score(catalog, FIRST, **{of[1]: answer(0.5), of[3]: answer(0.5)})
    stored = load(catalog)
    assert [(sequence.id, reason, detail) for sequence, reason, detail in stored.drops] == [
        (1, "predict_failed", "0.4.0 failed")
    ]
    # 2 was pulled anew since, 3 lacks the second model's score.
    assert (len(stored.backlog), stored.unscored) == (0, 2)


def test_a_score_ends_the_drop(backlog: Backlog, catalog: Catalog) -> None:
    backlog.add(1, [b"1"])
    sha256 = inputs(backlog)[1]
    begin(catalog, FIRST)
    drop(catalog, FIRST, 1, sha256)
    score(catalog, FIRST, **{sha256: answer(0.5)})
    assert (load(catalog).drops, load(catalog).unscored) == ([], 0)
    with catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.triage_drops)) == 0


def test_missing_frames_are_no_score_even_where_the_rest_is_another_sequences(
    backlog: Backlog, catalog: Catalog
) -> None:
    backlog.add(1, [b"same"])
    backlog.add(2, [b"same", None])
    sha256 = inputs(backlog)[1]
    assert inputs(backlog)[2] == sha256
    begin(catalog, FIRST)
    drop(catalog, FIRST, 2, sha256)
    score(catalog, FIRST, **{sha256: answer(0.1)})
    stored = load(catalog)
    assert stored.backlog.ids.tolist() == [1]
    assert [sequence.id for sequence, _, _ in stored.drops] == [2]


def test_the_triage_that_began_last_counts(backlog: Backlog, catalog: Catalog) -> None:
    backlog.add(1, [b"1"])
    begin(catalog, FIRST, threshold=0.35)
    later = begin(catalog, SECOND, threshold=0.6, hours=2)
    earlier = begin(catalog, FIRST, threshold=0.2, hours=1)
    score(catalog, FIRST, **{inputs(backlog)[1]: answer(0.5)})
    with catalog.read() as connection:
        assert latest_triage(connection) == later
        mine = load_triage(connection, earlier)
    assert mine is not None
    assert len(mine.backlog) == 1
    assert (len(load(catalog).backlog), load(catalog).unscored) == (0, 1)


def test_a_score_is_kept_as_it_was_first_and_its_answer_whole(backlog: Backlog, catalog: Catalog) -> None:
    begin(catalog, FIRST)
    said = answer(0.2, 0.6, trigger=4)
    score(catalog, FIRST, **{"c" * 64: said})
    score(catalog, FIRST, **{"c" * 64: answer(0.9)})
    with catalog.read() as connection:
        assert answer_of(connection, "c" * 64, FIRST.identity) == said
        assert scored_inputs(connection, FIRST.identity, ["c" * 64, "d" * 64]) == {"c" * 64}
        with pytest.raises(StorageError, match="no answer of model"):
            answer_of(connection, "d" * 64, FIRST.identity)


def test_an_answer_without_probability_is_no_score(catalog: Catalog) -> None:
    begin(catalog, FIRST)
    with pytest.raises(InvalidAnswerError, match="no calibrator"):
        score(catalog, FIRST, **{"c" * 64: PredictAnswer(is_smoke=True, probability=None)})


def test_a_model_that_moved_keeps_its_scores(catalog: Catalog) -> None:
    begin(catalog, FIRST)
    moved = TriageModel(FIRST.identity, "package", "/elsewhere.zip", "0.3.0", {"variant": "a"})
    with catalog.write() as connection:
        record_model(connection, moved, now=NOW)
    with catalog.read() as connection:
        assert known_model(connection, FIRST.identity) == moved
