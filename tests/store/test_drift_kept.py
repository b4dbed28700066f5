"""Baselines that never change, checks of which the newest counts, and frames that show what was found."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from smokewatch.domain.drift import Severity, build_baseline, check_drift, summary_json
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import (
    ALL,
    KeptDay,
    Origin,
    Selection,
    accuracy_of,
    build_version,
    list_baselines,
    load_baseline,
    load_checks,
    model_versions,
    report_frames,
    roll_on,
    save_check,
    summarize_day,
    usable_days,
    version_before,
)
from smokewatch.store.frames import FrameStore
from smokewatch.store.thumbnails import thumbnails_of
from tests.store.watched import A_DAY, EVERYTHING, NAMES, NOW, SOURCE, add_day, kept, nth, set_up


@pytest.fixture
def watched(catalog: Catalog) -> Catalog:
    """Three days."""
    set_up(catalog)
    for number in range(3):
        add_day(catalog, number)
    return catalog


def build(catalog: Catalog, name: str, days: list[KeptDay]) -> int:
    with catalog.write() as connection:
        return build_version(connection, name, days, left_out={"no_frames": 1}, run_id="r", now=NOW).version


def test_versions_of_a_baseline_never_change(watched: Catalog) -> None:
    days = [kept(watched, number) for number in range(3)]
    assert build(watched, "north", days[:2]) == 1
    assert build(watched, "north", days[1::-1]) == 1  # the same days are the same version
    assert build(watched, "north", days) == 2
    with watched.write() as connection:
        connection.execute(t.outcomes.update().values(temporal_model_score=0.1, outcome=1))
    assert kept(watched, 0).sha256 == days[0].sha256  # outcomes are dated: nothing else may change one
    with watched.read() as connection:
        versions = list_baselines(connection)
        loaded = load_baseline(connection, versions[-1])
    assert [(each.name, each.version, each.origin, len(each.days)) for each in versions] == [
        ("north", 2, Origin.BUILT, 3),
        ("north", 1, Origin.BUILT, 2),
    ]
    assert (loaded.version, [summary_json(day) for day in loaded.days]) == (
        1,
        [summary_json(each.summary) for each in days[:2]],
    )
    assert versions[0].left_out == {"no_frames": 1}


def test_a_name_stays_with_its_organizations(watched: Catalog) -> None:
    build(watched, "north", [kept(watched, 0)])
    with pytest.raises(
        UsageError, match=r"baseline north is of all, not of \[\[\"alert-api\",2\]\]: take another name"
    ):
        build(watched, "north", [kept(watched, 0, Selection(((SOURCE, 2),)))])


def test_a_day_is_compared_with_days_before_it(watched: Catalog) -> None:
    build(watched, "north", [kept(watched, 0)])
    build(watched, "north", [kept(watched, 0), kept(watched, 1)])
    with watched.read() as connection:
        found = [version_before(connection, "north", nth(number)) for number in range(3)]
        assert version_before(connection, "south", nth(9)) is None
    assert [each and each.version for each in found] == [None, 1, 2]


def test_an_accepted_day_rolls_the_baseline_on_and_a_bad_one_is_taken_out(watched: Catalog) -> None:
    days = [kept(watched, number) for number in range(3)]
    build(watched, "north", days[:1])

    def rolled(number: int, severity: Severity) -> tuple[int, list[str]] | None:
        with watched.write() as connection:
            used = version_before(connection, "north", nth(number))
            assert used is not None
            made = roll_on(
                connection,
                used,
                load_baseline(connection, used),
                days[number],
                severity,
                run_id="r",
                now=NOW,
            )
        return None if made is None else (made.version, [str(len(made.days)), str(made.last_day)])

    assert rolled(1, Severity.MEDIUM) is None
    assert rolled(1, Severity.INSUFFICIENT_DATA) is None
    assert rolled(1, Severity.LOW) == (2, ["2", "2026-03-02"])
    assert rolled(1, Severity.NONE) is None  # checked again: it is in already
    assert rolled(2, Severity.NONE) == (3, ["3", "2026-03-03"])
    assert rolled(1, Severity.HIGH) is None  # later days rest on it
    assert rolled(2, Severity.HIGH) == (4, ["2", "2026-03-02"])
    assert rolled(2, Severity.HIGH) is None
    build(watched, "north", days[:1])  # built anew: version 5
    assert rolled(2, Severity.NONE) == (6, ["2", "2026-03-03"])


def test_days_that_cannot_be_in_one_baseline_are_counted(watched: Catalog) -> None:
    add_day(watched, 3, decoder="older")
    with watched.read() as connection:
        days = [summarize_day(connection, nth(number), selection=EVERYTHING) for number in range(5)]
    kept_days, left_out = usable_days(days)
    assert [day.day for day in kept_days] == [nth(number) for number in range(3)]
    assert left_out == {"other_decoder": 1, "no_frames": 1}
    assert usable_days(days[4:]) == ([], {"no_frames": 1})


def test_the_newest_check_of_a_day_counts(watched: Catalog) -> None:
    days = [kept(watched, number) for number in range(3)]
    baseline = build_baseline("north", [days[0].summary])
    first, second = (check_drift(day.summary, baseline) for day in days[1:])
    other = check_drift(days[2].summary, build_baseline("south", [days[0].summary]))
    again = check_drift(days[1].summary, build_baseline("north", [days[0].summary], version=2))
    with watched.write() as connection:
        for check, day in ((first, days[1]), (second, days[2]), (other, days[2]), (again, days[1])):
            save_check(
                connection,
                check,
                scope=ALL,
                day_sha256=day.sha256,
                proposes_retraining=False,
                run_id="r",
                now=NOW,
            )
    with watched.read() as connection:
        assert load_checks(connection, "north", scope=ALL, last_day=nth(2)) == [again, second]
        assert load_checks(connection, "north", scope=ALL, last_day=nth(1)) == [again]
        assert load_checks(connection, "north", scope=ALL, first_day=nth(2), last_day=nth(9)) == [second]
        assert load_checks(connection, "north", scope="images", last_day=nth(2)) == []
        rows = connection.execute(sa.select(t.drift_checks.c.severity, t.drift_checks.c.alerts)).all()
    assert [tuple(row) for row in rows] == [("insufficient_data", False)] * 4


def test_what_a_report_tells_beside_a_check(watched: Catalog) -> None:
    with watched.read() as connection:
        assert model_versions(connection, nth(1), selection=EVERYTHING) == ["0.2.0"]
        accuracy = accuracy_of(connection, nth(1), selection=EVERYTHING)
    assert (accuracy.labelled, accuracy.accuracy) == (0, None)
    with watched.write() as connection:
        o = t.outcomes.c
        smoke = sa.case((o.temporal_model_score > 0.6, "wildfire_smoke"), else_="other")
        connection.execute(t.outcomes.update().values(is_wildfire=smoke))
        accuracy = accuracy_of(connection, nth(1), selection=EVERYTHING)
    assert accuracy.labelled == 2 * A_DAY  # the day and the one before, none after


@pytest.mark.parametrize("catalog_url", ["sqlite"], indirect=True)
def test_the_worst_frames_are_the_fogged_cameras_and_typical_ones_are_like_the_baseline(catalog: Catalog) -> None:
    set_up(catalog)
    for number in range(31):
        add_day(catalog, number, fog=["south"] if number == 30 else ())
    with catalog.read() as connection:
        days = [summarize_day(connection, nth(number), selection=EVERYTHING) for number in range(31)]
        baseline = build_baseline("north", days[:30])
        check = check_drift(days[30], baseline)
        frames = report_frames(connection, check, baseline=baseline, selection=EVERYTHING)
        quiet = check_drift(days[29], build_baseline("north", days[:29]))
        assert report_frames(connection, quiet, baseline=baseline, selection=EVERYTHING) == []
    assert check.cameras == (NAMES[1],)
    worst, typical = ([each for each in frames if each.kind == kind] for kind in ("worst", "typical"))
    assert (len(worst), len(typical)) == (12, 12)
    assert {each.camera for each in frames} == {NAMES[1]}
    finding = check.findings[0]
    assert finding.baseline is not None
    assert finding.current is not None
    away = [abs(each.value - finding.baseline) for each in worst]
    assert min(away) > max(abs(each.value - finding.baseline) for each in typical)
    assert {each.seen_at.date() for each in worst} == {nth(30)}
    assert all(nth(27) <= each.seen_at.date() <= nth(29) for each in typical)


def test_thumbnails_are_small_whatever_the_frame_is(tmp_path: Path) -> None:
    frames = FrameStore.open(str(tmp_path / "frames"))
    buffer = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 256, (720, 1280, 3), np.uint8)
    Image.fromarray(noise).save(buffer, "PNG")
    ids = [frames.put(buffer.getvalue()), frames.put(b"no image"), "0" * 64]
    found = thumbnails_of(frames, ids)
    assert list(found) == ids[:1]
    assert len(found[ids[0]]) <= 8 * 1024
    with Image.open(io.BytesIO(found[ids[0]])) as small:
        assert small.format == "JPEG"
        assert max(small.size) <= 240
