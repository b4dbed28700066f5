"""``baseline``, ``drift`` and ``compare`` of folders of images: cameras by a template, scores by a file or a model."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smokewatch.cli import main
from smokewatch.store.catalog import Catalog
from tests.store.classifiers.models import onnx_mean
from tests.store.image_folders.folder import encoded, put, store_sequence

FIRST = date(2026, 3, 1)
DAYS, EACH = 14, 16
IMAGES = DAYS * 2 * EACH
CAMERAS = ("north", "south")
TEMPLATE = "*/{camera}_*.png"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`usual`: 14 days of 2 cameras with 16 images each; `fogged`: the day after, with one much brighter."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{tmp_path / 'catalog.db'}")
    monkeypatch.setenv("SMOKEWATCH_FRAMES", str(tmp_path / "frames"))
    for number in range(DAYS):
        _fill("usual", number, {"north": 100 + number % 3, "south": 120 + number % 4})
    _fill("fogged", DAYS, {"north": 101, "south": 200})
    put(tmp_path, "fogged/all/south_2026-03-15T18-00-00.png", b"no image")


def _fill(folder: str, number: int, values: dict[str, int]) -> None:
    rows = []
    for camera in CAMERAS:
        for at in range(EACH):
            seen = datetime(FIRST.year, FIRST.month, FIRST.day, 12, at, tzinfo=UTC) + timedelta(days=number)
            path = f"all/{camera}_{seen:%Y-%m-%dT%H-%M-%S}.png"
            put(Path(folder), path, encoded(".png", value=values[camera] + at % 2))
            rows.append(f"{path},{0.47 if camera == 'north' else 0.1}\n")
    with Path(f"{folder}.csv").open("a") as predictions:
        predictions.writelines(rows if predictions.tell() else ["path,score\n", *rows])


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["smokewatch", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return body


def _classes(baseline: Path) -> list[list[int]]:
    return [cell["classes"] for day in json.loads(baseline.read_text())["days"] for cell in day["cells"]]


@pytest.mark.usefixtures("folders", "prefect_api")
def test_a_folder_with_predictions_is_a_baseline_and_a_day_against_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("fogged.csv").open("a") as predictions:
        predictions.write("all/nowhere.png,0.2\n")
    options = ("--images=usual", f"--cameras={TEMPLATE}", "--predictions=usual.csv")
    assert run(monkeypatch, "baseline", "folder", *options, "--out=b.json", "--json") == 0
    built = told(capsys)
    assert (built["days"], built["cameras"], built["frames"], built["sequences"]) == (DAYS, 2, IMAGES, IMAGES)
    assert built["images"][0] == f"{IMAGES} images; their times are from name {IMAGES}"
    # Production's threshold is .45, and .47 is above it; the cells are by camera and hour.
    assert _classes(Path("b.json")) == [[0, EACH], [EACH, 0]] * DAYS

    options = ("--images=fogged", f"--cameras={TEMPLATE}", "--predictions=fogged.csv")
    assert run(monkeypatch, "drift", *options, "--baseline=folder", "--json", "--report=r.json") == 0
    found = told(capsys)
    assert (found["severity"], found["cameras"]) == ("medium", ["south"])
    assert found["images"][1:] == [
        "1 images cannot be decoded: unknown format 1",
        "  all/south_2026-03-15T18-00-00.png: none of JPEG, PNG, WEBP, TIFF, BMP",
        "32 images have a prediction, 0 have none; of the predictions 1 have no image and 0 are doubled",
    ]
    report = json.loads(Path("r.json").read_text())
    assert (report["data"]["frames"], report["data"]["sequences"]) == (32, 32)
    assert {row["name"]: row["current"] for row in report["classes"]} == {"no_smoke": 16, "smoke": 16}
    # The file says the same as the catalog does.
    assert run(monkeypatch, "drift", *options, "--baseline=b.json", "--json") == 0
    assert told(capsys)["worst"] == found["worst"]


@pytest.mark.usefixtures("folders", "prefect_api")
def test_a_folder_has_the_scores_that_the_store_has(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    for identity, (values, score) in enumerate(((range(100, 104), 0.47), (range(120, 125), 0.1)), start=1):
        store_sequence(catalog, identity, [encoded(".png", value=value) for value in values], score=score)
    catalog.close()
    options = (f"--cameras={TEMPLATE}", "--predictions=store", "--json")
    assert run(monkeypatch, "baseline", "folder", "--images=usual", *options, "--out=b.json") == 0
    assert told(capsys)["sequences"] == IMAGES
    assert _classes(Path("b.json")) == [[0, EACH], [EACH, 0]] * DAYS
    counted = "16 images have a recorded score; of the others 16 are in no stored sequence"
    assert run(monkeypatch, "drift", "--images=fogged", *options, "--baseline=folder") == 0
    assert told(capsys)["images"][-1].startswith(counted)
    assert run(monkeypatch, "compare", "usual", "fogged", *options, "--predictions=store") == 0
    body = told(capsys)
    assert (body["first"]["sequences"], body["second"]["sequences"]) == (IMAGES, 16)
    assert body["images"][-1].startswith(f"fogged: {counted}")


@pytest.mark.usefixtures("folders", "prefect_api")
def test_a_model_scores_the_images_by_the_threshold_of_the_settings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    onnx_mean(tmp_path / "m.onnx")
    monkeypatch.setenv("SMOKEWATCH_THRESHOLD", "0.4")  # the fogged camera's mean is above, the other one's below
    options = (f"--cameras={TEMPLATE}", "--model=m.onnx", "--json")
    assert run(monkeypatch, "baseline", "scored", "--images=usual", *options, "--out=b.json") == 0
    assert told(capsys)["sequences"] == IMAGES
    assert _classes(Path("b.json")) == [[EACH, 0], [EACH, 0]] * DAYS
    assert run(monkeypatch, "drift", "--images=fogged", *options, "--baseline=scored", "--report=r.json") == 0
    assert told(capsys)["cameras"] == ["south"]
    report = json.loads(Path("r.json").read_text())
    assert {row["name"]: row["current"] for row in report["classes"]} == {"no_smoke": 16, "smoke": 16}
    (confidence,) = [each for each in report["findings"] if (each["metric"], each["camera"]) == ("confidence", "south")]
    assert confidence["current"] == pytest.approx(200.5 * 2 / 3 / 255, abs=1e-3)


@pytest.mark.usefixtures("folders")
def test_two_folders_side_by_side_and_what_was_not_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("fogged.csv").write_text("path,score\nall/nowhere.png,0.2\n")
    scores = ("--predictions=usual.csv", "--predictions=fogged.csv")
    assert run(monkeypatch, "compare", "usual", "fogged", *scores, f"--cameras={TEMPLATE}") == 0
    lines = capsys.readouterr().out.splitlines()
    assert (
        f"usual: {IMAGES} images have a prediction, 0 have none; of the predictions 0 have no image and 0 are doubled"
        in lines
    )
    assert "fogged: 1 images cannot be decoded: unknown format 1" in lines
    assert (
        "fogged: 0 images have a prediction, 32 have none; of the predictions 1 have no image and 0 are doubled"
        in lines
    )
    assert run(monkeypatch, "compare", "usual", "fogged", *scores, "--json", f"--cameras={TEMPLATE}") == 0
    body = told(capsys)
    assert [
        body[side][what] for side in ("first", "second") for what in ("days", "cameras", "frames", "sequences")
    ] == [
        *(DAYS, 2, IMAGES, IMAGES),
        *(1, 2, 32, 0),
    ]
    assert body["pixels"]["red"]["wasserstein"] == pytest.approx(40 / 255, abs=0.01)
    assert body["images"][0] == f"usual: {IMAGES} images; their times are from name {IMAGES}"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("baseline", "--cameras={camera}/**"), "--cameras are for a folder's images: give --images too"),
        (("drift", "--day=2026-03-01", "--cameras={camera}/**"), "give --images too"),
        (("baseline", "--images=usual", "--org=SDIS 07"), "a folder's images have no organization"),
        (("compare", "2026-03-01", "2026-03-02", "--cameras={camera}/**"), "--cameras is for folders of images"),
        (("compare", "usual", "fogged", "--cameras=all"), "must name {camera} once"),
        (("compare", "usual", "fogged", "--cameras={camera}.png"), "does not fit all/north_2026-03-01T12-00-00.png"),
    ],
)
@pytest.mark.usefixtures("folders", "prefect_api")
def test_a_template_that_cannot_be_used_is_one_line(
    words: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *words) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("smokewatch: ")
    assert says in last
