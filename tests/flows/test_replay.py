"""Replaying: verdicts, what they cost, and what goes wrong with one sequence or one release only."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from prefect.settings import PREFECT_API_URL

from blocks.store import Store
from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.history_log import Rebuilt
from smokewatch.store.run_progress import progress_of
from smokewatch.store.throughput import newest_batches
from smokewatch.store.verdicts import current_verdicts
from smokewatch.viewer.status import outside
from smokewatch.viewer.status.outside import PrefectApi
from tests.faults.test_kill import running_below
from tests.flows.logs import listen, logged
from tests.production import DAY, Production, jpeg
from tests.waiting import until

Prepared = Callable[[], dict[str, Any]]


def run(**options: Any) -> dict[str, Any]:
    summary: dict[str, Any] = replay_sequences(date_from=DAY, **options)
    return summary


def verdict(catalog: Catalog, sequence: int) -> Any:
    with catalog.read() as connection:
        return current_verdicts(connection, [("alert-api", sequence)])["alert-api", sequence]


def set_releases(monkeypatch: pytest.MonkeyPatch, production: Production, **stub: str) -> None:
    """From now on every version's release behaves so."""
    production.stub = stub
    monkeypatch.setenv("SMOKEWATCH_RELEASE_ENV", production.environment()["SMOKEWATCH_RELEASE_ENV"])


def test_a_day_is_explained_by_the_windows_production_saw(
    production: Production, catalog: Catalog, caplog: pytest.LogCaptureFixture
) -> None:
    listen(caplog)
    exact = production.add(frames=6, seen=6)
    early = production.add(frames=8, seen=5, hour=3)
    sliding = production.add(frames=16, seen=13, hour=4)
    unscored = production.add(frames=8, seen=None, hour=5)
    tampered = production.add(frames=5, seen=5, hour=6, score=0.123456)
    import_sequences(date_from=DAY)
    summary = run()
    assert summary | {"seconds": 0, "release_seconds": 0, "predict_calls": 0} == {
        "sequences": 5,
        "replayed": 4,
        "exact": 1,
        "window": 2,
        "unexplained": 1,
        "dropped": {"no_temporal_version": 1},
        "cached": 0,
        "predict_calls": 0,
        "release_seconds": 0,
        "seconds": 0,
        "runtime": "process",
    }
    assert summary["predict_calls"] == production.predictions()
    assert verdict(catalog, exact)["verdict"] == "exact"
    seen = {each: verdict(catalog, each)["matched_frames"] for each in (exact, early, sliding, tampered)}
    assert seen == {exact: 6, early: 5, sliding: 13, tampered: None}
    assert verdict(catalog, unscored)["drop_reason"] == "no_temporal_version"
    assert "the nearest" in verdict(catalog, tampered)["detail"]
    assert running_below(production.folder) == []
    control_room_knows(production, catalog)
    log_knows(logged(caplog, "smokewatch.runs"), logged(caplog, "smokewatch.replay"), summary, tampered)


def log_knows(runs: list[dict[str, Any]], verdicts: list[dict[str, Any]], summary: dict[str, Any], odd: int) -> None:
    """A run tells when it began and ended, each verdict whose it is."""
    assert [(each["kind"], each["message"]) for each in runs] == [
        (kind, state) for kind in ("import", "replay") for state in ("began", "completed")
    ]
    assert runs[-1]["summary"] == summary
    assert len(verdicts) == 5
    assert {each["run"] for each in verdicts} == {runs[-1]["run"]}
    (told,) = (each for each in verdicts if each["message"] == "unexplained")
    assert told["sequence"] == f"alert-api_{odd}"
    assert told["release"]


def control_room_knows(production: Production, catalog: Catalog) -> None:
    """What a replay leaves for the control room: its progress, its sample, its audit log, its words in Prefect."""
    with catalog.read() as connection:
        ((_, batch),) = newest_batches(connection, limit=9)
        told = progress_of(connection, [batch.run_id])[batch.run_id]
        verdicts = connection.scalar(sa.select(sa.func.count()).select_from(t.verdicts)) or 0
        places = connection.execute(sa.select(t.verdicts.c.organization_id, t.verdicts.c.camera_id)).all()
    assert (told.done, told.total, told.failed, told.cached) == (5, 5, 1, 0)
    assert told.sequence is not None
    assert told.release_identity == batch.release_identity
    assert "no_temporal_version" in str(told.last_error)
    assert (batch.sequences, batch.concurrency, batch.runtime) == (4, 1, "process")
    assert {"start", "upload", "replay", "probe", "write"} == set(batch.phases)
    assert all(None not in place for place in places)
    lost = Catalog.open(f"sqlite:///{production.folder / 'lost.db'}")
    assert Store.resolve().history_log().rebuild(lost) == Rebuilt(added=verdicts, known=0, damaged=0)
    lost.close()
    prefect = PrefectApi({"PREFECT_API_URL": PREFECT_API_URL.value()})
    with pytest.MonkeyPatch.context() as patient:
        patient.setattr(outside, "_SECONDS", 60.0)  # a page would rather do without
        # Steps are told beside the run, and kept when they come.
        until(lambda: any(step["name"].startswith("replay-") for step in prefect.run(batch.run_id)["steps"]))
        run = prefect.run(batch.run_id)
        assert run["state"] == "ok"
        assert {"replay-summary", "replay-verdicts"} <= {each["key"] for each in run["artifacts"]}
        assert prefect.system()["state"] == "ok"


