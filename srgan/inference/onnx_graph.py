"""A network as ONNX (https://onnx.ai), for export and for devices that ncnn does not support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 18  # old enough for every runtime in use, new enough for its reductions


class OnnxGraph:
    """Writes an ONNX graph; see srgan.inference.graph.Graph. Blobs have a batch axis before their other axes."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.arrays: list[onnx.TensorProto] = []

    def conv(
        self,
        x: str,
        kernel: np.ndarray,
        bias: np.ndarray | None = None,
        border: tuple[int, int] | None = None,
        dilation: int = 1,
    ) -> str:
        sides, outputs = kernel.shape[:2], kernel.shape[3]
        before, after = zip(*((side // 2, side // 2) if border is None else border for side in sides), strict=True)
        arrays = [kernel.transpose(3, 2, 0, 1), np.zeros(outputs) if bias is None else bias]
        named = [self._array(array, np.float32) for array in arrays]
        return self.node("Conv", x, *named, kernel_shape=sides, pads=before + after, dilations=(dilation, dilation))

    def prelu(self, x: str, slope: np.ndarray) -> str:
        return self.node("PRelu", x, self.constant(slope))

    def depth_to_space(self, x: str, factor: int) -> str:
        return self.node("DepthToSpace", x, blocksize=factor, mode="DCR")

    def mirrored(self, x: str) -> str:
        """ONNX' own padding has no such mode, so rows and columns are gathered by their indices."""
        for axis in (2, 3):
            length = self.node("Shape", x, start=axis, end=axis + 1)  # (1,)
            length = self.node("Squeeze", length)
            twice = self.node("Mul", length, self._array(2))
            # Shifted by two lengths, so that no index is negative.
            first = self.node("Sub", twice, self._array(2))
            last = self.node("Add", self.node("Add", twice, length), self._array(2))
            index = self.node("Mod", self.node("Range", first, last, self._array(1)), twice)
            back = self.node("Sub", self.node("Sub", twice, self._array(1)), index)
            x = self.node("Gather", x, self.node("Min", index, back), axis=axis)
        return x

    def clip(self, x: str) -> str:
        return self.node("Clip", x, self._array(0.0, np.float32), self._array(1.0, np.float32))

    def add(self, a: str, b: str) -> str:
        return self.node("Add", a, b)

    def subtract(self, a: str, b: str) -> str:
        return self.node("Sub", a, b)

    def multiply(self, a: str, b: str) -> str:
        return self.node("Mul", a, b)

    def constant(self, values: np.ndarray) -> str:
        return self._array(np.reshape(values, (-1, 1, 1)), np.float32)

    def mean(self, x: str, *, channels: bool) -> str:
        return self.node("ReduceMean", x, self._array([1, 2, 3] if channels else [2, 3]), keepdims=1)

    def rsqrt(self, x: str) -> str:
        return self.node("Reciprocal", self.node("Sqrt", x))

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add an operation of ONNX; returns the name of its result."""
        name = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def model(
        self, inputs: Mapping[str, Sequence[Any]], outputs: Mapping[str, tuple[str, Sequence[Any]]]
    ) -> onnx.ModelProto:
        """The finished graph.

        Args:
            inputs: name -> shape; free lengths are names.
            outputs: name -> blob and shape.
        """
        renamed = [helper.make_node("Identity", [blob], [name]) for name, (blob, _) in outputs.items()]

        def value(name: str, shape: Sequence[Any]) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

        graph = helper.make_graph(
            [*self.nodes, *renamed],
            "srgan",
            [value(name, shape) for name, shape in inputs.items()],
            [value(name, shape) for name, (_, shape) in outputs.items()],
            self.arrays,
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9, producer_name="srgan"
        )

    def _array(self, values: Any, kind: Any = np.int64) -> str:
        name = f"array_{len(self.arrays)}"
        self.arrays.append(numpy_helper.from_array(np.array(values, kind, order="C"), name))
        return name
