"""Classifiers in ONNX files, run by onnxruntime on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from smokewatch.errors import UsageError
from smokewatch.store.classifiers.protocol import ModelFile, one_line
from smokewatch.store.classifiers.tensors import ImageInput, check_outputs

_FLOAT, _BYTE = "tensor(float)", "tensor(uint8)"


class OnnxClassifier(ModelFile):
    """A float32 or uint8 model."""

    def __init__(self, where: str, image: ImageInput, session: Any) -> None:
        super().__init__(where, image)
        self._session, self._input = session, session.get_inputs()[0]

    @classmethod
    def open(cls, path: Path) -> Self:
        """The classifier in a file.

        Raises:
            UsageError: when onnxruntime is not installed, the file is no ONNX model, or its input or output is of
                another kind.
        """
        where = f"model {path}"
        try:
            import onnxruntime
        except ImportError as error:
            raise UsageError(f"{where} needs onnxruntime: pip install 'smokewatch[onnx]'") from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4  # it would print what it raises
        try:
            session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise UsageError(f"{where} is no ONNX model that onnxruntime can run: {one_line(error)}") from error
        inputs = session.get_inputs()
        image = ImageInput.of([each.shape for each in inputs], where=where)
        if inputs[0].type not in (_FLOAT, _BYTE):
            raise UsageError(f"{where} takes a {inputs[0].type}: expected {_FLOAT} or {_BYTE}; export it so")
        check_outputs([each.shape for each in session.get_outputs()], where=where)
        return cls(where, image, session)

    def _run(self, batch: NDArray[np.uint8]) -> NDArray[np.float64]:
        pixels = batch if self._input.type == _BYTE else batch.astype(np.float32) / np.float32(255)
        (output,) = self._session.run(None, {self._input.name: pixels})
        return np.asarray(output, np.float64)
