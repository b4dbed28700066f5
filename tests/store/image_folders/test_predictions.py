"""Predictions from files, and how they meet a folder's images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.csv as csv  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from smokewatch.errors import UsageError
from smokewatch.store.image_folders.report import JoinCounts
from smokewatch.store.predictions import read_predictions
from tests.store.image_folders.folder import put, read

Written = Callable[[Mapping[str, Sequence[Any]]], Path]

IMAGES = ("a/2026-03-01T10-00-00.png", "a/2026-03-01T11-00-00.png", "b/2026-03-01T10-00-00.png")


@pytest.fixture(params=["csv", "parquet"])
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Written:
    """Writes a predictions file."""

    def write(columns: Mapping[str, Sequence[Any]]) -> Path:
        path, table = tmp_path / f"p.{request.param}", pa.table(dict(columns))
        (csv.write_csv if request.param == "csv" else pq.write_table)(table, path)
        return path

    return write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in IMAGES:
        put(tmp_path / "images", path)
    return tmp_path / "images"


def test_scores_meet_images_by_path(written: Written, folder: Path) -> None:
    path = written({"path": ["./" + IMAGES[0], IMAGES[1], IMAGES[2]], "score": [0.1, 0.7, None], "other": [1, 2, 3]})
    (day,), report = read(folder, predictions=read_predictions(path))
    assert day.score_means[0, 1] == pytest.approx(0.4)
    assert day.class_counts[:, 1].tolist() == [[1, 1], [0, 0]]
    assert day.nan_scores == {"b": 1}
    assert isinstance(report.predictions, JoinCounts)
    assert (report.predictions.joined, report.predictions.images_without) == (3, 0)


def test_what_does_not_meet_is_counted(written: Written, folder: Path) -> None:
    put(folder, "b/2026-03-01T11-00-00.png", b"no image")
    predictions = read_predictions(
        written(
            {
                "path": [IMAGES[0], IMAGES[0], "gone.png", "b/2026-03-01T11-00-00.png"],
                "score": [0.9, 0.1, 0.2, 0.3],
            }
        )
    )
    (day,), report = read(folder, predictions=predictions)
    assert (day.sequences.sum(), day.score_means[0, 1]) == (1, 0.9)
    found = report.predictions
    assert isinstance(found, JoinCounts)
    assert (found.joined, found.images_without, found.without_image, found.doubled, found.ambiguous) == (1, 2, 2, 1, 0)
    assert "1 images have a prediction, 2 have none; of the predictions 2 have no image and 1 are doubled" in (
        report.lines()
    )


def test_by_name_an_image_that_shares_its_name_gets_none(written: Written, folder: Path) -> None:
    names = [IMAGES[0].split("/")[1], IMAGES[1].split("/")[1]]
    (day,), report = read(folder, predictions=read_predictions(written({"name": names, "score": [0.9, 0.25]})))
    assert (day.sequences.sum(), day.score_means[0, 1]) == (1, 0.25)
    assert isinstance(report.predictions, JoinCounts)
    assert (report.predictions.joined, report.predictions.ambiguous) == (1, 2)


def test_camera_time_and_class_of_the_file_count(written: Written, folder: Path) -> None:
    predictions = read_predictions(
        written(
            {
                "path": IMAGES,
                "score": [0.9, 0.9, 0.2],
                "class": ["cloud", "no_smoke", None],
                "camera": ["north", None, "south"],
                "time": ["2026-04-01T20:00:00+02:00", None, "2026-04-01T01:00:00"],
            }
        )
    )
    (march, april), report = read(folder, predictions=predictions)
    assert predictions.classes == ("no_smoke", "smoke", "cloud")
    assert (march.cameras, april.cameras) == (("a",), ("north", "south"))
    assert (march.day.month, april.day.month) == (3, 4)
    assert april.class_counts[:, :4].sum(axis=0).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert march.class_counts[0, 1].tolist() == [1, 0, 0]
    assert report.times == {"predictions": 2, "name": 1}


def test_days_without_a_prediction_share_the_others_classes(written: Written, folder: Path) -> None:
    put(folder, "a/2026-03-02T10-00-00.png")
    predictions = read_predictions(written({"path": [IMAGES[0]], "score": [0.9], "class": ["cloud"]}))
    (first, second), _ = read(folder, predictions=predictions)
    assert first.classes == second.classes == ("no_smoke", "smoke", "cloud")
    assert (first.sequences.sum(), second.sequences.sum()) == (1, 0)


def test_a_file_without_a_row_has_no_prediction(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "p.csv").write_text("path,score,class,camera,time\n")
    _, report = read(folder, predictions=read_predictions(tmp_path / "p.csv"))
    assert isinstance(report.predictions, JoinCounts)
    assert (report.predictions.joined, report.predictions.images_without) == (0, 3)


@pytest.mark.parametrize("classes", [[1, 0], ["smoke", "no_smoke"], [True, False], ["True", "FALSE"]])
def test_other_spellings_of_the_two_classes(written: Written, classes: list[Any]) -> None:
    predictions = read_predictions(written({"path": ["a", "b"], "score": [0.1, 0.9], "class": classes}))
    assert predictions.classes == ("no_smoke", "smoke")
    assert predictions.verdicts.tolist() == [1, 0]


@pytest.mark.parametrize("zone", [None, "Europe/Paris"])
def test_parquets_own_types_are_read(zone: str | None, tmp_path: Path) -> None:
    utc = datetime(2026, 3, 1, 10, tzinfo=UTC)
    nanoseconds = int(utc.timestamp()) * 10**9 + 1
    columns = {
        "path": pa.array(["a", "b"], pa.large_string()),
        "score": pa.array([0.5, 1.0], pa.float32()),
        "class": pa.array(["smoke", "no_smoke"]).dictionary_encode(),
        "time": pa.array([nanoseconds, None], pa.timestamp("ns", zone)),
    }
    pq.write_table(pa.table(columns), tmp_path / "p.parquet")
    predictions = read_predictions(tmp_path / "p.parquet")
    assert predictions.scores.dtype == np.float64
    assert predictions.times is not None
    assert predictions.times[0] == utc.timestamp()
    assert np.isnan(predictions.times[1])


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"path": ["a"], "confidence": [0.5]}, "have the columns path, confidence: there must be path"),
        ({"image": ["a"], "score": [0.5]}, "have the columns image, score: there must be path"),
        ({"path": ["a"], "score": ["high"]}, "column score must hold numbers"),
        ({"path": ["a", "b"], "score": [0.5, 1.5]}, "row 2: score 1.5 is not between 0 and 1"),
        ({"path": ["a", ""], "score": [0.5, 0.5]}, "row 2: path is empty"),
        ({"path": ["a"], "score": [0.5], "time": ["noon"]}, "row 1, time: expected an ISO 8601 time, got 'noon'"),
    ],
)
def test_a_wrong_file_is_told(written: Written, columns: dict[str, list[Any]], told: str) -> None:
    path = written(columns)
    with pytest.raises(UsageError) as error:
        read_predictions(path)
    assert str(path) in str(error.value)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("p.csv", b"", "cannot be read: Empty CSV file"),
        ("p.csv", b"path;score\na;0.5\n", "have the columns path;score:"),
        ("p.csv", b"path,score\na,0.5,7\n", "cannot be read: CSV parse error"),
        ("p.csv", b"path,score,score\na,0.5,7\n", "each once"),
        ("p.parquet", b"no parquet", "cannot be read"),
        ("p.json", b"[]", "neither .csv nor .parquet"),
        ("gone.csv", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(name: str, content: bytes | None, told: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError) as error:
        read_predictions(tmp_path / name)
    assert told in str(error.value)
    assert "\n" not in str(error.value)
