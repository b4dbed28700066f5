"""A classifier from its file."""

from __future__ import annotations

from pathlib import Path

from smokewatch.errors import UsageError
from smokewatch.store.classifiers.protocol import Classifier, ModelFile


def open_classifier(path: Path) -> Classifier:
    """The classifier in an ``.onnx`` or ``.tflite`` file.

    Raises:
        UsageError: when it is no such file, its runtime is not installed, or its input or output is of another kind.
    """
    if path.suffix not in (".onnx", ".tflite"):
        raise UsageError(f"model {path} is neither .onnx nor .tflite: name a file that is")
    if not path.is_file():
        raise UsageError(f"model {path} is not there: name a file that is")
    classifier = _opened(path)
    classifier.probe()
    return classifier


def _opened(path: Path) -> ModelFile:
    if path.suffix == ".onnx":
        from smokewatch.store.classifiers.onnx import OnnxClassifier

        return OnnxClassifier.open(path)
    from smokewatch.store.classifiers.tflite import TfliteClassifier

    return TfliteClassifier.open(path)
