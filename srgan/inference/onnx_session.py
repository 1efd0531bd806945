"""Run an ONNX graph in ONNX Runtime, on a device that ncnn does not support."""

from __future__ import annotations

import sys

import numpy as np
import onnx

from srgan.errors import UserError

# Device on the command line -> ONNX Runtime's name of its provider, the package that includes it, and the systems that
# have it, as in sys.platform.
PROVIDERS = {
    "cuda": ("CUDAExecutionProvider", "onnxruntime-gpu", ("linux", "win32")),
    "coreml": ("CoreMLExecutionProvider", "onnxruntime", ("darwin",)),
    "directml": ("DmlExecutionProvider", "onnxruntime-directml", ("win32",)),
}
SYSTEMS = {"linux": "Linux", "win32": "Windows", "darwin": "macOS"}


class OnnxSession:
    """A graph that ONNX Runtime runs.

    Args:
        model: an ONNX model with one output.
        device: one of PROVIDERS; any other name means ONNX Runtime's CPU provider.

    Raises:
        UserError: ONNX Runtime is not installed, or does not have this device, or this system does not have it.
    """

    def __init__(self, model: onnx.ModelProto, device: str):
        provider, package, systems = PROVIDERS.get(device, ("CPUExecutionProvider", "onnxruntime", (sys.platform,)))
        if sys.platform not in systems:
            names = " and ".join(SYSTEMS[system] for system in systems)
            raise UserError(f"--device {device}: exists only on {names}; leave --device out")
        try:
            import onnxruntime  # noqa: PLC0415  (optional)
        except ImportError:
            raise UserError(f"--device {device} needs ONNX Runtime: pip install {package}") from None
        there = onnxruntime.get_available_providers()
        if provider not in there:
            raise UserError(
                f"--device {device}: the ONNX Runtime that is installed has no {provider}, but {', '.join(there)}; "
                f"pip install {package}, or leave --device out"
            )
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3  # errors only
        self.session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=list(dict.fromkeys([provider, "CPUExecutionProvider"]))
        )
        if provider not in self.session.get_providers():  # it falls back to the CPU, and only logs why
            raise UserError(f"--device {device}: {provider} does not start on this machine (is its driver installed?)")

    def run(self, **inputs: np.ndarray) -> np.ndarray:
        """The result (C, H, W) for inputs by their names, each (c, h, w) float32."""
        return self.session.run(None, {name: array[None] for name, array in inputs.items()})[0][0]
