"""Images scored by what production recorded of the sequences that show them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from smokewatch.store.catalog import Catalog
from smokewatch.store.frame_scores import FrameScore, RecordedScores
from smokewatch.store.image_folders import scoring
from smokewatch.store.image_folders.report import RecordedCounts
from tests.store.image_folders.folder import encoded, put, read, store_sequence


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield opened
    opened.close()


def test_an_image_has_the_current_score_of_the_sequence_that_shows_it_now(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring, "_ASKED_AT_ONCE", 2)
    first, shared, unscored, left, late, odd, unknown = (encoded(".png", value=value) for value in range(10, 80, 10))
    store_sequence(catalog, 1, [first, shared], score=0.25)
    store_sequence(catalog, 2, [shared], score=0.75)
    store_sequence(catalog, 3, [shared, unscored], score=None)
    store_sequence(catalog, 4, [late, left], score=0.1)
    store_sequence(catalog, 4, [late, shared], score=0.5)
    store_sequence(catalog, 5, [odd], score=1.5)
    cameras = {"a": first, "b": shared, "c": unscored, "d": left, "e": late, "f": odd, "g": unknown}
    for camera, content in cameras.items():
        put(tmp_path, f"images/{camera}/2026-03-01T10-00-00.png", content)
    put(tmp_path, "images/a/2026-03-01T11-00-00.png", b"no image")
    (day,), report = read(tmp_path / "images", predictions=RecordedScores(catalog), threshold=0.5)
    means = dict(zip(day.cameras, day.score_means[:, 1].tolist(), strict=True))
    sequences = dict(zip(day.cameras, day.sequences[:, 1].tolist(), strict=True))
    assert sequences == {"a": 1, "b": 1, "c": 0, "d": 0, "e": 1, "f": 0, "g": 0}
    assert (means["a"], means["b"], means["e"]) == (0.25, 0.75, 0.5)
    assert day.nan_scores == {"f": 1}
    assert day.class_counts[:, 1].tolist() == [[1, 0], [0, 1], [0, 0], [0, 0], [1, 0], [0, 0], [0, 0]]
    assert report.predictions == RecordedCounts(joined=4, unknown=2, unscored=1, shared=1)
    assert report.lines()[-2:] == [
        "4 images have a recorded score; of the others 2 are in no stored sequence and 1 in sequences without a score",
        "1 images are in several sequences with different scores: the highest counts",
    ]


def test_sequences_that_agree_differ_in_nothing(catalog: Catalog) -> None:
    store_sequence(catalog, 1, [b"one"], score=0.5)
    store_sequence(catalog, 2, [b"one"], score=0.5)
    asked = [hashlib.sha256(content).hexdigest() for content in (b"one", b"two")]
    assert RecordedScores(catalog).of(asked) == {asked[0]: FrameScore(0.5, False)}