def test_what_is_unexplained_is_an_event(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr("flows.replay_sequences.emit_event", lambda **event: told.append(event))
    production.add(frames=5, seen=5)
    import_sequences(date_from=DAY)
    run()
    assert told == []
    tampered = [production.add(frames=5, seen=5, hour=3 + each, score=0.123456) for each in range(2)]
    import_sequences(date_from=DAY)
    run()
    (event,) = told
    assert event["event"] == "smokewatch.replay.unexplained"
    assert event["resource"]["prefect.resource.id"].startswith("smokewatch.run.")
    assert event["payload"] == {"count": 2, "sequences": [f"alert-api_{each}" for each in tampered]}


def test_a_verdict_tells_what_a_court_would_ask(production: Production, catalog: Catalog) -> None:
    sequence = production.add(frames=8, seen=5)
    import_sequences(date_from=DAY)
    run()
    told = verdict(catalog, sequence)
    with catalog.read() as connection:
        replay = connection.execute(sa.select(t.replays).where(t.replays.c.key == told["ledger_key"])).one()
        release = connection.execute(sa.select(t.releases)).one()
    assert json.loads(replay.request)["frames"] == production.keys(sequence)[:5]
    assert replay.probability == told["replayed_score"] == production.score(sequence, seen=5)
    assert told["full_score"] == production.score(sequence, seen=8)
    assert told["difference"] == 0.0
    assert told["release_identity"] == release.identity == replay.release_identity
    assert (told["release_reference"], told["identity_kind"], told["runtime"]) == (
        "process:0.3.1",
        "process",
        "process",
    )
    assert (told["model_version"], told["api_version"]) == ("0.2.0", "0.3.1")
    # A score above the threshold froze at the first window that crossed it: later ones need not be computed.
    crossed = {line["seen_frames"]: line["computed"] for line in told["windows"]}
    assert crossed[8]
    assert crossed[5]
    assert [line["seen_frames"] for line in told["windows"] if line["matches"]] == [5]


def test_a_second_replay_starts_nothing_and_asks_nothing(
    production: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        production.add(seen=5 + number, hour=number)
    import_sequences(date_from=DAY)
    first = run()
    asked = production.predictions()

    def start(*_: object, **__: object) -> None:
        raise AssertionError("a stack was started")

    monkeypatch.setattr("tasks.replaying.Stack", start)
    second = run()
    assert (second["predict_calls"], second["cached"], production.predictions()) == (0, 3, asked)
    assert {name: second[name] for name in ("exact", "window", "unexplained")} == {
        name: first[name] for name in ("exact", "window", "unexplained")
    }
    with catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.verdicts)) == 3


def test_a_new_label_computes_nothing_and_a_late_detection_only_its_windows(production: Production) -> None:
    grown, labelled = production.add(frames=6, seen=6), production.add(frames=6, seen=6, hour=3)
    import_sequences(date_from=DAY)
    run()
    production.change(labelled, is_wildfire="other")
    production.add_row(grown, jpeg("late"), created_at=datetime(2026, 8, 14, 8, 20, tzinfo=UTC), bbox="[]")
    import_sequences(date_from=DAY)
    before = production.predictions()
    summary = run()
    assert (summary["exact"], summary["window"]) == (1, 1)
    # The full window is new; the one production saw is in the ledger, but shorter ones come before it in the probe.
    assert production.predictions() - before == summary["predict_calls"] <= 3


def test_production_had_seen_a_row_that_came_between(production: Production, catalog: Catalog) -> None:
    # A second box of frame 5 came before frame 6: production scored once with each region.
    sequence = production.add(frames=5, seen=None)
    start = datetime(2026, 8, 14, 8, tzinfo=UTC)
    last = production.keys(sequence)[4]
    production.add_row(
        sequence,
        production.objects.get(production.bucket(sequence), last),
        created_at=start.replace(minute=2, second=1),
        bbox="[(0.100,0.100,0.900,0.900,0.500)]",
        key=last,
    )
    production.add_row(sequence, jpeg("six"), created_at=start.replace(minute=2, second=30), bbox="[]")
    score = production.score(sequence, seen=6)
    production.change(
        sequence, temporal_model_score=score, temporal_api_version="0.3.1", temporal_model_version="0.2.0"
    )
    import_sequences(date_from=DAY)
    run()
    told = verdict(catalog, sequence)
    assert (told["verdict"], told["matched_frames"]) == ("window", 5)


