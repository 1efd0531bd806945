"""Export a trained generator for other runtimes, to ONNX, SavedModel and TFLite, with free height and width.

Each takes `lr`, RGB in [0, 1], and returns `sr`, RGB in [0, 1], clipped, both float32. A note in each file says this
and how the network was trained.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from srgan.atomic import built_file
from srgan.errors import UserError
from srgan.inference.graph import Generator
from srgan.models.stored import read_generator, read_model


def export_network(folder: Path, target: Path, kind: str, layout: str = "nhwc") -> None:
    """Write a network in another format; the target appears complete or not at all.

    Args:
        folder: the folder of the network, with model.json.
        target: the file (onnx, tflite) or folder (savedmodel) to make or replace.
        kind: `savedmodel`, `onnx` or `tflite`.
        layout: of pictures, `nhwc` or `nchw`; formats other than ONNX have only `nhwc`.

    Raises:
        UserError: the network cannot be loaded, a package is missing, or the target cannot be written.
    """
    about = describe(folder, layout)
    if kind == "onnx":
        _write_onnx(folder, target, about, layout)
        return
    if layout != "nhwc":
        raise UserError(f"--layout {layout}: {kind} has pictures only as {_shape('nhwc')}; leave --layout out")
    from srgan.tensorflow_import import import_tensorflow  # noqa: PLC0415  (takes seconds)

    import_tensorflow()
    from srgan.inference.keras_export import write_saved_model, write_tflite  # noqa: PLC0415
    from srgan.models.weights import load_generator  # noqa: PLC0415

    {"savedmodel": write_saved_model, "tflite": write_tflite}[kind](load_generator(folder), target, about)


def describe(folder: Path, layout: str = "nhwc") -> dict[str, Any]:
    """The note in an exported file, as JSON-serialisable values."""
    model = read_model(folder)
    scale = model["generator"]["scale"]
    return {
        "scale": scale,
        "layout": layout,
        "input": f"lr: float32 {_shape(layout)}, RGB in [0, 1]",
        "output": f"sr: float32 {_shape(layout, f'{scale} ')}, RGB in [0, 1], clipped",
        "generator": model["generator"],
        "trained": model["trained"],
        "weights_sha256": model["sha256"]["generator"],
    }


def _shape(layout: str, times: str = "") -> str:
    sides = f"{times}height, {times}width"
    return f"(batch, {sides}, 3)" if layout == "nhwc" else f"(batch, 3, {sides})"


def _write_onnx(folder: Path, target: Path, about: dict[str, Any], layout: str) -> None:
    """Write ONNX; metadata_props has a property for each entry of the note."""
    try:
        import onnx  # noqa: PLC0415  (optional)

        from srgan.inference.onnx_graph import OnnxGraph  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise UserError(f"ONNX needs the package {error.name}: pip install {error.name}") from None
    generator, graph = Generator(*read_generator(folder)), OnnxGraph()
    lr = graph.node("Transpose", "lr", perm=(0, 3, 1, 2)) if layout == "nhwc" else "lr"
    sr = generator.enlargement(graph, generator.blocks(graph, lr), lr)  # around [-1, 1]
    half = graph.constant(np.array([0.5]))
    sr = graph.clip(graph.add(graph.multiply(sr, half), half))
    if layout == "nhwc":
        sr = graph.node("Transpose", sr, perm=(0, 2, 3, 1))

    def shape(height: str, width: str) -> tuple[str | int, ...]:
        return ("batch", height, width, 3) if layout == "nhwc" else ("batch", 3, height, width)

    enlarged = shape("enlarged_height", "enlarged_width")
    model = graph.model({"lr": shape("height", "width")}, {"sr": (sr, enlarged)})
    notes = {key: value if isinstance(value, str) else json.dumps(value) for key, value in about.items()}
    onnx.helper.set_model_props(model, notes)
    with built_file(target) as partial:
        onnx.save(model, str(partial))
