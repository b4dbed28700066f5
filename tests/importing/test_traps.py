"""The sixteen ways in which an importer goes wrong most easily (contracts/alert-api, last section), one test each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from demo.alert_api import tables
from smokewatch.domain.detections import distinct_keys
from smokewatch.domain.window import production_request
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.sequences import StoredSequence, load_sequences
from tests.importing.conftest import Run, counted
from tests.production import DAY, Asked, Production, jpeg

BOX = "[(0.400,0.500,0.480,0.560,0.600)]"
NOON = datetime(2026, 8, 14, 12, tzinfo=UTC)


def stored(catalog: Catalog, *, day: int = 0) -> dict[int, StoredSequence]:
    wanted = DAY + timedelta(days=day)
    with catalog.read() as connection:
        return {each.id: each for each in load_sequences(connection, first_day=wanted, last_day=wanted)}


def test_trap_01_default_limits_and_newest_first(production: Production, catalog: Catalog, run: Run) -> None:
    """15 sequences, 10 detections, newest first: what one gets without asking for more."""
    ids = [production.add(frames=1, hour=number / 4) for number in range(17)]
    for number in range(120):
        production.add_row(ids[0], jpeg(f"{number}"), created_at=NOON + timedelta(seconds=number), bbox=BOX)
    assert run().imported == 17
    found = stored(catalog)
    assert len(found) == 17
    assert [row.bucket_key for row in found[ids[0]].detections] == production.keys(ids[0])
    assert len(found[ids[0]].detections) == 121


def test_trap_02_sequences_of_cameras_that_are_not_trusted(production: Production, catalog: Catalog, run: Run) -> None:
    hidden = production.add(camera=1)
    assert run().imported == 1
    assert stored(catalog)[hidden].camera_name == "ridge-2"


@pytest.mark.parametrize("role", ["agent", "user"])
def test_trap_03_the_risk_filter_hides_low_confidence_from_all_but_admins(
    production: Production, catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    sequence = production.add(seen=4)
    production.change(sequence, max_conf=0.2)
    production.services.risk.set(DAY, production.cameras[0], "very low")
    production.add_user("watcher", role)
    monkeypatch.setenv("ALERT_API_LOGIN", "watcher")
    assert run().imported == 1


def test_trap_04_naive_times_mean_utc(
    production: Production, catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/Los_Angeles")
    sequence = production.add(frames=2, hour=0)  # microseconds are zero, so the text has none
    run()
    found = stored(catalog)[sequence]
    assert found.started_at == datetime(2026, 8, 14, 6, tzinfo=UTC)
    assert found.detections[1].created_at == found.detections[1].recorded_at == found.started_at + timedelta(seconds=30)


def test_trap_05_rows_are_not_frames(production: Production, catalog: Catalog, run: Run) -> None:
    sequence = production.add(frames=3)
    key = production.keys(sequence)[0]
    production.add_row(sequence, None, created_at=NOON, bbox=BOX, key=key)
    assert counted(run(), "imported", "frames") == (1, 3)
    found = stored(catalog)[sequence]
    assert (len(found.detections), len(found.frame_sha256s)) == (4, 3)


def test_trap_06_rows_without_a_box(production: Production, catalog: Catalog, run: Run) -> None:
    sequence = production.add(frames=4)
    production.add_row(sequence, jpeg("nothing seen"), created_at=NOON, bbox="[]")
    assert run().as_dict()["flagged"] == {}
    last = stored(catalog)[sequence].detections[-1]
    assert (last.bbox, last.box) == ("[]", None)
    assert stored(catalog)[sequence].frame_sha256s[last.bucket_key] is not None


def test_trap_07_several_rows_on_one_key(production: Production, catalog: Catalog, run: Run) -> None:
    """Its frame is fetched once, and is one frame of the request."""
    sequence = production.add(frames=5)
    key = production.keys(sequence)[4]
    production.add_row(sequence, None, created_at=NOON, bbox="[(0.1,0.1,0.2,0.2,0.9)]", key=key)
    run()
    assert len(production.objects.gets) == 5
    found = stored(catalog)[sequence]
    request = production_request(found.detections, bucket="b")
    assert request is not None
    assert len(request.frames) == 5
    assert request.roi_xyxyn == (0.1, 0.1, 0.48, 0.56)  # of every row of the key


def test_trap_08_receipt_orders_rows_and_capture_does_not(production: Production, catalog: Catalog, run: Run) -> None:
    sequence = production.add(frames=4)
    keys = production.keys(sequence)
    d = tables.detections
    with production.services.writing() as connection:  # the last upload shows what was seen first
        connection.execute(d.update().where(d.c.bucket_key == keys[3]).values(recorded_at=NOON - timedelta(hours=9)))
    run()
    found = stored(catalog)[sequence]
    assert distinct_keys(found.detections) == keys
    assert found.detections[3].recorded_at == NOON - timedelta(hours=9)


def test_trap_09_organizations_are_for_admins(
    production: Production, catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    sequence = production.add()
    monkeypatch.setenv("ALERT_API_LOGIN", "agent-1")
    assert run().imported == 1
    assert stored(catalog)[sequence].organization_name == "org-2"
    monkeypatch.setenv("ALERT_API_LOGIN", "admin")
    run()
    assert stored(catalog)[sequence].organization_name == "sdis-1"
    monkeypatch.setenv("ALERT_API_LOGIN", "agent-1")
    run()  # a name that is known is not forgotten
    assert stored(catalog)[sequence].organization_name == "sdis-1"


def test_trap_10_a_sequence_across_midnight_that_still_grows(
    production: Production, catalog: Catalog, run: Run
) -> None:
    sequence = production.add(frames=4, hour=17.99)  # 23:59:24 UTC to after midnight
    now = datetime.now(UTC)
    production.change(sequence, last_seen_at=now - timedelta(hours=2, minutes=59))
    assert run(DAY, DAY + timedelta(days=1)).imported == 1
    assert stored(catalog).keys() == {sequence}
    assert stored(catalog, day=1) == {}
    asked = len(production.requests)
    assert run().unchanged == 1
    assert f"/sequences/{sequence}/detections" in {each.path for each in production.requests[asked:]}
    production.change(sequence, last_seen_at=now - timedelta(hours=3, minutes=1))
    run()
    asked = len(production.requests)
    run()
    assert f"/sequences/{sequence}/detections" not in {each.path for each in production.requests[asked:]}


def test_trap_11_labels_change_after_the_import(production: Production, catalog: Catalog, run: Run) -> None:
    sequence = production.add(seen=4)
    run()
    production.change(sequence, is_wildfire="wildfire_smoke")
    assert counted(run(), "outcomes", "revised", "frames") == (1, 0, 0)
    production.change(sequence, is_wildfire="other")
    assert run().outcomes == 1
    with catalog.read() as connection:
        rows = connection.execute(sa.select(t.outcomes).order_by(t.outcomes.c.outcome)).all()
    assert [row.is_wildfire for row in rows] == [None, "wildfire_smoke", "other"]
    assert rows[0].observed_at < rows[1].observed_at < rows[2].observed_at


def test_trap_12_urls_expire(production: Production, catalog: Catalog, run: Run) -> None:
    sequence = production.add(frames=6)

    def expire_at_the_fourth(number: int, _key: str) -> None:
        if number == 4:
            production.objects.expire_urls()

    production.objects.before_get = expire_at_the_fourth
    counts = run()
    assert counted(counts, "imported", "frames", "flagged") == (1, 6, {})
    assert None not in stored(catalog)[sequence].frame_sha256s.values()
    asked = [each.path for each in production.requests if each.path.endswith("/detections")]
    assert len(asked) == 2
    with catalog.read() as connection:  # an URL is no identity
        assert not connection.scalar(sa.select(t.detections.c.id).where(t.detections.c.bucket_key.contains("://")))


def test_trap_13_ids_disappear(production: Production, catalog: Catalog, run: Run) -> None:
    known, listed_only, kept = (production.add(frames=4, hour=hour) for hour in (1, 2, 3))

    def delete_once_listed(asked: Asked) -> None:
        if asked.path == f"/sequences/{listed_only}/detections":
            production.delete(listed_only)

    production.before_answer = delete_once_listed
    assert counted(run(), "imported", "skipped") == (2, {"sequence_vanished": 1})
    production.delete(known)
    assert counted(run(), "deleted", "unchanged") == (1, 1)
    assert stored(catalog).keys() == {known, kept}


def test_trap_14_a_negative_limit_or_a_huge_id_is_never_asked_for(
    production: Production, catalog: Catalog, run: Run
) -> None:
    for hour in range(3):
        production.add(frames=1, hour=hour)
    run()
    run(scan=True)
    run(scan=True, from_id=2**31 - 3)
    for asked in production.requests:
        assert 0 < int(asked.query.get("limit", 1)) < 2**63
        assert int(asked.query.get("offset", 0)) >= 0
        assert all(int(part) < 2**31 for part in asked.path.split("/") if part.isdecimal())


def test_trap_15_validated_is_not_the_models_verdict(production: Production, catalog: Catalog, run: Run) -> None:
    """Fail-open: validated, and never scored."""
    sequence = production.add(seen=None)
    production.change(sequence, is_validated=True)
    run()
    outcome = stored(catalog)[sequence].outcome
    assert (outcome.is_validated, outcome.temporal_model_score) == (True, None)


def test_trap_16_no_score_means_never_scored(production: Production, catalog: Catalog, run: Run) -> None:
    unscored, zero = production.add(seen=None), production.add(seen=4, hour=3, score=0.0)
    run()
    found = stored(catalog)
    assert found[unscored].outcome.temporal_model_score is None
    assert found[zero].outcome.temporal_model_score == 0.0