def test_all_ties_computes_every_window(production: Production, catalog: Catalog) -> None:
    sequence = production.add(frames=8, seen=8)
    import_sequences(date_from=DAY)
    assert run()["predict_calls"] == 1
    assert run(all_ties=True)["predict_calls"] == 4
    assert all(line["computed"] for line in verdict(catalog, sequence)["windows"])


def test_only_the_sequences_asked_for(production: Production) -> None:
    wanted = production.add(seen=8)
    production.add(seen=8, hour=3)
    import_sequences(date_from=DAY)
    assert run(sequences=[wanted])["sequences"] == 1


def test_missing_frames_leave_what_can_be_told(production: Production, catalog: Catalog) -> None:
    early = production.add(frames=8, seen=5)
    late = production.add(frames=8, seen=8, hour=3)
    empty = production.add(frames=4, seen=4, hour=4)
    for sequence, numbers in ((early, (7,)), (late, (7,)), (empty, range(4))):
        for number in numbers:
            production.objects.delete(production.bucket(sequence), production.keys(sequence)[number])
    import_sequences(date_from=DAY)
    summary = run()
    assert (summary["window"], summary["dropped"]) == (1, {"no_images": 2})
    assert "1 of 5 windows lack frames" in verdict(catalog, late)["detail"]


def test_a_frame_damaged_in_the_store_drops_its_sequence_only(production: Production, catalog: Catalog) -> None:
    damaged, fine = production.add(seen=8), production.add(seen=8, hour=3)
    import_sequences(date_from=DAY)
    with catalog.read() as connection:
        sha256 = connection.scalar(
            sa.select(t.detections.c.frame_sha256).where(t.detections.c.sequence_id == damaged).limit(1)
        )
    frame = os.path.join(os.environ["SMOKEWATCH_FRAMES"], str(sha256)[:2], str(sha256))
    with open(frame, "ab") as file:
        file.write(b"!")
    assert run()["dropped"] == {"no_images": 1}
    assert "was altered" in verdict(catalog, damaged)["detail"]
    assert verdict(catalog, fine)["verdict"] == "exact"


@pytest.mark.parametrize("version", ["a/b", "0.3.1@sha256:00", "-rm"])
def test_a_version_that_cannot_name_a_release_is_dropped(production: Production, version: str) -> None:
    production.add(seen=8, api_version=version)
    import_sequences(date_from=DAY)
    assert run()["dropped"] == {"invalid_api_version": 1}
    assert production.predictions() == 0


def test_too_few_frames_and_no_score(production: Production) -> None:
    short = production.add(frames=3, seen=None)
    scoreless = production.add(frames=6, seen=None, hour=3)
    for sequence, score in ((short, 0.5), (scoreless, None)):
        production.change(sequence, temporal_api_version="0.3.1", temporal_model_score=score)
    import_sequences(date_from=DAY)
    assert run()["dropped"] == {"too_few_frames": 1, "no_recorded_score": 1}


MISBEHAVIOURS = {
    "gone": ({"STUB": "gone"}, "stack_unhealthy", "is gone before it was healthy: ended with code 1"),
    "sick": ({"STUB": "sick"}, "stack_unhealthy", "not healthy after 8 s: /health says 'unavailable'"),
    "garbage": ({"STUB": "garbage"}, "predict_failed", "invalid answer: is_smoke"),
    "error": ({"STUB": "error"}, "predict_failed", "answered 500 inference_error: CUDA out of memory"),
    "hang": ({"STUB": "hang"}, "predict_failed", "no answer within 5 s"),
    "null": ({"STUB": "null"}, "predict_failed", "no probability"),
    "nul": ({"STUB": "nul"}, "predict_failed", "answered 500 decode_error: no frame in \ufffd\ufffd[31m"),
    "unnameable": ({"STUB": "unnameable"}, "stack_unhealthy", "/health: model_version: Value error, expected a name"),
    "other": ({"STUB_MODEL": "0.9.9"}, "model_version_mismatch", "production recorded model 0.2.0"),
    "unnamed": ({"STUB_MODEL": ""}, "model_version_mismatch", "names nothing"),
}


