"""A network for ncnn (https://github.com/Tencent/ncnn), which computes 3 x 3 convolutions by Winograd's algorithm.

A graph is a text of layers, a line each, and a file of their weights in the same order. The numbers that a line gives
its layer are named in ncnn's docs/developer-guide/operators.md.
"""

from __future__ import annotations

import os
from collections import Counter

# Read when ncnn is loaded. Threads that wait in a busy loop take the processor from the threads they wait for: a third
# of its time if anything else runs.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import ncnn
import numpy as np

from srgan.temporary import temporary_folder

MAGIC = "7767517"  # the first line of every graph
RAW_FLOATS = bytes(4)  # before the kernels of a convolution; says that they are not compressed


class NcnnGraph:
    """Writes a graph for ncnn; see srgan.inference.graph.Graph.

    Args:
        inputs: names of its inputs. An input called `mirrored` must be computed by the caller.
    """

    def __init__(self, *inputs: str):
        self.layers: list[tuple[str, list[str], str, str]] = [("Input", [], name, "") for name in inputs]
        self.weights = bytearray()

    def conv(
        self,
        x: str,
        kernel: np.ndarray,
        bias: np.ndarray | None = None,
        border: tuple[int, int] | None = None,
        dilation: int = 1,
    ) -> str:
        height, width, _, outputs = kernel.shape
        (top, bottom), (left, right) = (
            (side // 2, side // 2) if border is None else border for side in (height, width)
        )
        options = f"0={outputs} 1={width} 11={height} 2={dilation} 4={left} 15={right} 14={top} 16={bottom} "
        options += f"5={int(bias is not None)} 6={kernel.size}"
        self.weights += RAW_FLOATS
        self._append(kernel.transpose(3, 2, 0, 1))
        if bias is not None:
            self._append(bias)
        return self._layer("Convolution", [x], options)

    def prelu(self, x: str, slope: np.ndarray) -> str:
        self._append(slope)
        return self._layer("PReLU", [x], f"0={slope.size}")

    def depth_to_space(self, x: str, factor: int) -> str:
        return self._layer("PixelShuffle", [x], f"0={factor} 1=1")

    def mirrored(self, x: str) -> str:
        del x
        return "mirrored"

    def clip(self, x: str) -> str:
        return self._layer("Clip", [x], "0=0 1=1")

    def add(self, a: str, b: str) -> str:
        return self._layer("BinaryOp", [a, b], "0=0")

    def subtract(self, a: str, b: str) -> str:
        return self._layer("BinaryOp", [a, b], "0=1")

    def multiply(self, a: str, b: str) -> str:
        return self._layer("BinaryOp", [a, b], "0=2")

    def constant(self, values: np.ndarray) -> str:
        self._append(values)
        return self._layer("MemoryData", [], f"0=1 1=1 2={values.size}")

    def mean(self, x: str, *, channels: bool) -> str:
        axes = "3,0,1,2" if channels else "2,1,2"
        return self._layer("Reduction", [x], f"0=3 1=0 -23303={axes} 4=1 5=1")

    def rsqrt(self, x: str) -> str:
        return self._layer("UnaryOp", [x], "0=6")

    def text(self, output: str) -> str:
        """The graph's text, its output under the name `out`.

        A layer may change its input in place, so a blob with several readers is split into one blob for each.
        """
        uses = Counter(blob for _, taken, _, _ in self.layers for blob in taken)
        waiting: dict[str, list[str]] = {}
        lines, blobs = [], 0
        for kind, taken, made, options in self.layers:
            inputs = [waiting[blob].pop() if blob in waiting else blob for blob in taken]
            name = "out" if made == output else made
            lines.append(f"{kind} {made} {len(inputs)} 1 {' '.join([*inputs, name])} {options}".rstrip())
            blobs += 1
            if uses[made] > 1:
                waiting[made] = [f"{made}_{i}" for i in range(uses[made])]
                lines.append(f"Split {made}_split 1 {uses[made]} {name} {' '.join(waiting[made])}")
                blobs += uses[made]
        return "\n".join([MAGIC, f"{len(lines)} {blobs}", *lines, ""])

    def _append(self, array: np.ndarray) -> None:
        self.weights += np.ascontiguousarray(array, "<f4").tobytes()

    def _layer(self, kind: str, inputs: list[str], options: str) -> str:
        name = f"{kind.lower()}{len(self.layers)}"
        self.layers.append((kind, inputs, name, options))
        return name


class NcnnSession:
    """A graph that ncnn runs, in float32 on all cores this process may use.

    Args:
        graph: the graph to run.
        output: name of the blob that is its result.
        again: whether it runs often on inputs of few sizes, so that its buffers are worth keeping.
    """

    def __init__(self, graph: NcnnGraph, output: str, *, again: bool = False):
        self.net, self.again = ncnn.Net(), again
        self.pools = ncnn.PoolAllocator(), ncnn.PoolAllocator()
        options = self.net.opt
        options.blob_allocator, options.workspace_allocator = self.pools
        options.num_threads = cores()
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = False
        options.use_bf16_packed = options.use_bf16_storage = False
        with temporary_folder("the network") as folder:
            text, weights = folder / "graph.param", folder / "graph.bin"
            text.write_text(graph.text(output), encoding="ascii")
            weights.write_bytes(graph.weights)
            if self.net.load_param(str(text)) or self.net.load_model(str(weights)):
                raise RuntimeError("ncnn does not take the graph; it is written for ncnn 1.0.2026 and later")

    def run(self, **inputs: np.ndarray) -> np.ndarray:
        """The result (C, H, W) for inputs by their names, each (c, h, w) float32.

        Raises:
            MemoryError: there is not enough memory for ncnn.
        """
        # ncnn.Mat refers to an array, which must exist until the clone has copied it.
        arrays = {name: np.ascontiguousarray(array) for name, array in inputs.items()}
        extractor = self.net.create_extractor()
        for name, array in arrays.items():
            extractor.input(name, ncnn.Mat(array).clone())
        status, result = extractor.extract("out")
        if status:
            raise MemoryError("ncnn could not compute the network")
        values = np.array(result)  # a copy
        del result, extractor
        if not self.again:
            for pool in self.pools:
                pool.clear()
        return values


def cores() -> int:
    """How many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
