"""The demo's drift: recorded days are what their script draws, and the fogged lens is named, and no other."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from benchmarks.recorded_days import recorded_day
from demo import foggy_lens
from smokewatch.cli.demo_drift import DriftStory, take_in
from smokewatch.domain.drift import DaySummary
from smokewatch.errors import StorageError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import Selection, current_day, read_recorded, save_days
from tests.store.watched import noon

FACTS = foggy_lens.describe()


@pytest.fixture(scope="module")
def recorded() -> list[DaySummary]:
    return read_recorded(foggy_lens.RECORDED)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{tmp_path / 'catalog.db'}")
    monkeypatch.setenv("SMOKEWATCH_FRAMES", str(tmp_path / "frames"))
    return Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")


def test_the_fogged_lens_is_named_and_no_other(store: Catalog, prefect_api: str, tmp_path: Path) -> None:
    story = DriftStory.live(tmp_path, FACTS)
    assert [says for says, held in story.checks().items() if not held] == []
    assert story.ordinary["by_day"] == {FACTS["ordinary"]: "none"}
    assert story.fogged["by_day"] == dict.fromkeys(FACTS["fogged"], "high")
    assert story.fogged["cameras"] == story.report["verdict"]["cameras"] == [FACTS["camera"]]
    assert (story.baseline["days"], story.baseline["cameras"]) == (30, 8)
    assert story.ordinary["rolled_to"] == 2  # as for days of which every sequence is stored
    assert FACTS["camera"] in (tmp_path / "drift" / "report.html").read_text()
    told = story.summary()
    assert (told["severity"], told["cameras"], told["retraining"]) == ("high", [FACTS["camera"]], 2)
    assert story.planted()["became"] == {FACTS["camera"]: "named"}
    assert dict(story.rows())["named"].startswith(f"[bold]{FACTS['camera']}[/bold]: ")
    assert json.dumps(told)
    # Had it been another camera, the demo would say so.
    other = replace(story, facts={**FACTS, "camera": "sdis-07/other"})
    failed = [says for says, held in other.checks().items() if not held]
    assert failed == ["the fogged camera is named, and no other", "the report names it"]
    assert not other.as_expected
    assert ("[red]not as it must[/red]", failed[0]) in other.rows()
    with store.read() as connection:
        runs = connection.execute(sa.select(t.runs.c.kind, t.runs.c.state).order_by(t.runs.c.started_at)).all()
    assert [tuple(run) for run in runs] == [
        (kind, "completed") for kind in ("recorded-days", "baseline", "drift", "drift")
    ]


@pytest.mark.chaos  # what is committed changes with its script only
def test_recorded_days_are_what_their_script_draws(recorded: list[DaySummary]) -> None:
    """The first day of the fog, made again: pixels may be a step off where another processor draws them."""
    assert [day.day for day in recorded] == [foggy_lens.nth(number) for number in range(foggy_lens.DAYS)]
    number = foggy_lens.BASELINE_DAYS + foggy_lens.ORDINARY_DAYS
    made, kept = recorded_day(number), recorded[number]
    assert made.cameras == kept.cameras == tuple(sorted(foggy_lens.camera_names()))
    for name in ("frames", "sequences", "score_means", "score_bins", "class_counts"):
        np.testing.assert_array_equal(getattr(made, name), getattr(kept, name), err_msg=name)
    np.testing.assert_allclose(made.image_means, kept.image_means, atol=1 / 255)
    np.testing.assert_allclose(made.image_means[..., ::4], kept.image_means[..., ::4], atol=1e-4)  # of pixels' means
    assert made.pixel_shares is not None
    assert kept.pixel_shares is not None
    np.testing.assert_allclose(made.pixel_shares, kept.pixel_shares, atol=1e-3)
    assert (made.sizes, made.repeats, made.undecodable) == (kept.sizes, kept.repeats, kept.undecodable)


def test_a_recorded_day_counts_until_a_sequence_of_it_is_stored(store: Catalog, recorded: list[DaySummary]) -> None:
    take_in(foggy_lens.RECORDED)
    day, everything = recorded[0].day, Selection()
    with store.read() as connection:
        first = current_day(connection, day, selection=everything)
        assert first.summary.frames.sum() == 112
        # Whoever wants another decoder's, or another threshold, has these numbers all the same.
        again = current_day(connection, day, selection=Selection(threshold=0.9, decoder="other"))
        assert again.sha256 == first.sha256
        assert not current_day(connection, day, selection=Selection((("alert-api", 2),))).summary.cameras
    with store.write() as connection:
        save_days(connection, [first], now=noon(day))
        sequence = {"source": "alert-api", "id": 1, "organization_id": 2, "camera_id": 1, "started_at": noon(day)}
        numbers = {"imported_at": noon(day), "revision": 1, "outcome": 1}
        connection.execute(t.sequences.insert(), [sequence | numbers])
        assert not current_day(connection, day, selection=everything).summary.frames.any()
    with pytest.raises(UsageError, match=f"{day} has sequences in the store: a recorded day cannot stand for it"):
        take_in(foggy_lens.RECORDED)


def test_recorded_days_that_cannot_be_read_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "days.jsonl.gz").write_bytes(foggy_lens.RECORDED.read_bytes()[:1000])
    with pytest.raises(StorageError, match=r"recorded days .*days\.jsonl\.gz cannot be read"):
        read_recorded(tmp_path / "days.jsonl.gz")