@pytest.mark.chaos  # containers that misbehave do it in every run
def test_releases_that_misbehave_cost_their_own_sequences_only(
    production: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    environments = json.loads(production.environment()["SMOKEWATCH_RELEASE_ENV"])
    usual = environments["0.3.1"]
    sequences = {}
    for hour, (version, (stub, _, _)) in enumerate(MISBEHAVIOURS.items()):
        sequences[version] = production.add(frames=4, seen=4, hour=hour, api_version=version)
        environments[version] = usual | stub
    good = production.add(seen=8, hour=9)
    monkeypatch.setenv("SMOKEWATCH_RELEASE_ENV", json.dumps(environments))
    monkeypatch.setenv("SMOKEWATCH_HEALTH_SECONDS", "8")
    monkeypatch.setenv("SMOKEWATCH_PREDICT_SECONDS", "5")
    import_sequences(date_from=DAY)
    summary = run()
    assert verdict(catalog, good)["verdict"] == "exact"
    for version, (_, reason, says) in MISBEHAVIOURS.items():
        told = verdict(catalog, sequences[version])
        assert (version, told["drop_reason"]) == (version, reason)
        assert says in told["detail"]
        assert told["detail"].isprintable()
    assert sum(summary["dropped"].values()) == len(MISBEHAVIOURS)
    assert running_below(production.folder) == []


def test_a_release_that_names_no_model_can_be_allowed(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    production.add(seen=8)
    set_releases(monkeypatch, production, STUB_MODEL="")
    monkeypatch.setenv("SMOKEWATCH_ALLOW_UNNAMED_MODEL", "true")
    import_sequences(date_from=DAY)
    assert run()["exact"] == 1


def test_a_release_that_dies_is_started_again(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        production.add(frames=6, seen=6, hour=number)
    set_releases(monkeypatch, production, STUB="die")
    import_sequences(date_from=DAY)
    summary = run()
    # Each life answers once and dies at the second prediction, which costs that sequence only.
    assert (summary["exact"], summary["dropped"]) == (2, {"predict_failed": 2})
    assert running_below(production.folder) == []


def test_answers_of_old_releases_are_enough(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    production.add(frames=8, seen=5)
    set_releases(monkeypatch, production, STUB="old")
    import_sequences(date_from=DAY)
    assert run()["window"] == 1


def test_a_reference_that_gives_another_release_is_refused_with_both_identities(
    production: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence = production.add(seen=8)
    import_sequences(date_from=DAY)
    assert run()["exact"] == 1
    first = verdict(catalog, sequence)["release_identity"]
    set_releases(monkeypatch, production, SOMETHING="else")
    production.add(seen=8, hour=3)
    import_sequences(date_from=DAY)
    asked = production.predictions()
    assert run()["dropped"] == {"release_moved": 2}
    assert production.predictions() == asked
    # What was found out before stands; the new sequence says what happened, with both identities.
    assert verdict(catalog, sequence)["verdict"] == "exact"
    detail = verdict(catalog, sequence + 1)["detail"]
    assert f"process:0.3.1 was first seen as process {first}, but now gives process sha256:" in detail


def test_a_pin_refuses_what_was_never_seen_before(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    production.add(seen=8)
    pins = {"0.3.1": {"kind": "process", "value": "sha256:" + "0" * 64}}
    monkeypatch.setenv("SMOKEWATCH_RELEASE_PINS", json.dumps(pins))
    import_sequences(date_from=DAY)
    assert run()["dropped"] == {"release_moved": 1}


def test_a_version_without_environment_is_not_guessed(production: Production) -> None:
    production.add(seen=8, api_version="9.9.9")
    import_sequences(date_from=DAY)
    assert run()["dropped"] == {"image_pull_failed": 1}


@pytest.mark.parametrize(
    ("path", "says"), [("/none/model.zip", "No such file or directory"), ("model.zip", "as an absolute path")]
)
def test_a_model_file_that_cannot_be_read_is_named(
    production: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, path: str, says: str
) -> None:
    sequence = production.add(seen=8)
    set_releases(monkeypatch, production, TEMPORAL_API_MODEL_PATH=path)
    import_sequences(date_from=DAY)
    assert run()["dropped"] == {"image_pull_failed": 1}
    assert says in verdict(catalog, sequence)["detail"]


def test_without_a_runtime_the_call_is_refused(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SMOKEWATCH_RELEASE_COMMAND")
    with pytest.raises(UsageError, match="SMOKEWATCH_RUNTIME=process needs SMOKEWATCH_RELEASE_COMMAND"):
        run()


def test_a_release_gets_no_secret_of_ours(
    production: Production, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    spy = tmp_path / "spy.sh"
    spy.write_text(f"env > {tmp_path}/seen; exit 1\n")
    monkeypatch.setenv("SMOKEWATCH_RELEASE_COMMAND", f"/bin/sh {spy} {{port}}")
    production.add(seen=8)
    import_sequences(date_from=DAY)
    run()
    names = {line.split("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    assert not {name for name in names if name.startswith(("ALERT_API", "SMOKEWATCH", "PREFECT"))}
    assert {"AWS_ACCESS_KEY_ID", "TEMPORAL_API_S3_ENDPOINT_URL", "TEMPORAL_API_VERSION"} <= names
