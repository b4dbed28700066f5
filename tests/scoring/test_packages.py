"""Packages in this process: the same probability as a release's, batches on a GPU, failures of one's own only."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from demo.release.crops import decode
from demo.release.model import Model
from demo.release.package import read
from demo.releases import MODELS
from smokewatch.domain.answers import PredictAnswer
from smokewatch.domain.triage import score_of
from smokewatch.errors import UsageError
from tasks.scoring.package_files import read_package
from tasks.scoring.packages import PackageScorer
from tasks.scoring.scorer import Failure, Scoring
from tests.scoring.backlog import LOADER, pictures
from tests.scoring.test_package_files import write

PACKAGE = MODELS / "0.2.0" / "model.zip"


def open_scorer(loader: str, package: Path) -> PackageScorer:
    return PackageScorer(read_package(package, loader), loader)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return write(tmp_path / "model.zip", model_version="1")


def files(folder: Path, *contents: bytes) -> list[Path]:
    paths = [folder / f"{abs(hash(content))}.jpg" for content in contents]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    return paths


def picture(folder: Path, name: str, size: tuple[int, int] = (8, 6)) -> Path:
    path = folder / f"{name}.png"
    Image.new("RGB", size, (len(name), 2, 3)).save(path)
    return path


def answered(scoring: Scoring) -> PredictAnswer:
    assert isinstance(scoring.answer, PredictAnswer), scoring.answer
    return scoring.answer


def test_a_release_without_region_gives_the_same_answer(tmp_path: Path) -> None:
    contents = pictures(3, 5)
    (scoring,) = open_scorer(LOADER, PACKAGE).score([files(tmp_path, *contents)])
    model = Model(read(PACKAGE))
    images = [decode(content) for content in contents]
    expected = model.predict(images.__getitem__, [model.detect(image) for image in images], trigger=True)
    answer = answered(scoring)
    assert answer.details is not None
    assert expected.tubes
    assert score_of(answer) == answer.probability == expected.probability
    assert [tube.logit for tube in answer.details.tubes] == [tube.logit for tube in expected.tubes]
    assert [tube.first_crossing_frame for tube in answer.details.tubes] == [tube.crossing for tube in expected.tubes]
    assert answer.trigger_frame_index == (expected.trigger[0] if expected.trigger else None)
    assert answer.details.preprocessing.padded_frame_indices == tuple(expected.padded)
    assert answer.details.preprocessing.num_tube_candidates == expected.candidates
    assert (answer.model_version, answer.is_smoke) == ("0.2.0", expected.is_smoke)
    assert scoring.milliseconds > 0


def test_only_the_first_twenty_frames_are_looked_at(tmp_path: Path) -> None:
    contents = pictures(3, 4) * 5
    scorer = open_scorer(LOADER, PACKAGE)
    short, long = scorer.score([files(tmp_path, *contents), files(tmp_path, *contents, b"no image")])
    assert answered(short).probability == answered(long).probability
    details = answered(long).details
    assert details is not None
    assert (details.preprocessing.num_frames_input, details.preprocessing.num_truncated) == (21, 1)


def test_the_same_frames_give_the_same_bits_whatever_is_beside_them(tmp_path: Path) -> None:
    one, other = files(tmp_path, *pictures(3, 4)), files(tmp_path, *pictures(6, 4))
    scorer = open_scorer(LOADER, PACKAGE)
    alone = scorer.score([one])[0].answer
    assert scorer.score([other, one])[1].answer == alone
    assert open_scorer(LOADER, PACKAGE).score([one])[0].answer == alone


def test_a_bad_frame_costs_its_own_sequence_only(tmp_path: Path) -> None:
    good, bad = files(tmp_path, *pictures(3, 4)), files(tmp_path, b"no image")
    scored = open_scorer(LOADER, PACKAGE).score([bad, good])
    assert isinstance(scored[0].answer, Failure)
    assert scored[0].answer.detail == "UnidentifiedImageError: cannot identify image file <_io.BytesIO object>"
    assert answered(scored[1]).probability is not None


def test_an_uncalibrated_package_says_what_it_lacks(tmp_path: Path, package: Path) -> None:
    (scoring,) = open_scorer("tests.scoring.models:uncalibrated", package).score([files(tmp_path, b"x")])
    assert isinstance(scoring.answer, Failure)
    assert "has no calibrator" in scoring.answer.detail


def test_a_gpu_detects_frames_of_several_sequences_together_equal_sizes_apart(tmp_path: Path, package: Path) -> None:
    calls = package.with_suffix(".calls")
    a, b, wide = picture(tmp_path, "a"), picture(tmp_path, "bb"), picture(tmp_path, "ccc", (16, 6))
    scored = open_scorer("tests.scoring.models:Batched.load", package).score([[a, b], [b, wide]])
    assert calls.read_text().splitlines() == ["detect 2", "detect 1", "2", "2"]
    assert [answered(each).trigger_frame_index for each in scored] == [3, 3]


def test_too_little_memory_for_all_falls_back_to_one_by_one(tmp_path: Path, package: Path) -> None:
    paths = [picture(tmp_path, "x" * number) for number in range(1, 6)]
    scored = open_scorer("tests.scoring.models:Batched.load", package).score([paths, paths[:2]])
    assert [answered(each).trigger_frame_index for each in scored] == [0, 0]


@pytest.mark.parametrize(
    ("loader", "says"),
    [
        ("temporal_model.nowhere:load", "No module named 'temporal_model'.*install it"),
        ("tests.scoring.models:Nobody.load", "has no attribute 'Nobody'"),
        ("", "SMOKEWATCH_MODEL_LOADER= cannot be imported"),
        ("tests.scoring.models:refusing", r"cannot be loaded by .*refusing: RuntimeError: no kernel for None"),
    ],
)
def test_a_loader_that_does_not_work_is_one_line(package: Path, loader: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as caught:
        open_scorer(loader, package)
    assert "\n" not in str(caught.value)
