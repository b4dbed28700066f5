"""Importing: what is read, what is left alone, what goes wrong with one sequence only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from flows.import_sequences import import_sequences
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.sequences import StoredSequence, load_sequences
from tests.production import DAY, Production, jpeg

BOX = "[(0.400,0.500,0.480,0.560,0.600)]"


def stored(catalog: Catalog) -> dict[int, StoredSequence]:
    with catalog.read() as connection:
        return {each.id: each for each in load_sequences(connection, first_day=DAY, last_day=DAY)}


def skips(catalog: Catalog) -> dict[int, str]:
    with catalog.read() as connection:
        rows = connection.execute(sa.select(t.skips.c.sequence_id, t.skips.c.reason))
        return {row.sequence_id: row.reason for row in rows}


def run(*, force: bool = False) -> dict[str, Any]:
    summary: dict[str, Any] = import_sequences(date_from=DAY, force=force)
    return summary


def test_a_day_is_imported_whole_with_names_rows_and_exact_bytes(production: Production, catalog: Catalog) -> None:
    first = production.add(frames=12, seen=4, camera=0)
    second = production.add(frames=5, seen=None, camera=1)
    summary = run()
    assert summary | {"seconds": 0, "bytes": 0} == {
        "days": 1,
        "listed": 2,
        "imported": 2,
        "revised": 0,
        "outcomes": 0,
        "unchanged": 0,
        "excluded": 0,
        "deleted": 0,
        "alerts": 0,
        "alerts_deleted": 0,
        "scanned": 0,
        "frames": 17,
        "bytes": 0,
        "skipped": {},
        "flagged": {},
        "profiles": {"undecodable": 17},
        "seconds": 0,
    }
    found = stored(catalog)
    assert (found[first].organization_name, found[first].camera_name) == ("sdis-1", "ridge-1")
    assert found[second].camera_name == "ridge-2"  # a camera that production does not trust, and hides
    assert found[first].outcome.temporal_model_score == production.score(first, seen=4)
    assert found[second].outcome.temporal_model_score is None
    frames = FrameStore.open(production.environment()["SMOKEWATCH_FRAMES"])
    for key, sha256 in found[first].frame_sha256s.items():
        assert sha256 is not None
        assert frames.read(sha256) == production.objects.get(production.bucket(first), key)


def test_what_is_known_costs_its_listing_row_only(production: Production, catalog: Catalog) -> None:
    for number in range(3):
        production.add(seen=4, hour=number)
    run()
    fetched = len(production.objects.gets)
    summary = run()
    assert (summary["imported"], summary["unchanged"], summary["frames"]) == (0, 3, 0)
    assert len(production.objects.gets) == fetched


def test_a_late_detection_fetches_its_frame_only_and_a_late_label_nothing(
    production: Production, catalog: Catalog
) -> None:
    grown, labelled = production.add(seen=4), production.add(seen=4, hour=3)
    run()
    production.objects.gets.clear()
    production.add_row(grown, jpeg("late"), created_at=datetime(2026, 8, 14, 8, 20, tzinfo=UTC), bbox="[]")
    production.change(labelled, is_wildfire="wildfire_smoke")
    summary = run()
    assert (summary["revised"], summary["outcomes"], summary["frames"]) == (1, 1, 1)
    assert len(production.objects.gets) == 1
    found = stored(catalog)
    assert (found[grown].revision, len(found[grown].detections)) == (2, 9)
    assert (found[labelled].revision, found[labelled].outcome_number) == (1, 2)
    assert found[labelled].outcome.is_wildfire == "wildfire_smoke"


def test_a_frame_that_is_not_there_leaves_its_row_and_is_asked_for_again(
    production: Production, catalog: Catalog
) -> None:
    sequence = production.add(seen=4)
    lost = production.keys(sequence)[5]
    content = production.objects.get(production.bucket(sequence), lost)
    production.objects.delete(production.bucket(sequence), lost)
    summary = run()
    assert summary["flagged"] == {"frame_missing": 1}
    assert stored(catalog)[sequence].frame_sha256s[lost] is None
    assert len(stored(catalog)[sequence].detections) == 8
    production.objects.put(production.bucket(sequence), lost, content)
    assert run()["revised"] == 1
    assert stored(catalog)[sequence].frame_sha256s[lost] is not None


def test_a_frame_that_is_known_is_kept_when_production_loses_it(production: Production, catalog: Catalog) -> None:
    sequence = production.add(seen=4)
    run()
    before = stored(catalog)[sequence].frame_sha256s
    production.objects.objects.clear()
    run(force=True)
    assert stored(catalog)[sequence].frame_sha256s == before


def test_force_finds_a_frame_whose_content_changed(production: Production, catalog: Catalog) -> None:
    sequence = production.add(seen=4)
    run()
    production.objects.put(production.bucket(sequence), production.keys(sequence)[2], jpeg("altered"))
    assert run()["revised"] == 0
    assert run(force=True)["revised"] == 1
    assert stored(catalog)[sequence].revision == 2


def test_odd_frames_and_boxes_are_kept_and_counted(production: Production, catalog: Catalog) -> None:
    contents = [jpeg(str(number)) for number in range(4)]
    contents[1] = b"\xff\xd8 cut short"
    contents[2] = b"not an image"
    sequence = production.add(contents=contents, seen=4)
    start = datetime(2026, 8, 14, 8, 10, tzinfo=UTC)
    production.add_row(sequence, jpeg("x"), created_at=start, bbox="[(0.1234,0.2,0.3,0.4,0.5)]")
    production.add_row(sequence, jpeg("y"), created_at=start + timedelta(seconds=30), bbox="[]")
    summary = run()
    assert summary["flagged"] == {"truncated_jpeg": 1, "not_jpeg": 1, "malformed_bbox": 1}
    assert [row.bbox for row in stored(catalog)[sequence].detections][-2:] == ["[(0.1234,0.2,0.3,0.4,0.5)]", "[]"]


def test_a_short_transfer_is_tried_again_until_it_is_whole(production: Production, catalog: Catalog) -> None:
    sequence = production.add(frames=4, seen=4)

    def cut_the_second(number: int, key: str) -> tuple[int, bytes, int] | None:
        content = production.objects.objects[key]
        return (200, content[:3], len(content)) if number == 2 else None

    production.objects.before_get = cut_the_second
    assert run()["frames"] == 4
    assert len(production.objects.gets) == 5
    assert stored(catalog)[sequence].frame_sha256s.keys() == set(production.keys(sequence))


def test_one_sequence_whose_frames_keep_failing_stops_no_other(production: Production, catalog: Catalog) -> None:
    failing, fine = production.add(seen=4), production.add(seen=4, hour=3)
    keys = {f"{production.bucket(failing)}/{key}" for key in production.keys(failing)}
    production.objects.before_get = lambda _, key: (503, b"", 0) if key in keys else None
    summary = run()
    assert (summary["imported"], summary["skipped"]) == (1, {"frames_failed": 1})
    assert (set(stored(catalog)), skips(catalog)) == ({fine}, {failing: "frames_failed"})
    production.objects.before_get = lambda _number, _key: None
    assert run()["imported"] == 1
    assert skips(catalog) == {}


def test_the_token_never_goes_to_the_object_store(production: Production) -> None:
    production.add(seen=4)
    run()
    assert production.objects.headers
    assert all("authorization" not in {name.lower() for name in headers} for headers in production.objects.headers)


def test_an_agent_sees_its_own_organization_without_names_of_others(
    production: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = production.add(seen=4, camera=0)
    production.add(seen=4, camera=1)
    monkeypatch.setenv("ALERT_API_LOGIN", "agent-1")
    assert run()["listed"] == 1
    assert stored(catalog)[own].organization_name == "org-2"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"ALERT_API_PASSWORD": "wrong"}, "ALERT_API_LOGIN or ALERT_API_PASSWORD is wrong: 401 Invalid credentials"),
        ({"ALERT_API_URL": "http://127.0.0.1:9"}, "ALERT_API_URL http://127.0.0.1:9/ cannot be reached"),
        ({"ALERT_API_URL": "ftp://nowhere"}, "ALERT_API_URL 'ftp://nowhere': expected http"),
    ],
)
def test_a_connection_that_cannot_work_is_one_line_without_the_password(
    production: Production, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], says: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        run()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "wrong" not in str(caught.value).replace("PASSWORD is wrong", "")


def test_a_day_of_its_own_listing_error_fails_the_run_and_keeps_what_is_stored(
    production: Production, catalog: Catalog
) -> None:
    kept = production.add(seen=4)
    run()
    with pytest.raises(UsageError, match="in the future"):
        import_sequences(date_from=date(2999, 1, 1))
    assert set(stored(catalog)) == {kept}


def test_runs_are_recorded_with_their_end(production: Production, catalog: Catalog) -> None:
    production.add(seen=4)
    summary = run()
    with catalog.read() as connection:
        row = connection.execute(sa.select(t.runs)).one()
    assert (row.kind, row.state, row.summary) == ("import", "completed", summary)
