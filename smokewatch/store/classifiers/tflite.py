"""Classifiers in TFLite files, run by ai-edge-litert on the CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from smokewatch.errors import UsageError
from smokewatch.store.classifiers.protocol import ModelFile, one_line
from smokewatch.store.classifiers.tensors import ImageInput, check_outputs

_TYPES = (np.float32, np.uint8, np.int8)


class TfliteClassifier(ModelFile):
    """A float32 model, or one that is quantized to 8 bits."""

    def __init__(self, where: str, image: ImageInput, interpreter: Any) -> None:
        super().__init__(where, image)
        self._interpreter = interpreter

    @classmethod
    def open(cls, path: Path) -> Self:
        """The classifier in a file.

        Raises:
            UsageError: when ai-edge-litert is not installed, the file is no TFLite model, or its input or output is
                of another kind.
        """
        where = f"model {path}"
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError as error:
            raise UsageError(f"{where} needs ai-edge-litert: pip install 'smokewatch[tflite]'") from error
        try:
            interpreter = Interpreter(str(path))
            interpreter.allocate_tensors()
        except Exception as error:
            raise UsageError(f"{where} is no TFLite model that ai-edge-litert can run: {one_line(error)}") from error
        inputs = interpreter.get_input_details()
        image = ImageInput.of([each["shape_signature"].tolist() for each in inputs], where=where)
        if inputs[0]["dtype"] not in _TYPES:
            names = ", ".join(each.__name__ for each in _TYPES)
            raise UsageError(f"{where} takes {inputs[0]['dtype'].__name__}: expected one of {names}; export it so")
        check_outputs([each["shape_signature"].tolist() for each in interpreter.get_output_details()], where=where)
        return cls(where, image, interpreter)

    def _run(self, batch: NDArray[np.uint8]) -> NDArray[np.float64]:
        taken = self._interpreter.get_input_details()[0]
        if self._image.batch is None and taken["shape"][0] != len(batch):
            self._interpreter.resize_tensor_input(taken["index"], batch.shape)
            self._interpreter.allocate_tensors()
        self._interpreter.set_tensor(taken["index"], _quantized(batch, taken))
        self._interpreter.invoke()
        given = self._interpreter.get_output_details()[0]
        output = np.asarray(self._interpreter.get_tensor(given["index"]), np.float64)
        scale, zero = given["quantization"]
        return (output - zero) * scale if scale else output


def _quantized(batch: NDArray[np.uint8], taken: dict[str, Any]) -> NDArray[Any]:
    """Pixels on [0, 1] as real numbers, or as the 8-bit numbers that stand for them."""
    kind, (scale, zero) = taken["dtype"], taken["quantization"]
    if kind is np.float32:
        return batch.astype(np.float32) / np.float32(255)
    if not scale:
        return batch.astype(kind) if kind is np.uint8 else (batch.astype(np.int16) - 128).astype(kind)
    limits = np.iinfo(kind)
    quantized: NDArray[Any] = np.clip(np.round(batch / 255 / scale + zero), limits.min, limits.max).astype(kind)
    return quantized
