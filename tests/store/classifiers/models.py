"""Small real models in both formats: each gives the mean of its image's pixels, which a test knows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as tfl
from numpy.typing import NDArray
from onnx import TensorProto, helper

MEAN = (1, 2, 3)
"""Axes over which the mean is one number an image."""


def onnx_mean(
    path: Path,
    *,
    shape: Sequence[int | str] = ("n", 3, 6, 8),
    kind: int = TensorProto.FLOAT,
    inputs: int = 1,
    scale: float = 1.0,
    classes: int = 1,
    other: float = 0.0,
    axes: Sequence[int] = MEAN,
) -> Path:
    """Gives (N, classes): the last is the mean times `scale`, each other one is `other` times what it lacks to 1."""
    named = [helper.make_tensor_value_info(f"image{number}", kind, shape) for number in range(inputs)]
    constants: dict[str, NDArray[Any]] = {
        "axes": np.array(axes, np.int64),
        "scale": np.array(scale / (255 if kind == TensorProto.UINT8 else 1), np.float32),
        "other": np.array(other, np.float32),
        "one": np.array(1, np.float32),
        "places": np.array([-1, 1], np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["image0"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["real", "axes"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "scale"], ["scaled"]),
        helper.make_node("Reshape", ["scaled", "places"], ["column"]),
        helper.make_node("Sub", ["one", "column"], ["lacking"]),
        helper.make_node("Mul", ["lacking", "other"], ["others"]),
        helper.make_node("Concat", [*["others"] * (classes - 1), "column"], ["given"], axis=1),
    ]
    given = helper.make_tensor_value_info("given", TensorProto.FLOAT, ("n", classes))
    initial = [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "mean", named, [given], initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path


def tflite_mean(
    path: Path,
    *,
    shape: Sequence[int] = (1, 6, 8, 3),
    kind: int = tfl.TensorType.FLOAT32,
    quantization: tuple[float, int] | None = None,
    axes: Sequence[int] = MEAN,
) -> Path:
    """Gives the mean over `axes`, by the input's scale and zero point where it is quantized."""
    given = [size for axis, size in enumerate(shape) if axis not in axes]
    model, graph = tfl.ModelT(), tfl.SubGraphT()
    model.version, model.subgraphs, model.buffers = 3, [graph], [tfl.BufferT(), tfl.BufferT()]
    model.buffers[1].data = np.frombuffer(np.array(axes, np.int32).tobytes(), np.uint8)
    code = tfl.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = tfl.BuiltinOperator.MEAN
    model.operatorCodes = [code]
    graph.tensors = [
        _tensor("image", shape, kind, quantization),
        _tensor("axes", [len(axes)], tfl.TensorType.INT32, None, buffer=1),
        _tensor("mean", given, kind, quantization),
    ]
    operator = tfl.OperatorT()
    operator.inputs, operator.outputs = [0, 1], [2]
    operator.builtinOptionsType, operator.builtinOptions = tfl.BuiltinOptions.ReducerOptions, tfl.ReducerOptionsT()
    graph.inputs, graph.outputs, graph.operators = [0], [2], [operator]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    path.write_bytes(bytes(builder.Output()))
    return path


def _tensor(
    name: str, shape: Sequence[int], kind: int, quantization: tuple[float, int] | None, *, buffer: int = 0
) -> tfl.TensorT:
    tensor = tfl.TensorT()
    tensor.name, tensor.shape, tensor.type, tensor.buffer = name, [abs(size) for size in shape], kind, buffer
    if any(size < 0 for size in shape):
        tensor.shapeSignature = list(shape)
    if quantization is not None:
        tensor.quantization = tfl.QuantizationParametersT()
        scale, zero = quantization
        tensor.quantization.scale, tensor.quantization.zeroPoint = [scale], [zero]
    return tensor
