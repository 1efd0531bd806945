"""A trained generator as a function of pictures, without Keras."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from srgan.errors import UserError
from srgan.inference.graph import Generator
from srgan.inference.ncnn_graph import NcnnGraph, NcnnSession
from srgan.models.architecture import UPSAMPLING, enlargement_radius
from srgan.models.stored import Weights
from srgan.models.tiles import Window, assemble

Network = Callable[[np.ndarray], np.ndarray]  # (h, w, 3) in [0, 1] -> (H, W, 3) around [-1, 1], float32
PIECE_SIDE = 96  # LR pixels of a side that are enlarged at once


class Session(Protocol):
    """A part of the network that can be run."""

    def run(self, **inputs: np.ndarray) -> np.ndarray:
        """The result (C, H, W) for inputs by their names, each (c, h, w) float32."""


def as_function(description: Mapping[str, Any], weights: Weights, device: str = "cpu") -> Network:
    """Make a function that runs a generator on one picture of any height and width.

    Feature maps after the sub-pixel convolutions are scale^2 times as large as before, and depend only on a few
    pixels around them. So they are made piece by piece, in buffers that stay small.

    Args:
        description: of the generator, see srgan.models.architecture.
        weights: its arrays.
        device: cpu, which is ncnn's; or a device of srgan.inference.onnx_session.

    Raises:
        UserError: the package for the device is not installed.
    """
    blocks, enlargement = (_ncnn_sessions if device == "cpu" else _onnx_sessions)(
        Generator(description, weights), device
    )
    scale, bicubic = description["scale"], description["skip"] == "bicubic"
    radius = enlargement_radius(UPSAMPLING[scale], bicubic=bicubic)

    def network(picture: np.ndarray) -> np.ndarray:
        lr = picture.transpose(2, 0, 1)  # (3, h, w)
        features = blocks.run(lr=lr)  # (F, h, w)

        def enlarged(seen: Window) -> np.ndarray:
            inputs = {"features": features[:, *seen.slices]}
            if bicubic:
                inputs["lr"] = lr[:, *seen.slices]
            return enlargement.run(**inputs).transpose(1, 2, 0)

        return assemble(enlarged, picture.shape[:2], PIECE_SIDE, radius, scale)

    return network


def _ncnn_sessions(generator: Generator, _: str) -> tuple[Session, Session]:
    first, second = NcnnGraph("lr"), NcnnGraph("features", "mirrored")
    features = generator.blocks(first, "lr")
    if generator.description["skip"] == "none":
        second = NcnnGraph("features")
    sr = generator.enlargement(second, "features", "lr")
    return NcnnSession(first, features), _Mirroring(NcnnSession(second, sr, again=True))


class _Mirroring:
    """Mirrors the border of the LR picture for a graph of ncnn, which cannot do it."""

    def __init__(self, session: Session):
        self.session = session

    def run(self, **inputs: np.ndarray) -> np.ndarray:
        if "lr" in inputs:
            inputs["mirrored"] = np.pad(inputs.pop("lr"), ((0, 0), (2, 2), (2, 2)), mode="symmetric")
        return self.session.run(**inputs)


def _onnx_sessions(generator: Generator, device: str) -> tuple[Session, Session]:
    try:
        from srgan.inference.onnx_graph import OnnxGraph  # noqa: PLC0415  (optional)
        from srgan.inference.onnx_session import OnnxSession  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UserError(f"--device {device} needs the package {error.name}: pip install {error.name}") from None
    first, second = OnnxGraph(), OnnxGraph()
    features = generator.blocks(first, "lr")
    sr = generator.enlargement(second, "features", "lr")
    size, enlarged = ("height", "width"), ("enlarged_height", "enlarged_width")
    filters, bicubic = generator.description["filters"], generator.description["skip"] == "bicubic"
    lr = {"lr": (1, 3, *size)}
    return (
        OnnxSession(first.model(lr, {"features": (features, (1, filters, *size))}), device),
        OnnxSession(
            second.model({"features": (1, filters, *size)} | (lr if bicubic else {}), {"sr": (sr, (1, 3, *enlarged))}),
            device,
        ),
    )
