"""Classifiers in files: their scores are the model's own; what cannot work is told in one line before any image."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as tfl
from numpy.typing import NDArray
from onnx import TensorProto
from scipy.special import expit

from smokewatch.errors import RunError, UsageError
from smokewatch.store.classifiers import open_classifier
from tests.store.classifiers.models import onnx_mean, tflite_mean

Made = Callable[[Path], Path]

WORKING: dict[str, Made] = {
    "onnx nchw": lambda at: onnx_mean(at / "m.onnx"),
    "onnx nhwc": lambda at: onnx_mean(at / "m.onnx", shape=("n", 6, 8, 3)),
    "onnx bytes": lambda at: onnx_mean(at / "m.onnx", kind=TensorProto.UINT8),
    "onnx one at a time": lambda at: onnx_mean(at / "m.onnx", shape=(1, 3, 6, 8)),
    "onnx two at a time": lambda at: onnx_mean(at / "m.onnx", shape=(2, 3, 6, 8)),
    "tflite nhwc": lambda at: tflite_mean(at / "m.tflite"),
    "tflite nchw": lambda at: tflite_mean(at / "m.tflite", shape=(1, 3, 6, 8)),
    "tflite any number": lambda at: tflite_mean(at / "m.tflite", shape=(-1, 6, 8, 3)),
    "tflite two at a time": lambda at: tflite_mean(at / "m.tflite", shape=(2, 6, 8, 3)),
}
QUANTIZED: dict[str, Made] = {
    "uint8": lambda at: tflite_mean(at / "m.tflite", kind=tfl.TensorType.UINT8, quantization=(1 / 255, 0)),
    "int8": lambda at: tflite_mean(at / "m.tflite", kind=tfl.TensorType.INT8, quantization=(1 / 255, -128)),
    "coarse": lambda at: tflite_mean(at / "m.tflite", kind=tfl.TensorType.UINT8, quantization=(1 / 200, 10)),
}
REFUSED: dict[str, tuple[Made, str]] = {
    "rank": (
        lambda at: onnx_mean(at / "m.onnx", shape=("n", 3, 48), axes=(1, 2)),
        "takes 1 tensor of shape (?, 3, 48): expected one image of shape (N, 3, height, width)",
    ),
    "grey": (lambda at: onnx_mean(at / "m.onnx", shape=("n", 1, 6, 8)), "takes 1 tensor of shape (?, 1, 6, 8): expect"),
    "size": (
        lambda at: onnx_mean(at / "m.onnx", shape=("n", 3, "h", "w")),
        "of shape (?, 3, ?, ?): expected one",
    ),
    "inputs": (
        lambda at: onnx_mean(at / "m.onnx", inputs=2),
        "takes 2 tensors of shape (?, 3, 6, 8) and (?, 3, 6, 8): expected one image",
    ),
    "dtype": (
        lambda at: onnx_mean(at / "m.onnx", kind=TensorProto.INT32),
        "takes a tensor(int32): expected tensor(float) or tensor(uint8)",
    ),
    "classes": (
        lambda at: onnx_mean(at / "m.onnx", classes=3),
        "gives 1 tensor of shape (?, 3): expected one output of shape (N, 1), the probability of smoke, or (N, 2)",
    ),
    "no probability": (lambda at: onnx_mean(at / "m.onnx", scale=9), "no probability: export it with its last sigmoid"),
    "tflite rank": (lambda at: tflite_mean(at / "m.tflite", shape=(1, 3, 48), axes=(1, 2)), "of shape (1, 3, 48): exp"),
    "tflite classes": (
        lambda at: tflite_mean(at / "m.tflite", axes=(1, 2)),
        "gives 1 tensor of shape (1, 3): exp",
    ),
    "tflite dtype": (
        lambda at: tflite_mean(at / "m.tflite", kind=tfl.TensorType.INT32),
        "takes int32: expected one of float32, uint8, int8",
    ),
}


def images(number: int) -> NDArray[np.uint8]:
    """Random images of the models' size."""
    return np.random.default_rng(number).integers(0, 256, (number, 6, 8, 3), np.uint8)


def means(of: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What the models give."""
    return np.asarray(of.mean(axis=(1, 2, 3)) / 255, np.float64)


@pytest.mark.parametrize("made", WORKING.values(), ids=WORKING)
def test_scores_are_the_models_own(made: Made, tmp_path: Path) -> None:
    classifier = open_classifier(made(tmp_path))
    assert classifier.size == (8, 6)
    for number in (1, 5, 2):
        scores = classifier.scores(images(number))
        assert scores.dtype == np.float64
        assert scores == pytest.approx(means(images(number)), abs=1e-6)


@pytest.mark.parametrize("made", QUANTIZED.values(), ids=QUANTIZED)
def test_a_quantized_model_is_read_by_its_scale(made: Made, tmp_path: Path) -> None:
    assert open_classifier(made(tmp_path)).scores(images(3)) == pytest.approx(means(images(3)), abs=0.5 / 200 + 1e-6)


def test_of_two_classes_smoke_is_the_second_after_a_softmax(tmp_path: Path) -> None:
    classifier = open_classifier(onnx_mean(tmp_path / "m.onnx", classes=2, scale=3))
    assert classifier.scores(images(4)) == pytest.approx(expit(3 * means(images(4))), abs=1e-6)


def test_two_probabilities_are_left_as_they_are(tmp_path: Path) -> None:
    classifier = open_classifier(onnx_mean(tmp_path / "m.onnx", classes=2, other=1))
    assert classifier.scores(images(4)) == pytest.approx(means(images(4)), abs=1e-6)


@pytest.mark.parametrize(("made", "told"), REFUSED.values(), ids=REFUSED)
def test_another_kind_of_model_is_refused_with_what_it_is(made: Made, told: str, tmp_path: Path) -> None:
    path = made(tmp_path)
    with pytest.raises(UsageError) as error:
        open_classifier(path)
    assert f"model {path} " in str(error.value)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["m.onnx", "m.tflite"])
@pytest.mark.parametrize("content", [b"", b"no model at all", b"\x00" * 100])
def test_a_file_that_is_no_model_is_told(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=r"model .* (is no \w+ model|takes|gives)") as error:
        open_classifier(tmp_path / name)
    assert "\n" not in str(error.value)


def test_a_missing_file_and_another_kind_of_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"m\.onnx is not there"):
        open_classifier(tmp_path / "m.onnx")
    with pytest.raises(UsageError, match=r"m\.pt is neither \.onnx nor \.tflite"):
        open_classifier(tmp_path / "m.pt")


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("m.onnx", "onnxruntime", "onnx"), ("m.tflite", "ai_edge_litert.interpreter", "tflite")],
)
def test_a_missing_runtime_says_how_to_install_it(
    name: str, module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(UsageError, match=rf"pip install 'smokewatch\[{extra}\]'"):
        open_classifier(tmp_path / name)


def test_a_number_that_is_no_probability_later_on_stops_the_run(tmp_path: Path) -> None:
    classifier = open_classifier(onnx_mean(tmp_path / "m.onnx", scale=1.9))  # noise has a mean near 0.5
    assert len(classifier.scores(images(2))) == 2
    with pytest.raises(RunError, match=r"gives 1\.9, no probability"):
        classifier.scores(np.full((1, 6, 8, 3), 255, np.uint8))
