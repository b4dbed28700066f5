"""The demo's package behind the public core's interface: what a release answers, alone and with detections given."""

from __future__ import annotations

from pathlib import Path

import pytest

from demo.release.dataset import rendered
from demo.release.scoring import DemoModel
from demo.releases import MODELS

SCENE = 81_000_003
"""In no training, calibration or evaluation set; it has tubes."""


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("frames")
    for number, content in enumerate(rendered(SCENE, 5).jpegs):
        (folder / f"frame-{number}.jpg").write_bytes(content)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def model() -> DemoModel:
    return DemoModel.from_package(MODELS / "0.2.0" / "model.zip", device="cpu")


def test_details_have_the_cores_keys(model: DemoModel, paths: list[Path]) -> None:
    output = model.predict(model.load_sequence(paths), compute_trigger=True)
    assert list(output.details) == ["preprocessing", "tubes", "decision"]
    assert output.details["preprocessing"]["num_frames_input"] == 5
    kept = output.details["tubes"]["kept"]
    assert kept
    assert list(kept[0]) == [
        *("tube_id", "start_frame", "end_frame", "logit", "probability", "first_crossing_frame"),
        *("entries", "stabilized_window"),
    ]
    assert output.is_positive == any(tube["probability"] >= output.details["decision"]["threshold"] for tube in kept)


def test_detections_given_by_frame_id_take_the_place_of_its_own(model: DemoModel, paths: list[Path]) -> None:
    frames = model.load_sequence(paths)
    assert [frame.frame_id for frame in frames] == [f"frame-{number}" for number in range(5)]
    one_by_one = {each.frame_id: each for frame in frames for each in model.detect([frame])}
    given = model.predict(frames, frame_detections=one_by_one, compute_trigger=True)
    assert given == model.predict(frames, compute_trigger=True)
    nothing = {name: type(each)(name, []) for name, each in one_by_one.items()}
    assert model.predict(frames, frame_detections=nothing).details["tubes"]["kept"] == []


def test_frames_detected_together_have_nearly_the_same_boxes(model: DemoModel, paths: list[Path]) -> None:
    frames = model.load_sequence(paths)
    together = [each.boxes for each in model.detect(frames)]
    alone = [model.detect([frame])[0].boxes for frame in frames]
    assert [len(boxes) for boxes in together] == [len(boxes) for boxes in alone]
    for many, one in zip(together, alone, strict=True):
        assert [box.xyxy for box in many] == [pytest.approx(box.xyxy, abs=1e-4) for box in one]
